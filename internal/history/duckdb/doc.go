// Package duckdb keeps the facts of history in one DuckDB file and answers
// history's questions by SQL. It owns the file, its schema and the words that
// the schema numbers. It owns no meaning: what the answers must be is held by
// history/historytest.
//
// Rows lie in the order of arrival, without keys and indexes (they slow loading
// and rarely serve): what a batch brings twice is left out by its seq. What is
// summed is kept in whole numbers (a valence in thousandths, a score in
// millionths, revenue in minor units), so that sums do not depend on the order
// of rows or on the number of threads.
//
// What asks by the model's words only is answered by summaries of past stretches
// of time (summary.go) and the facts of the rest. An erasure copies the file and
// lets the copy take its place (copy.go), because DuckDB leaves the bytes of
// deleted rows where they are.
//
// In: history.Batch, history.Chunk, history.Query. Out: history's answers.
package duckdb
