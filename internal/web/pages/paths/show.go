package paths

import (
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

// view is one journey, designed and lived, as the page shows it.
type view struct {
	asked
	graph       journey.Graph
	variants    journey.Variants
	conformance journey.Conformance // N = 0 without a script, and for who sees runs in part
	alignments  map[string]journey.VariantAlignment
	deviations  []journey.Deviation
	findings    []journey.Finding
	funnel      journey.Funnel
	waits       journey.Waits
	comparison  journey.Comparison
	title       string
}

// shownWays is how many of the most frequent ways are shown.
const shownWays = 10

func (p page) show(q *web.Request) error {
	a, err := p.asks(q, "paths")
	if err != nil {
		return err
	}
	v := view{asked: a}
	ctx, who, slug, f := q.Context(), q.Principal, a.ask.Journey.Slug, a.ask.Filter
	if v.graph, err = p.graph(q, a); err != nil {
		return err
	}
	if v.graph.Runs == 0 {
		v.title = v.L.T("journeys.unlived.one", "journey", v.Journey(v.ask.Journey))
		return q.Render(v.title, unlivedView(v))
	}
	if v.variants, err = p.journeys.Variants(ctx, who, slug, journey.VariantsQuery{Filter: f, Limit: shownWays}); err != nil {
		return err
	}
	if err = p.against(q, &v); err != nil {
		return err
	}
	if v.findings, err = p.journeys.Findings(ctx, who, slug, journey.FindingsQuery{Filter: f, Limit: 100}); err != nil {
		return err
	}
	if v.funnel, err = p.funnel(q, a); err != nil {
		return err
	}
	if v.waits, err = p.journeys.Waits(ctx, who, slug, journey.WaitsQuery{Filter: f}); err != nil {
		return err
	}
	if v.comparison, err = p.comparison(q, a); err != nil {
		return err
	}
	v.title = v.finding()
	return q.Render(v.title, pathsView(v))
}

// against holds the runs against the script, for who sees them whole.
func (p page) against(q *web.Request, v *view) (err error) {
	ctx, who, slug, f := q.Context(), q.Principal, v.ask.Journey.Slug, v.ask.Filter
	if v.graph.Limited || len(v.ask.Journey.Script) == 0 {
		return nil
	}
	if v.conformance, err = p.journeys.Conformance(ctx, who, slug, journey.ConformanceQuery{Filter: f}); err != nil {
		return err
	}
	if v.deviations, err = p.journeys.Deviations(ctx, who, slug, journey.ConformanceQuery{Filter: f}); err != nil {
		return err
	}
	ways, err := p.journeys.Alignments(ctx, who, slug, journey.AlignmentsQuery{Filter: f, Limit: 3 * shownWays})
	v.alignments = map[string]journey.VariantAlignment{}
	for _, w := range ways {
		if _, told := v.alignments[w.ID]; !told {
			v.alignments[w.ID] = w
		}
	}
	return err
}

// finding is the page's title: how many runs are as designed, and what departing
// from it costs most.
func (v view) finding() string {
	if v.conformance.N == 0 {
		return v.L.T("paths.finding.undesigned", "tenths", reading.Capital(v.tenths(v.variants.List[0].Runs.Value())), "journey", v.Journey(v.ask.Journey))
	}
	key, share := "paths.finding.few", v.conformance.AsDesigned.Value()
	switch {
	case share >= .5:
		key = "paths.finding.many"
	case share < .05:
		key = "paths.finding.none"
	}
	title := v.L.T(key, "tenths", v.tenths(share), "journey", v.Journey(v.ask.Journey))
	if w := worst(v.findings); w != nil {
		title += v.L.T("paths.finding.worst", "what", v.Deviation(v.ask.Journey, w.ID))
	}
	return reading.Capital(title)
}

// departures are how runs depart from the script and what it costs, the dearest
// first, and those too rare to tell.
func (v view) departures() (told []reading.Told, rare []journey.Deviation) {
	known := map[string]bool{}
	for _, f := range v.findings {
		if f.Kind != journey.Painful {
			known[f.ID] = true
			told = append(told, v.Tell(v.ask, f))
		}
	}
	for _, d := range v.deviations {
		if !known[d.ID] {
			rare = append(rare, d)
		}
	}
	return told, rare
}

// move is one stop of a way, held against the script.
type move struct {
	name  string
	class string // "", unplanned (lived, and not in the script there) or missing (in the script, and not lived)
	times int
}

// mostMoves is how many stops of a way are shown.
const mostMoves = 14

// way tells a variant's stops; where it is known, against the script. left is how
// many more there are.
func (v view) way(x journey.Variant) (moves []move, left int) {
	add := func(m move) {
		if n := len(moves); n > 0 && moves[n-1].name == m.name && moves[n-1].class == m.class {
			moves[n-1].times++
			return
		}
		moves = append(moves, m)
	}
	if w, ok := v.alignments[x.ID]; ok {
		i := 0
		for _, m := range w.Moves {
			switch {
			case m.Kind == "model":
				add(move{v.StepOf(v.ask.Journey, m.Step), "missing", 1})
			case i < len(x.Stops):
				class := ""
				if m.Kind == "log" {
					class = "unplanned"
				}
				add(move{v.name(x.Stops[i]), class, 1})
				i++
			}
		}
	} else {
		for _, s := range x.Stops {
			class := ""
			if !v.planned(s) {
				class = "unplanned"
			}
			add(move{v.name(s), class, 1})
		}
	}
	left = max(0, len(moves)-mostMoves)
	return moves[:len(moves)-left], left + x.Length - len(x.Stops)
}

// fits says whether a variant is as designed, where that is known.
func (v view) fits(x journey.Variant) (text string, designed bool) {
	w, ok := v.alignments[x.ID]
	switch {
	case !ok:
		return "", false
	case w.Cost == 0 && w.Whole:
		return v.L.T("paths.way.designed"), true
	case w.Cost == 0:
		return v.L.T("paths.way.sofar"), true
	}
	return v.L.T("paths.way.departs", "n", w.Cost), false
}

// covered says what share of the runs the ways that are shown are.
func (v view) covered() string {
	last := v.variants.List[len(v.variants.List)-1].Covered
	return v.L.T("paths.ways.note", "n", len(v.variants.List), "all", v.L.Int(int64(v.variants.N)), "share", v.Share(last))
}

// variantsCSV is the ways, the most frequent first.
func (p page) variantsCSV(q *web.Request) error {
	a, err := p.asks(q, "paths")
	if err != nil {
		return err
	}
	all, err := p.journeys.Variants(q.Context(), q.Principal, a.ask.Journey.Slug, journey.VariantsQuery{Filter: a.ask.Filter, Limit: 500})
	if err != nil {
		return err
	}
	header := join([]string{"id", q.T("paths.csv.way")}, columns(q, q.T("journeys.csv.share")), []string{q.T("journeys.csv.runs"), q.T("paths.csv.covered")}, timeColumns(q, q.T("journeys.duration")), columns(q, q.T("journeys.felt")))
	return q.CSV("caminos-"+a.ask.Journey.Slug, header, sheet.Rows(all.List, func(v journey.Variant) []string {
		var stops []string
		for _, s := range v.Stops {
			stops = append(stops, s.ID)
		}
		return join([]string{v.ID, strings.Join(stops, " > ")}, sheet.Share(v.Runs), []string{whole(v.Runs.K), sheet.Figure(v.Covered.Value())}, times(v.Duration), sheet.Estimate(v.Felt))
	}))
}

// deviationsCSV is how runs depart from the script.
func (p page) deviationsCSV(q *web.Request) error {
	a, err := p.asks(q, "paths")
	if err != nil {
		return err
	}
	all, err := p.journeys.Deviations(q.Context(), q.Principal, a.ask.Journey.Slug, journey.ConformanceQuery{Filter: a.ask.Filter})
	if err != nil && cx.KindOf(err) != cx.Forbidden {
		return err
	}
	header := join([]string{"id", q.T("journeys.csv.what"), q.T("journeys.csv.runs")}, columns(q, q.T("journeys.csv.share")), []string{q.T("paths.csv.times")}, timeColumns(q, q.T("paths.csv.late")))
	return q.CSV("desvios-"+a.ask.Journey.Slug, header, sheet.Rows(all, func(d journey.Deviation) []string {
		return join([]string{d.ID, reading.Capital(a.Deviation(a.ask.Journey, d.ID)), whole(d.Runs.K)}, sheet.Share(d.Runs), []string{whole(d.Times)}, times(d.By))
	}))
}

// percent writes a share of a length for SVG.
func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 2, 64) + "%" }
