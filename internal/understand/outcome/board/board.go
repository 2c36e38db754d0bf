package board

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
)

// Query asks for the indicators.
type Query struct {
	Segment string  // slug: only of its customers; "": of all
	Area    string  // slug: only what was lived and answered there, and what who was there bought; "": everywhere
	Until   cx.Time // end of the period; 0: now
	Days    int     // length of the period, and of the one before; 0: 28
}

// Indicators is how the company is doing.
type Indicators struct {
	Pending        bool    // they are being found: nothing else is set; ask again in a few seconds
	AsOf           cx.Time // everything until then is counted
	Now, Before    cx.Window
	Satisfaction   Satisfaction
	Retention      Retention
	Revenue        Revenue
	Recommendation Recommendation
	Moved          []Move // those that moved satisfaction most first
	Chain          chain.Chain
	Risk           risk.AtRisk
}

// Figure is one figure, now and before.
type Figure struct {
	Now    outcome.Estimate
	Before outcome.Estimate
	Change outcome.Change
	Series []outcome.Week // by week, by month of periods longer than half a year; oldest first, the last may be unfinished
}

// Satisfaction is what they say of what they lived: of the metric that most answered.
type Satisfaction struct {
	Figure
	Metric outcome.Metric // CSAT, else CES, else NEV: how what was lived felt
	Scale  string
}

// Retention is the share of the customers who bought in a period, Within days ago,
// that bought again within as many.
type Retention struct {
	Figure
	Within int // days
}

// Revenue is what came in less what went back, in minor units of Currency. Its interval
// is of how much it would vary had others like these come.
type Revenue struct {
	Figure
	Currency string
	Others   []cx.Money // in other currencies, in the period: told apart, never added up
}

// Recommendation is what they say, and what they do.
type Recommendation struct {
	Said  Figure // NPS
	Done  Figure // share of new customers who came by a proven referral
	Came  int    // of them, in the period
	Known bool   // somebody tells of referrals
}

// Move is a reason that moved satisfaction between the periods, by how often it is lived
// and how much it then weighs.
type Move struct {
	ID     string
	Name   model.Text
	Points outcome.Estimate // of the score
	Money  outcome.Estimate // of those points by the chain, minor units a period; N 0: cannot be told
	Quote  string           // what a customer said of it; ""
}

// Referrals tells who really came because somebody brought them. act/referral does.
type Referrals interface {
	// Came returns how many of the customers came by a proven referral, of those whose
	// first purchase lies in the window; nil customers: all.
	Came(ctx context.Context, p cx.Principal, w cx.Window, customers []cx.CustomerNo) (came, of int, err error)
}
