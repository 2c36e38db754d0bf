package chain

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Step is what a link leads from or to.
type Step string

// The steps, in their order, each of a customer in a month of the company's calendar.
const (
	Lived        Step = "lived"        // mean valence of what was lived in it, −2..+2
	Memory       Step = "memory"       // recuerdo at its end, −2..+2
	Satisfaction Step = "satisfaction" // what was answered in it: percent of CSAT's best scores, else the mean of all scores moved to 0–100
	Retention    Step = "retention"    // bought within Lag months after it: 0 or 1
	Revenue      Step = "revenue"      // net revenue of the Span months after it, minor units
)

// Query asks for the chain.
type Query struct {
	Segment string // slug: only of its customers; "": of all
	Area    string // slug: only of what was lived and answered there; "": everywhere
}

// Chain is how what is lived becomes money.
type Chain struct {
	AsOf      cx.Time
	Metric    outcome.Metric // of Satisfaction: CSAT, or Mean of all scores
	Currency  string
	Margin    float64 // share of revenue that Worth counts
	HasMargin bool    // the model declares it; else Worth is of revenue
	Lag       int     // months in which staying is looked for: those after which half of who buys again has
	Span      int     // months whose revenue is counted
	Months    int     // of the calendar, with all of Lag after them
	Customers int     // looked at: of more than 30,000 always the same ones
	Of        int     // who had bought
	Reach     int     // of those looked at and the others: who lived anything in the newest whole month
	Links     []Link  // none when nothing can be looked at
	Whole     Link    // straight from satisfaction to revenue
}

// Link is one step that goes with the next. Slope is by how much more of To there is for
// one more of From, among customers in the same month who had bought as often, as lately
// and as much.
type Link struct {
	From, To Step
	Slope    outcome.Estimate   // N: customers' months; the interval is by customer; N 0: there is none
	P        float64            // 1 without a slope
	Clear    bool               // it stays clear among all links (Holm, 5 %)
	ByMonth  []outcome.Estimate // to Retention and Revenue: the same of the first, the second, … month after, alone
	Worth    outcome.Estimate   // money of one more of From for the customers of one month (Reach), through the links that follow; minor units
	Why      Why
}

// Why says why a link is not told.
type Why string

// The reasons; "" of a link that is told.
const (
	Few   Why = "few"   // fewer than 50 customers of whom both are known
	Same  Why = "same"  // From does not differ among comparable customers
	Noise Why = "noise" // the interval holds 0
)

// Told tells whether the data show that satisfaction goes with money here: each link from
// it on is clear and positive.
func (c *Chain) Told() bool {
	n := 0
	for _, l := range c.Links {
		if l.From == Satisfaction || l.From == Retention {
			if !l.Clear || l.Slope.Value <= 0 {
				return false
			}
			n++
		}
	}
	return n > 0
}

// Link returns a link of the chain, or of the whole.
func (c *Chain) Link(from, to Step) (Link, bool) {
	for _, l := range append(c.Links[:len(c.Links):len(c.Links)], c.Whole) {
		if l.From == from && l.To == to {
			return l, true
		}
	}
	return Link{}, false
}
