package align

import (
	"cmp"
	"math"
	"slices"
)

// What moves cost in the search: a deviation each, and the least bit more for
// what was lived and is not explained, so that of two explanations as cheap the
// one that explains more events wins.
const (
	deviation = int64(1) << 24
	logMove   = deviation + 1
	modelMove = deviation
	never     = int64(math.MaxInt64 / 4)
)

// Bounds of one alignment.
const (
	mostWork  = 1 << 28 // steps of the search, about a second
	leastWork = 1 << 20 // … of each of many runs
	allWork   = 1 << 33 // … of all runs that are asked for at once, about half a minute
	mostCells = 1 << 21 // places kept at once, 40 MB
	leastSpan = 16      // events that are looked at together, at the least
)

// moves explains a run. As long as it is within the bounds, the search is exact:
// the cost of a sequence is that of the best place to divide the run, of a choice
// its best branch's, of a parallel the sum of its branches', each over the events
// that are its own. So the work is polynomial in the run's length, where a search
// of a Petri net's markings is exponential (Schwanen, Pakusa, van der Aalst show
// it for trees whose labels are all different, 2024, doi:10.1007/978-3-031-82225-4_7;
// here only the branches of a parallel must have labels of their own). Past the
// bounds the run is explained a stretch at a time.
func (a *Aligner) moves(run []uint16, prefix bool) (moves []Move, upper bool) {
	span := max(1, len(run))
	for span > leastSpan && a.tooMuch(run, span) {
		span = (span + 1) / 2
	}
	state := 0
	for from := 0; ; from += span {
		to := min(from+span, len(run))
		s := &search{accepts: a.accepts, run: run[from:to]}
		events := make([]int32, to-from)
		for i := range events {
			events[i] = int32(i) //nolint:gosec // below mostCells
		}
		l := s.lay(a.root, events)
		last := to == len(run)
		goal := whole
		switch {
		case !last:
			goal = anywhere
		case prefix:
			goal = begun
		}
		part, end := l.explain(s, 0, len(events), state, goal)
		for _, m := range part {
			if m.Event >= 0 {
				m.Event += from
			}
			moves = append(moves, m)
		}
		if last {
			return moves, from > 0
		}
		state = end
	}
}

// tooMuch tells whether looking at so many events together is past the bounds.
func (a *Aligner) tooMuch(run []uint16, span int) bool {
	if span*a.root.states > mostCells {
		return true
	}
	work := 0
	for from := 0; from < len(run); from += span {
		work += a.work(a.root, run[from:min(from+span, len(run))], 1)
		if work > a.bound {
			return true
		}
	}
	return false
}

// work estimates the steps of the search over a run that begins at so many places.
func (a *Aligner) work(m *automaton, run []uint16, starts int) int {
	n := len(run) + 1
	work := starts * n * len(m.edges)
	for _, b := range m.blocks {
		own := make([][]uint16, len(b.branches))
		all := 1
		for _, activity := range run {
			if i := b.of(activity); i >= 0 {
				own[i] = append(own[i], activity)
				all++
			}
		}
		work += starts * all * all / 2
		for i, branch := range b.branches {
			work += a.work(branch, own[i], len(own[i])+1)
		}
		if work > a.bound {
			return work
		}
	}
	return work
}

func (b *block) of(activity uint16) int32 {
	if int(activity) < len(b.branch) {
		return b.branch[activity]
	}
	return -1
}

// search is the alignment of one stretch of a run.
type search struct {
	accepts [][]int
	run     []uint16
}

func (s *search) can(event int32, label int32) bool {
	activity := s.run[event]
	return int(activity) < len(s.accepts) && slices.Contains(s.accepts[activity], int(label))
}

// layer is an automaton over the events that are its own.
type layer struct {
	*automaton
	events []int32
	blocks []blockLayer
}

// blockLayer is a parallel block over the events of its layer.
type blockLayer struct {
	own      []int32 // places in the layer's events of those that belong to the block
	before   []int32 // of each place in the layer's events, and the end: how many of own come before
	branches []*layer
	in       [][]int32   // of each branch, by place in own, and the end: how many of the branch's events come before
	whole    []*triangle // of each branch: what a whole run of it costs, from and to any of its places
	begun    [][]int64   // of each branch: what the beginning of a run of it costs, from any place to the end
}

// triangle is a table of costs by from and to, from ≤ to ≤ n.
type triangle struct {
	n     int
	costs []int64
}

func (t *triangle) row(from int) []int64 {
	// Rows before: n+1, n, n−1 … entries.
	at := from*(t.n+1) - from*(from-1)/2
	return t.costs[at : at+t.n+1-from]
}

func (s *search) lay(m *automaton, events []int32) *layer {
	l := &layer{automaton: m, events: events, blocks: make([]blockLayer, len(m.blocks))}
	for i := range m.blocks {
		b, of := &l.blocks[i], &m.blocks[i]
		parts := make([][]int32, len(of.branches))
		b.before = make([]int32, 0, len(events)+1)
		b.in = make([][]int32, len(of.branches))
		for place, event := range events {
			b.before = append(b.before, int32(len(b.own))) //nolint:gosec // below mostCells
			branch := of.of(s.run[event])
			if branch < 0 {
				continue
			}
			b.own = append(b.own, int32(place)) //nolint:gosec // below mostCells
			for j := range parts {
				b.in[j] = append(b.in[j], int32(len(parts[j]))) //nolint:gosec // below mostCells
			}
			parts[branch] = append(parts[branch], event)
		}
		b.before = append(b.before, int32(len(b.own))) //nolint:gosec // below mostCells
		for j, branch := range of.branches {
			b.in[j] = append(b.in[j], int32(len(parts[j]))) //nolint:gosec // below mostCells
			child := s.lay(branch, parts[j])
			whole, begun := child.all(s)
			b.branches, b.whole, b.begun = append(b.branches, child), append(b.whole, whole), append(b.begun, begun)
		}
	}
	return l
}

// all returns what the automaton costs from each place to each, and what the
// beginning of a run of it costs from each place to the end.
func (l *layer) all(s *search) (whole *triangle, begun []int64) {
	n := len(l.events)
	whole = &triangle{n: n, costs: make([]int64, (n+1)*(n+2)/2)}
	begun = make([]int64, n+1)
	w := newWave(l, n)
	for from := range n + 1 {
		w.run(s, from, n, 0)
		row := whole.row(from)
		for to := from; to <= n; to++ {
			row[to-from] = w.at(to)[l.states-1]
		}
		begun[from], _ = w.least(n)
	}
	return whole, begun
}

// goal is where an explanation may end.
type goal uint8

const (
	whole    goal = iota // in the last state
	anywhere             // in any state
	begun                // in any state, or within a parallel
)

// explain returns the moves from one place to another, beginning in a state, and
// the state in which they end (the last, when it is within a parallel).
func (l *layer) explain(s *search, from, to, state int, g goal) ([]Move, int) {
	w := newWave(l, to-from)
	w.keep()
	w.run(s, from, to, state)
	end, within := l.states-1, step{}
	switch g {
	case anywhere:
		end = w.lowest(to)
	case begun:
		_, within = w.least(to)
		end = int(within.state)
	}
	var moves []Move
	at := to
	if g == begun && within.edge >= 0 {
		moves = l.within(s, int(l.edges[within.edge].what), int(within.place), to, begun)
		at = int(within.place)
	}
	var stretches [][]Move // from the last to the first
	for q, p := end, at; q != state || p != from; {
		b := w.back(q, p)
		if b.edge == logged {
			p--
			stretches = append(stretches, []Move{{Log, int(l.events[p]), -1}})
			continue
		}
		e := l.edges[b.edge]
		was := int(b.place)
		switch e.kind {
		case leaf:
			if was == p {
				stretches = append(stretches, []Move{{Model, -1, int(e.what)}})
			} else {
				stretches = append(stretches, []Move{{Sync, int(l.events[was]), int(e.what)}})
			}
		case parallel:
			stretches = append(stretches, l.within(s, int(e.what), was, p, whole))
		}
		q, p = int(e.from), was
	}
	slices.Reverse(stretches)
	return append(slices.Concat(stretches...), moves...), end
}

// within returns the moves of a parallel block between two places: those of its
// branches in the order of the run, and what is none of the block's.
func (l *layer) within(s *search, number, from, to int, g goal) []Move {
	b := &l.blocks[number]
	type placed struct {
		Move
		before int
	}
	var all []placed
	mine := map[int32]bool{}
	x, y := b.before[from], b.before[to]
	for i := len(b.branches) - 1; i >= 0; i-- {
		moves, _ := b.branches[i].explain(s, int(b.in[i][x]), int(b.in[i][y]), 0, g)
		before := math.MaxInt
		for j := len(moves) - 1; j >= 0; j-- {
			if moves[j].Event >= 0 {
				before = moves[j].Event
				mine[int32(before)] = true //nolint:gosec // below mostCells
			}
			all = append(all, placed{moves[j], before})
		}
	}
	slices.Reverse(all)
	for _, event := range l.events[from:to] {
		if !mine[event] {
			all = append(all, placed{Move{Log, int(event), -1}, int(event)})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.before, b.before) })
	out := make([]Move, len(all))
	for i, m := range all {
		out[i] = m.Move
	}
	return out
}
