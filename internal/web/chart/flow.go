package chart

import (
	"cmp"
	"math"
	"slices"
)

// FlowNode is a stop of a path graph.
type FlowNode struct {
	Label string
	Note  string  // a second line, such as a count; optional
	Plain bool    // no stop, but where runs begin or end
	Dot   bool    // a small round one, such as a place of a net; its label is one sign
	Class string  // designed: outlined as what is designed; unplanned: what is not; silent, of a dot: a bar; "": as any
	Href  string  // where it leads on a page; optional
	Why   string  // more of it, on pointing; optional
	At    float64 // where it usually comes, from first to last: it decides which way back is
}

// FlowEdge is one stop directly after another; From and To number the nodes.
type FlowEdge struct {
	From, To int
	Label    string
	Weight   float64 // how thick, against the greatest
	Class    string  // as of a node
	Href     string  // as of a node
	Why      string  // as of a node
}

// Flow is a path graph laid out from top to bottom, in pixels: nodes in layers,
// edges as curves around them. Those that lead back run upwards.
type Flow struct {
	Width, Height float64
	Nodes         []FlowBox
	Edges         []FlowCurve // as given
}

// FlowBox is where a node is: its top left corner, and its size.
type FlowBox struct{ X, Y, W, H float64 }

// FlowCurve is how an edge runs: SVG path data, how thick it is, and where its
// label stands.
type FlowCurve struct {
	Path           string
	Width          float64
	LabelX, LabelY float64
	Tip            [2]float64 // of the arrow
	From           [2]float64 // where the arrow comes from, for its direction
	Back           bool
	along          [3][2]float64 // where its label may stand, the best first
}

// Measures of a Flow, in pixels.
const (
	flowMargin  = 24.0
	flowGapX    = 36.0
	flowGapY    = 66.0 // between layers: room for labels; without any, half of it
	flowNodeH   = 54.0
	flowLane    = 14.0 // the room of an edge that passes a layer
	flowWidest  = 190.0
	flowDot     = 28.0
	flowBar     = 10.0 // how tall a silent dot is
	flowMostBow = 6.0  // the thickest edge
)

// LayoutFlow lays a path graph out after Sugiyama, Tagawa and Toda (Methods for
// Visual Understanding of Hierarchical System Structures, 1981): edges against
// the usual order are turned, nodes stand below all that lead to them, long
// edges get a lane in each layer, and layers are put in the order of their
// neighbours' medians (Eades and Wormald 1994). The same graph is always laid
// out alike.
func LayoutFlow(nodes []FlowNode, edges []FlowEdge) Flow {
	l := layFlow(nodes, edges)
	l.rank()
	l.lanes()
	l.order()
	l.place()
	return l.draw()
}

// flowLayout is a graph being laid out: items are the nodes, then the lanes.
type flowLayout struct {
	nodes   []FlowNode
	edges   []FlowEdge
	back    []bool // of each edge: drawn upwards
	rankOf  []int  // of each item
	width   []float64
	x       []float64 // of each item's middle
	chain   [][]int   // of each edge: the items that it passes, from the upper end to the lower; nil of loops
	layers  [][]int
	tops    []float64 // of each layer
	heights []float64
	up      [][]int // of each item: its neighbours in the layer above
	down    [][]int
}

func layFlow(nodes []FlowNode, edges []FlowEdge) *flowLayout {
	l := &flowLayout{nodes: nodes, edges: edges, back: make([]bool, len(edges)), chain: make([][]int, len(edges))}
	for _, n := range nodes {
		w := math.Max(TextWidth(n.Label, Type{Size: 12, Bold: true}), TextWidth(n.Note, Type{Size: 11})) + 28
		w = math.Min(math.Max(w, 96), flowWidest)
		if n.Dot {
			w = flowDot
		}
		l.width = append(l.width, w)
	}
	return l
}

// rank turns the edges that lead back and puts each node below those that lead
// to it.
func (l *flowLayout) rank() {
	n := len(l.nodes)
	order := make([]int, n)
	place := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l.nodes[a].At, l.nodes[b].At) })
	for i, node := range order {
		place[node] = i
	}
	above := make([][]int, n)
	for i, e := range l.edges {
		if l.back[i] = place[e.From] > place[e.To]; e.From == e.To {
			continue
		}
		upper, lower := e.From, e.To
		if l.back[i] {
			upper, lower = lower, upper
		}
		above[lower] = append(above[lower], upper)
	}
	l.rankOf = make([]int, n)
	for _, node := range order {
		for _, a := range above[node] {
			l.rankOf[node] = max(l.rankOf[node], l.rankOf[a]+1)
		}
	}
}

// lanes gives edges over several layers an item in each between.
func (l *flowLayout) lanes() {
	join := func(a, b int) {
		l.down[a], l.up[b] = append(l.down[a], b), append(l.up[b], a)
	}
	l.up, l.down = make([][]int, len(l.nodes)), make([][]int, len(l.nodes))
	for i, e := range l.edges {
		upper, lower := e.From, e.To
		switch {
		case upper == lower:
			continue
		case l.back[i]:
			upper, lower = lower, upper
		}
		chain := []int{upper}
		for r := l.rankOf[upper] + 1; r < l.rankOf[lower]; r++ {
			lane := len(l.rankOf)
			l.rankOf, l.width = append(l.rankOf, r), append(l.width, flowLane)
			l.up, l.down = append(l.up, nil), append(l.down, nil)
			join(chain[len(chain)-1], lane)
			chain = append(chain, lane)
		}
		join(chain[len(chain)-1], lower)
		l.chain[i] = append(chain, lower)
	}
	for item, r := range l.rankOf {
		for len(l.layers) <= r {
			l.layers = append(l.layers, nil)
		}
		l.layers[r] = append(l.layers[r], item)
	}
}

// order sorts each layer by the medians of the one above, then below, a few
// times, and keeps the order with the fewest crossings.
func (l *flowLayout) order() {
	place := make([]int, len(l.rankOf))
	number := func() {
		for _, layer := range l.layers {
			for i, item := range layer {
				place[item] = i
			}
		}
	}
	number()
	best, least := copied(l.layers), l.crossings(place)
	for pass := range 16 {
		sweep := func(r int, near [][]int) {
			key := make(map[int]float64, len(l.layers[r]))
			for _, item := range l.layers[r] {
				key[item] = median(near[item], place, float64(place[item]))
			}
			slices.SortStableFunc(l.layers[r], func(a, b int) int { return cmp.Compare(key[a], key[b]) })
			for i, item := range l.layers[r] {
				place[item] = i
			}
		}
		if pass%2 == 0 {
			for r := 1; r < len(l.layers); r++ {
				sweep(r, l.up)
			}
		} else {
			for r := len(l.layers) - 2; r >= 0; r-- {
				sweep(r, l.down)
			}
		}
		if c := l.crossings(place); c < least {
			best, least = copied(l.layers), c
		}
	}
	l.layers = best
}

func copied(layers [][]int) [][]int {
	out := make([][]int, len(layers))
	for i, layer := range layers {
		out[i] = slices.Clone(layer)
	}
	return out
}

// median returns the middle of the neighbours' places; own without any.
func median(near, place []int, own float64) float64 {
	if len(near) == 0 {
		return own
	}
	at := make([]int, len(near))
	for i, item := range near {
		at[i] = place[item]
	}
	slices.Sort(at)
	return float64(at[(len(at)-1)/2]+at[len(at)/2]) / 2
}

// crossings counts how often edges between neighbouring layers cross.
func (l *flowLayout) crossings(place []int) (n int) {
	for _, layer := range l.layers {
		var ends []int
		for _, item := range layer {
			from := len(ends)
			for _, below := range l.down[item] {
				for _, end := range ends[:from] {
					if end > place[below] {
						n++
					}
				}
				ends = append(ends, place[below])
			}
		}
	}
	return n
}

// place sets every item near the middle of its neighbours, and never closer to
// the next than the gap.
func (l *flowLayout) place() {
	l.x = make([]float64, len(l.rankOf))
	for _, layer := range l.layers {
		at := 0.0
		for _, item := range layer {
			l.x[item] = at + l.width[item]/2
			at += l.width[item] + flowGapX
		}
		for _, item := range layer {
			l.x[item] -= at / 2
		}
	}
	for pass := range 12 {
		for i := range l.layers {
			r, near := i, l.up
			if pass%2 == 1 {
				r, near = len(l.layers)-1-i, l.down
			}
			l.settle(l.layers[r], near)
		}
	}
}

// settle moves the items of a layer to the mean of their neighbours, as far as
// their order and the gaps allow: the least squares of isotonic regression, by
// pooling adjacent violators (Ayer and others 1955). Lanes weigh more, so that
// long edges are straight.
func (l *flowLayout) settle(layer []int, near [][]int) {
	type block struct {
		sum, weight float64
		items       int
	}
	var blocks []block
	offset := make([]float64, len(layer)) // of each item from where the first would be
	for i, item := range layer {
		if i > 0 {
			offset[i] = offset[i-1] + (l.width[layer[i-1]]+l.width[item])/2 + flowGapX
		}
		want, weight := l.x[item], .1
		if n := len(near[item]); n > 0 {
			want, weight = 0, 1
			for _, other := range near[item] {
				want += l.x[other] / float64(n)
			}
			if item >= len(l.nodes) {
				weight = 4
			}
		}
		blocks = append(blocks, block{(want - offset[i]) * weight, weight, 1})
		for n := len(blocks); n > 1 && blocks[n-2].sum/blocks[n-2].weight > blocks[n-1].sum/blocks[n-1].weight; n-- {
			blocks[n-2].sum += blocks[n-1].sum
			blocks[n-2].weight += blocks[n-1].weight
			blocks[n-2].items += blocks[n-1].items
			blocks = blocks[:n-1]
		}
	}
	i := 0
	for _, b := range blocks {
		for range b.items {
			l.x[layer[i]] = b.sum/b.weight + offset[i]
			i++
		}
	}
}
