package stats

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Driver is what may go with an outcome: one column of numbers, or the columns of
// one thing (a category's levels), which are told as one.
type Driver struct {
	Name    string
	Columns [][]float64 // each as long as the outcome; NaN: missing
	Levels  []string    // what the columns stand for, when they are those of a category
}

// Number returns the driver of one column; NaN is missing.
func Number(name string, values []float64) Driver {
	return Driver{Name: name, Columns: [][]float64{values}}
}

// Category returns the driver of a text, with a column of 0 and 1 for each level
// but the commonest, in the order of their names; "" is missing.
func Category(name string, values []string) Driver {
	count := map[string]int{}
	for _, v := range values {
		if v != "" {
			count[v]++
		}
	}
	levels, usual := make([]string, 0, len(count)), ""
	for v, n := range count {
		levels = append(levels, v)
		if n > count[usual] || n == count[usual] && v < usual {
			usual = v
		}
	}
	slices.Sort(levels)
	d := Driver{Name: name}
	for _, level := range levels {
		if level == usual {
			continue
		}
		column := make([]float64, len(values))
		for i, v := range values {
			switch v {
			case level:
				column[i] = 1
			case "":
				column[i] = math.NaN()
			}
		}
		d.Columns, d.Levels = append(d.Columns, column), append(d.Levels, level)
	}
	return d
}

// Design is an outcome and what may go with it: the rows in which nothing is
// missing.
type Design struct {
	N       int   // rows
	Missing int   // rows left out, since their outcome or a driver is missing
	Lacking []int // of each driver: the rows with an outcome in which it is missing

	means  []float64   // of the columns; the outcome's is the last
	rows   [][]float64 // less the means; the outcome is the last
	groups []span      // of each driver: its columns
}

// span is a stretch of columns.
type span struct{ from, to int }

// NewDesign puts drivers together with an outcome, NaN where it is missing.
func NewDesign(outcome []float64, drivers []Driver) *Design {
	d := &Design{Lacking: make([]int, len(drivers))}
	var columns [][]float64
	for _, driver := range drivers {
		d.groups = append(d.groups, span{len(columns), len(columns) + len(driver.Columns)})
		columns = append(columns, driver.Columns...)
	}
	columns = append(columns, outcome)
	var kept []int
	for i, y := range outcome {
		whole := !math.IsNaN(y)
		if !whole {
			d.Missing++
			continue
		}
		for g, s := range d.groups {
			if slices.ContainsFunc(columns[s.from:s.to], func(c []float64) bool { return math.IsNaN(c[i]) }) {
				d.Lacking[g]++
				whole = false
			}
		}
		if !whole {
			d.Missing++
			continue
		}
		kept = append(kept, i)
	}
	d.N = len(kept)
	d.means = make([]float64, len(columns))
	cells := make([]float64, len(kept)*len(columns))
	d.rows = make([][]float64, len(kept))
	for r, i := range kept {
		d.rows[r] = cells[r*len(columns) : (r+1)*len(columns)]
		for c, column := range columns {
			d.rows[r][c] = column[i]
			d.means[c] += column[i] / float64(len(kept))
		}
	}
	for _, row := range d.rows {
		for c := range row {
			row[c] -= d.means[c]
		}
	}
	return d
}

// MostExact is up to how many drivers shares are LMG's; above they are Johnson's
// relative weights.
const MostExact = 15

// The methods of shares.
const (
	MethodLMG     = "lmg"
	MethodJohnson = "johnson"
)

// Shares tells how much of an outcome's variance goes with each driver. They add up
// to R2 and none is below 0. An outcome or a driver that does not vary has none.
// They tell of an association, never of a cause.
type Shares struct {
	Method string
	R2     float64
	Share  []float64 // by driver
}

// Shares returns, up to MostExact drivers, LMG's: the mean over all orders, in which
// drivers can be taken, of what each adds to R² (Lindeman, Merenda & Gold 1980;
// Grömping 2007), which is Shapley's value; the columns of a driver come and go
// together. It costs 2ᵏ of k drivers: above, they are Johnson's.
func (d *Design) Shares() Shares { return d.newSolver().shares(d.moments().covariance()) }

// Johnson returns the relative weights (Johnson 2000): the columns' nearest
// uncorrelated ones explain the outcome, and what each of them does is shared among
// the columns by their squared correlations. Those of a driver's columns are added.
func (d *Design) Johnson() Shares { return d.newSolver().johnson(d.moments().covariance()) }

// Alone returns the p of each driver going with nothing when it stands alone (F);
// NaN where there are not enough rows, or the driver or the outcome does not vary.
func (d *Design) Alone() []float64 {
	cov, p := d.moments().covariance(), make([]float64, len(d.groups))
	for g := range d.groups {
		r2, rank, _ := cov.regress(d.groups[g : g+1])
		p[g] = testF(r2, 0, rank, d.N-rank-1)
	}
	return p
}

// testF is the p of so many columns adding nothing to R²; rest are the degrees of
// freedom that are left.
func testF(with, without float64, columns, rest int) float64 {
	if columns <= 0 || rest <= 0 {
		return math.NaN()
	}
	if with >= 1 {
		return 0
	}
	f := math.Max(0, with-without) / float64(columns) / ((1 - with) / float64(rest))
	return distuv.F{D1: float64(columns), D2: float64(rest)}.Survival(f)
}

// Weights are the shares of drivers with what the bootstrap tells of them.
type Weights struct {
	Shares
	Adjusted float64    // R² less what as many columns explain of nothing (Ezekiel 1930), at least 0
	R2Range  Interval   // of R2
	Range    []Interval // of each share. They never reach 0: see P
	Leading  []float64  // the probability that a driver is among the first three
	P        []float64  // of a driver adding nothing to all others (F); NaN: cannot be told
	Effects  [][]Effect // of each driver's columns, all others held equal
}

// Effect is by how much an outcome differs with one more of a column.
type Effect struct {
	Value float64
	Interval
	Mean float64 // of the column: of one of 0 and 1 the share that has it
}

// leading is how many drivers are among the first.
const leading = 3

// Bootstrap draws as many samples of the design's rows as rounds says (500 are
// enough for intervals), from a seed that makes it repeatable, and tells how the
// shares vary: percentile intervals (Efron 1979). Above randomGroups rows they are
// dealt into so many groups at random and groups are drawn (Wolter 2007, random
// groups), whose sums vary as those of rows do.
func (d *Design) Bootstrap(rounds int, seed uint64) Weights {
	whole, solve := d.moments(), d.newSolver()
	cov := whole.covariance()
	columns := d.groups
	r2, rank, effects := cov.regress(columns)
	w := Weights{Shares: solve.shares(cov)}
	w.Adjusted = math.Max(0, 1-(1-r2)*float64(d.N-1)/float64(max(1, d.N-rank-1)))
	k := len(columns)
	w.P, w.Leading, w.Range, w.Effects = make([]float64, k), make([]float64, k), make([]Interval, k), make([][]Effect, k)
	for g := range columns {
		without, less, _ := cov.regress(slices.Delete(slices.Clone(columns), g, g+1))
		w.P[g] = testF(r2, without, rank-less, d.N-rank-1)
	}

	drawn := d.resample(rounds, seed)
	r2s, shares, moved := make([]float64, 0, rounds), make([][]float64, k), make([][]float64, len(effects))
	for sample := range drawn {
		cov := sample.covariance()
		s := solve.shares(cov)
		_, _, effects := cov.regress(columns)
		r2s = append(r2s, s.R2)
		for g, share := range s.Share {
			shares[g] = append(shares[g], share)
			ahead := 0
			for _, other := range s.Share {
				if other > share {
					ahead++
				}
			}
			if share > 0 && ahead < leading {
				w.Leading[g]++
			}
		}
		for c, v := range effects {
			moved[c] = append(moved[c], v)
		}
	}
	w.R2Range = percentiles(r2s)
	for g, s := range columns {
		w.Range[g] = percentiles(shares[g])
		w.Leading[g] /= float64(rounds)
		for c := s.from; c < s.to; c++ {
			w.Effects[g] = append(w.Effects[g], Effect{effects[c], percentiles(moved[c]), d.means[c]})
		}
	}
	return w
}

// percentiles orders the values and returns what lies between 2.5 and 97.5 % of
// them (quantiles of type 7, Hyndman & Fan 1996). NaN of none.
func percentiles(values []float64) Interval {
	if len(values) == 0 {
		return noInterval()
	}
	slices.SortFunc(values, cmp.Compare[float64])
	at := func(q float64) float64 {
		h := q * float64(len(values)-1)
		low := int(h)
		high := min(low+1, len(values)-1)
		return values[low] + (h-float64(low))*(values[high]-values[low])
	}
	return Interval{at(tail), at(1 - tail)}
}
