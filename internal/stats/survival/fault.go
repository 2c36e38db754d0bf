package survival

// Fault says why something cannot be told; empty when it can.
type Fault string

// The faults.
const (
	Impossible   Fault = "impossible"    // a duration below 0 or that is none, or a covariate that is no number
	NoEvents     Fault = "no-events"     // nothing has ended
	FewEvents    Fault = "few-events"    // fewer ends than what is asked of them
	NoVariation  Fault = "no-variation"  // a covariate does not vary, or others tell it
	NotConverged Fault = "not-converged" // a covariate tells without error who ends: its weight has no limit
)
