package chain

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Step is what a link leads from or to.
type Step string

// The steps, in their order, each of a customer in a month.
const (
	Lived        Step = "lived"        // mean valence of what was lived in it, −2..+2
	Memory       Step = "memory"       // recuerdo at its end, −2..+2
	Satisfaction Step = "satisfaction" // mean score given in it, 0–100 of its scale
	Retention    Step = "retention"    // bought within Lag months after it: 0 or 1
	Revenue      Step = "revenue"      // net revenue within Span months after it, minor units
)

// Query asks for the chain.
type Query struct {
	Segment string              // slug: only of its customers; "": of all
	Where   []outcome.Condition // on what was lived and answered
}

// Chain is how what is lived becomes money.
type Chain struct {
	AsOf      cx.Time
	Pending   bool // it is being estimated: nothing else is set
	Currency  string
	Margin    float64 // share of revenue that Worth counts; 0: the model declares none, and Worth is revenue
	Lag       int     // months in which staying is looked for
	Span      int     // months in which revenue is
	Customers int
	Months    int // customers' months
	Links     []Link
	Whole     Link // straight from satisfaction to revenue
}

// Link is one step that leads to the next. Slope is by how many of To one more of
// From goes with, among customers in the same month who had bought as often and as
// lately.
type Link struct {
	From, To Step
	Slope    outcome.Estimate // N: customers' months; its interval is clustered by customer
	P        float64
	Clear    bool               // it stays clear among all links (Holm, 5 %)
	ByMonth  []outcome.Estimate // of Retention and Revenue: the same for the first, second, … month after alone
	Worth    outcome.Estimate   // money of one point of From a month for every 1,000 customers, minor units; N 0: cannot be told
	Why      Why                // why it cannot be told
}

// Why says why a link is not told.
type Why string

// The reasons; "" when it is told.
const (
	Few   Why = "few"   // fewer than 50 customers
	Same  Why = "same"  // From or To hardly differs between customers
	Noise Why = "noise" // the interval holds 0
)

// Clear tells whether every link from satisfaction on is.
func (c *Chain) Clear() bool {
	for _, l := range c.Links {
		if (l.From == Satisfaction || l.From == Retention) && !l.Clear {
			return false
		}
	}
	return len(c.Links) > 0
}
