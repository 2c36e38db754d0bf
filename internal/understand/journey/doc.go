// Package journey tells how journeys are really lived against how they were
// designed: where it hurts, for whom, since when, and what it costs. It owns the
// editions of the runs of every journey of the model in force (read when somebody
// asks, kept in memory as an event log, refreshed with what is lived), and the
// questions on them.
//
// It owns no facts (history), no declaration (model) and no general mathematics
// (stats). Below it, cut makes the runs out of facts, conform holds them against a
// script and script writes one from them; eventlog, tree, discover and align know
// nothing of companies.
//
// In: facts and the model. Out: health, map, graph, variants, conformance,
// findings, runs; every number with its n and interval.
package journey
