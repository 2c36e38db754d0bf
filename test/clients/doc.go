// Package clients runs Segment's own clients, unchanged, against Vivencia: the
// one for Node, the one for Go, and the browser's in a real Chromium. Whatever
// they sent must be in the log exactly once.
//
// It needs node, npm and chromium; package.json pins the clients.
package clients
