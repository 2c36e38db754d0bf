// Package journey tells how journeys are really lived against how they were
// designed: where it hurts, for whom, since when, and what it costs. It owns the
// runs of every journey of the model in force (made from history, kept in memory
// as an event log, refreshed with what is lived), and the questions on them.
//
// It owns no facts (history), no declaration (model) and no general mathematics
// (stats); eventlog, tree, discover and align below it know nothing of companies.
//
// In: facts and the model. Out: health, map, graph, variants, conformance,
// findings, runs; every number with its n and interval.
package journey
