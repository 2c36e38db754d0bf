package align

import "slices"

// wave is the search over one layer from one place: the least cost to be in each
// state after each event. With keep it remembers how each was come to.
type wave struct {
	*layer
	from  int
	costs []int64 // by place since from, then state
	ways  []step  // the same; nil when not kept
}

// step is how a cell was come to: over an edge from a place (or by leaving the
// event before out). Of the end of a beginning it is where that is.
type step struct {
	edge  int32
	place int32
	state int32
}

const (
	none   = int32(-1)
	logged = int32(-2)
)

func newWave(l *layer, span int) *wave {
	return &wave{layer: l, costs: make([]int64, (span+1)*l.states)}
}

func (w *wave) keep() { w.ways = make([]step, len(w.costs)) }

func (w *wave) at(place int) []int64 {
	i := (place - w.from) * w.states
	return w.costs[i : i+w.states]
}

func (w *wave) back(state, place int) step { return w.ways[(place-w.from)*w.states+state] }

// improve notes a cheaper way to a state at a place.
func (w *wave) improve(state int32, place int, cost int64, edge int32, from int) bool {
	i := (place-w.from)*w.states + int(state)
	if cost >= w.costs[i] {
		return false
	}
	w.costs[i] = cost
	if w.ways != nil {
		w.ways[i] = step{edge: edge, place: int32(from)} //nolint:gosec // below mostCells
	}
	return true
}

// run searches from a state at a place up to another.
func (w *wave) run(s *search, from, to, state int) {
	w.from = from
	cells := w.costs[:(to-from+1)*w.states]
	for i := range cells {
		cells[i] = never
	}
	for i := range w.ways {
		w.ways[i].edge = none
	}
	w.at(from)[state] = 0
	for place := from; place <= to; place++ {
		for w.settle(place) {
		}
		if place == to {
			return
		}
		w.live(s, place, to)
	}
}

// settle takes the edges that live no event; it reports whether a loop came back
// to an earlier state cheaper than before.
func (w *wave) settle(place int) (again bool) {
	here := w.at(place)
	for i := range w.edges {
		e := &w.edges[i]
		cost := here[e.from]
		if cost >= never {
			continue
		}
		switch e.kind {
		case leaf:
			cost += modelMove
		case parallel:
			b := &w.blocks[e.what]
			cost += b.cost(b.before[place], b.before[place])
		}
		if cost < here[e.to] && w.improve(e.to, place, cost, int32(i), place) && e.to < e.from { //nolint:gosec // edges of a tree
			again = true
		}
	}
	return again
}

// live takes the ways to live the event at a place: outside the tree, as a leaf,
// or as the first event of a block, with those after it.
func (w *wave) live(s *search, place, to int) {
	here, event := w.at(place), w.events[place]
	for q, cost := range here {
		if cost < never {
			w.improve(int32(q), place+1, cost+logMove, logged, place) //nolint:gosec // states of a tree
		}
	}
	for i := range w.edges {
		e := &w.edges[i]
		cost := here[e.from]
		if cost >= never {
			continue
		}
		switch e.kind {
		case leaf:
			if s.can(event, e.what) {
				w.improve(e.to, place+1, cost, int32(i), place) //nolint:gosec // edges of a tree
			}
		case parallel:
			b := &w.blocks[e.what]
			x := b.before[place]
			if b.before[place+1] == x {
				continue
			}
			for y := x + 1; y <= b.before[to]; y++ {
				end := int(b.own[y-1]) + 1
				foreign := int64(end-place) - int64(y-x)
				w.improve(e.to, end, cost+foreign*logMove+b.cost(x, y), int32(i), place) //nolint:gosec // edges of a tree
			}
		}
	}
}

// cost returns what a whole run of the block costs over its events x up to y.
func (b *blockLayer) cost(x, y int32) (sum int64) {
	for i, t := range b.whole {
		from, to := b.in[i][x], b.in[i][y]
		sum += t.row(int(from))[to-from]
	}
	return sum
}

// least returns the cost of the cheapest beginning of a run of the tree up to a
// place: in a state, or within a block that was begun over an edge at a place.
func (w *wave) least(to int) (int64, step) {
	end := w.at(to)
	best := slices.Min(end)
	at := step{edge: none, state: int32(slices.Index(end, best))} //nolint:gosec // states of a tree
	for i, e := range w.edges {
		if e.kind != parallel {
			continue
		}
		b := &w.blocks[e.what]
		for place := w.from; place < to; place++ {
			x := b.before[place]
			if b.before[place+1] == x {
				continue
			}
			cost := w.at(place)[e.from]
			for j, begun := range b.begun {
				cost += begun[b.in[j][x]]
			}
			cost += (int64(to-place) - int64(b.before[to]-x)) * logMove
			if cost < best {
				best, at = cost, step{edge: int32(i), place: int32(place), state: e.from} //nolint:gosec // edges of a tree
			}
		}
	}
	return best, at
}

// lowest returns the state that is cheapest to be in at a place.
func (w *wave) lowest(place int) int {
	end := w.at(place)
	return slices.Index(end, slices.Min(end))
}
