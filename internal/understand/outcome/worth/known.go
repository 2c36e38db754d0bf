package worth

import (
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats/purchase"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
)

// known is what the customers of a table are worth, by row.
type known struct {
	table   *purchases.Table
	leaving *retention.Leaving
	fit     Fit
	buying  purchase.BGNBD
	money   purchase.GammaGamma
	mean    float64 // of all purchases, where Gamma-Gamma tells nothing
	cost    time.Duration

	alive, expected []float32
	leave           []float32
	soon, value     []int64
}

const (
	year        = 365
	soonDays    = int32(retention.Horizon / (24 * time.Hour))
	mostFitted  = 100_000 // customers that a model is fitted on
	mostSpread  = 2_000   // customers by whom the spread is found
	holdOutDays = 91
)

// z is the normal quantile of an interval at 95 %.
const z = 1.959963984540054

// told is the fit; of nothing yet, that it is pending.
func (k *known) told() Fit {
	if k == nil {
		return Fit{Pending: true}
	}
	return k.fit
}

// historyOf is how a customer had bought by the end of a day, in days; false when they
// had not.
func historyOf(days []int32, until int32) (purchase.History, int, bool) {
	n, _ := slices.BinarySearch(days, until+1)
	if n == 0 {
		return purchase.History{}, 0, false
	}
	return purchase.History{X: n - 1, Tx: float64(days[n-1] - days[0]), T: float64(until - days[0])}, n, true
}

// meanOf is the mean of so many purchases.
func meanOf(minor []int64) float64 {
	sum := int64(0)
	for _, m := range minor {
		sum += m
	}
	return float64(sum) / float64(len(minor))
}

// thinned keeps of too many items the share that is told by their place, the same each
// time.
func thinned[T any](all []T, most int) []T {
	if len(all) <= most {
		return all
	}
	step := float64(len(all)) / float64(most)
	out := make([]T, most)
	for i := range out {
		out[i] = all[int(float64(i)*step)]
	}
	return out
}

// newKnown fits the models to a table, and tells what its customers are worth.
func newKnown(t *purchases.Table, leaving *retention.Leaving) *known {
	k := &known{table: t, leaving: leaving, fit: Fit{AsOf: t.AsOf, Currency: t.Currency, Margin: t.HasMargin}}
	var histories []purchase.History
	var spent []purchase.Spent
	sum, paid := 0.0, 0
	for row := range t.Customers {
		days, minor := t.Purchases(row)
		if h, n, ok := historyOf(days, t.Today); ok {
			histories, spent = append(histories, h), append(spent, purchase.Spent{X: n, Mean: meanOf(minor)})
			sum, paid = sum+meanOf(minor)*float64(n), paid+n
		}
	}
	k.fit.N, k.mean = len(histories), sum/float64(paid)
	histories = thinned(histories, mostFitted)
	if k.buying, k.fit.Fault = purchase.FitBGNBD(purchase.Compress(histories)); k.fit.Fault != "" {
		return k
	}
	k.fit.Sampled = len(histories)
	var fault purchase.Fault
	if k.money, fault = purchase.FitGammaGamma(thinned(spent, mostFitted)); fault != "" {
		k.money = purchase.GammaGamma{P: math.NaN(), Q: math.NaN(), Gamma: math.NaN()}
	}
	k.fit.R, k.fit.Alpha, k.fit.A, k.fit.B = k.buying.R, k.buying.Alpha, k.buying.A, k.buying.B
	k.fit.P, k.fit.Q, k.fit.Gamma = k.money.P, k.money.Q, k.money.Gamma
	k.fit.LogLikelihood = k.buying.LogLikelihood
	k.tell()
	k.fit.HoldOut = holdOut(t)
	k.fit.Spread = k.spread()
	return k
}

// spends is what a purchase of who spent so much on average in n is expected to cost.
func (k *known) spends(m purchase.GammaGamma, n int, mean float64) float64 {
	if v := m.ExpectedValue(n, mean); !math.IsNaN(v) {
		return v
	}
	return k.mean
}

// told of one history; many customers share one.
type told struct{ alive, expected, soon, idle float64 }

// tell fills the columns.
func (k *known) tell() {
	t, n := k.table, k.table.Len()
	k.alive, k.expected, k.leave = make([]float32, n), make([]float32, n), make([]float32, n)
	k.soon, k.value = make([]int64, n), make([]int64, n)
	chance := k.chances()
	of := map[purchase.History]told{}
	for row := range t.Customers {
		days, minor := t.Purchases(row)
		h, count, ok := historyOf(days, t.Today)
		if !ok {
			continue
		}
		at, ok := of[h]
		if !ok {
			at = told{k.buying.Alive(h), k.buying.Expected(h, year), k.buying.Expected(h, float64(soonDays)), retention.Idle(k.buying, h)}
			of[h] = at
		}
		each := t.Margin * k.spends(k.money, count, meanOf(minor))
		k.alive[row], k.expected[row] = float32(at.alive), float32(at.expected)
		k.value[row] = int64(math.Round(each * at.expected))
		k.soon[row] = int64(math.Round(each * at.soon / max(at.alive, 1e-6)))
		k.fit.Total += k.value[row]
		k.leave[row] = float32(chance(t.Customers[row], at.idle, t.Today-days[len(days)-1]))
	}
}

// chances returns how to find the chance that a customer leaves: asked by ascending
// number, it is what retention learned; else that of being idle.
func (k *known) chances() func(c cx.CustomerNo, idle float64, since int32) float64 {
	row := 0
	return func(c cx.CustomerNo, idle float64, since int32) float64 {
		if k.leaving == nil {
			return idle
		}
		t := k.leaving.Table
		for row < t.Len() && t.Customers[row] < c {
			row++
		}
		switch {
		case row < t.Len() && t.Customers[row] == c && !math.IsNaN(k.leaving.P[row]):
			return k.leaving.P[row]
		case since >= year:
			return 1
		}
		return idle
	}
}

// customer tells of a row of the table.
func (k *known) customer(row int) Customer {
	t := k.table
	days, minor := t.Purchases(row)
	c := Customer{
		No: t.Customers[row], Purchases: len(days), Alive: float64(k.alive[row]), Leave: float64(k.leave[row]),
		Soon: k.soon[row], Expected: float64(k.expected[row]), Value: k.value[row],
	}
	if n := len(days); n > 0 {
		c.First, c.Last = days[0], days[n-1]
	}
	for _, m := range minor {
		c.Brought += m
	}
	for _, s := range t.Spans(row) {
		c.Contract = c.Contract || s.Lasts()
	}
	return c
}

// each calls fn with the rows, in the other table and in this, of the customers of
// another that bought something.
func (k *known) each(of *purchases.Table, fn func(other, row int) error) error {
	if k == nil || k.fit.Fault != "" {
		return nil
	}
	row := 0
	for other, c := range of.Customers {
		for row < k.table.Len() && k.table.Customers[row] < c {
			row++
		}
		if row == k.table.Len() {
			return nil
		}
		if k.table.Customers[row] != c || k.table.From[row] == k.table.From[row+1] {
			continue
		}
		if err := fn(other, row); err != nil {
			return err
		}
	}
	return nil
}

// interval is that of what a customer brings within a Year: of a compound of purchases
// and what each costs, taken as a Gamma distribution of the same mean and variance.
func (k *known) interval(row int) Range {
	days, minor := k.table.Purchases(row)
	h, n, _ := historyOf(days, k.table.Today)
	often, variance := k.buying.Expected(h, year), k.buying.Variance(h, year)
	each := k.spends(k.money, n, meanOf(minor))
	spread := k.costs(n, meanOf(minor), each)
	mean := often * each
	total := often*spread + variance*each*each
	if !(mean > 0) || !(total > 0) {
		return Range{}
	}
	g := distuv.Gamma{Alpha: mean * mean / total, Beta: mean / total}
	at := func(p float64) int64 { return int64(math.Round(k.table.Margin * g.Quantile(p))) }
	return Range{at(.025), at(.975)}
}

// costs is the variance of what a purchase costs: a Gamma one, whose rate is
// Gamma(q + p·n, γ + what was spent); where that has none, that of an exponential.
func (k *known) costs(n int, mean, each float64) float64 {
	a, b := k.money.Q+k.money.P*float64(n), k.money.Gamma+mean*float64(n)
	if !(a > 2) {
		return each * each
	}
	square := b * b / ((a - 1) * (a - 2))
	p := k.money.P
	return p*square + p*p*(square-b*b/((a-1)*(a-1)))
}

// spread is the relative standard error of what all bring, by some of them.
func (k *known) spread() float64 {
	type one struct {
		h    purchase.History
		n    int
		mean float64
	}
	var all []one
	for row := range k.table.Customers {
		days, minor := k.table.Purchases(row)
		if h, n, ok := historyOf(days, k.table.Today); ok {
			all = append(all, one{h, n, meanOf(minor)})
		}
	}
	all = thinned(all, mostSpread)
	total := func(w purchase.Worth) (sum float64) {
		for _, x := range all {
			sum += w.Buying.Expected(x.h, year) * k.spends(w.Spending, x.n, x.mean)
		}
		return sum
	}
	var high float64
	if math.IsNaN(k.money.P) {
		high = k.buying.Interval(func(m purchase.BGNBD) float64 { return total(purchase.Worth{Buying: m, Spending: k.money}) }).High
	} else {
		high = purchase.Worth{Buying: k.buying, Spending: k.money}.Interval(total).High
	}
	return math.Log(high/total(purchase.Worth{Buying: k.buying, Spending: k.money})) / z
}
