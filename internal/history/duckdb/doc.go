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
// In: history.Batch, history.Chunk, history.Query. Out: history's answers.
package duckdb
