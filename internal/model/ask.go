package model

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Ask says whom a survey is put to, and when: after an event, under a
// condition.
type Ask struct {
	Event  string
	When   *expr.Program // of scope expr.Moment: the event, and the customer as they are then; nil: always
	Delay  time.Duration // after the event
	At     Hours         // in the customer's own time; zero: any hour that Asking leaves
	Sample float64       // the share of those who would be asked, over 0 to 1
	Quota  Quota
	Rest   time.Duration // no one is asked this survey twice within; 0: only Asking.Rest counts
	Ways   []string      // in order of preference: mail, api
	Expire time.Duration // how long the link is good; DefaultExpiry when not said
}

// DefaultExpiry is how long a personal link is good when nothing else is said.
const DefaultExpiry = 30 * 24 * time.Hour

// Hours is a stretch of the day in minutes since midnight: From ≤ t < To, over
// midnight when From > To. The zero value is the whole day.
type Hours struct{ From, To int }

// Contains tells whether a minute of the day lies within.
func (h Hours) Contains(minute int) bool {
	switch {
	case h == Hours{}:
		return true
	case h.From <= h.To:
		return h.From <= minute && minute < h.To
	}
	return minute >= h.From || minute < h.To
}

// Quota bounds how often a survey is put in a period of the company's time.
type Quota struct {
	N   int    // 0: no bound
	Per string // PerDay, PerWeek, PerMonth
}

// The periods of a quota.
const (
	PerDay   = "day"
	PerWeek  = "week"
	PerMonth = "month"
)

// Asking holds for all surveys that are put to customers.
type Asking struct {
	Rest    time.Duration // no customer is asked anything twice within
	Quiet   Hours         // nobody is asked then, in the customer's own time
	Consent string        // a trait that must be true before anybody is asked; "": none
	Holdout float64       // the share of customers who are never asked, to compare with
}
