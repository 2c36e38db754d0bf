package paths

import (
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

func (p page) funnel(q *web.Request, a asked) (journey.Funnel, error) {
	f := journey.FunnelQuery{Filter: a.ask.Filter, Steps: a.steps, Within: time.Duration(a.within) * time.Hour}
	if len(f.Steps) == 1 {
		f.Steps = nil // one step is no way to anywhere
	}
	return p.journeys.Funnel(q.Context(), q.Principal, a.ask.Journey.Slug, f)
}

// choice is one stop that a funnel can have.
type choice struct {
	id, name string
	chosen   bool
}

// choices are the stops to choose from, in the script's order, or without a script
// as runs usually go.
func (v view) choices() (out []choice) {
	add := func(id, name string) {
		chosen := slices.ContainsFunc(v.funnel.Steps, func(s journey.FunnelStep) bool { return s.ID == id })
		out = append(out, choice{id, name, chosen})
	}
	for _, s := range v.ask.Journey.Steps() {
		add(s.Slug, v.Step(s))
	}
	if len(out) == 0 {
		for _, n := range v.graph.Nodes {
			add(n.ID, v.name(n.Stop))
		}
	}
	return out
}

func (v view) withinOptions() (out []ui.Option) {
	for _, h := range withins() {
		text := v.L.T("paths.within.any")
		if h > 0 {
			text = v.L.T("paths.within", "time", v.L.Lasting(time.Duration(h)*time.Hour))
		}
		out = append(out, ui.Option{Value: whole(h), Text: text})
	}
	return out
}

// reached says the funnel in a sentence: how many of a hundred come to the end,
// and where most are lost.
func (v view) reached() string {
	steps := v.funnel.Steps
	if len(steps) == 0 {
		return v.L.T("paths.funnel.choose")
	}
	last, lost := steps[len(steps)-1], 0
	for i, s := range steps {
		if s.Lost > steps[lost].Lost {
			lost = i
		}
	}
	text := v.L.T("paths.funnel.finding", "n", v.L.Number(100*last.Reached.Value(), 0), "last", v.name(last.Stop))
	if steps[lost].Lost > 0 {
		text += " " + v.L.T("paths.funnel.lost", "after", v.name(steps[lost].Stop), "n", steps[lost].Lost)
	}
	return text
}

// instead says what those lived who did not come to the next step.
func (v view) instead(s journey.FunnelStep) string {
	text := ""
	for i, x := range s.Instead[:min(3, len(s.Instead))] {
		if i > 0 {
			text += " · "
		}
		name := v.L.T("paths.funnel.nothing")
		if x.ID != "" {
			name = v.name(x.Stop)
		}
		text += name + " " + v.L.Int(int64(x.Runs.K))
	}
	return text
}

func (p page) funnelCSV(q *web.Request) error {
	a, err := p.asks(q, "paths")
	if err != nil {
		return err
	}
	f, err := p.funnel(q, a)
	if err != nil {
		return err
	}
	header := join([]string{q.T("journeys.row.step")}, columns(q, q.T("paths.csv.reached")), columns(q, q.T("paths.csv.came")), timeColumns(q, q.T("paths.csv.time")), []string{q.T("paths.csv.open"), q.T("paths.csv.lost")})
	return q.CSV("embudo-"+a.ask.Journey.Slug, header, sheet.Rows(f.Steps, func(s journey.FunnelStep) []string {
		return join([]string{s.ID}, sheet.Share(s.Reached), sheet.Share(s.Came), times(s.Time), []string{whole(s.Open), whole(s.Lost)})
	}))
}
