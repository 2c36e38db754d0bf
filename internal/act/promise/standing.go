package promise

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Query says which instances count. The zero Query asks for those that ended in
// the promise's own window before now.
type Query struct {
	Window cx.Window // of when it was decided; a zero bound is the promise's window
	Where  []Is      // all must hold
}

// Is lets through the instances with a value of a dimension.
type Is struct {
	By    Dimension
	Value string
}

// Dimension is what instances are grouped by.
type Dimension string

// The dimensions.
const (
	ByArea       Dimension = "area"
	BySupplier   Dimension = "supplier"
	ByTouchpoint Dimension = "touchpoint"
	ByRegion     Dimension = "region"
	ByPlace      Dimension = "place"
	ByWeekday    Dimension = "weekday" // on which it was due, for the company: "1" Monday … "7" Sunday
)

// Dimensions lists them.
func Dimensions() []Dimension {
	return []Dimension{ByArea, BySupplier, ByTouchpoint, ByRegion, ByPlace, ByWeekday}
}

// Verdict says how sure it is whether a promise meets its objective.
type Verdict string

// The verdicts.
const (
	Meets      Verdict = "meets"       // the whole interval lies at or above the objective
	Misses     Verdict = "misses"      // the whole interval lies below it
	CannotTell Verdict = "cannot-tell" // the interval covers the objective: too few ended yet
)

// Tally counts instances.
type Tally struct {
	Open, AtRisk       int // now, whatever the window
	Kept, Broken, Void int // in the window
}

// Decided is how many ended kept or broken.
func (t Tally) Decided() int { return t.Kept + t.Broken }

// Share is a share of kept promises with Wilson's interval and its n; NaN of
// none.
type Share struct {
	Rate, Low, High float64
	N               int
}

// Standing is how a promise stands.
type Standing struct {
	Promise model.Promise
	Window  cx.Window
	Tally
	Share
	Objective float64
	Verdict   Verdict
	Budget    Budget
	Burn      []Burn    // the shortest stretch first; nil for a part of the instances
	Burning   bool      // it was told: see Pairs
	SpentBy   *Forecast // nil: too little ended lately to tell
}

// Budget is the error budget of a window: how many may be broken.
type Budget struct {
	Allowed   float64 // (1 − objective) · N
	Spent     int     // broken
	Left      float64 // share of Allowed that is left: 1 − spent/allowed, below 0 when overspent; NaN without N
	Low, High float64 // of Left, from the interval of the share
}

// Burn is how fast the error budget goes: the share that was broken over the
// share that may be. 1 spends it exactly in the promise's window.
type Burn struct {
	Stretch         time.Duration
	Rate, Low, High float64 // NaN without N
	N, Broken       int
}

// Forecast is when the error budget of the running window is spent if what ends
// and what breaks goes on as lately; with the dates of the limits of the rate of
// breaks. A zero date: not within a year.
type Forecast struct {
	At, Earliest, Latest cx.Time
	Spent                bool // it is spent now
	Days                 int  // over which lately is taken
	Broken, N            int  // in them
}

// Group is the instances with one value of a dimension.
type Group struct {
	Key string
	Tally
	Share
	Verdict Verdict
	Fair    *Fair // nil where nothing can be compared
}

// Fair is how much more often promises are kept than by all others, where the
// promise, the region and the weekday are the same. It is an association.
type Fair struct {
	Difference, Low, High float64 // of the shares, its − the others'
	P                     float64
	N, Others             int  // instances that are compared
	Clear                 bool // also among as many groups as are compared
}

// Scorecard is how an area or a supplier keeps its promises.
type Scorecard struct {
	Of       Dimension // ByArea or BySupplier
	Slug     string    // as declared, else as events call it
	Promises []Group   // in the order of the model, by slug
	Tally              // over all of them
	Share
	Fair *Fair // nil where nothing can be compared
}

// Trust is how sure a customer can be that the next promise made to them will be
// kept, from those they lived.
type Trust struct {
	Value, Low, High float64 // 0..1
	N                int     // promises kept or broken
	Before           float64 // Value before the last of them
	At               cx.Time // of the last of them; 0: none
}

// Tested is how often a promise would have been kept, had it been made before.
type Tested struct {
	Window cx.Window
	Tally
	Share
	Verdict   Verdict
	Months    []Month
	Examples  []Instance // broken ones, newest first
	Objective Suggested
}

// Month is a month of the company's time.
type Month struct {
	From cx.Time
	Tally
	Share
}

// Suggested is the objective that the past allows, and the time within which as
// many would have been kept as the objective asks for.
type Suggested struct {
	Objective float64       // the lower limit of the share; NaN of none
	Within    time.Duration // 0: unknown, or the promise is of another form
}
