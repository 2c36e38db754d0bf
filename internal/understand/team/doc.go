// Package team tells what the company's own people say: what keeps them from
// serving well, their ideas, their answers to the team's surveys, whether they
// speak one language, and where they and the customers differ.
//
// It owns what the team reports (an obstacle, an idea), who has spoken lately
// (only as keyed hashes, so that nobody counts twice), the answers of the
// company to ideas, and the one rule by which anything of the team is shown:
// batches of at least MinPeople, closed for ever (release.go). It owns no survey
// (listen/survey) and no search (understand/voice, which asks Told what it may
// show).
//
// In: the log's cx.Team events and the decisions about ideas, the model in force,
// history's scores of customers. Out: Overview, the same for everybody who asks.
//
// Nothing that is derived reads a clock: delete the store, and the log makes it
// again.
package team
