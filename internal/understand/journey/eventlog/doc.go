// Package eventlog is an event log in columns: runs of a journey, each a row of
// events in time, held so that ten million events are walked in tens of
// milliseconds. The same log stands for what customers lived (journey makes it
// from history) and for an analyst's file (Builder makes it from rows).
//
// It owns the log, its builder, masks of cases, and what is counted straight off
// the columns: variants, the directly-follows graph, durations. It owns no model
// of the process (tree, discover, align) and no meaning (journey).
//
// In: rows (case, activity, time). Out: immutable columns, and counts of them.
package eventlog
