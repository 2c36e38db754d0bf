package promises

import (
	"math"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// finding says how often the promise would have been kept.
func (e *editing) finding() string {
	t := e.tried
	if t.Share.N == 0 {
		return e.L.T("promises.tried.none")
	}
	return e.L.T("promises.tried", "rate", e.share(t.Rate), "low", e.share(t.Low), "high", e.share(t.High), "n", t.Share.N)
}

// advice says what the past allows to promise.
func (e *editing) advice() (lines []string) {
	t := e.tried
	if t.Objective.Within > 0 {
		lines = append(lines, e.L.T("promises.tried.within", "time", e.L.Lasting(t.Objective.Within), "objective", e.get("objective")+" %"))
	}
	if t.Share.N > 0 && !math.IsNaN(t.Objective.Objective) {
		lines = append(lines, e.L.T("promises.tried.objective", "rate", e.share(math.Floor(t.Objective.Objective*1000)/1000)))
	}
	return lines
}

// months draws the test month by month.
func (e *editing) months() chart.Line {
	l := chart.Line{ID: "months", Title: e.L.T("promises.tried.months"), Description: e.finding(), Format: func(x float64) string { return e.L.Percent(x, 0) }}
	for _, m := range e.tried.Months {
		l.Points = append(l.Points, chart.Point{Label: e.L.Date(m.From), Value: m.Rate, Low: m.Low, High: m.High, N: m.Share.N})
	}
	return l
}

// examples lists whom the promise would have failed last.
func (p page) examples(q *web.Request, r reader, broken []promise.Instance) (ui.Table, error) {
	t := ui.Table{ID: "examples", Caption: q.T("promises.tried.examples"), Columns: []ui.Column{{Label: q.T("promises.customer")}, {Label: q.T("promises.made")}, {Label: q.T("promises.late.column")}}}
	for _, i := range broken {
		who, err := p.who(q, i)
		if err != nil {
			return t, err
		}
		late := r.late(i)
		if late == "" {
			late = q.T("promises.state." + string(i.State))
		}
		t.Rows = append(t.Rows, []templ.Component{who, ui.Text(q.L.Date(i.Made)), ui.Text(late)})
	}
	return t, nil
}
