package risk

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// The bootstrap: customers fall into parts by a hash, and as many parts are drawn with
// replacement (Efron & Tibshirani 1993; of parts, because sums of them are enough).
const (
	parts    = 100
	rounds   = 300
	quantile = 1.984216952 // Student's of parts − 1 degrees
	seed     = 7
)

// fewest is below how many who lived something, or did not, nothing is told.
const fewest = 20

// falseRate is the share of the groups told as clear that may be none.
const falseRate = .05

// fate is a customer with what they would bring and how likely they leave.
type fate struct {
	no      cx.CustomerNo
	money   float64
	leave   float64
	stratum uint8
}

// strata are how comparable customers are told: four classes of how often they bought,
// three of how long they have been customers, with a contract or without.
const strata = 24

// stratify puts customers into strata; often is how many purchases, first the day of
// the first.
func stratify(fates []fate, often []int, first []int32, contract []bool) {
	ordered := slices.Sorted(slices.Values(first))
	for i := range fates {
		class := 3
		switch {
		case often[i] <= 1:
			class = 0
		case often[i] == 2:
			class = 1
		case often[i] <= 4:
			class = 2
		}
		long := 0
		for third := 1; third < 3; third++ {
			if first[i] >= ordered[third*len(ordered)/3] {
				long = third
			}
		}
		fates[i].stratum = uint8(class + 4*long)
		if contract[i] {
			fates[i].stratum += 12
		}
	}
}

// part deals customers into parts.
func part(c cx.CustomerNo) int { return int(uint64(c) * 0x9e3779b97f4a7c15 >> 40 % parts) }

// resamples are how often each part is drawn in each round; always the same.
func resamples() [][]float64 {
	r, out := rand.New(rand.NewPCG(seed, 0)), make([][]float64, rounds)
	for i := range out {
		out[i] = make([]float64, parts)
		for range parts {
			out[i][r.IntN(parts)]++
		}
	}
	return out
}

// once draws each part once.
func once() []float64 { return slices.Repeat([]float64{1}, parts) }

// estimate tells a figure with its interval by what it was in each round, and its
// standard error; besides is that of what all parts have in common.
func estimate(value float64, drawn []float64, besides float64, n int) (outcome.Estimate, float64) {
	var m stats.Moments
	for _, v := range drawn {
		if !math.IsNaN(v) { // in that round nobody was there to compare with
			m.Add(v)
		}
	}
	err := math.Hypot(math.Sqrt(m.Sample().Variance), besides)
	return outcome.Estimate{Value: value, Low: value - quantile*err, High: value + quantile*err, N: n}, err
}

// within cuts an interval to where its figure may lie.
func within(e outcome.Estimate, low, high float64) outcome.Estimate {
	e.Low, e.High = max(e.Low, low), min(e.High, high)
	return e
}

// total adds up what customers bring, and what of it is at risk. Spread is the relative
// error that all of them have in common.
func total(fates []fate, spread float64, draws [][]float64) (atRisk, expected outcome.Estimate) {
	var risk, money [parts]float64
	for _, f := range fates {
		k := part(f.no)
		risk[k] += f.money * f.leave
		money[k] += f.money
	}
	add := func(sums *[parts]float64) outcome.Estimate {
		of := func(times []float64) (sum float64) {
			for k, v := range sums {
				sum += times[k] * v
			}
			return sum
		}
		all, drawn := of(once()), make([]float64, len(draws))
		for i, times := range draws {
			drawn[i] = of(times)
		}
		e, _ := estimate(all, drawn, spread*all, len(fates))
		return within(e, 0, math.Inf(1))
	}
	return add(&risk), add(&money)
}

// How a customer stands to something that may be lived.
const (
	away    = iota // could not have lived it
	spared         // could, and did not
	touched        // lived it
)

// cell is what those of one part and stratum are sums of.
type cell struct{ money, risk, others, othersRisk float64 }

// group compares who lived something with who could have. Each of the customers stands
// for as many as scale says. False when too few did, or did not.
func group(fates []fate, stands []uint8, scale, spread float64, draws [][]float64) (Group, bool) {
	var cells [parts][strata]cell
	var has, spare int
	for i, f := range fates {
		c := &cells[part(f.no)][f.stratum]
		switch stands[i] {
		case touched:
			has++
			c.money, c.risk = c.money+f.money, c.risk+f.money*f.leave
		case spared:
			spare++
			c.others, c.othersRisk = c.others+f.money, c.othersRisk+f.money*f.leave
		}
	}
	if has < fewest || spare < fewest {
		return Group{}, false
	}
	whole, drawn := sumOf(&cells, once()), make([]compared, len(draws))
	for i, times := range draws {
		drawn[i] = sumOf(&cells, times)
	}
	of := func(n int, spread float64, figure func(compared) float64) (outcome.Estimate, float64) {
		rounds := make([]float64, len(drawn))
		for i := range drawn {
			rounds[i] = figure(drawn[i])
		}
		value := figure(whole)
		return estimate(value, rounds, spread*math.Abs(value), n)
	}
	g := Group{Customers: int(math.Round(float64(has) * scale))}
	g.AtRisk, _ = of(has, spread, func(c compared) float64 { return scale * c.all })
	beyond, err := of(has, spread, func(c compared) float64 { return scale * (c.risk - c.others) })
	if whole.money == 0 || !(err > 0) {
		return Group{}, false
	}
	g.Beyond, g.P = beyond, math.Erfc(math.Abs(beyond.Value/err)/math.Sqrt2)
	g.Leave, _ = of(has, 0, func(c compared) float64 { return c.risk / c.money })
	g.Others, _ = of(spare, 0, func(c compared) float64 { return c.others / c.money })
	g.AtRisk, g.Leave, g.Others = within(g.AtRisk, 0, math.Inf(1)), within(g.Leave, 0, 1), within(g.Others, 0, 1)
	return g, true
}

// compared is the money of those who lived something in the strata in which there is
// somebody to compare with, what of it is at risk, and what would be if it left as that
// of the others; and what is at risk in all strata.
type compared struct{ money, risk, others, all float64 }

// sumOf adds the parts up, each as often as it was drawn.
func sumOf(cells *[parts][strata]cell, times []float64) (out compared) {
	var sum [strata]cell
	for k, often := range times {
		if often == 0 {
			continue
		}
		for s, c := range cells[k] {
			a := &sum[s]
			a.money, a.risk = a.money+often*c.money, a.risk+often*c.risk
			a.others, a.othersRisk = a.others+often*c.others, a.othersRisk+often*c.othersRisk
		}
	}
	for _, c := range sum {
		out.all += c.risk
		if c.others > 0 && c.money > 0 {
			out.money += c.money
			out.risk += c.risk
			out.others += c.money * c.othersRisk / c.others
		}
	}
	return out
}

// rank says which groups are clear, and orders them.
func rank(groups []Group) {
	var p []float64
	for _, g := range groups {
		p = append(p, g.P)
	}
	for i, found := range stats.BenjaminiHochberg(p, falseRate) {
		groups[i].Clear = found && groups[i].Beyond.Value > 0
	}
	slices.SortStableFunc(groups, func(a, b Group) int {
		if a.Clear != b.Clear {
			if a.Clear {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.Beyond.Value, a.Beyond.Value), cmp.Compare(a.By, b.By), cmp.Compare(a.Key, b.Key))
	})
}
