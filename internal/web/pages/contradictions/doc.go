// Package contradictions shows Contradicciones: what the company promises against
// its own policies and goals, with a situation of a customer that shows each, how
// many really were in it, what the team reports of it and what it costs; and lets
// who may decide suspend the policy, or live with it until a day, for a reason. Who
// may change the model writes policies here as decision tables (policy_form.go) and
// goals (goal.go), and reads as they write what those would contradict; the form is
// the state, so all of it works without script.
//
// In: the model, conflicts and pain of act/policy. Out: a web.Page and its file; decisions.
package contradictions
