// Package notify tells people of the company what they must know now: on the
// screen (live), by mail, by web push, by a webhook, as each person chose; what
// is of one matter within an hour is told once, and counted. It follows the log
// for what nobody else tells of: a promise that burns, a complaint that spreads,
// a case that was escalated; and sends each morning what the day before was like.
//
// It owns notices, who has read them, each person's settings, and the links of
// wall screens. It does not own what is told: who knows it calls Tell. Notices
// are working state in state.db, not part of the log; whoever is told twice about
// one thing is told once (Notice.Key).
//
// In: notices; events of the log; how promises, voices and cases are. Out:
// notices as they come, mail, pushes and hooks by act/deliver.
package notify
