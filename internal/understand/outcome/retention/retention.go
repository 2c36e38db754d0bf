package retention

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// Horizon is within what time somebody leaves: who has a contract ends it, who has
// none buys nothing.
const Horizon = 90 * 24 * time.Hour

// Share is a share of n customers with its 95 % interval (Wilson).
type Share struct {
	K, N     int
	Value    float64 // NaN when N is 0
	Interval stats.Interval
}

// ShareOf returns the share of k among n.
func ShareOf(k, n int) Share { return Share{k, n, float64(k) / float64(n), stats.Wilson(k, n)} }

// Every is how long a cohort is.
type Every string

// The lengths.
const (
	Month   Every = "month"
	Quarter Every = "quarter"
)

// CohortQuery asks for cohorts.
type CohortQuery struct {
	Filter   purchases.Filter
	Every    Every
	Relative bool // ages are counted from each one's first day (30 or 91 days each), else by the calendar
	Contract bool // of who had a contract, and how long they kept it; else of who bought, and who bought again
}

// Cohorts is who stayed, by when they came.
type Cohorts struct {
	AsOf     cx.Time
	Query    CohortQuery
	Currency string
	Rows     []Cohort // oldest first
	All      []Cell   // of all cohorts together, by age
	N        int      // customers
}

// Cohort is those who came in one month or quarter.
type Cohort struct {
	From  cx.Time
	N     int
	Cells []Cell // by age; the first, of age 0, holds all of them
}

// Cell is a cohort at an age. Its N are those for whom the age is over; a cell that
// is still running has Running.
type Cell struct {
	Age int
	Share
	Brought int64 // in it, net; minor units
	Running bool
}

// SurvivalQuery asks for curves.
type SurvivalQuery struct {
	Filter   purchases.Filter
	By       purchases.By
	Contract bool // how long contracts last; else how long until the second purchase
}

// Survival is how long it takes until customers leave, or until they buy again.
type Survival struct {
	AsOf   cx.Time
	Query  SurvivalQuery
	Groups []Curve // the largest first, at most twelve
	P      float64 // of so different curves when there is no difference (log-rank); NaN of one
}

// Curve is a Kaplan–Meier curve of a group.
type Curve struct {
	Key    string // "" of Together, and of who is of none
	Name   model.Text
	N      int
	Events int
	Points []Point        // at most a hundred, by day; the first is day 0
	Median float64        // days; NaN while more than half remain
	Range  stats.Interval // of the median; NaN where it is not reached
}

// Point is the share that remains after a number of days.
type Point struct {
	Day      int
	AtRisk   int
	Value    float64
	Interval stats.Interval
}

// Hazard is how many contracts end in each month of their life.
type Hazard struct {
	AsOf cx.Time
	Ages []Ending
}

// Ending is the share of the contracts of an age, in months, that ended in it.
type Ending struct {
	Age int
	Share
}

// ChurnQuery asks for who is likely to leave.
type ChurnQuery struct {
	Filter   purchases.Filter
	Contract bool   // of those with a contract, else of those without
	Reason   string // key of a Reason: only who has it; "": all
	Cursor   string // of the page before; "" for the first
	Limit    int    // 0: 50; at most 500
}

// Risk is who is likely to leave within the Horizon, and how well that is known.
type Risk struct {
	AsOf        cx.Time
	Pending     bool     // it is being found for the first time: nothing else is set
	Learned     bool     // there was enough to learn from; else nothing below is set
	N           int      // customers that it was learned from
	Checked     int      // others that it was checked on
	Left        Share    // of those, how many left
	Brier       float64  // mean squared error of the probabilities; smaller is better
	Base        float64  // the Brier score of telling everybody the mean
	Calibration []Bin    // in tenths, those told least first
	Reasons     []Reason // those that go with leaving most first
	Of          int      // customers who could leave: who have a contract, or bought within a year
	Leaving     float64  // how many of them are expected to
	Customers   []Leaver // those with the most at stake first: the chance times what they brought in the last year
	Next        string   // cursor of the next page; "" at the end
}

// Bin compares what was told with what happened.
type Bin struct {
	Told float64 // mean probability
	Share
}

// Kind is what a reason is made of.
type Kind string

// Reason is something lived that goes with leaving here.
type Reason struct {
	Key       string // its kind, and its slug when it has one: "bad:checkout"
	Kind      Kind
	Slug      string // of the touchpoint or promise
	Name      model.Text
	Odds      float64        // of leaving, against who did not live it and is alike otherwise
	Interval  stats.Interval // of Odds
	N         int            // customers who lived it, of those learned from
	Clear     bool           // the interval is above 1 among all reasons (Holm, 5 %)
	Customers int            // who live it now
}

// Sure says in the words of the front line whether somebody leaves.
type Sure string

// The words.
const (
	Stays    Sure = "stays"    // surely not: at most one in five does
	Probable Sure = "probable" // at least three in five do
	Unknown  Sure = "unknown"  // it cannot be told yet
)

func sureOf(p float64) Sure {
	switch {
	case p <= .2:
		return Stays
	case p >= .6:
		return Probable
	}
	return Unknown
}

// Leaver is how likely one customer leaves.
type Leaver struct {
	No       cx.CustomerNo
	Who      *remember.CustomerSummary // nil for who may not see customers, or not this one
	Contract bool
	P        float64        // within the Horizon, calibrated; NaN when nothing was learned, or they could not leave
	Interval stats.Interval // of the share that left, of those who were told as much
	N        int            // how many those are
	Sure     Sure
	Brought  int64    // in the last year, minor units
	Last     int32    // day of the last purchase; 0: none
	Reasons  []Reason // that they live now and that are Clear, the strongest first
}
