package paths

import (
	"context"
	"embed"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Journeys answers how journeys are lived; journey.Service does.
type Journeys interface {
	Graph(ctx context.Context, p cx.Principal, slug string, q journey.GraphQuery) (journey.Graph, error)
	Variants(ctx context.Context, p cx.Principal, slug string, q journey.VariantsQuery) (journey.Variants, error)
	Conformance(ctx context.Context, p cx.Principal, slug string, q journey.ConformanceQuery) (journey.Conformance, error)
	Deviations(ctx context.Context, p cx.Principal, slug string, q journey.ConformanceQuery) ([]journey.Deviation, error)
	Alignments(ctx context.Context, p cx.Principal, slug string, q journey.AlignmentsQuery) ([]journey.VariantAlignment, error)
	Findings(ctx context.Context, p cx.Principal, slug string, q journey.FindingsQuery) ([]journey.Finding, error)
	Funnel(ctx context.Context, p cx.Principal, slug string, q journey.FunnelQuery) (journey.Funnel, error)
	Waits(ctx context.Context, p cx.Principal, slug string, q journey.WaitsQuery) (journey.Waits, error)
	Compare(ctx context.Context, p cx.Principal, slug string, q journey.CompareQuery) (journey.Comparison, error)
	Model(ctx context.Context, p cx.Principal, slug string, q journey.ModelQuery) (journey.Mined, error)
	Attribution(ctx context.Context, p cx.Principal, slug string, q journey.AttributionQuery) (journey.Attribution, error)
	Risks(ctx context.Context, p cx.Principal, slug string, q journey.RisksQuery) (journey.Risks, error)
}

// Models gives the model in force.
type Models interface{ Current() model.Version }

// New returns the page.
func New(j Journeys, models Models) web.Page {
	p := page{j, models}
	return web.Page{
		Name:     "paths",
		Messages: messages,
		Routes: func(r *web.Router) {
			r.Get("/journeys/{slug}/paths", account.ViewScores, p.show)
			r.Get("/journeys/{slug}/paths/graph.svg", account.ViewScores, p.graphSVG)
			r.Get("/journeys/{slug}/paths/graph.csv", account.ViewScores, p.graphCSV)
			r.Get("/journeys/{slug}/paths/variants.csv", account.ViewScores, p.variantsCSV)
			r.Get("/journeys/{slug}/paths/deviations.csv", account.ViewScores, p.deviationsCSV)
			r.Get("/journeys/{slug}/paths/comparison.csv", account.ViewScores, p.comparisonCSV)
			r.Get("/journeys/{slug}/paths/funnel.csv", account.ViewScores, p.funnelCSV)
			r.Get("/journeys/{slug}/paths/waits.csv", account.ViewScores, p.waitsCSV)
			r.Get("/journeys/{slug}/advanced", account.ViewScores, p.advanced)
			r.Get("/journeys/{slug}/advanced/net.svg", account.ViewScores, p.netSVG)
			r.Get("/journeys/{slug}/advanced/fitness.csv", account.ViewScores, p.fitnessCSV)
			r.Get("/journeys/{slug}/advanced/alignments.csv", account.ViewScores, p.alignmentsCSV)
			r.Get("/journeys/{slug}/advanced/attribution.csv", account.ViewScores, p.attributionCSV)
		},
	}
}

type page struct {
	journeys Journeys
	models   Models
}

// asked is what an address asks: of which runs, and how each picture of them.
type asked struct {
	reading.Reader
	ask      reading.Question
	coverage int            // hundredths of the runs whose paths are drawn
	a, b     string         // groups that are compared
	groupA   journey.Filter // their runs
	groupB   journey.Filter
	steps    []string // of the funnel; none: the usual ones
	within   int      // hours from the first of them to the last; 0: any
}

// Of how many of the runs the paths are drawn, in hundredths.
const (
	leastCoverage = 20
	usualCoverage = 80
)

// withins are the times to choose from for a funnel, in hours.
func withins() []int { return []int{0, 24, 3 * 24, 7 * 24, 28 * 24} }

// asks reads an address. below is the page that it is of.
func (p page) asks(q *web.Request, below string) (asked, error) {
	const op = "paths"
	m := p.models.Current().Model
	a := asked{Reader: reading.NewReader(q, m), coverage: usualCoverage}
	var err error
	if a.ask, err = reading.QuestionOf(q, m); err != nil {
		return a, err
	}
	v := q.URL.Query()
	a.ask.Own, a.ask.Also = below, url.Values{}
	for _, name := range []string{"coverage", "a", "b", "funnel", "within", "noise", "outcome"} {
		if given := slices.DeleteFunc(slices.Clone(v[name]), func(s string) bool { return s == "" }); len(given) > 0 {
			a.ask.Also[name] = given
		}
	}
	number := func(name string, usual int, sound func(int) bool) int {
		s := v.Get(name)
		if s == "" {
			return usual
		}
		n, failed := strconv.Atoi(s)
		if failed != nil || !sound(n) {
			err = cx.Errorf(cx.Invalid, op, "there is no such choice; choose one of the list")
		}
		return n
	}
	a.coverage = number("coverage", usualCoverage, func(n int) bool { return n >= leastCoverage && n <= 100 })
	a.within = number("within", 0, func(n int) bool { return slices.Contains(withins(), n) })
	a.steps = a.ask.Also["funnel"]
	for _, id := range a.steps {
		if !a.stops(id) {
			return a, cx.Errorf(cx.Invalid, op, "there is no such choice; choose one of the list")
		}
	}
	a.a, a.b = v.Get("a"), v.Get("b")
	if a.a == "" {
		a.a = groupBefore
	}
	if a.b == "" {
		a.b = groupNow
	}
	var okA, okB bool
	a.groupA, okA = a.group(q.Now(), a.a)
	a.groupB, okB = a.group(q.Now(), a.b)
	if !okA || !okB {
		return a, cx.Errorf(cx.Invalid, op, "there is no such choice; choose one of the list")
	}
	return a, err
}

// stops tells whether a funnel can have what an address names: a step, a
// touchpoint, or an event at one.
func (a asked) stops(id string) bool {
	_, ok := a.Model.Touchpoint(id)
	return ok || strings.Contains(id, "@") || slices.ContainsFunc(a.ask.Journey.Steps(), func(s model.Step) bool { return s.Slug == id })
}

// The periods that are compared: the last four weeks, the four before, all before.
const (
	groupNow     = "now"
	groupBefore  = "before"
	groupEarlier = "earlier"
)

// group is the filter of a group that is compared.
func (a asked) group(now cx.Time, group string) (journey.Filter, bool) {
	f := a.ask.Filter
	y, m, d := a.L.In(now).Date()
	recent := func(weeks int) cx.Time {
		return cx.TimeOf(time.Date(y, m, d-7*weeks, 0, 0, 0, 0, a.L.Zone()))
	}
	switch group {
	case groupNow:
		f.Window.From = recent(4)
	case groupBefore:
		f.Window = cx.Window{From: recent(8), To: recent(4)}
	case groupEarlier:
		f.Window.To = recent(4)
	default:
		return a.Group(a.ask, group)
	}
	return f, true
}

// groupOptions are the groups to choose from.
func (a asked) groupOptions() []ui.Option {
	var out []ui.Option
	for _, g := range []string{groupBefore, groupNow, groupEarlier} {
		out = append(out, ui.Option{Value: g, Text: a.L.T("paths.group." + g)})
	}
	return append(out, a.Groups(a.ask)...)
}

func (a asked) groupName(id string) string {
	for _, o := range a.groupOptions() {
		if o.Value == id {
			return o.Text
		}
	}
	return id
}
