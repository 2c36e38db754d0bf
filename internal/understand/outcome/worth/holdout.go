package worth

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/purchase"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// lastBin is of who had bought as often, or more often.
const lastBin = 7

// holdOut fits BG/NBD to what was known 91 days ago, and compares what it expected
// with what came.
func holdOut(t *purchases.Table) HoldOut {
	out := HoldOut{From: t.Today - holdOutDays + 1}
	type one struct {
		h     purchase.History
		n     int
		later int
	}
	var all []one
	for row := range t.Customers {
		days, _ := t.Purchases(row)
		if h, n, ok := historyOf(days, out.From-1); ok {
			all = append(all, one{h, n, len(days) - n})
		}
	}
	all = thinned(all, mostFitted)
	histories := make([]purchase.History, len(all))
	for i, x := range all {
		histories[i] = x.h
	}
	counted := purchase.Compress(histories)
	m, fault := purchase.FitBGNBD(counted)
	if fault != "" {
		return HoldOut{}
	}
	type expectation struct{ mean, variance float64 }
	of := make(map[purchase.History]expectation, len(counted))
	for _, c := range counted {
		of[c.History] = expectation{m.Expected(c.History, holdOutDays), m.Variance(c.History, holdOutDays)}
	}
	out.N, out.Bins = len(all), make([]HoldOutBin, lastBin)
	variance := 0.0
	for _, x := range all {
		b := &out.Bins[min(x.n, lastBin)-1]
		b.N, b.Expected, b.Actual = b.N+1, b.Expected+of[x.h].mean, b.Actual+x.later
		out.Expected, out.Actual = out.Expected+of[x.h].mean, out.Actual+x.later
		variance += of[x.h].variance
	}
	for i := range out.Bins {
		out.Bins[i].Purchases = i + 1
	}
	half := z * math.Sqrt(variance)
	out.Interval = stats.Interval{Low: max(0, out.Expected-half), High: out.Expected + half}
	return out
}
