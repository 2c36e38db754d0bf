package tree_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/model"
	. "github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

var names = []string{"a", "b", "c", "d", "e"}

func step(slug string) model.Node { return model.Node{Step: &model.Step{Slug: slug}} }

func optional(n model.Node) model.Node { n.Optional = true; return n }

func repeatable(n model.Node) model.Node { n.Repeatable = true; return n }

func TestFromScript(t *testing.T) {
	t.Parallel()
	for want, script := range map[string][]model.Node{
		"tau":                     nil,
		"'a'":                     {step("a")},
		"->( 'a', 'b' )":          {step("a"), step("b")},
		"X( tau, 'a' )":           {optional(step("a"))},
		"*( 'a', tau )":           {repeatable(step("a"))},
		"X( tau, *( 'a', tau ) )": {optional(repeatable(step("a")))},
		"->( 'a', +( ->( 'b', 'c' ), 'd' ), 'e' )": {
			step("a"), {Parallel: [][]model.Node{{step("b"), step("c")}, {step("d")}}}, step("e"),
		},
		"*( X( 'a', ->( 'b', X( tau, 'c' ) ) ), tau )": {
			repeatable(model.Node{Choice: [][]model.Node{{step("a")}, {step("b"), optional(step("c"))}}}),
		},
	} {
		if got := FromScript(script).Format(names); got != want {
			t.Errorf("tree %s, want %s", got, want)
		}
	}
}

func TestNets(t *testing.T) {
	t.Parallel()
	a, b, c := Of(0), Of(1), Of(2)
	for _, one := range []struct {
		tree                      *Tree
		places, transitions, arcs int
	}{
		{a, 2, 1, 2},
		{New(Sequence, a, New(Parallel, b, c)), 6, 4, 10},
		{New(Parallel, a, b), 6, 4, 10},
		{New(Choice, Silent(), a), 4, 4, 8},
		{New(Loop, a, Silent()), 4, 4, 8},
		{New(Sequence, a, New(Loop, b, Silent()), c), 4, 4, 8},
		{New(Loop, a, New(Choice, Silent(), b)), 5, 6, 12},
		{New(Parallel, New(Choice, Silent(), New(Loop, a, Silent())), b), 8, 8, 18},
	} {
		n := one.tree.Net()
		if n.Places != one.places || len(n.Transitions) != one.transitions || n.Arcs() != one.arcs {
			t.Errorf("%s: %d places, %d transitions, %d arcs, want %d, %d, %d",
				one.tree.Format(names), n.Places, len(n.Transitions), n.Arcs(), one.places, one.transitions, one.arcs)
		}
	}
}

// anyTree draws a tree of at most so many levels.
func anyTree(t *rapid.T, depth int) *Tree {
	op := Operator(rapid.IntRange(0, 5).Draw(t, "op")) //nolint:gosec // below 6
	if depth == 0 {
		op = min(op, Leaf)
	}
	switch op {
	case Tau:
		return Silent()
	case Leaf:
		return Of(rapid.IntRange(0, len(names)-1).Draw(t, "label"))
	}
	n := 2
	if op != Loop {
		n = rapid.IntRange(1, 3).Draw(t, "children")
	}
	out := New(op)
	for range n {
		out.Children = append(out.Children, anyTree(t, depth-1))
	}
	return out
}

// marking is how many tokens each place of a net has.
type marking [64]uint8

// follows is the oracle of Tree.Follows: it plays the net's tokens.
func follows(n *Net) Follows {
	out := Follows{First: make([]bool, len(names)), Last: make([]bool, len(names))}
	for range names {
		out.Next = append(out.Next, make([]bool, len(names)))
	}
	type place struct {
		marking
		last int // label; −1 at the beginning
	}
	start := place{last: -1}
	start.marking[n.Initial] = 1
	var final marking
	final[n.Final] = 1
	seen := map[place]bool{start: true}
	for queue := []place{start}; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		if p.marking == final {
			if p.last < 0 {
				out.Empty = true
			} else {
				out.Last[p.last] = true
			}
		}
	transitions:
		for _, t := range n.Transitions {
			next := p
			for _, in := range t.In {
				if next.marking[in] == 0 {
					continue transitions
				}
				next.marking[in]--
			}
			for _, to := range t.Out {
				next.marking[to]++
			}
			if t.Label >= 0 {
				if p.last < 0 {
					out.First[t.Label] = true
				} else {
					out.Next[p.last][t.Label] = true
				}
				next.last = t.Label
			}
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return out
}

func TestFollowsAndReductionKeepTheLanguage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tree := anyTree(t, 3)
		want := follows(tree.Net())
		for _, got := range []Follows{tree.Follows(len(names)), tree.Reduce().Follows(len(names)), follows(tree.Reduce().Net())} {
			same := got.Empty == want.Empty && slices.Equal(got.First, want.First) && slices.Equal(got.Last, want.Last)
			for i := range names {
				same = same && slices.Equal(got.Next[i], want.Next[i])
			}
			if !same {
				t.Fatalf("%s: %v, want %v", tree.Format(names), got, want)
			}
		}
		if tree.Nullable() != want.Empty {
			t.Fatalf("%s: nullable %v", tree.Format(names), tree.Nullable())
		}
	})
}
