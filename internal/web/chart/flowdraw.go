package chart

import (
	"cmp"
	"math"
	"slices"
)

// draw turns places into geometry.
func (l *flowLayout) draw() Flow {
	left, right := math.Inf(1), math.Inf(-1)
	for item, x := range l.x {
		left, right = math.Min(left, x-l.width[item]/2), math.Max(right, x+l.width[item]/2)
	}
	loops := 0.0
	for _, e := range l.edges {
		if e.From == e.To {
			loops = 64
		}
	}
	if len(l.x) == 0 {
		left, right = 0, 0
	}
	f := Flow{Width: math.Ceil(right - left + 2*flowMargin + loops), Height: l.stack() + flowMargin}
	for i := range l.nodes {
		l.x[i] += flowMargin - left
		top, bottom := l.span(i)
		f.Nodes = append(f.Nodes, FlowBox{l.x[i] - l.width[i]/2, top, l.width[i], bottom - top})
	}
	for i := len(l.nodes); i < len(l.x); i++ {
		l.x[i] += flowMargin - left
	}
	heaviest := 0.0
	for _, e := range l.edges {
		heaviest = math.Max(heaviest, e.Weight)
	}
	ports := l.ports()
	for i, e := range l.edges {
		c := FlowCurve{Back: l.back[i], Width: 1}
		if heaviest > 0 {
			c.Width = 1 + (flowMostBow-1)*math.Sqrt(e.Weight/heaviest)
		}
		if e.From == e.To {
			c.loop(f.Nodes[e.From])
		} else {
			l.curve(&c, l.chain[i], ports[i])
		}
		f.Edges = append(f.Edges, c)
	}
	f.labels(l.edges)
	return f
}

// height is how tall a node is; 0 of a lane.
func (l *flowLayout) height(item int) float64 {
	switch {
	case item >= len(l.nodes):
		return 0
	case l.nodes[item].Dot && l.nodes[item].Class == flowSilent:
		return flowBar
	case l.nodes[item].Dot:
		return flowDot
	}
	return flowNodeH
}

// stack sets the layers below one another and returns where the last one ends.
func (l *flowLayout) stack() float64 {
	gap := flowGapY / 2
	if slices.ContainsFunc(l.edges, func(e FlowEdge) bool { return e.Label != "" }) {
		gap = flowGapY
	}
	y := flowMargin - gap
	for _, layer := range l.layers {
		tallest := 0.0
		for _, item := range layer {
			tallest = math.Max(tallest, l.height(item))
		}
		l.tops, l.heights = append(l.tops, y+gap), append(l.heights, tallest)
		y += gap + tallest
	}
	return math.Max(y, flowMargin)
}

// span is from where to where an item reaches: a lane through its layer, a node in
// the middle of it.
func (l *flowLayout) span(item int) (top, bottom float64) {
	top = l.tops[l.rankOf[item]]
	bottom = top + l.heights[l.rankOf[item]]
	if h := l.height(item); h > 0 {
		top = (top + bottom - h) / 2
		bottom = top + h
	}
	return top, bottom
}

// loop draws an edge from a node to itself, on its right.
func (c *FlowCurve) loop(b FlowBox) {
	x, y := b.X+b.W, b.Y+b.H/2
	c.Path = "M" + px(x) + " " + px(y+10) + "C" + px(x+38) + " " + px(y+22) + " " + px(x+38) + " " + px(y-22) + " " + px(x+2) + " " + px(y-10)
	c.Tip, c.From = [2]float64{x + 1, y - 10}, [2]float64{x + 14, y - 15}
	c.LabelX, c.LabelY = x+34, y+27
}

// curve draws an edge through its lanes, as cubics that leave and arrive
// upright.
func (l *flowLayout) curve(c *FlowCurve, chain []int, ports [2]float64) {
	type point struct{ x, y float64 }
	first, last := chain[0], chain[len(chain)-1]
	_, bottom := l.span(first)
	points := []point{{ports[0], bottom}}
	if end := l.tops[l.rankOf[first]] + l.heights[l.rankOf[first]]; end > bottom {
		points = append(points, point{ports[0], end}) // past its taller neighbours
	}
	for _, lane := range chain[1 : len(chain)-1] {
		top, bottom := l.span(lane)
		points = append(points, point{l.x[lane], top}, point{l.x[lane], bottom})
	}
	top, _ := l.span(last)
	if begin := l.tops[l.rankOf[last]]; begin < top {
		points = append(points, point{ports[1], begin})
	}
	points = append(points, point{ports[1], top})
	if c.Back {
		slices.Reverse(points)
	}
	c.Path = "M" + px(points[0].x) + " " + px(points[0].y)
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		middle := (a.y + b.y) / 2
		c.Path += "C" + px(a.x) + " " + px(middle) + " " + px(b.x) + " " + px(middle) + " " + px(b.x) + " " + px(b.y)
	}
	a, b := points[len(points)-2], points[len(points)-1]
	c.Tip, c.From = [2]float64{b.x, b.y}, [2]float64{b.x, (a.y + b.y) / 2}
	at := (len(points) - 1) / 2
	a, b = points[at], points[at+1]
	// Near where the curve begins, so that labels of two that run in opposite
	// directions stand apart; else farther on.
	for i, t := range [...]float64{.3, .5, .7} {
		c.along[i] = [2]float64{a.x + (b.x-a.x)*(3*t*t-2*t*t*t), a.y + (b.y-a.y)*(1.5*t*(1-t)+t*t*t)}
	}
	c.LabelX, c.LabelY = c.along[0][0], c.along[0][1]
}

// labels moves labels along their edges so that they do not lie on one another,
// where that can be; those of thick edges come first.
func (f *Flow) labels(edges []FlowEdge) {
	type box struct{ x, y, half float64 }
	var taken []box
	free := func(b box) bool {
		return !slices.ContainsFunc(taken, func(o box) bool { return math.Abs(o.x-b.x) < o.half+b.half && math.Abs(o.y-b.y) < 15 })
	}
	order := make([]int, len(edges))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(edges[b].Weight, edges[a].Weight) })
	for _, i := range order {
		c, half := &f.Edges[i], labelWidth(edges[i].Label)/2
		if edges[i].Label == "" {
			continue
		}
		for _, at := range c.along {
			if edges[i].From != edges[i].To && free(box{at[0], at[1], half}) {
				c.LabelX, c.LabelY = at[0], at[1]
				break
			}
		}
		taken = append(taken, box{c.LabelX, c.LabelY, half})
	}
}

// ports returns, for each edge, where it meets its upper and its lower node:
// side by side, in the order of where it goes to.
func (l *flowLayout) ports() [][2]float64 {
	at := make([][2]float64, len(l.edges))
	type end struct{ edge, side, toward int }
	met := make([][2][]end, len(l.nodes)) // of each node: those below it, those above
	for i, chain := range l.chain {
		if n := len(chain); n > 0 {
			met[chain[0]][0] = append(met[chain[0]][0], end{i, 0, chain[1]})
			met[chain[n-1]][1] = append(met[chain[n-1]][1], end{i, 1, chain[n-2]})
		}
	}
	for node := range met {
		for _, ends := range met[node] {
			slices.SortStableFunc(ends, func(a, b end) int { return cmp.Compare(l.x[a.toward], l.x[b.toward]) })
			gap := math.Min(26, math.Max(0, l.width[node]-28)/float64(len(ends)))
			for i, e := range ends {
				at[e.edge][e.side] = l.x[node] + (float64(i)-float64(len(ends)-1)/2)*gap
			}
		}
	}
	return at
}
