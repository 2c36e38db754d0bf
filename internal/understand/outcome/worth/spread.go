package worth

import (
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
)

// group adds up a table's customers.
func (k *known) group(t *purchases.Table) (g Group) {
	sum, squares, again := 0.0, 0.0, 0
	bought, back := int64(0), int64(0)
	_ = k.each(t, func(other, row int) error { // the function gives no error
		v := float64(k.value[row])
		sum, squares = sum+v, squares+v*v
		g.N++
		g.Total += k.value[row]
		_, minor := t.Purchases(other)
		if len(minor) > 1 {
			again++
		}
		for _, m := range minor {
			bought += m
		}
		return nil
	})
	for _, b := range t.Back {
		back += b
	}
	g.Value, g.Interval = sum/float64(g.N), stats.MeanInterval(stats.SampleOf(g.N, sum, squares))
	g.Again = retention.ShareOf(again, g.N)
	g.Back = float64(back) / float64(bought+back)
	return g
}

func (k *known) distribution(t *purchases.Table) Distribution {
	d := Distribution{AsOf: k.fit.AsOf, Mean: math.NaN(), Top: math.NaN()}
	var values []int64
	sum, squares, total := 0.0, 0.0, int64(0)
	_ = k.each(t, func(_, row int) error { // the function gives no error
		v := k.value[row]
		values = append(values, v)
		sum, squares, total = sum+float64(v), squares+float64(v)*float64(v), total+v
		return nil
	})
	d.N = len(values)
	d.Interval = stats.MeanInterval(stats.SampleOf(d.N, sum, squares))
	if d.N == 0 {
		return d
	}
	slices.Sort(values)
	d.Mean, d.Median = sum/float64(d.N), values[d.N/2]
	top := int64(0)
	for _, v := range values[d.N-(d.N+9)/10:] {
		top += v
	}
	if total > 0 {
		d.Top = float64(top) / float64(total)
	}
	d.Bins = binsOf(values, int64(math.Pow10(t.Digits)))
	return d
}

// binsOf counts ascending values between 0, 1, 2, 5, 10, 20, 50 … units of the
// currency; those that hold nobody are left out at both ends.
func binsOf(values []int64, unit int64) []Bin {
	var bins []Bin
	from, to := int64(0), unit
	for i := 1; len(values) > 0; i++ {
		b := Bin{From: from, To: to}
		for len(values) > 0 && values[0] < to {
			b.N, b.Total, values = b.N+1, b.Total+values[0], values[1:]
		}
		if b.N > 0 || len(bins) > 0 {
			bins = append(bins, b)
		}
		from, to = to, to*2
		if i%3 == 2 {
			to = from / 2 * 5
		}
	}
	bins[len(bins)-1].To = 0
	return bins
}
