package today

import (
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

// may tells whether the person may take customers away as a file.
func may(q *web.Request) bool { return account.Check(q.Principal, account.ExportCustomers) == nil }

// plain writes a figure as spreadsheets read it in every language.
func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (p page) weeksCSV(q *web.Request) error {
	_, pulse, err := p.asked(q)
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := []string{q.T("today.csv.score"), q.T("today.csv.from"), q.T("today.csv.to"), q.T("ui.chart.column.value"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), q.T("ui.chart.column.n")}
	return q.CSV("weeks", header, func(yield func([]string, error) bool) {
		for _, i := range pulse.Indicators {
			for _, w := range i.Weeks {
				day := func(at int64) string { return r.l.In(w.From).AddDate(0, 0, int(at)).Format("2006-01-02") }
				if !yield(slices.Concat([]string{r.metric(i.Metric), day(0), day(6)}, sheet.Estimate(w.Estimate)), nil) {
					return
				}
			}
		}
	})
}

func (p page) touchpointsCSV(q *web.Request) error {
	ask, pulse, err := p.asked(q)
	if err != nil {
		return err
	}
	v := view{reader: p.reader(q), ask: ask, pulse: pulse}
	header := []string{
		q.T("today.csv.touchpoint"), q.T("today.csv.stage"), q.T("today.csv.area"), q.T("today.csv.events"), q.T("today.csv.customers"),
		q.T("today.csv.valence"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n", q.T("today.csv.change"), "p", q.T("today.csv.clear"),
		q.T("today.csv.score"), q.T("ui.chart.column.value"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), q.T("ui.chart.column.n"),
	}
	return q.CSV("touchpoints", header, func(yield func([]string, error) bool) {
		for _, t := range pulse.Touchpoints {
			name, _ := v.touchpoint(t.Slug)
			declared, _ := v.m.Touchpoint(t.Slug)
			change, p, clear := "", "", ""
			if t.Change.Verdict != outcome.NoComparison {
				change, p, clear = sheet.Figure(t.Change.Delta), sheet.Figure(t.Change.P), strconv.FormatBool(t.Clear)
			}
			score := []string{"", "", "", "", ""}
			if t.Score != nil {
				score = slices.Concat([]string{v.metric(t.Score.Metric)}, sheet.Estimate(t.Score.Now))
			}
			row := slices.Concat(
				[]string{name, q.T("ui.stage." + t.Stage), v.area(declared.Area), strconv.Itoa(t.Events), strconv.Itoa(t.Customers)},
				sheet.Estimate(t.Feeling), []string{change, p, clear}, score)
			if !yield(row, nil) {
				return
			}
		}
	})
}

func (p page) asked(q *web.Request) (question, outcome.Pulse, error) {
	ask, err := p.question(q)
	if err != nil {
		return ask, outcome.Pulse{}, err
	}
	pulse, err := p.outcomes.Pulse(q.Context(), q.Principal, ask.pulse())
	return ask, pulse, err
}
