package paths

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

// advanced is what analysts read of a journey, in the field's words.
type advanced struct {
	asked
	noise       int // hundredths
	outcome     journey.State
	limited     bool
	conformance journey.Conformance
	mined       *journey.Mined // nil for who sees runs in part
	alignments  []journey.VariantAlignment
	attribution journey.Attribution
	risks       *journey.Risks // nil for who may not see customers
	title       string
}

// noises are the thresholds of the miner to choose from, in hundredths.
func noises() []int { return []int{0, 10, 20, 40} }

const usualNoise = 20

// shownAlignments is how many ways are told move by move.
const shownAlignments = 10

func (p page) asksAdvanced(q *web.Request) (v advanced, err error) {
	if v.asked, err = p.asks(q, "advanced"); err != nil {
		return v, err
	}
	v.noise, v.outcome = usualNoise, journey.Completed
	if s := q.URL.Query().Get("noise"); s != "" {
		if v.noise, err = strconv.Atoi(s); err != nil || !slices.Contains(noises(), v.noise) {
			return v, cx.Errorf(cx.Invalid, "paths", "there is no such choice; choose one of the list")
		}
	}
	if s := q.URL.Query().Get("outcome"); s != "" {
		v.outcome = journey.State(s)
	}
	return v, nil
}

func (p page) advanced(q *web.Request) error {
	v, err := p.asksAdvanced(q)
	if err != nil {
		return err
	}
	ctx, who, slug, f := q.Context(), q.Principal, v.ask.Journey.Slug, v.ask.Filter
	v.attribution, err = p.journeys.Attribution(ctx, who, slug, journey.AttributionQuery{Filter: f, Outcome: v.outcome})
	if err != nil {
		return err
	}
	v.title = v.L.T("paths.advanced.title", "journey", v.Journey(v.ask.Journey))
	v.limited = v.attribution.Limited
	if !v.limited {
		mined, err := p.mined(q, v)
		if err != nil {
			return err
		}
		v.mined = &mined
		if v.conformance, err = p.journeys.Conformance(ctx, who, slug, journey.ConformanceQuery{Filter: f}); err != nil {
			return err
		}
		if v.alignments, err = p.journeys.Alignments(ctx, who, slug, journey.AlignmentsQuery{Filter: f, Limit: shownAlignments}); err != nil {
			return err
		}
		if v.conformance.N > 0 && len(v.ask.Journey.Script) > 0 {
			v.title = v.L.T("paths.advanced.fitness", "journey", v.Journey(v.ask.Journey), "fitness", v.L.Percent(v.conformance.Fitness.Value, 0))
		}
	}
	if v.May(account.ViewCustomers) {
		risks, err := p.journeys.Risks(ctx, who, slug, journey.RisksQuery{Filter: f})
		if err != nil {
			return err
		}
		v.risks = &risks
	}
	return q.Render(v.title, advancedView(v))
}

func (p page) mined(q *web.Request, v advanced) (journey.Mined, error) {
	return p.journeys.Model(q.Context(), q.Principal, v.ask.Journey.Slug, journey.ModelQuery{Filter: v.ask.Filter, Noise: float64(v.noise) / 100})
}

// activity names one of the field's activities: what happened, and where.
func (v advanced) activity(a eventlog.Activity) string {
	name := v.Happened(a.Name)
	if at := v.Touchpoint(a.Touchpoint); at != "" {
		name += " · " + at
	}
	return name
}

// net is the mined net as it is drawn: places as circles, silent transitions as
// bars.
func (v advanced) net(m journey.Mined) (nodes []chart.FlowNode, edges []chart.FlowEdge) {
	n := m.Net
	places := n.Places
	next := make([][]int, places+len(n.Transitions))
	for i, t := range n.Transitions {
		for _, in := range t.In {
			next[in] = append(next[in], places+i)
		}
		next[places+i] = t.Out
	}
	order := topological(next, n.Initial)
	for i := range places {
		node := chart.FlowNode{Dot: true, At: order[i]}
		switch i {
		case n.Initial:
			node.Label, node.Why = "●", v.L.T("paths.net.begin")
		case n.Final:
			node.Label, node.Why = "■", v.L.T("paths.net.end")
		}
		nodes = append(nodes, node)
	}
	for i, t := range n.Transitions {
		if t.Label < 0 {
			nodes = append(nodes, chart.FlowNode{Dot: true, Class: "silent", At: order[places+i]})
			continue
		}
		a := m.Activities[t.Label]
		nodes = append(nodes, chart.FlowNode{
			Label: v.Happened(a.Name), Note: v.L.Int(int64(m.Fired[i])), At: order[places+i], Why: v.activity(a),
		})
	}
	for from, all := range next {
		for _, to := range all {
			edges = append(edges, chart.FlowEdge{From: from, To: to})
		}
	}
	return nodes, edges
}

// topological numbers what can be reached from a node so that, but for loops,
// everything comes after what leads to it: the reverse of a depth-first walk's
// postorder.
func topological(next [][]int, from int) []float64 {
	order, seen, n := make([]float64, len(next)), make([]bool, len(next)), float64(len(next))
	var walk func(int)
	walk = func(i int) {
		seen[i] = true
		for _, to := range next[i] {
			if !seen[to] {
				walk(to)
			}
		}
		n--
		order[i] = n
	}
	walk(from)
	return order
}

// weeks is fitness over time.
func (v advanced) weeks() chart.Line {
	line := chart.Line{
		ID: "fitness", Title: v.L.T("paths.fitness.weeks"),
		Format: func(x float64) string { return v.L.Percent(x, 0) },
	}
	for _, w := range v.conformance.Weeks {
		line.Points = append(line.Points, chart.Point{Label: v.L.Date(w.From), Value: w.Fitness.Value, Low: w.Fitness.Low, High: w.Fitness.High, N: w.Fitness.N})
	}
	line.Description = chart.Small(v.L, line.Points, line.Format)
	return line
}

// pair is one column of an alignment: what was lived, and what was designed.
type pair struct{ lived, designed, kind string }

// nothing stands where an alignment has no move on that side.
const nothing = "≫"

func (v advanced) pairs(w journey.VariantAlignment) (out []pair) {
	for _, m := range w.Moves {
		p := pair{nothing, nothing, m.Kind}
		if m.Activity != nil {
			p.lived = v.Happened(m.Activity.Name)
		}
		if m.Step != "" {
			p.designed = v.StepOf(v.ask.Journey, m.Step)
		}
		out = append(out, p)
	}
	return out
}

// reliability is a point of the picture of how good chances are: said, come true,
// its interval, all from 0 to 1, and how large it is.
type reliability struct {
	said, true, low, high, size float64
	why                         string
}

func (v advanced) reliability() (out []reliability) {
	most := 0
	for _, b := range v.risks.Skill.Bins {
		most = max(most, b.Bad.N)
	}
	for _, b := range v.risks.Skill.Bins {
		if b.Bad.N > 0 {
			out = append(out, reliability{
				b.Mean, b.Bad.Value(), b.Bad.Low, b.Bad.High, 3 + 6*math.Sqrt(float64(b.Bad.N)/float64(most)),
				v.L.T("paths.risk.bin", "said", v.L.Percent(b.Mean, 0), "true", v.Between(b.Bad)),
			})
		}
	}
	return out
}

func (p page) netSVG(q *web.Request) error {
	v, err := p.asksAdvanced(q)
	if err != nil {
		return err
	}
	m, err := p.mined(q, v)
	if err != nil {
		return err
	}
	nodes, edges := v.net(m)
	picture := chart.FlowPicture(nodes, edges)
	picture.Headed(v.kicker(m.Fitness.N), v.L.T("paths.model")+" · "+v.L.T("paths.model.note"))
	return q.SVG("modelo-"+v.ask.Journey.Slug, picture.SVG())
}

func (p page) fitnessCSV(q *web.Request) error {
	v, err := p.asksAdvanced(q)
	if err != nil {
		return err
	}
	c, err := p.journeys.Conformance(q.Context(), q.Principal, v.ask.Journey.Slug, journey.ConformanceQuery{Filter: v.ask.Filter})
	if err != nil {
		return err
	}
	return q.CSV("ajuste-"+v.ask.Journey.Slug, join([]string{q.T("ui.chart.column.when")}, columns(q, q.T("paths.fitness"))), sheet.Rows(c.Weeks, func(w journey.FitnessWeek) []string {
		return join([]string{v.L.In(w.From).Format("2006-01-02")}, sheet.Estimate(w.Fitness))
	}))
}

func (p page) alignmentsCSV(q *web.Request) error {
	v, err := p.asksAdvanced(q)
	if err != nil {
		return err
	}
	all, err := p.journeys.Alignments(q.Context(), q.Principal, v.ask.Journey.Slug, journey.AlignmentsQuery{Filter: v.ask.Filter, Limit: 500})
	if err != nil {
		return err
	}
	return q.CSV("alineaciones-"+v.ask.Journey.Slug, []string{"id", q.T("journeys.csv.runs"), q.T("paths.fitness"), q.T("paths.align.cost"), q.T("paths.align.moves")}, sheet.Rows(all, func(w journey.VariantAlignment) []string {
		var moves []string
		for _, m := range w.Moves {
			lived, designed := nothing, nothing
			if m.Activity != nil {
				lived = m.Activity.Name + "@" + m.Activity.Touchpoint
			}
			if m.Step != "" {
				designed = m.Step
			}
			moves = append(moves, lived+"/"+designed)
		}
		return []string{w.ID, whole(w.Cases), sheet.Figure(w.Fitness), whole(w.Cost), strings.Join(moves, " ")}
	}))
}

func (p page) attributionCSV(q *web.Request) error {
	v, err := p.asksAdvanced(q)
	if err != nil {
		return err
	}
	a, err := p.journeys.Attribution(q.Context(), q.Principal, v.ask.Journey.Slug, journey.AttributionQuery{Filter: v.ask.Filter, Outcome: v.outcome})
	if err != nil {
		return err
	}
	header := join([]string{q.T("journeys.csv.touchpoint")}, columns(q, q.T("journeys.csv.share")), []string{q.T("paths.attribution.reaches")}, columns(q, q.T("paths.attribution.removal")), columns(q, q.T("paths.attribution.credit")))
	return q.CSV("atribucion-"+v.ask.Journey.Slug, header, sheet.Rows(a.Touchpoints, func(t journey.Attributed) []string {
		return join([]string{t.Touchpoint}, sheet.Share(t.Runs), []string{sheet.Figure(t.Reaches)}, sheet.Estimate(t.Removal), sheet.Estimate(t.Credit))
	}))
}
