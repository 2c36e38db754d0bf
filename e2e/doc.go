// Package e2e is pages in a real browser: one headless Chromium for all tests
// of a package, a page at a size and in a theme, axe on it, what it wrote to the
// console, whether it scrolls sideways, and its picture. It owns no page's
// tests of behaviour without script; webtest does.
//
// In: a server's address, usually webtest's. Out: failures, and pictures in the
// folder that VIVENCIA_SCREENSHOTS names.
package e2e
