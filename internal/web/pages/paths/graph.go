package paths

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

func (p page) graph(q *web.Request, a asked) (journey.Graph, error) {
	return p.journeys.Graph(q.Context(), q.Principal, a.ask.Journey.Slug, journey.GraphQuery{Filter: a.ask.Filter, Coverage: float64(a.coverage) / 100})
}

// mostDrawn is how many edges a picture shows, the most frequent: with more nobody
// follows them. The file has them all.
const mostDrawn = 80

// leastDrawn is the share of runs that begin or end at a stop for it to be drawn.
const leastDrawn = .01

// drawn are the edges that a picture shows: those that a share of the runs goes,
// which falls to nothing as the coverage rises, and of every stop that as many go
// through the most frequent one to it and the one from it.
func (a asked) drawn(g journey.Graph) []journey.GraphEdge {
	least := float64(100-a.coverage) / 1000
	into, from := make([]bool, len(g.Nodes)), make([]bool, len(g.Nodes))
	for i, n := range g.Nodes { // the picture leads to where runs begin, and on from where they end
		into[i], from[i] = n.Starts.Value() >= leastDrawn, n.Ends.Value() >= leastDrawn
	}
	var out []journey.GraphEdge
	for _, e := range g.Edges {
		often := e.Runs.Value() >= least
		if e.From != e.To && g.Nodes[e.From].Runs.Value() >= least && g.Nodes[e.To].Runs.Value() >= least {
			often = often || !into[e.To] || !from[e.From]
			into[e.To], from[e.From] = true, true
		}
		if often && len(out) < mostDrawn {
			out = append(out, e)
		}
	}
	return out
}

// flow is the graph as it is drawn, between where runs begin and end. left is how
// many edges are not drawn.
func (a asked) flow(g journey.Graph) (nodes []chart.FlowNode, edges []chart.FlowEdge, left int) {
	drawn := a.drawn(g)
	met := make([]int, len(g.Nodes)) // number in the picture, plus one
	nodes = append(nodes, chart.FlowNode{Label: a.L.T("paths.begin"), Note: a.L.T("journeys.runs", "n", g.Drawn.K), Plain: true, At: -1})
	for i, n := range g.Nodes {
		if shows(g, drawn, i) {
			met[i] = len(nodes) + 1
			nodes = append(nodes, a.flowNode(n))
		}
	}
	end := len(nodes)
	nodes = append(nodes, chart.FlowNode{Label: a.L.T("paths.end"), Plain: true, At: 2})
	for i, n := range g.Nodes {
		if met[i] == 0 {
			continue
		}
		if n.Starts.Value() >= leastDrawn {
			edges = append(edges, a.flowEdge(0, met[i]-1, n.Starts, journey.Times{}, "", a.L.T("paths.begin.why", "stop", a.name(n.Stop), "share", a.Between(n.Starts))))
		}
		if n.Ends.Value() >= leastDrawn {
			edges = append(edges, a.flowEdge(met[i]-1, end, n.Ends, journey.Times{}, "", a.L.T("paths.end.why", "stop", a.name(n.Stop), "share", a.Between(n.Ends))))
		}
	}
	for _, e := range drawn {
		from, to := g.Nodes[e.From], g.Nodes[e.To]
		if met[e.From] == 0 || met[e.To] == 0 {
			continue
		}
		class := ""
		if g.By == journey.ByStep && !e.Designed {
			class = "unplanned"
		}
		x := a.flowEdge(met[e.From]-1, met[e.To]-1, e.Runs, e.Time, class, a.edgeWhy(from, to, e))
		x.Href = a.ask.At("runs", "after", from.ID, "then", to.ID)
		edges = append(edges, x)
	}
	return nodes, edges, len(g.Edges) - len(drawn) + g.Left
}

func (a asked) flowNode(n journey.GraphNode) chart.FlowNode {
	out := chart.FlowNode{Label: a.name(n.Stop), Note: a.L.Int(int64(n.Runs.K)) + " · " + a.Share(n.Runs), At: n.At, Href: a.runs(n.Stop)}
	out.Why = out.Label + ": " + a.L.T("paths.node.why", "share", a.Between(n.Runs))
	if n.Again.Value() >= .01 {
		out.Why += " · " + a.L.T("journeys.again", "share", a.Share(n.Again))
	}
	if len(a.ask.Journey.Script) == 0 {
		return out
	}
	switch {
	case n.Count == 0:
		out.Class, out.Note, out.Href = "designed", a.L.T("paths.node.nobody"), ""
		out.Why = out.Label + ": " + out.Note
	case a.planned(n.Stop):
		out.Class = "designed"
	default:
		out.Class = "unplanned"
		out.Note = a.L.T("paths.node.unplanned") + " · " + a.Share(n.Runs)
		out.Why += " · " + a.L.T("paths.node.unplanned")
	}
	return out
}

func (a asked) flowEdge(from, to int, runs journey.Share, t journey.Times, class, why string) chart.FlowEdge {
	label := a.L.Int(int64(runs.K))
	if t.N > 0 {
		label += " · " + a.brief(t.Median)
	}
	return chart.FlowEdge{From: from, To: to, Label: label, Weight: float64(runs.K), Class: class, Why: why}
}

func (a asked) edgeWhy(from, to journey.GraphNode, e journey.GraphEdge) string {
	why := a.L.T("paths.edge.why", "from", a.name(from.Stop), "to", a.name(to.Stop), "share", a.Between(e.Runs), "time", a.Took(e.Time))
	if e.Back > 0 {
		why += " · " + a.L.T("paths.edge.back", "n", e.Back)
	}
	return why
}

// shows tells whether the picture shows a stop: an edge leads to it or from it, or
// nobody lived it though it is designed.
func shows(g journey.Graph, drawn []journey.GraphEdge, node int) bool {
	return g.Nodes[node].Count == 0 || slices.ContainsFunc(drawn, func(e journey.GraphEdge) bool { return e.From == node || e.To == node })
}

// stretch is a stop on the path of a phone, and the edges that lead on from it,
// the most frequent first, at most three.
type stretch struct {
	journey.GraphNode
	next []journey.GraphEdge
}

func (v view) path() (out []stretch) {
	drawn := v.drawn(v.graph)
	for i, n := range v.graph.Nodes {
		if shows(v.graph, drawn, i) {
			next := slices.DeleteFunc(slices.Clone(drawn), func(e journey.GraphEdge) bool { return e.From != i })
			slices.SortStableFunc(next, func(a, b journey.GraphEdge) int { return cmp.Compare(b.Runs.K, a.Runs.K) })
			out = append(out, stretch{n, next[:min(3, len(next))]})
		}
	}
	return out
}

// description says what the graph shows, in a sentence.
func (a asked) description(g journey.Graph) string {
	text := a.L.T("paths.graph.note", "share", a.Share(g.Drawn), "n", g.Variants)
	n := 0
	for _, x := range g.Nodes {
		if !a.planned(x.Stop) {
			n++
		}
	}
	if n > 0 {
		text += " " + a.L.T("paths.graph.unplanned", "n", n)
	}
	return text
}

// kicker says which journey and which runs the figures are of.
func (a asked) kicker(runs int) string {
	return strings.Join([]string{a.Journey(a.ask.Journey), a.Period(a.ask.Weeks), a.L.T("journeys.runs", "n", runs)}, " · ")
}

// graphSVG is the graph as a file.
func (p page) graphSVG(q *web.Request) error {
	a, err := p.asks(q, "paths")
	if err != nil {
		return err
	}
	g, err := p.graph(q, a)
	if err != nil {
		return err
	}
	nodes, edges, _ := a.flow(g)
	picture := chart.FlowPicture(nodes, edges)
	picture.Headed(a.kicker(g.Runs), a.description(g))
	return q.SVG("caminos-"+a.ask.Journey.Slug, picture.SVG())
}

// graphCSV is the graph's edges, all of them.
func (p page) graphCSV(q *web.Request) error {
	a, err := p.asks(q, "paths")
	if err != nil {
		return err
	}
	g, err := p.graph(q, a)
	if err != nil {
		return err
	}
	header := join([]string{q.T("journeys.csv.from"), q.T("journeys.csv.to"), q.T("paths.csv.times"), q.T("journeys.csv.runs")}, columns(q, q.T("journeys.csv.share")), timeColumns(q, q.T("paths.csv.time")), []string{q.T("paths.csv.back"), q.T("journeys.csv.planned")})
	return q.CSV("caminos-"+a.ask.Journey.Slug, header, sheet.Rows(g.Edges, func(e journey.GraphEdge) []string {
		planned := ""
		if g.By == journey.ByStep {
			planned = map[bool]string{true: "true", false: "false"}[e.Designed]
		}
		return join([]string{g.Nodes[e.From].ID, g.Nodes[e.To].ID, whole(e.Count), whole(e.Runs.K)}, sheet.Share(e.Runs), times(e.Time), []string{whole(e.Back), planned})
	}))
}
