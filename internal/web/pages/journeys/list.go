package journeys

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// healthOf is one journey in the list, with what hurts most in it.
type healthOf struct {
	r reading.Reader
	journey.Health
	worst   *journey.Finding // nil: nothing surely hurts
	hurts   float64          // what surely hurts in the runs of the last weeks, altogether
	refused string           // why nothing can be told of its runs, in the reader's language
}

func (p page) list(q *web.Request) error {
	r := p.reader(q)
	all, err := p.healths(q, r)
	if err != nil {
		return err
	}
	title := listTitle(r, all)
	return q.Render(title, listView(r, all, title))
}

func (p page) healths(q *web.Request, r reading.Reader) ([]healthOf, error) {
	list, err := p.journeys.List(q.Context(), q.Principal)
	if err != nil {
		return nil, err
	}
	all := make([]healthOf, len(list))
	for i, h := range list {
		all[i] = healthOf{r: r, Health: h, refused: q.Said(h.Refused)}
		if h.Runs == 0 {
			continue
		}
		ask := reading.Usual(q, h.Journey)
		findings, err := p.journeys.Findings(q.Context(), q.Principal, h.Journey.Slug, journey.FindingsQuery{Filter: ask.Filter})
		if err != nil {
			return nil, err
		}
		all[i].worst = worstOf(findings)
		for _, f := range findings {
			if f.Clear {
				all[i].hurts += f.Hurts
			}
		}
	}
	// What hurts most comes first; the rest stays in the model's order.
	slices.SortStableFunc(all, func(a, b healthOf) int { return cmp.Or(cmp.Compare(b.hurts, a.hurts), cmp.Compare(b.loss(), a.loss())) })
	return all, nil
}

// loss is how much the journey's worst finding costs, 0 without one.
func (h healthOf) loss() float64 {
	if h.worst == nil {
		return 0
	}
	return h.worst.Loss
}

// worstOf is the first finding that surely hurts; nil of none.
func worstOf(findings []journey.Finding) *journey.Finding {
	if i := slices.IndexFunc(findings, func(f journey.Finding) bool { return f.Clear }); i >= 0 {
		return &findings[i]
	}
	return nil
}

// listTitle is the finding: what hurts most of all journeys.
func listTitle(r reading.Reader, all []healthOf) string {
	runs := 0
	for _, h := range all {
		runs += h.Runs
	}
	switch {
	case len(all) == 0:
		return r.L.T("journeys.none.title")
	case runs == 0:
		return r.L.T("journeys.unlived.title")
	case all[0].worst == nil:
		return r.L.T("journeys.list.well")
	}
	worst := all[0]
	return r.L.T("journeys.list.worst", "what", r.Hurting(worst.Journey, *worst.worst), "journey", r.Journey(worst.Journey))
}

// state is how many runs are so far; zero when none is.
func (h healthOf) state(s journey.State) journey.Share {
	for _, x := range h.States {
		if x.State == s {
			return x.Share
		}
	}
	return journey.Share{}
}

// under says how many runs are under way: those that are stuck too.
func (h healthOf) under() int { return h.state(journey.Running).K + h.state(journey.Stuck).K }

// points are the weeks of how it was lived; those before the first are left out.
func (h healthOf) points() []chart.Point {
	var out []chart.Point
	for _, w := range h.Weeks {
		point := chart.Point{Label: h.r.L.Date(w.From), Value: w.Felt.Value, Low: w.Felt.Low, High: w.Felt.High, N: w.Felt.N}
		if w.Felt.N == 0 {
			if len(out) == 0 {
				continue
			}
			point.Value, point.Low, point.High = math.NaN(), math.NaN(), math.NaN()
		}
		out = append(out, point)
	}
	return out
}

// mostlyKnown tells whether a line of the points is more than scraps.
func mostlyKnown(points []chart.Point) bool {
	gaps := 0
	for _, p := range points {
		if p.N == 0 {
			gaps++
		}
	}
	return 5*gaps < len(points)
}

// change tells how what is lived changed in four weeks.
func (h healthOf) change() *ui.Change {
	out := &ui.Change{Rising: h.Change.Delta > 0}
	delta := h.r.L.Number(math.Abs(h.Change.Delta), 1)
	switch h.Change.Verdict {
	case outcome.Better:
		out.Verdict, out.Text = ui.Better, h.r.L.T("journeys.change.better", "delta", delta)
	case outcome.Worse:
		out.Verdict, out.Text = ui.Worse, h.r.L.T("journeys.change.worse", "delta", delta)
	case outcome.NoComparison:
		out.Text = h.r.L.T("journeys.change.none")
	}
	if h.r.Plain && out.Verdict != ui.NoClear {
		out.Text = h.r.L.T("journeys.change." + string(h.Change.Verdict) + "-plain")
	}
	return out
}

// next is a step towards the first journey, for who may take it.
type next struct{ icon, title, text, href, link string }

func nextSteps(r reading.Reader) []next {
	steps := []next{
		{icon: "route", title: r.L.T("journeys.none.declare"), text: r.L.T("journeys.none.declare.text")},
		{icon: "footprints", title: r.L.T("journeys.none.lived"), text: r.L.T("journeys.none.lived.text")},
		{icon: "upload", title: r.L.T("journeys.none.import"), text: r.L.T("journeys.none.import.text")},
	}
	if r.May(account.ApplyModel) {
		steps[0].href, steps[0].link = "/model/new/journeys", r.L.T("journeys.none.declare.link")
		steps[1].href, steps[1].link = "/model/new/journeys", r.L.T("journeys.none.lived.link")
		steps[2].href, steps[2].link = "/developers", r.L.T("journeys.none.import.link")
	}
	return steps
}

func (p page) listCSV(q *web.Request) error {
	r := p.reader(q)
	all, err := p.healths(q, r)
	if err != nil {
		return err
	}
	header := []string{
		q.T("journeys.csv.journey"), q.T("journeys.state.running"), q.T("journeys.state.stuck"), q.T("journeys.state.completed"), q.T("journeys.state.abandoned"),
		q.T("journeys.completed"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n",
		q.T("journeys.felt"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n", q.T("journeys.change"), "p",
		q.T("journeys.csv.seconds"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n",
		q.T("journeys.fitness"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n", q.T("journeys.hurts"),
	}
	return q.CSV("journeys", header, func(yield func([]string, error) bool) {
		for _, h := range all {
			row := []string{r.Journey(h.Journey)}
			for _, s := range reading.States() {
				row = append(row, strconv.Itoa(h.state(s).K))
			}
			change, p := "", ""
			if h.Change.Verdict != outcome.NoComparison {
				change, p = sheet.Figure(h.Change.Delta), sheet.Figure(h.Change.P)
			}
			worst := ""
			if h.worst != nil {
				worst = r.Hurting(h.Journey, *h.worst)
			}
			if !yield(slices.Concat(row, sheet.Share(h.Completed), sheet.Estimate(h.Felt), []string{change, p}, seconds(h.Duration), sheet.Estimate(h.Fitness), []string{worst}), nil) {
				return
			}
		}
	})
}

// seconds are the columns of how long something took.
func seconds(t journey.Times) []string {
	return sheet.Estimate(outcome.Estimate{Value: t.Median.Seconds(), Low: t.Low.Seconds(), High: t.High.Seconds(), N: t.N})
}

// day writes a day for a spreadsheet; blank when there is none.
func day(r reading.Reader, t cx.Time) string {
	if t == 0 {
		return ""
	}
	return r.L.In(t).Format("2006-01-02")
}
