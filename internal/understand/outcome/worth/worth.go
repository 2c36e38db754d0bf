package worth

import (
	"math"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/purchase"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
)

// Year is how far the value of a customer is looked ahead.
const Year = 365 * 24 * time.Hour

// Customer is what a customer is worth. Amounts are margin where the model tells one
// (Fit.Margin), else revenue; nothing is discounted.
type Customer struct {
	No          cx.CustomerNo
	Purchases   int
	First, Last int32   // days of purchases since 1970-01-01; 0 without one
	Brought     int64   // revenue so far, net
	Contract    bool    // they have one
	Alive       float64 // chance that they are a customer still
	Leave       float64 // chance that they leave within retention.Horizon: calibrated, or else that of BG/NBD; 1 of who bought nothing for a year
	Soon        int64   // what they bring within retention.Horizon as long as they are a customer
	Expected    float64 // purchases within a Year, as they are
	Value       int64   // what they bring within a Year, as they are
	Interval    Range   // of Value: between what so many of those like them bring. Only OfCustomer tells it
}

// Range is a 95 % interval of money.
type Range struct{ Low, High int64 }

// Fit is how the company's customers buy, and how well that is known.
type Fit struct {
	AsOf           cx.Time
	Pending        bool           // it is being found for the first time: nothing else is set
	Fault          purchase.Fault // why nothing can be told; then only AsOf and N are set
	N              int            // customers who bought
	Sampled        int            // of them, those that it is fitted on
	Currency       string
	Margin         bool    // amounts are margin, else revenue
	R, Alpha, A, B float64 // of BG/NBD, in days
	P, Q, Gamma    float64 // of Gamma-Gamma, in minor units; NaN when too few bought twice, and everybody spends the mean
	LogLikelihood  float64
	HoldOut        HoldOut
	Total          int64   // what all bring within a Year
	Spread         float64 // its relative standard error, by how uncertain the parameters are
}

// Interval is the 95 % interval of Total.
func (f Fit) Interval() Range {
	return Range{int64(float64(f.Total) * math.Exp(-z*f.Spread)), int64(float64(f.Total) * math.Exp(z*f.Spread))}
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
	Key      string // "" of whom it is not known
	Name     model.Text
	N        int
	Value    float64 // mean, within a Year
	Interval stats.Interval
	Total    int64
	Again    retention.Share // who bought more than once
	Back     float64         // share of what was bought that went back; NaN when nothing was bought
}

// Distribution is how the value is spread over customers.
type Distribution struct {
	AsOf     cx.Time
	Pending  bool
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
