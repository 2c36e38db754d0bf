// Package palette answers the search that Ctrl K opens: the pages that the
// person may see and, from two letters on, customers. It owns no list of its
// own.
package palette
