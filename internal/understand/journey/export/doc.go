// Package export writes event logs for the tools of others: XES (IEEE 1849) and
// OCEL 2.0 in JSON. It owns what these formats look like. It owns no log
// (eventlog) and does not know who may have one (journey).
//
// In: a Log and what its cases are called. Out: a stream of text.
package export
