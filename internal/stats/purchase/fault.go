package purchase

// Fault says why something cannot be told; empty when it can.
type Fault string

// The faults.
const (
	Impossible    Fault = "impossible"     // a history that nobody can have, or a mean that is no amount of money
	FewCustomers  Fault = "few-customers"  // fewer than MinCustomers
	NoTime        Fault = "no-time"        // nobody has been a customer for any time
	FewRepeat     Fault = "few-repeat"     // fewer than MinRepeat bought again
	SameMoney     Fault = "same-money"     // what is spent does not vary
	NotConverged  Fault = "not-converged"  // no parameters are the likeliest
	NoMean        Fault = "no-mean"        // what is spent varies so much that it has no mean
	NothingFitted Fault = "nothing-fitted" // asked of a model that was not found
)

// What a model rests on at least.
const (
	MinCustomers = 30
	MinRepeat    = 10
)
