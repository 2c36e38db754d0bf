package align_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/align"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/discover"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

const labels = 5

// anyTree draws a tree; in a parallel, each branch has labels of its own.
func anyTree(t *rapid.T, of []int, depth int) *tree.Tree {
	op := tree.Operator(rapid.IntRange(0, 5).Draw(t, "op"))
	if depth == 0 || len(of) < 2 {
		op = min(op, tree.Leaf)
	}
	switch op {
	case tree.Tau:
		return tree.Silent()
	case tree.Leaf:
		return tree.Of(rapid.SampledFrom(of).Draw(t, "label"))
	case tree.Parallel:
		at := rapid.IntRange(1, len(of)-1).Draw(t, "apart")
		return tree.New(op, anyTree(t, of[:at], depth-1), anyTree(t, of[at:], depth-1))
	case tree.Loop:
		return tree.New(op, anyTree(t, of, depth-1), anyTree(t, of, depth-1))
	}
	out := tree.New(op)
	for range rapid.IntRange(2, 3).Draw(t, "children") {
		out.Children = append(out.Children, anyTree(t, of, depth-1))
	}
	return out
}

func anyRun(t *rapid.T) []uint16 {
	return rapid.SliceOfN(rapid.Uint16Range(0, labels), 0, 7).Draw(t, "run") // the last one is in no tree
}

// position is a place in a net and a run: how many tokens lie where, and how many
// events are explained.
type position struct {
	tokens [64]uint8
	events int
}

// cheapest is the oracle: Dijkstra's search of the net's markings and the run. It
// returns the cost of the whole run, and of it as a beginning.
func cheapest(n *tree.Net, run []uint16) (whole, prefix int) {
	start := position{}
	start.tokens[n.Initial] = 1
	costs := map[position]int{start: 0}
	buckets := [][]position{{start}}
	whole, prefix = math.MaxInt, math.MaxInt
	for cost := 0; cost < len(buckets) && whole == math.MaxInt; cost++ {
		for len(buckets[cost]) > 0 {
			p := buckets[cost][len(buckets[cost])-1]
			buckets[cost] = buckets[cost][:len(buckets[cost])-1]
			if costs[p] < cost {
				continue
			}
			if p.events == len(run) {
				prefix = min(prefix, cost)
				final := position{events: p.events}
				final.tokens[n.Final] = 1
				if p == final {
					whole = cost
				}
			}
			reach := func(to position, by int) {
				if known, seen := costs[to]; seen && known <= cost+by {
					return
				}
				costs[to] = cost + by
				for len(buckets) <= cost+by {
					buckets = append(buckets, nil)
				}
				buckets[cost+by] = append(buckets[cost+by], to)
			}
			if p.events < len(run) {
				reach(position{p.tokens, p.events + 1}, 1)
			}
			for _, t := range n.Transitions {
				next, enabled := fire(p, t)
				switch {
				case !enabled:
					continue
				case t.Label < 0:
					reach(next, 0)
					continue
				case p.events < len(run) && int(run[p.events]) == t.Label:
					reach(position{next.tokens, p.events + 1}, 0)
				}
				reach(next, 1)
			}
		}
	}
	return whole, prefix
}

func fire(p position, t tree.Transition) (position, bool) {
	for _, i := range t.In {
		if p.tokens[i] == 0 {
			return p, false
		}
		p.tokens[i]--
	}
	for _, i := range t.Out {
		p.tokens[i]++
	}
	return p, true
}

func TestAlignmentsAreTheCheapest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tr := anyTree(t, []int{0, 1, 2, 3, 4}, 3)
		run := anyRun(t)
		a, err := align.New(tr, align.Same(labels))
		if err != nil {
			t.Fatal(err)
		}
		whole, prefix := cheapest(tr.Net(), run)
		for _, c := range []struct {
			got    align.Alignment
			cost   int
			prefix bool
		}{{a.Align(run), whole, false}, {a.Prefix(run), prefix, true}} {
			if c.got.Cost != c.cost {
				t.Fatalf("cost %d of %v by %s as a beginning: %v, want %d", c.got.Cost, run, tr.Format(names), c.prefix, c.cost)
			}
			checkMoves(t, tr, run, c.got.Moves, c.prefix)
		}
	})
}

var names = []string{"a", "b", "c", "d", "e"}

// checkMoves holds that the moves live the run in order, and that what they live
// of the tree is a run of it, or the beginning of one.
func checkMoves(t *rapid.T, tr *tree.Tree, run []uint16, moves []align.Move, prefix bool) {
	t.Helper()
	var lived []uint16
	events := 0
	for _, m := range moves {
		if m.Kind != align.Model {
			if m.Event != events {
				t.Fatalf("event %d comes after %d in %v", m.Event, events-1, moves)
			}
			events++
		}
		if m.Kind == align.Sync && m.Label != int(run[m.Event]) {
			t.Fatalf("%v explains %d", m, run[m.Event])
		}
		if m.Kind != align.Log {
			lived = append(lived, uint16(m.Label))
		}
	}
	if events != len(run) {
		t.Fatalf("%d of %d events are in %v", events, len(run), moves)
	}
	whole, begun := cheapest(tr.Net(), lived)
	if prefix && begun != 0 || !prefix && whole != 0 {
		t.Fatalf("%v is no run of %s (whole %d, beginning %d): %v", lived, tr.Format(names), whole, begun, moves)
	}
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	log := eventlogtest.Load(t, "receipt.csv")
	variants := eventlog.VariantsOf(log).List
	a, err := align.New(discover.Inductive(variants, .2), align.Same(len(log.Activities)))
	if err != nil {
		t.Fatal(err)
	}
	fit := a.Fit(variants)
	for what, c := range map[string]struct{ got, want float64 }{
		"fitness":       {fit.Fitness, .8154953330871839},
		"fitting cases": {float64(fit.Fitting) / float64(fit.Cases), .49721059972106},
	} {
		if math.Abs(c.got-c.want) > 1e-7 {
			t.Errorf("%s %.16f, want %.16f", what, c.got, c.want)
		}
	}
	if fit.Upper > 0 {
		t.Errorf("%d cases were not aligned within the bound", fit.Upper)
	}
}

func TestWhatIsAmbiguousIsRefused(t *testing.T) {
	t.Parallel()
	_, err := align.New(tree.New(tree.Parallel, tree.Of(0), tree.New(tree.Sequence, tree.Of(1), tree.Of(2))), [][]int{{0, 2}})
	if cx.KindOf(err) != cx.Invalid {
		t.Errorf("error %v, want invalid", err)
	}
}

// TestExplainsMoreOfWhatCostsTheSame: one who paid without ordering skipped the
// order rather than paid unexpectedly.
func TestExplainsMoreOfWhatCostsTheSame(t *testing.T) {
	t.Parallel()
	a, err := align.New(tree.New(tree.Choice, tree.Silent(), tree.New(tree.Sequence, tree.Of(0), tree.Of(1))), align.Same(2))
	if err != nil {
		t.Fatal(err)
	}
	want := []align.Move{{Kind: align.Model, Event: -1, Label: 0}, {Kind: align.Sync, Event: 0, Label: 1}}
	if got := a.Align([]uint16{1}).Moves; !slices.Equal(got, want) {
		t.Errorf("moves %v, want %v", got, want)
	}
}

// TestLongRuns: past the bounds the moves still explain a run of 100,000 events,
// and it is told.
func TestLongRuns(t *testing.T) {
	t.Parallel()
	loop := tree.New(tree.Loop, tree.New(tree.Parallel, tree.Of(0), tree.New(tree.Loop, tree.Of(1), tree.Silent()), tree.Of(2)), tree.Of(3))
	a, err := align.New(loop, align.Same(labels))
	if err != nil {
		t.Fatal(err)
	}
	run := make([]uint16, 100_000)
	for i := range run {
		run[i] = uint16([]int{0, 1, 2, 3, 1, 0, 2, 3}[i%8])
	}
	run = run[:len(run)-1]
	got := a.Among(slices.Repeat([][]uint16{run}, 1000)).Align(run)
	if !got.Upper || got.Fitness < .9 {
		t.Errorf("fitness %v, upper %v", got.Fitness, got.Upper)
	}
	events := 0
	for _, m := range got.Moves {
		if m.Event >= 0 {
			if m.Event != events {
				t.Fatalf("event %d after %d", m.Event, events-1)
			}
			events++
		}
	}
	if events != len(run) {
		t.Errorf("%d events in the moves", events)
	}
}

// TestAMinedTreeFitsItsLog: without noise, whatever was lived is a run of it; and
// with noise, mining ends and the tree knows no activity that was not lived.
func TestAMinedTreeFitsItsLog(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var variants []eventlog.Variant
		for _, run := range rapid.SliceOfN(rapid.Custom(anyRun), 1, 6).Draw(t, "runs") {
			variants = append(variants, eventlog.Variant{Activities: run, Cases: rapid.IntRange(1, 20).Draw(t, "cases")})
		}
		for _, noise := range []float64{0, rapid.Float64Range(0, 1).Draw(t, "noise")} {
			tr := discover.Inductive(variants, noise)
			a, err := align.New(tr, align.Same(labels+1))
			if err != nil {
				t.Fatal(err)
			}
			if fit := a.Fit(variants); noise == 0 && fit.Fitness != 1 {
				t.Fatalf("fitness %v of %v by %s", fit.Fitness, variants, tr.Format(append(names, "f")))
			}
		}
	})
}
