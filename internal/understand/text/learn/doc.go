// Learn writes the text model of the first day, shipped.model, learned from the
// phrases beside it. `go generate ./internal/understand/text` runs it; a test of
// text fails when the file is stale.
package main
