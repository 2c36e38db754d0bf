package paths

import (
	"math"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

func (p page) comparison(q *web.Request, a asked) (journey.Comparison, error) {
	return p.journeys.Compare(q.Context(), q.Principal, a.ask.Journey.Slug, journey.CompareQuery{A: a.groupA, B: a.groupB})
}

// shownDifferences are shown at once; the others on asking.
const shownDifferences = 6

// difference is one thing that differs, told.
type difference struct {
	what         string
	a, b         string  // the figures
	barA, barB   float64 // 0..1, how long each side's bar is; both 0: there is none
	feltA, feltB *outcome.Estimate
	apart        string // how far apart, with the interval
}

// differences are those that are clear, told, the surest first.
func (v view) differences() (out []difference) {
	for _, d := range v.comparison.Of {
		if d.Clear {
			out = append(out, v.difference(d))
		}
	}
	return out
}

func (v view) difference(d journey.Difference) difference {
	out := difference{what: v.what(d)}
	switch d.In {
	case journey.ComparedTime, journey.ComparedDuration:
		most := math.Max(d.TimeA.Median.Seconds(), d.TimeB.Median.Seconds())
		out.a, out.b = v.brief(d.TimeA.Median), v.brief(d.TimeB.Median)
		out.barA, out.barB = d.TimeA.Median.Seconds()/most, d.TimeB.Median.Seconds()/most
		write := func(s float64) string {
			sign := "+"
			if s < 0 {
				sign = "−"
			}
			return sign + v.brief(time.Duration(math.Abs(s)*float64(time.Second)))
		}
		out.apart = v.apart(write(d.Delta), write(d.Low), write(d.High), d.TimeA.N, d.TimeB.N)
	case journey.ComparedFelt:
		out.a, out.b = v.L.Signed(d.FeltA.Value, 1), v.L.Signed(d.FeltB.Value, 1)
		out.feltA, out.feltB = &d.FeltA, &d.FeltB
		out.apart = v.apart(v.L.Signed(d.Delta, 1), v.L.Signed(d.Low, 1), v.L.Signed(d.High, 1), d.FeltA.N, d.FeltB.N)
	default:
		out.a, out.b, out.barA, out.barB = v.Share(d.A), v.Share(d.B), d.A.Value(), d.B.Value()
		points := func(x float64) string { return v.L.Signed(100*x, 0) }
		out.apart = v.apart(v.L.T("paths.points", "n", points(d.Delta)), points(d.Low), points(d.High), d.A.N, d.B.N)
	}
	return out
}

func (v view) apart(delta, low, high string, a, b int) string {
	return v.L.T("paths.apart", "delta", delta, "low", low, "high", high, "a", v.L.Int(int64(a)), "b", v.L.Int(int64(b)))
}

// what says what a difference is in.
func (v view) what(d journey.Difference) string {
	switch d.In {
	case journey.ComparedStop:
		return v.L.T("paths.differ.stop", "stop", v.name(*d.From))
	case journey.ComparedEdge:
		return v.L.T("paths.differ.edge", "from", v.name(*d.From), "to", v.name(*d.To))
	case journey.ComparedTime:
		return v.L.T("paths.differ.time", "from", v.name(*d.From), "to", v.name(*d.To))
	case journey.ComparedState:
		return v.L.T("paths.differ.state", "state", v.State(d.State))
	case journey.ComparedDuration:
		return v.L.T("paths.differ.duration")
	case journey.ComparedFelt:
		return v.L.T("paths.differ.felt")
	}
	var names []string
	for _, s := range d.Stops {
		if name := v.name(s); len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	if n := len(names); n > 6 {
		names = append(append(names[:3:3], "…"), names[n-2:]...)
	}
	return v.L.T("paths.differ.variant", "way", strings.Join(names, " → "))
}

// compared says in words how many differences are clear, of how many that were looked
// at.
func (v view) compared(clear int) string {
	switch {
	case v.comparison.A == 0 || v.comparison.B == 0:
		return v.L.T("paths.compare.nobody")
	case v.comparison.Tested == 0:
		return v.L.T("paths.compare.few")
	case clear == 0:
		return v.L.T("paths.compare.none", "tested", v.comparison.Tested)
	}
	return v.L.T("paths.compare.some", "n", clear, "tested", v.comparison.Tested)
}

func (p page) comparisonCSV(q *web.Request) error {
	a, err := p.asks(q, "paths")
	if err != nil {
		return err
	}
	c, err := p.comparison(q, a)
	if err != nil {
		return err
	}
	v := view{asked: a, comparison: c}
	header := join([]string{q.T("journeys.csv.what"), "id"}, columns(q, a.groupName(a.a)), columns(q, a.groupName(a.b)), []string{q.T("journeys.csv.difference"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "p", q.T("journeys.csv.clear")})
	return q.CSV("comparacion-"+a.ask.Journey.Slug, header, sheet.Rows(c.Of, func(d journey.Difference) []string {
		side := func(s journey.Share, t journey.Times, f outcome.Estimate) []string {
			switch {
			case t.N > 0:
				return []string{sheet.Figure(t.Median.Seconds()), sheet.Figure(t.Low.Seconds()), sheet.Figure(t.High.Seconds()), whole(t.N)}
			case f.N > 0:
				return sheet.Estimate(f)
			}
			return sheet.Share(s)
		}
		id := string(d.In)
		if d.From != nil {
			id += ":" + d.From.ID
		}
		if d.To != nil {
			id += ">" + d.To.ID
		}
		if d.Variant != "" {
			id += ":" + d.Variant
		}
		clear := "false"
		if d.Clear {
			clear = "true"
		}
		return join([]string{reading.Capital(v.what(d)), id}, side(d.A, d.TimeA, d.FeltA), side(d.B, d.TimeB, d.FeltB), []string{sheet.Figure(d.Delta), sheet.Figure(d.Low), sheet.Figure(d.High), sheet.Figure(d.P), clear})
	}))
}
