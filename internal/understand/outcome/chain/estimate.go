package chain

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// panel is customers' months, those of a customer one after another.
type panel struct {
	customer []uint32
	month    []uint32
	steps    map[Step][]float64 // NaN: not known
	equal    [][]float64        // what is held equal
	bought   [][]float64        // in the first, second, … month after
	brought  [][]float64        // as much
}

// fewest is below how many customers no link is told.
const fewest = 50

// told is the level of all links together.
const told = .05

// links are the steps that are looked at, those that follow after those they follow from.
var links = [...]struct{ from, to Step }{
	{Lived, Memory}, {Lived, Satisfaction}, {Memory, Retention}, {Satisfaction, Retention}, {Retention, Revenue},
}

// estimate fits every link, and tells what one more of each is worth when reach
// customers have it of whose revenue the share margin is left.
func (p *panel) estimate(reach int, margin float64) (all []Link, whole Link) {
	var ps []float64
	for _, l := range links {
		all = append(all, p.link(l.from, l.to))
	}
	all = append(all, p.link(Satisfaction, Revenue))
	for _, l := range all {
		if l.Slope.N == 0 {
			l.P = math.NaN() // no test
		}
		ps = append(ps, l.P)
	}
	for i, clear := range stats.Holm(ps, told) {
		all[i].Clear = clear
		if !clear && all[i].Why == "" {
			all[i].Why = Noise
		}
	}
	money := map[Step]product{Revenue: {value: margin * float64(reach), n: math.MaxInt}}
	for i := len(all) - 1; i >= 0; i-- {
		l := &all[i]
		if l.Slope.N == 0 {
			continue
		}
		worth, ok := times(l.Slope, money[l.To])
		if !ok {
			continue
		}
		l.Worth = worth.estimate()
		if i < len(links) && l.From != Lived { // the whole is told, and leads nowhere
			money[l.From] = worth
		}
	}
	return all[:len(links)], all[len(links)]
}

// product is a product of slopes and its standard error.
type product struct {
	value, err float64
	n          int
}

// times multiplies by a slope that does not depend on the others (Goodman 1960).
func times(s outcome.Estimate, by product) (product, bool) {
	if by.n == 0 {
		return product{}, false
	}
	err := (s.High - s.Low) / 2 / normal
	return product{
		s.Value * by.value,
		math.Sqrt(s.Value*s.Value*by.err*by.err + by.value*by.value*err*err + err*err*by.err*by.err),
		min(s.N, by.n),
	}, true
}

func (p product) estimate() outcome.Estimate {
	return outcome.Estimate{Value: p.value, Low: p.value - normal*p.err, High: p.value + normal*p.err, N: p.n}
}

// normal is the normal quantile of a 95 % interval.
const normal = 1.959963984540054

// link fits one link.
func (p *panel) link(from, to Step) Link {
	l := Link{From: from, To: to, P: 1}
	s := p.slope(from, p.steps[to])
	switch {
	case s.Clusters < fewest:
		l.Why = Few
		return l
	case math.IsNaN(s.Value):
		l.Why = Same
		return l
	}
	l.Slope, l.P = told95(s), s.P
	after := map[Step][][]float64{Retention: p.bought, Revenue: p.brought}[to]
	for _, y := range after {
		l.ByMonth = append(l.ByMonth, told95(p.slope(from, y)))
	}
	return l
}

func told95(s stats.WithinSlope) outcome.Estimate {
	if math.IsNaN(s.Value) {
		return outcome.Estimate{}
	}
	return outcome.Estimate{Value: s.Value, Low: s.Low, High: s.High, N: s.N}
}

// slope fits an outcome on a step, among the rows of which both are known.
func (p *panel) slope(from Step, y []float64) stats.WithinSlope {
	x := p.steps[from]
	c := stats.Clustered{X: make([][]float64, 1+len(p.equal))}
	for i, v := range x {
		if math.IsNaN(v) || math.IsNaN(y[i]) {
			continue
		}
		c.Cluster, c.Stratum, c.Y = append(c.Cluster, p.customer[i]), append(c.Stratum, p.month[i]), append(c.Y, y[i])
		c.X[0] = append(c.X[0], v)
		for k, e := range p.equal {
			c.X[k+1] = append(c.X[k+1], e[i])
		}
	}
	return c.Slope()
}
