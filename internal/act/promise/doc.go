// Package promise tells which promises of the company were kept, to whom, and
// how sure that is. It follows the log: each event that a promise of the model
// waits for is a mark, and the marks of one object (or customer) in the order in
// which they were lived, with the time of day, are its instances, each open, at
// risk, kept, broken or void. Nothing else decides: whatever comes late, twice or
// in another order, and after any rebuild, the same marks give the same states.
//
// It owns promises.db, which is derived: the marks, the instances with the time
// when the clock changes them next, and what the log says that was told of them.
// It does not own what is promised (model), nor what is done about a broken
// promise (act/rule, act/cases): it appends Changed to the log, and who wants to
// react follows that.
//
// In: the log, the model in force, whose events are whose. Out: instances,
// Standing with intervals, Scorecards, Trust, Tested; the records Changed and
// Burning.
package promise
