package journey

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// GraphQuery asks how runs go from one thing to the next.
type GraphQuery struct {
	Filter   Filter
	Coverage float64 // the share of runs to draw, to a hundredth: whole variants, the most lived first; 0: all
	By       By      // ByEvent, ByStep or ByTouchpoint; "": ByStep with a script, ByTouchpoint without
}

const mostEdges = 5000

// Graph is what runs go through and what comes directly after what. Events at
// the same stop that follow one another are one visit, unless the same event
// comes again.
type Graph struct {
	By       By
	Runs     int         // that the filter lets through
	Drawn    Share       // of them, those whose variants are drawn: all figures are of these
	Variants int         // that are drawn
	Nodes    []GraphNode // the way runs usually go; steps that nobody lived among them
	Edges    []GraphEdge // most frequent first, at most 5,000
	Left     int         // edges that are not told
	Limited  bool        // only facts of some areas were seen: what lies between them is missing
}

// GraphNode is one stop in the graph.
type GraphNode struct {
	Stop
	Count  int              // visits
	Runs   Share            // of the drawn: that went through it
	Again  Share            // of those: that came back to it
	Starts Share            // of the drawn: that began there
	Ends   Share            // of the drawn: whose last visit it is
	At     float64          // where in a run it first comes: 0 the beginning, 1 the end; the median, to a hundredth
	Felt   outcome.Estimate // mean valence of the events that begin its visits, −2..+2
}

// GraphEdge is one stop directly after another; the same one in a loop.
type GraphEdge struct {
	From, To int // indices into Nodes
	Count    int
	Runs     Share // of the drawn: that went so
	Back     int   // how many of Count went straight back: from, to, from
	Time     Times // from the beginning of one visit to that of the next
	Designed bool  // the script lets one follow the other; always false without a script
}

// Graph returns the paths of a journey's runs. It needs the right scores.view.
func (s *Service) Graph(ctx context.Context, p cx.Principal, slug string, q GraphQuery) (Graph, error) {
	if !(q.Coverage >= 0 && q.Coverage <= 1) {
		return Graph{}, cx.Errorf(cx.Invalid, "journey.Graph", "coverage is the share of runs to draw, from 0 to 1, not %v", q.Coverage)
	}
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Graph{}, err
	}
	return graphOf(x, q.By, q.Coverage)
}

func graphOf(x *lived, by By, coverage float64) (Graph, error) {
	told, err := x.paths(by)
	if err != nil {
		return Graph{}, err
	}
	percent := int(math.Ceil(coverage * 100))
	return memo(x, fmt.Sprintf("graph by %s of %d", told.by, percent), func() (Graph, error) {
		return told.graph(x, float64(percent)/100), nil
	})
}

func (p *paths) graph(x *lived, coverage float64) Graph {
	l := p.visits(x.log)
	variants := eventlog.VariantsOf(l)
	g := Graph{By: p.by, Runs: l.Cases(), Variants: len(variants.List), Limited: x.limited}
	if coverage > 0 && coverage < 1 {
		drawn := 0
		for g.Variants = 0; float64(drawn) < coverage*float64(g.Runs); g.Variants++ {
			drawn += variants.List[g.Variants].Cases
		}
		l = l.Only(eventlog.MaskOf(g.Runs, func(c int) bool { return int(variants.Of[c]) < g.Variants }))
	}
	g.Drawn = shareOf(l.Cases(), g.Runs)
	counted := eventlog.GraphOf(l)
	places, valences := firstPlaces(l, len(p.stops)), valencesOf(l, len(p.stops))
	for i, stop := range p.stops {
		n := counted.Nodes[i]
		if n.Count == 0 && (i >= len(x.steps) || p.by != ByStep || x.mayBe(i)) {
			continue
		}
		g.Nodes = append(g.Nodes, GraphNode{
			Stop: stop, Count: n.Count,
			Runs: shareOf(n.Cases, l.Cases()), Again: shareOf(n.Again, n.Cases),
			Starts: shareOf(n.Starts, l.Cases()), Ends: shareOf(n.Ends, l.Cases()),
			At: places[i], Felt: felt(valences[i]),
		})
	}
	p.order(x, g.Nodes)
	node := map[string]int{}
	for i, n := range g.Nodes {
		node[n.ID] = i
	}
	designed := p.designed(x)
	g.Edges = make([]GraphEdge, min(mostEdges, len(counted.Edges)))
	g.Left = len(counted.Edges) - len(g.Edges)
	for i, e := range counted.Edges[:len(g.Edges)] {
		g.Edges[i] = GraphEdge{
			From: node[p.stops[e.From].ID], To: node[p.stops[e.To].ID],
			Count: e.Count, Runs: shareOf(e.Cases, l.Cases()), Back: e.Back,
			Time: timesIn(e.Time), Designed: designed(int(e.From), int(e.To)),
		}
	}
	return g
}

// mayBe tells whether what was lived may be the step, though an earlier one took
// it for itself.
func (x *lived) mayBe(step int) bool {
	return slices.ContainsFunc(x.log.Activities, func(a eventlog.Activity) bool { return canBe(x.steps[step], a) })
}

// order puts nodes the way runs usually go: by where they first come. A step that
// nobody lived stands behind the one before it in the script.
func (p *paths) order(x *lived, nodes []GraphNode) {
	if p.by == ByStep {
		before := 0.
		for i := range nodes {
			if nodes[i].Step != "" && nodes[i].Event == "" && nodes[i].Count == 0 {
				nodes[i].At = before
			}
			before = nodes[i].At
		}
	}
	slices.SortStableFunc(nodes, func(a, b GraphNode) int { return cmp.Compare(a.At, b.At) })
}

// designed returns whether the script lets a stop follow another directly.
func (p *paths) designed(x *lived) func(from, to int) bool {
	if len(x.steps) == 0 {
		return func(int, int) bool { return false }
	}
	next := tree.FromScript(x.journey.Script).Follows(len(x.steps)).Next
	steps := make([][]int, len(p.stops)) // by stop: the steps that it can be
	for a, activity := range x.log.Activities {
		stop := p.of[a]
		for i, s := range x.steps {
			if canBe(s, activity) && !slices.Contains(steps[stop], i) {
				steps[stop] = append(steps[stop], i)
			}
		}
	}
	return func(from, to int) bool {
		for _, a := range steps[from] {
			for _, b := range steps[to] {
				if next[a][b] {
					return true
				}
			}
		}
		return false
	}
}

// firstPlaces returns where in a case each activity first comes: 0 the beginning,
// 1 the end; the median of the cases that have it, to a hundredth.
func firstPlaces(l *eventlog.Log, activities int) []float64 {
	at, n, last := make([][101]uint32, activities), make([]uint32, activities), make([]int, activities)
	for c := range l.Cases() {
		from, to := l.Span(c)
		for e := from; e < to; e++ {
			if a := l.Activity[e]; last[a] != c+1 {
				last[a] = c + 1
				at[a][100*(e-from)/max(1, to-from-1)]++
				n[a]++
			}
		}
	}
	places := make([]float64, activities)
	for a := range places {
		place := 0
		for before := at[a][0]; 2*before < n[a]; before += at[a][place] {
			place++
		}
		places[a] = float64(place) / 100
	}
	return places
}

// valencesOf returns the valences of each activity's events.
func valencesOf(l *eventlog.Log, activities int) []stats.Sample {
	n, sum, squares := make([]int, activities), make([]int64, activities), make([]int64, activities)
	for e, v := range l.Valence {
		if v != eventlog.NoValence {
			a := l.Activity[e]
			n[a]++
			sum[a] += int64(v)
			squares[a] += int64(v) * int64(v)
		}
	}
	out := make([]stats.Sample, activities)
	for a := range out {
		out[a] = stats.SampleOf(n[a], float64(sum[a])/1e3, float64(squares[a])/1e6)
	}
	return out
}

// timesIn returns a spread in seconds as times.
func timesIn(s eventlog.Spread) Times {
	d := func(seconds float64) time.Duration { return time.Duration(math.Round(seconds*1e6)) * time.Microsecond }
	return Times{N: s.N, Median: d(s.Median), P90: d(s.P90), Low: d(s.Low), High: d(s.High)}
}
