package board

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
)

// Query asks for the indicators.
type Query struct {
	Segment string // slug: only of its customers; "": of all
	Area    string // slug: only what was lived and answered there, and what those who were there bought; "": everywhere
	Days    int    // length of the period, which today ends, and of the one before; 0: 28
}

// Indicators is how the company is doing. The period ends with today, or with the last
// day on which anything was lived when that is longer ago than a period.
type Indicators struct {
	Pending        bool    // they are being found: nothing else is set; ask again in a moment
	AsOf           cx.Time // everything until then is counted
	Now, Before    cx.Window
	Satisfaction   Satisfaction
	Retention      Retention
	Revenue        Revenue
	Recommendation Recommendation
	Why            *Why // nil while it is being found
}

// Why is what stands behind the indicators. It is found anew less often than they are.
type Why struct {
	AsOf  cx.Time
	Moved []Move // reasons that moved satisfaction, by how much
	Chain chain.Chain
	Risk  risk.AtRisk
}

// Figure is one figure, now and before.
type Figure struct {
	Now    outcome.Estimate
	Before outcome.Estimate
	Change outcome.Change
	Weeks  []outcome.Week // of the calendar, oldest first; the last may be unfinished
}

// Satisfaction is what they say of what they lived, or how it felt.
type Satisfaction struct {
	Figure
	Metric outcome.Metric // CSAT; of a company that does not ask for it CES, else NEV
	Scale  string         // of CES
}

// Retention is the share of those who bought in a period as long, Within days before it,
// that bought again within as many, or have a contract still.
type Retention struct {
	Figure
	Within int // days
}

// Revenue is what came in less what went back, in minor units of Currency; N are who
// brought it. Its interval is how much it would differ had others like them come.
type Revenue struct {
	Figure
	Currency string
	Others   []cx.Money // in other currencies, ever: told apart, never added up
}

// Recommendation is what they say, and what they do.
type Recommendation struct {
	Said  Figure // NPS
	Done  Figure // share of new customers who came by a proven referral; without Weeks
	Came  int    // of them
	Known bool   // somebody tells of referrals
}

// Move is a reason that moved satisfaction between the periods.
type Move struct {
	ID     string // of the reason
	Name   model.Text
	Points outcome.Estimate // of the percentage of the satisfied, or of 100
	Clear  bool             // among all reasons
	Money  outcome.Estimate // what so many points go with by the chain, a period; minor units; N 0: cannot be told
	Quote  string           // what a customer said of it; "" without words
}
