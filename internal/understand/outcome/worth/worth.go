package worth

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// Year is how far the value of a customer is looked ahead.
const Year = 365 * 24 * time.Hour

// Customer is what a customer is worth.
type Customer struct {
	No          cx.CustomerNo
	Purchases   int
	First, Last int32   // days of purchases since 1970-01-01; 0 without one
	Brought     int64   // revenue so far, net
	Contract    bool    // one that lasts
	Alive       float64 // chance that they are a customer still
	Leave       float64 // chance that they leave within retention.Horizon, calibrated where it could be learned
	Soon        int64   // what they bring within retention.Horizon if they do not leave
	Expected    float64 // purchases within a Year, as they are
	Value       int64   // what they bring within a Year, as they are
	Interval    Range   // of Value: how different customers like them are, and the parameters unsure
}

// Range is a 95 % interval of money.
type Range struct{ Low, High int64 }

// Fit is how the company's customers buy, and how well that is known.
type Fit struct {
	AsOf           cx.Time
	Pending        bool   // it is being found for the first time: nothing else is set
	Fault          string // why nothing can be told; then only N is set
	N              int    // customers who bought
	Sampled        int    // of them, those that it is fitted on
	Currency       string
	Margin         bool    // amounts are margin, else revenue
	R, Alpha, A, B float64 // of BG/NBD, in days
	P, Q, Gamma    float64 // of Gamma-Gamma; NaN when too few bought twice
	LogLikelihood  float64
	HoldOut        HoldOut
	Spread         float64 // relative standard error of what all bring together, of the parameters
	Total          int64   // what all bring within a Year
	TotalInterval  Range
}

// HoldOut compares what was expected before the last 91 days with what came in
// them; N is 0 when there was too little before.
type HoldOut struct {
	From     int32 // first day
	N        int   // customers known before
	Expected float64
	Actual   int
	Interval stats.Interval // of what would come were the model right
	Bins     []HoldOutBin
}

// HoldOutBin is those who had bought as often before; of the last, at least as often.
type HoldOutBin struct {
	Purchases int
	N         int
	Expected  float64
	Actual    int
}

// Group is the worth of a group of customers.
type Group struct {
	Key           string // "" who is of none
	Name          model.Text
	N             int
	Value         float64 // mean, within a Year
	Interval      stats.Interval
	Again         float64 // share that bought more than once
	AgainInterval stats.Interval
	Back          float64 // share of what was bought that went back
	Total         int64
}

// Distribution is how the value is spread over customers.
type Distribution struct {
	AsOf     cx.Time
	N        int
	Mean     float64
	Interval stats.Interval
	Median   int64
	Bins     []Bin
	Top      float64 // share of the value that the tenth worth most bring
}

// Bin counts the customers whose value is in [From, To); To of the last is 0.
type Bin struct {
	From, To int64
	N        int
	Total    int64
}

// Query asks of whom.
type Query struct {
	Filter purchases.Filter
}
