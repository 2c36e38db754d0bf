package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
)

//go:embed analyse.html
var analyseHTML string

// html is the report as one file: its picture, and what the terminal says.
func (a *journeyAnalysis) html() []byte {
	nodes, edges, says := a.picture()
	var b bytes.Buffer
	page := template.Must(template.New("analyse").Parse(analyseHTML))
	err := page.Execute(&b, struct {
		Name, Counts, Says string
		Picture            template.HTML
		Sections           []section
	}{a.name, a.counts(), says, template.HTML(chart.FlowPicture(nodes, edges).SVG()), a.sections()}) //nolint:gosec // FlowPicture escapes its texts
	if err != nil {
		panic(err) // the template is ours
	}
	return b.Bytes()
}

// How much a picture shows, so that it can be read: so many of the events and of
// the arrows, the commonest first, and at most this many activities and arrows.
const (
	drawnEvents     = .97
	drawnSteps      = .85
	drawnActivities = 24
	drawnArrows     = 45
)

// picture returns the path graph of the commonest activities and arrows, and a
// sentence on what it shows. All counts are of the whole log.
func (a *journeyAnalysis) picture() (nodes []chart.FlowNode, edges []chart.FlowEdge, says string) {
	place := meanPlaces(a.Log)
	node := map[int]int{} // of an activity
	nodes = append(nodes, chart.FlowNode{Label: "start", Plain: true, At: -1})
	events := 0
	for _, i := range a.byCount() {
		if events > 0 && (float64(events) >= drawnEvents*float64(a.Events()) || len(node) == drawnActivities) {
			break
		}
		events += a.graph.Nodes[i].Count
		node[i] = len(nodes)
		nodes = append(nodes, chart.FlowNode{Label: a.Activities[i].Name, Note: number(a.graph.Nodes[i].Count), At: place[i]})
	}
	end := len(nodes)
	nodes = append(nodes, chart.FlowNode{Label: "end", Plain: true, At: 2})

	arrows, all := a.arrows(node, end)
	drawn, in, out := 0, make([]bool, len(nodes)), make([]bool, len(nodes))
	for _, e := range arrows { // each activity keeps its commonest arrow in and out
		needed := !out[e.From] || !in[e.To]
		if !needed && (float64(drawn) >= drawnSteps*float64(all) || len(edges) >= drawnArrows) {
			continue
		}
		drawn, out[e.From], in[e.To] = drawn+int(e.Weight), true, true
		edges = append(edges, e)
	}
	return nodes, edges, fmt.Sprintf("Drawn: %d of %s and %s of the steps between them, the commonest. On an arrow: how often one thing came directly after another, and the time that half of them took. Dashed arrows lead back.",
		len(node), many(len(a.Activities), "activity", "activities"), percent(float64(drawn)/float64(all)))
}

// byCount returns the activities, the commonest first.
func (a *journeyAnalysis) byCount() []int {
	out := make([]int, len(a.graph.Nodes))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(x, y int) int { return cmp.Compare(a.graph.Nodes[y].Count, a.graph.Nodes[x].Count) })
	return out
}

// arrows returns what leads from node to node, the commonest first, and how
// often anything follows anything, also what has no node.
func (a *journeyAnalysis) arrows(node map[int]int, end int) (arrows []chart.FlowEdge, all int) {
	add := func(from, to, count int, more string) {
		all += count
		if from >= 0 && to >= 0 && count > 0 {
			arrows = append(arrows, chart.FlowEdge{From: from, To: to, Label: number(count) + more, Weight: float64(count)})
		}
	}
	at := func(activity int) int {
		if n, ok := node[activity]; ok {
			return n
		}
		return -1
	}
	for i, n := range a.graph.Nodes {
		add(0, at(i), n.Starts, "")
		add(at(i), end, n.Ends, "")
	}
	for _, e := range a.graph.Edges {
		add(at(int(e.From)), at(int(e.To)), e.Count, " · "+seconds(e.Time.Median))
	}
	slices.SortStableFunc(arrows, func(x, y chart.FlowEdge) int { return cmp.Compare(y.Weight, x.Weight) })
	return arrows, all
}

// meanPlaces returns where in a case each activity comes, on average: 0 first, 1
// last.
func meanPlaces(l *eventlog.Log) []float64 {
	sum, n := make([]float64, len(l.Activities)), make([]float64, len(l.Activities))
	for c := range l.Cases() {
		from, to := l.Span(c)
		for e := from; e < to; e++ {
			n[l.Activity[e]]++
			sum[l.Activity[e]] += float64(e-from) / float64(max(1, to-from-1))
		}
	}
	for i := range sum {
		sum[i] /= max(1, n[i])
	}
	return sum
}
