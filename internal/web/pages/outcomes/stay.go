package outcomes

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

// What the table of cohorts shows; the file has all.
const (
	mostRows = 14
	mostAges = 13
)

// staying is who stays.
type staying struct {
	asked
	title   string
	cohorts retention.Cohorts
	rows    []retention.Cohort // the newest of them, oldest first
	ages    int
	most    float64 // the greatest share of them
	curves  retention.Survival
	lasts   int // days of the longest curve
}

func (p page) cohorts(q *web.Request, a asked) (retention.Cohorts, error) {
	return p.retention.Cohorts(q.Context(), q.Principal, retention.CohortQuery{Filter: a.filter, Every: a.every, Relative: a.relative, Contract: a.contract})
}

func (p page) curves(q *web.Request, a asked) (retention.Survival, error) {
	return p.retention.Survival(q.Context(), q.Principal, retention.SurvivalQuery{Filter: a.filter, By: a.by, Contract: a.contract})
}

func (p page) stay(q *web.Request) error {
	v := staying{asked: p.ask(q)}
	var err error
	if v.cohorts, err = p.cohorts(q, v.asked); err != nil {
		return err
	}
	if v.curves, err = p.curves(q, v.asked); err != nil {
		return err
	}
	v.rows = v.cohorts.Rows[max(0, len(v.cohorts.Rows)-mostRows):]
	for _, r := range v.rows {
		v.ages = min(mostAges, max(v.ages, len(r.Cells)))
		for age, c := range r.Cells {
			if age > 0 && age < mostAges && c.N > 0 {
				v.most = max(v.most, c.Value)
			}
		}
	}
	for _, c := range v.curves.Groups {
		v.lasts = max(v.lasts, c.Points[len(c.Points)-1].Day)
	}
	v.title = v.finding()
	return q.Render(v.title, stayView(v))
}

// finding is the share that is there some while after they came.
func (v staying) finding() string {
	for age := min(3, len(v.cohorts.All)-1); age > 0; age-- {
		if c := v.cohorts.All[age]; c.N > 0 {
			return v.L.T("outcomes.stay.title."+v.kind()+"."+string(v.every), "n", age, "share", v.percent(c.Value), "low", v.percent(c.Interval.Low), "high", v.percent(c.Interval.High))
		}
	}
	return v.L.T("outcomes.stay.title.none")
}

// kind says what of: bought or contract.
func (a asked) kind() string {
	if a.contract {
		return "contract"
	}
	return "bought"
}

func (v staying) cohortName(t cx.Time) string {
	at := v.L.In(t)
	if v.every == retention.Quarter {
		return v.L.T("outcomes.quarter", "quarter", (int(at.Month())+2)/3, "year", strconv.Itoa(at.Year()))
	}
	return v.L.Month(t)
}

// heat is the class of a cell: tenths of the greatest share that is shown.
func (v staying) heat(c retention.Cell) string {
	return "heat-" + strconv.Itoa(min(9, int(10*c.Value/max(v.most, 1e-9))))
}

// cellTitle says a cell in a sentence.
func (v staying) cellTitle(of retention.Cohort, c retention.Cell) string {
	s := v.cohortName(of.From) + ", " + v.age(c.Age) + ": " + v.between(c.Share)
	if c.Running {
		s += " · " + v.L.T("outcomes.running")
	}
	return s
}

func (v staying) age(n int) string {
	return v.L.T("outcomes.age."+string(v.every), "n", n)
}

// shown is a point of a curve as it is drawn: of contracts the share that lasts, of
// purchases the share that has bought again.
func (a asked) shown(p retention.Point) (value, low, high float64) {
	if a.contract {
		return p.Value, p.Interval.Low, p.Interval.High
	}
	return 1 - p.Value, 1 - p.Interval.High, 1 - p.Interval.Low
}

// The box that a curve is drawn in, and stretched from.
const (
	curveWidth  = 400.0
	curveHeight = 120.0
)

// paths are a curve's steps and its interval as SVG path data.
func (v staying) paths(c retention.Curve) (band, line string) {
	at := func(share float64) string { return fmt.Sprintf("%.1f", curveHeight*(1-share)) }
	var x, below []string
	var l, top strings.Builder
	for i, p := range c.Points {
		value, low, high := v.shown(p)
		if math.IsNaN(value) {
			break
		}
		x = append(x, fmt.Sprintf("%.1f", curveWidth*float64(p.Day)/float64(max(v.lasts, 1))))
		below = append(below, at(low))
		if i == 0 {
			l.WriteString("M" + x[0] + " " + at(value))
			top.WriteString("M" + x[0] + " " + at(high))
			continue
		}
		l.WriteString("H" + x[i] + "V" + at(value))
		top.WriteString("H" + x[i] + "V" + at(high))
	}
	for i := len(x) - 1; i > 0; i-- { // and back, below
		top.WriteString("V" + below[i-1] + "H" + x[i-1])
	}
	return top.String() + "Z", l.String()
}

// after are the days at which a curve is told in figures.
func after() []int { return []int{30, 90, 180, 365} }

// told is a curve some days after its start; ok is false where it is not known.
func (v staying) told(c retention.Curve, days int) (value, low, high string, ok bool) {
	for i := len(c.Points) - 1; i >= 0; i-- {
		p := c.Points[i]
		if p.Day > days || math.IsNaN(p.Value) {
			continue
		}
		x, l, h := v.shown(p)
		return v.percent(x), v.percent(l), v.percent(h), i < len(c.Points)-1 || p.Day == days
	}
	return "", "", "", false
}

// half says when half have left, or come back.
func (v staying) half(c retention.Curve) string {
	day := func(d float64) string { return v.L.Number(math.Round(d), 0) }
	switch {
	case math.IsNaN(c.Median):
		return v.L.T("outcomes.half.not." + v.kind())
	case math.IsNaN(c.Range.Low) || math.IsNaN(c.Range.High):
		return v.L.T("outcomes.half.about."+v.kind(), "days", day(c.Median))
	}
	return v.L.T("outcomes.half."+v.kind(), "days", day(c.Median), "low", day(c.Range.Low), "high", day(c.Range.High))
}

// differ says how sure it is that groups differ.
func (v staying) differ() string {
	switch {
	case math.IsNaN(v.curves.P):
		return ""
	case v.curves.P < .05:
		return v.L.T("outcomes.differ.sure")
	}
	return v.L.T("outcomes.differ.unknown")
}

func (v staying) groupOf(c retention.Curve) string { return v.groupName(v.by, c.Key, c.Name) }

func (p page) cohortsCSV(q *web.Request) error {
	a := p.ask(q)
	c, err := p.cohorts(q, a)
	if err != nil {
		return err
	}
	v := staying{asked: a, cohorts: c}
	header := []string{q.T("outcomes.cohort"), q.T("outcomes.customers"), q.T("outcomes.age"), q.T("outcomes.stayed." + a.kind()), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n", q.T("outcomes.running")}
	return q.CSV("resultados-cohortes", header, func(yield func([]string, error) bool) {
		for _, r := range c.Rows {
			for _, cell := range r.Cells {
				running := ""
				if cell.Running {
					running = "1"
				}
				if !yield([]string{v.cohortName(r.From), strconv.Itoa(r.N), strconv.Itoa(cell.Age), figure(cell.Value), figure(cell.Interval.Low), figure(cell.Interval.High), strconv.Itoa(cell.N), running}, nil) {
					return
				}
			}
		}
	})
}

func (p page) curvesCSV(q *web.Request) error {
	a := p.ask(q)
	s, err := p.curves(q, a)
	if err != nil {
		return err
	}
	header := []string{q.T("outcomes.group"), q.T("outcomes.day"), q.T("outcomes.stayed." + a.kind()), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), q.T("outcomes.seen"), "n"}
	return q.CSV("resultados-curvas", header, func(yield func([]string, error) bool) {
		for _, c := range s.Groups {
			for _, x := range c.Points {
				value, low, high := a.shown(x)
				if !yield([]string{a.groupName(a.by, c.Key, c.Name), strconv.Itoa(x.Day), figure(value), figure(low), figure(high), strconv.Itoa(x.AtRisk), strconv.Itoa(c.N)}, nil) {
					return
				}
			}
		}
	})
}

func figure(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return sheet.Figure(v)
}

// grouped tells whether curves are of groups.
func (v staying) grouped() bool { return v.by != purchases.Together }
