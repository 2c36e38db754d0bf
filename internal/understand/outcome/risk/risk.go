package risk

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats/purchase"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// By is what those at risk are told apart by.
type By string

// What customers lived within Lately: badly at a touchpoint, whatever area and supplier
// that was of; a promise that was broken to them; a reason of low scores.
const (
	Touchpoint By = "touchpoint"
	Area       By = "area"
	Supplier   By = "supplier"
	Promise    By = "promise"
	Reason     By = "reason"
)

// Lately is how long before now what was lived is looked at.
const Lately = 180 * 24 * time.Hour

// Query asks for the money at risk.
type Query struct {
	Segment string // slug: only of its customers; "": of all
	Area    string // slug: only of who lived anything there within Lately, and what they lived there; "": everywhere
}

// AtRisk is the money that customers would bring and that their leaving would take.
// All money is in minor units of Currency.
type AtRisk struct {
	AsOf     cx.Time
	Pending  bool           // what customers are worth is being found for the first time: nothing else is set
	Fault    purchase.Fault // why nothing can be told of what they are worth; then nothing else is set
	Currency string
	Margin   bool             // it is margin; else revenue, for the model declares no margin
	Horizon  time.Duration    // within which somebody leaves, and would have brought it
	Total    outcome.Estimate // expected of the customers as they are; N: customers
	Expected outcome.Estimate // of the same ones, if nobody left
	Sampled  int              // of them, those whose lives the groups are told from
	Groups   []Group          // those clear first, then by what they have beyond others
}

// Group is those who lived one thing, beside comparable customers: who could have lived
// it and did not, have bought as often and been customers as long.
type Group struct {
	By        By
	Key       string // slug of the touchpoint, area, supplier, promise; id of the reason
	Name      model.Text
	Customers int              // who lived it, of all
	AtRisk    outcome.Estimate // their part of the total. Groups overlap: parts are not to be added up
	Beyond    outcome.Estimate // less what would be at risk if as much of their money left as of the comparable ones'
	Leave     outcome.Estimate // share of their money that is expected to leave, 0..1
	Others    outcome.Estimate // of the comparable ones', weighed like theirs
	P         float64          // of Beyond being none
	Clear     bool             // it is above 0 among all groups compared (Benjamini–Hochberg, 5 %)
}
