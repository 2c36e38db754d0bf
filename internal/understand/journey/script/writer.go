package script

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// writer tells a tree of activities as a script.
type writer struct {
	log   *eventlog.Log
	model *model.Model
	ends  []model.Mark       // of runs
	steps map[int]model.Step // by activity
}

// name makes the steps: each has its touchpoint's slug and name or, where a
// touchpoint has several, its event's with it.
func (w *writer) name(activities []int) {
	at := map[string]int{}
	for _, a := range activities {
		at[w.log.Activities[a].Touchpoint]++
	}
	feelings := w.feelings()
	taken := map[string]bool{}
	for _, a := range activities {
		activity := w.log.Activities[a]
		s := model.Step{Slug: activity.Touchpoint, Touchpoint: activity.Touchpoint, Events: []string{activity.Name}}
		if at[activity.Touchpoint] > 1 {
			touchpoint, _ := w.model.Touchpoint(activity.Touchpoint)
			s.Slug = slugOf(activity.Name)
			s.Name = model.Text{ES: beside(touchpoint.Name.ES, activity.Name), EN: beside(touchpoint.Name.EN, activity.Name), PT: beside(touchpoint.Name.PT, activity.Name)}
		}
		for base, n := s.Slug, 2; taken[s.Slug]; n++ {
			s.Slug = fmt.Sprintf("%s-%d", base, n)
		}
		taken[s.Slug] = true
		if f := feelings[a]; f.N >= least {
			s.Valence, s.HasValence = math.Round(10*f.Sum/float64(f.N))/10+0, true // +0: never −0
		}
		w.steps[a] = s
	}
	for a, within := range w.expected() {
		if s, step := w.steps[a]; step {
			s.Within = within
			w.steps[a] = s
		}
	}
}

func beside(name, event string) string {
	if name == "" {
		return ""
	}
	return name + ": " + event
}

// slugOf returns a name in small letters, digits and hyphens.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return cmp.Or(strings.Join(words, "-"), "step")
}

// feelings returns by activity how it was lived.
func (w *writer) feelings() []stats.Moments {
	out := make([]stats.Moments, len(w.log.Activities))
	for e, v := range w.log.Valence {
		if v != eventlog.NoValence {
			out[w.log.Activity[e]].Add(float64(v) / 1000)
		}
	}
	return out
}

// sequence writes a tree as nodes one after another, inside so many branchings.
func (w *writer) sequence(t *tree.Tree, depth int) []model.Node {
	switch t.Op {
	case tree.Leaf:
		s := w.steps[t.Label]
		return []model.Node{{Step: &s}}
	case tree.Sequence:
		var out []model.Node
		for _, c := range t.Children {
			out = append(out, w.sequence(c, depth)...)
		}
		return out
	case tree.Choice, tree.Parallel:
		return w.branching(t, depth)
	case tree.Loop:
		return w.again(t, depth)
	}
	return nil
}

// branching writes a choice or parallel; what may be lived or not is optional.
func (w *writer) branching(t *tree.Tree, depth int) []model.Node {
	children := slices.DeleteFunc(slices.Clone(t.Children), func(c *tree.Tree) bool { return c.Op == tree.Tau })
	optional := len(children) < len(t.Children)
	if len(children) == 1 {
		nodes := w.sequence(children[0], depth)
		for i := range nodes {
			nodes[i].Optional = true
		}
		return nodes
	}
	if depth == deepest-1 && slices.ContainsFunc(children, branches) {
		return w.anyOf(t, optional)
	}
	var parts [][]model.Node
	for _, c := range children {
		parts = append(parts, w.sequence(c, depth+1))
	}
	if t.Op == tree.Parallel {
		return []model.Node{{Parallel: parts}}
	}
	return []model.Node{{Choice: parts, Optional: optional}}
}

// again writes a loop: what stands alone is repeatable; a stretch and what leads
// back to it are a choice made again and again.
func (w *writer) again(t *tree.Tree, depth int) []model.Node {
	do, redo := t.Children[0], t.Children[1]
	if redo.Op == tree.Tau {
		if nodes := w.sequence(do, depth); len(nodes) == 1 {
			nodes[0].Repeatable = true
			return nodes
		}
		return w.anyOf(t, do.Nullable())
	}
	if depth == deepest-1 && slices.ContainsFunc(t.Children, branches) || do.Op == tree.Tau {
		return w.anyOf(t, do.Nullable())
	}
	return []model.Node{{Choice: [][]model.Node{w.sequence(do, depth+1), w.sequence(redo, depth+1)}, Optional: do.Nullable(), Repeatable: true}}
}

// anyOf writes that the steps of a tree are lived any number of times in any
// order.
func (w *writer) anyOf(t *tree.Tree, optional bool) []model.Node {
	n := model.Node{Optional: optional, Repeatable: true}
	for _, label := range t.Labels(nil) {
		s := w.steps[label]
		n.Choice = append(n.Choice, []model.Node{{Step: &s}})
	}
	if len(n.Choice) == 1 {
		n.Step, n.Choice = n.Choice[0][0].Step, nil
	}
	return []model.Node{n}
}

// branches tells whether writing a tree takes a branching.
func branches(t *tree.Tree) bool {
	voiced := slices.DeleteFunc(slices.Clone(t.Children), func(c *tree.Tree) bool { return c.Op == tree.Tau })
	if len(voiced) > 1 && t.Op != tree.Sequence || t.Op == tree.Loop && len(voiced) == 1 && voiced[0].Op != tree.Leaf {
		return true
	}
	return slices.ContainsFunc(voiced, branches)
}

// standing is how far a script has got: its last stage, and whether the run has
// surely ended.
type standing struct {
	stage int
	ended bool
}

// settle gives a stage to the steps whose touchpoint's would run back, or that
// are lived after the run has ended.
func (w *writer) settle(nodes []model.Node, at standing) standing {
	stages := []string{model.Before, model.During, model.After}
	for _, n := range nodes {
		next := at
		ended := 0
		for _, branch := range slices.Concat(n.Parallel, n.Choice) {
			b := w.settle(branch, at)
			next.stage = max(next.stage, b.stage)
			if b.ended {
				ended++
			}
		}
		if s := n.Step; s != nil {
			touchpoint, _ := w.model.Touchpoint(s.Touchpoint)
			stage := slices.Index(stages, touchpoint.Stage)
			if at.ended {
				next.stage = len(stages) - 1
			}
			next.stage = max(next.stage, stage)
			if next.stage > stage {
				s.Stage = stages[next.stage]
			}
			if w.ended(s.Events) {
				ended = 1
			}
		}
		next.ended = at.ended || !n.Optional && ended > 0 && (n.Choice == nil || ended == len(n.Choice))
		at = next
	}
	return at
}

// ended tells whether each of the events surely ends a run.
func (w *writer) ended(events []string) bool {
	return !slices.ContainsFunc(events, func(e string) bool {
		return !slices.ContainsFunc(w.ends, func(m model.Mark) bool { return m.Event == e && m.When == nil })
	})
}

// accepts returns of each activity the steps of the script that it is.
func (w *writer) accepts(script []model.Node) [][]int {
	out := make([][]int, len(w.log.Activities))
	for i, s := range (model.Journey{Script: script}).Steps() {
		for a, activity := range w.log.Activities {
			if s.CanBe(activity.Name, activity.Touchpoint) {
				out[a] = append(out[a], i)
			}
		}
	}
	return out
}
