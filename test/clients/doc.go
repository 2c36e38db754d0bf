// Package clients runs Segment's own clients, unchanged, against the whole of
// Vivencia: the one for Node, the one for Go, and the browser's in a real
// Chromium. Whatever they sent must be in the log and on the customers'
// timelines exactly once, even when answers are lost on the way.
//
// It needs node, npm and chromium; package.json pins the clients.
package clients
