package align

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// automaton is a tree as states and edges between them, of which each stands for
// a leaf, for nothing, or for a whole parallel block: Thompson's construction
// (1968) as far as the first parallels, each of whose branches is an automaton of
// its own. Edges lead to higher states, but for those that go round a loop.
type automaton struct {
	edges  []edge // by the state from which they lead
	states int    // the first is 0, the last is states−1
	blocks []block
}

type edge struct {
	from, to int32
	kind     edgeKind
	what     int32 // label of a leaf, number of a block
}

type edgeKind uint8

const (
	silent edgeKind = iota
	leaf
	parallel
)

// block is a parallel. No activity can be a leaf of two of its branches, so what
// was lived tells which branch it belongs to, and each is aligned by itself.
type block struct {
	branches []*automaton
	branch   []int32 // by activity: the branch to which it belongs; −1: none
}

type compiler struct {
	accepts [][]int
	out     *automaton
	ahead   [][]edge // by state
}

func compile(t *tree.Tree, accepts [][]int) (*automaton, error) {
	c := compiler{accepts: accepts, out: &automaton{}}
	if _, err := c.draw(t, c.state()); err != nil {
		return nil, err
	}
	for _, edges := range c.ahead {
		c.out.edges = append(c.out.edges, edges...)
	}
	c.out.states = len(c.ahead)
	return c.out, nil
}

func (c *compiler) state() int32 {
	c.ahead = append(c.ahead, nil)
	return int32(len(c.ahead) - 1) //nolint:gosec // as many as nodes of a tree
}

func (c *compiler) add(from, to int32, kind edgeKind, what int) int32 {
	c.ahead[from] = append(c.ahead[from], edge{from, to, kind, int32(what)}) //nolint:gosec // labels and blocks of a tree
	return to
}

// draw adds a tree that begins at a state, and returns where it ends: the state
// made last.
func (c *compiler) draw(t *tree.Tree, from int32) (int32, error) {
	switch t.Op {
	case tree.Leaf:
		return c.add(from, c.state(), leaf, t.Label), nil
	case tree.Sequence:
		for _, child := range t.Children {
			var err error
			if from, err = c.draw(child, from); err != nil {
				return 0, err
			}
		}
		return from, nil
	case tree.Choice:
		var ends []int32
		for _, child := range t.Children {
			end, err := c.draw(child, c.add(from, c.state(), silent, 0))
			if err != nil {
				return 0, err
			}
			ends = append(ends, end)
		}
		to := c.state()
		for _, end := range ends {
			c.add(end, to, silent, 0)
		}
		return to, nil
	case tree.Parallel:
		b, err := c.block(t)
		if err != nil {
			return 0, err
		}
		c.out.blocks = append(c.out.blocks, b)
		return c.add(from, c.state(), parallel, len(c.out.blocks)-1), nil
	case tree.Loop:
		in := c.add(from, c.state(), silent, 0)
		out, err := c.draw(t.Children[0], in)
		if err != nil {
			return 0, err
		}
		again, err := c.draw(t.Children[1], out)
		if err != nil {
			return 0, err
		}
		c.add(again, in, silent, 0)
		return c.add(out, c.state(), silent, 0), nil
	}
	return c.add(from, c.state(), silent, 0), nil
}

func (c *compiler) block(t *tree.Tree) (block, error) {
	of := map[int]int32{}
	for i, child := range t.Children {
		for _, label := range child.Labels(nil) {
			of[label] = int32(i) //nolint:gosec // children of a node
		}
	}
	b := block{branch: make([]int32, len(c.accepts))}
	for activity, labels := range c.accepts {
		b.branch[activity] = -1
		for _, label := range labels {
			branch, here := of[label]
			if !here {
				continue
			}
			if known := b.branch[activity]; known >= 0 && known != branch {
				return block{}, cx.Errorf(cx.Invalid, "", "the same event can be a step of two branches that are lived in parallel: nobody can say which was lived; tell them apart by touchpoint or event")
			}
			b.branch[activity] = branch
		}
	}
	for _, child := range t.Children {
		branch, err := compile(child, c.accepts)
		if err != nil {
			return block{}, err
		}
		b.branches = append(b.branches, branch)
	}
	return b, nil
}
