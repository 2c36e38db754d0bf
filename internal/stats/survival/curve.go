package survival

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// z is the normal quantile of an interval at 95 %.
const z = 1.959963984540054

// Spell is how long something was seen to last, and whether it ended then; else it
// went on, and nobody knows for how long (censored).
type Spell struct {
	Duration float64
	Ended    bool
}

func (s Spell) possible() bool { return s.Duration >= 0 && !math.IsInf(s.Duration, 0) }

// Step is what happened after one duration.
type Step struct {
	Time     float64
	AtRisk   int     // that had not ended, and were still seen
	Ended    int     // at this time
	Censored int     // from this time until the next step
	S        float64 // the share that lasts longer
	Interval stats.Interval
}

// Curve is the share that lasts longer than each time.
type Curve struct {
	N, Ended int
	Longest  float64 // the longest that was seen: beyond, nothing is known; NaN of none
	Steps    []Step  // one for each time at which something ended, ascending
}

// KaplanMeier estimates the curve (Kaplan & Meier 1958), with Greenwood's variance
// (1926) on the scale of log(−log S), by which intervals stay within 0 and 1 (Kalbfleisch
// & Prentice 1980). What is censored at a time was still at risk then. Impossible spells
// are left out.
func KaplanMeier(spells []Spell) Curve {
	spells = ordered(spells)
	c := Curve{N: len(spells), Longest: math.NaN()}
	s, sum := 1.0, 0.0
	for i := 0; i < len(spells); {
		at, risk, ended, censored := spells[i].Duration, len(spells)-i, 0, 0
		for ; i < len(spells) && spells[i].Duration == at; i++ {
			if spells[i].Ended {
				ended++
			} else {
				censored++
			}
		}
		c.Longest = at
		if ended == 0 {
			if last := len(c.Steps) - 1; last >= 0 {
				c.Steps[last].Censored += censored
			}
			continue
		}
		c.Ended += ended
		s *= float64(risk-ended) / float64(risk)
		sum += float64(ended) / (float64(risk) * float64(risk-ended))
		in := logLog(s, sum)
		if s == 0 { // nothing is left that could vary: the limit of the step before still holds
			in.High = 1
			if last := len(c.Steps) - 1; last >= 0 {
				in.High = c.Steps[last].Interval.High
			}
		}
		c.Steps = append(c.Steps, Step{at, risk, ended, censored, s, in})
	}
	return c
}

// ordered returns the possible spells, the shortest first.
func ordered(spells []Spell) []Spell {
	out := make([]Spell, 0, len(spells))
	for _, s := range spells {
		if s.possible() {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Spell) int { return cmp.Compare(a.Duration, b.Duration) })
	return out
}

// logLog is the interval of a share by the variance of its logarithm.
func logLog(s, variance float64) stats.Interval {
	if s == 0 {
		return stats.Interval{}
	}
	half := z * math.Sqrt(variance) / math.Abs(math.Log(s))
	return stats.Interval{Low: math.Pow(s, math.Exp(half)), High: math.Pow(s, math.Exp(-half))}
}

// At returns the share that lasts longer than t, and how many were still seen then
// or at the step before; NaN beyond the longest that was seen, unless all had ended.
func (c Curve) At(t float64) (s float64, in stats.Interval) {
	i := sort.Search(len(c.Steps), func(i int) bool { return c.Steps[i].Time > t }) - 1
	switch {
	case !(t >= 0) || c.N == 0 || t > c.Longest && !(i >= 0 && c.Steps[i].S == 0):
		return math.NaN(), nowhere()
	case i < 0:
		return 1, stats.Interval{Low: 1, High: 1}
	}
	return c.Steps[i].S, c.Steps[i].Interval
}

// Median returns how long half of all last. NaN where more than half still do.
func (c Curve) Median() (float64, stats.Interval) { return c.Quantile(.5) }

// Quantile returns after how long the share p has ended, and between which times
// (Brookmeyer & Crowley 1982: where the intervals of the curve hold it). A limit, as
// the quantile itself, is NaN where the curve does not come so low. Where the curve is
// just flat at that height it is the middle.
func (c Curve) Quantile(p float64) (float64, stats.Interval) {
	cross := func(of func(Step) float64) float64 {
		for i, s := range c.Steps {
			switch v := of(s) - (1 - p); {
			case math.Abs(v) < 1e-12 && i+1 < len(c.Steps):
				return (s.Time + c.Steps[i+1].Time) / 2
			case v < 1e-12:
				return s.Time
			}
		}
		return math.NaN()
	}
	if !(p > 0 && p < 1) {
		return math.NaN(), nowhere()
	}
	return cross(func(s Step) float64 { return s.S }), stats.Interval{
		Low:  cross(func(s Step) float64 { return s.Interval.Low }),
		High: cross(func(s Step) float64 { return s.Interval.High }),
	}
}

// RMST returns how much of the time until is lasted on average: the area under the
// curve (Irwin 1949; its variance, Greenwood's). NaN beyond the longest that was seen,
// unless all had ended.
func (c Curve) RMST(until float64) (float64, stats.Interval) {
	if s, _ := c.At(until); math.IsNaN(s) {
		return math.NaN(), nowhere()
	}
	area, variance := 0.0, 0.0 // from the right: the variance needs the area that is left
	right := until
	for i := len(c.Steps) - 1; i >= 0; i-- {
		step := c.Steps[i]
		if step.Time >= until {
			continue
		}
		area += step.S * (right - step.Time)
		right = step.Time
		if left := step.AtRisk - step.Ended; left > 0 {
			variance += area * area * float64(step.Ended) / (float64(step.AtRisk) * float64(left))
		}
	}
	area += right
	half := z * math.Sqrt(variance)
	return area, stats.Interval{Low: math.Max(0, area-half), High: math.Min(until, area+half)}
}

func nowhere() stats.Interval { return stats.Interval{Low: math.NaN(), High: math.NaN()} }
