package tree

// Follows is what a tree lets follow what, by label.
type Follows struct {
	First, Last []bool   // may come first, last
	Next        [][]bool // Next[a][b]: b may come directly after a
	Empty       bool     // nothing may happen at all
}

// Follows returns which of n labels may follow which directly.
func (t *Tree) Follows(n int) Follows {
	next := make([][]bool, n)
	for i := range next {
		next[i] = make([]bool, n)
	}
	f := t.follows(n, next)
	f.Next = next
	return f
}

// follows returns the ends of t and writes into next what follows what in it.
func (t *Tree) follows(n int, next [][]bool) Follows {
	switch t.Op {
	case Tau:
		return nothing(n)
	case Leaf:
		f := Follows{First: make([]bool, n), Last: make([]bool, n)}
		f.First[t.Label], f.Last[t.Label] = true, true
		return f
	}
	children := make([]Follows, len(t.Children))
	for i, c := range t.Children {
		children[i] = c.follows(n, next)
	}
	switch t.Op {
	case Sequence:
		f := nothing(n)
		for _, c := range children {
			f = f.then(c, next)
		}
		return f
	case Loop:
		do, redo := children[0], children[1]
		again := redo.then(do, next)
		f := do.then(again, next)
		again.then(redo, next) // a second time round
		f.or(do)
		f.Empty = do.Empty
		if do.Empty {
			redo.then(redo, next)
		}
		return f
	}
	f := Follows{First: make([]bool, n), Last: make([]bool, n), Empty: t.Op == Parallel}
	for _, c := range children {
		f.or(c)
		if t.Op == Parallel {
			f.Empty = f.Empty && c.Empty
		} else {
			f.Empty = f.Empty || c.Empty
		}
	}
	if t.Op == Parallel {
		t.interleave(next)
	}
	return f
}

func nothing(n int) Follows {
	return Follows{First: make([]bool, n), Last: make([]bool, n), Empty: true}
}

// then returns the ends of a and then b, and writes what follows over the seam.
func (a Follows) then(b Follows, next [][]bool) Follows {
	f := Follows{First: append([]bool(nil), a.First...), Last: append([]bool(nil), b.Last...), Empty: a.Empty && b.Empty}
	for i := range f.First {
		f.First[i] = f.First[i] || a.Empty && b.First[i]
		f.Last[i] = f.Last[i] || b.Empty && a.Last[i]
		if a.Last[i] {
			for j, first := range b.First {
				next[i][j] = next[i][j] || first
			}
		}
	}
	return f
}

func (a Follows) or(b Follows) {
	for i := range a.First {
		a.First[i] = a.First[i] || b.First[i]
		a.Last[i] = a.Last[i] || b.Last[i]
	}
}

// interleave writes that any label of one child may follow any of another.
func (t *Tree) interleave(next [][]bool) {
	for i, a := range t.Children {
		for j, b := range t.Children {
			if i == j {
				continue
			}
			for _, x := range a.Labels(nil) {
				for _, y := range b.Labels(nil) {
					next[x][y] = true
				}
			}
		}
	}
}

// Labels appends the labels of the tree's leaves, from left to right.
func (t *Tree) Labels(to []int) []int {
	if t.Op == Leaf {
		return append(to, t.Label)
	}
	for _, c := range t.Children {
		to = c.Labels(to)
	}
	return to
}
