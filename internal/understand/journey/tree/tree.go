package tree

import (
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// Operator is what a node of a tree does with its children.
type Operator uint8

// The operators, and the two kinds of leaves.
const (
	Tau      Operator = iota // nothing happens
	Leaf                     // what the label stands for happens once
	Sequence                 // the children, in order
	Choice                   // one of the children
	Parallel                 // all children, in any order, interleaved
	Loop                     // the first child; then any number of times the second and the first again
)

// Tree is a process tree. It is immutable once made. Sequence, Choice and
// Parallel have one child or more, Loop has two.
type Tree struct {
	Op       Operator
	Label    int // of a Leaf: what it stands for, from 0
	Children []*Tree
}

// Of returns a leaf.
func Of(label int) *Tree { return &Tree{Op: Leaf, Label: label} }

// Silent returns the tree in which nothing happens.
func Silent() *Tree { return &Tree{Op: Tau} }

// New returns a node with children.
func New(op Operator, children ...*Tree) *Tree { return &Tree{Op: op, Children: children} }

// FromScript returns the tree of a journey's script; the labels number the steps
// in the order of model.Journey.Steps. An empty script gives the silent tree.
func FromScript(script []model.Node) *Tree {
	label := 0
	return sequence(script, &label).Reduce()
}

func sequence(nodes []model.Node, label *int) *Tree {
	t := New(Sequence)
	for _, n := range nodes {
		t.Children = append(t.Children, node(n, label))
	}
	if len(nodes) == 0 {
		return Silent()
	}
	return t
}

func node(n model.Node, label *int) *Tree {
	var t *Tree
	switch {
	case n.Step != nil:
		t = Of(*label)
		*label++
	default:
		t = New(Parallel)
		for _, branch := range n.Parallel {
			t.Children = append(t.Children, sequence(branch, label))
		}
		if n.Choice != nil {
			t.Op = Choice
			for _, branch := range n.Choice {
				t.Children = append(t.Children, sequence(branch, label))
			}
		}
	}
	if n.Repeatable {
		t = New(Loop, t, Silent())
	}
	if n.Optional {
		t = New(Choice, Silent(), t)
	}
	return t
}

// Reduce returns the tree in normal form, with the same language: no node with
// one child, no sequence in a sequence (nor choice in a choice, nor parallel in a
// parallel), no silent child of a sequence or parallel, at most one silent child
// of a choice, the first.
func (t *Tree) Reduce() *Tree {
	if len(t.Children) == 0 {
		if t.Op == Leaf {
			return t
		}
		return Silent()
	}
	children := make([]*Tree, 0, len(t.Children))
	for _, c := range t.Children {
		c = c.Reduce()
		if c.Op == t.Op && t.Op != Loop {
			children = append(children, c.Children...)
		} else {
			children = append(children, c)
		}
	}
	switch t.Op {
	case Sequence, Parallel:
		children = slices.DeleteFunc(children, func(c *Tree) bool { return c.Op == Tau })
	case Choice:
		voiced := slices.DeleteFunc(slices.Clone(children), func(c *Tree) bool { return c.Op == Tau })
		if len(voiced) < len(children) {
			children = slices.Insert(voiced, 0, Silent())
		}
	case Loop:
		if children[0].Op == Tau && children[1].Op == Tau {
			return Silent()
		}
		return New(Loop, children...)
	}
	switch len(children) {
	case 0:
		return Silent()
	case 1:
		return children[0]
	}
	return New(t.Op, children...)
}

// Nullable reports whether the tree may be lived without anything happening.
func (t *Tree) Nullable() bool {
	switch t.Op {
	case Tau:
		return true
	case Leaf:
		return false
	case Choice:
		return slices.ContainsFunc(t.Children, (*Tree).Nullable)
	case Loop:
		return t.Children[0].Nullable()
	}
	return !slices.ContainsFunc(t.Children, func(c *Tree) bool { return !c.Nullable() })
}

// Format returns the tree in the usual notation: -> sequence, X choice,
// + parallel, * loop, tau; a leaf by its name in quotes.
func (t *Tree) Format(names []string) string {
	var b strings.Builder
	t.format(&b, names)
	return b.String()
}

func (t *Tree) format(b *strings.Builder, names []string) {
	switch t.Op {
	case Tau:
		b.WriteString("tau")
		return
	case Leaf:
		b.WriteString("'" + names[t.Label] + "'")
		return
	}
	b.WriteString(map[Operator]string{Sequence: "->", Choice: "X", Parallel: "+", Loop: "*"}[t.Op] + "( ")
	for i, c := range t.Children {
		if i > 0 {
			b.WriteString(", ")
		}
		c.format(b, names)
	}
	b.WriteString(" )")
}

// Shortest returns how many leaves with a label the shortest run has.
func (t *Tree) Shortest() int {
	switch t.Op {
	case Tau:
		return 0
	case Leaf:
		return 1
	case Choice:
		least := t.Children[0].Shortest()
		for _, c := range t.Children[1:] {
			least = min(least, c.Shortest())
		}
		return least
	case Loop:
		return t.Children[0].Shortest()
	}
	n := 0
	for _, c := range t.Children {
		n += c.Shortest()
	}
	return n
}
