package journey

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/align"
	mining "github.com/vivencia-cx/vivencia/internal/understand/journey/discover"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// LearnQuery asks for the script that runs themselves would write.
type LearnQuery struct {
	Filter   Filter
	Coverage float64 // share of the runs whose ways the script allows, 0–1; 0: .8
}

// Learned is a script made from what was lived.
type Learned struct {
	Script []model.Node
	YAML   string // of the script, as the key "script" of a journey
	Runs   Share  // of the completed runs (of all, when none is): those whose way the script allows
	Ways   int    // how many different ways those are
}

// Bounds of a script that is learned.
const (
	learnCoverage = .8
	learnSteps    = 60 // more would be no script that somebody reads
	learnDepth    = 4  // branchings inside each other, as many as a model may have
	learnLeast    = 10 // times a step was lived for its feeling and its time to be told
)

// Learn returns the script that the commonest ways fit: the inductive miner's
// tree of them, told as steps, choices and what is lived in parallel. What is no
// step, choice or parallel (a stretch that is skipped or repeated as a whole) is
// told by the narrowest of these that allows it. A step expects the next one
// within the time that nine in ten runs took, and the feeling that it had on
// average. It needs the right scores.view; the error is cx.Forbidden for who sees
// only some areas, and cx.Conflict when there are no runs to learn from.
func (s *Service) Learn(ctx context.Context, p cx.Principal, slug string, q LearnQuery) (Learned, error) {
	if q.Coverage < 0 || q.Coverage > 1 {
		return Learned{}, cx.InvalidFaults("journey.Learn", []cx.Fault{{Field: "coverage", Message: "must be a share, from 0 to 1"}})
	}
	x, err := s.seenWhole(ctx, p, slug, q.Filter)
	if err != nil {
		return Learned{}, cx.Wrap("journey.Learn", err)
	}
	out, err := memo(x, fmt.Sprintf("learned %v", q.Coverage), func() (Learned, error) { return x.learn(cmp.Or(q.Coverage, learnCoverage)) })
	return out, cx.Wrap("journey.Learn", err)
}

func (x *lived) learn(coverage float64) (Learned, error) {
	w := &writer{x: x, log: x.lesson(), steps: map[int]model.Step{}}
	variants, cases := w.ways()
	if cases == 0 {
		return Learned{}, cx.Errorf(cx.Conflict, "", "nobody has lived this journey at a touchpoint of the model yet: there is nothing to learn from")
	}
	chosen, activities := commonest(variants, coverage, cases)
	w.name(activities)
	script := w.sequence(mining.Inductive(chosen, 0), 0)
	w.settle(script, standing{})
	out := Learned{Script: script, YAML: model.ScriptYAML(script)}
	a, err := align.New(tree.FromScript(script), w.accepts(script))
	if err != nil {
		return Learned{}, err
	}
	allowed := 0
	for i, one := range a.Fit(variants).Alignments {
		if one.Cost == 0 {
			allowed += variants[i].Cases
			out.Ways++
		}
	}
	out.Runs = shareOf(allowed, cases)
	return out, nil
}

// lesson returns what is learned from: the completed runs, or all when none is.
func (x *lived) lesson() *eventlog.Log {
	if !slices.Contains(x.states, Completed) {
		return x.log
	}
	return x.log.Only(eventlog.MaskOf(x.log.Cases(), func(c int) bool { return x.states[c] == Completed }))
}

// known tells whether an activity is of a touchpoint of the model, so that a step
// can be made of it.
func (w *writer) known(a uint16) bool {
	activity := w.log.Activities[a]
	touchpoint, ok := w.x.model.Touchpoint(activity.Touchpoint)
	return ok && slices.ContainsFunc(touchpoint.Events, func(e model.TouchpointEvent) bool { return e.Name == activity.Name })
}

// ways returns the variants of what is known, the commonest first, and how many
// cases lived any of it.
func (w *writer) ways() (out []eventlog.Variant, cases int) {
	known := make([]bool, len(w.log.Activities))
	for a := range known {
		known[a] = w.known(uint16(a)) //nolint:gosec // activities are numbered in 16 bits
	}
	place := map[way]int{}
	for _, v := range eventlog.VariantsOf(w.log).List {
		v.Activities = slices.DeleteFunc(slices.Clone(v.Activities), func(a uint16) bool { return !known[a] })
		if len(v.Activities) == 0 {
			continue
		}
		cases += v.Cases
		key := newWay(v.Activities, true)
		if i, met := place[key]; met {
			out[i].Cases += v.Cases
			continue
		}
		place[key] = len(out)
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b eventlog.Variant) int { return cmp.Compare(b.Cases, a.Cases) })
	return out, cases
}

// commonest returns the ways that cover a share of the cases, as long as they do
// not have more steps than are read, and the activities of these.
func commonest(variants []eventlog.Variant, coverage float64, cases int) (chosen []eventlog.Variant, activities []int) {
	covered := 0
	for _, v := range variants {
		if float64(covered) >= coverage*float64(cases) {
			break
		}
		with := slices.Clone(activities)
		for _, a := range v.Activities {
			if !slices.Contains(with, int(a)) {
				with = append(with, int(a))
			}
		}
		if len(chosen) > 0 && len(with) > learnSteps {
			continue
		}
		covered += v.Cases
		chosen, activities = append(chosen, v), with
	}
	return chosen, activities
}

// expected returns by activity the time that nine in ten took to the next that is
// a step, in the unit that says it briefly; 0 where too few are known.
func (w *writer) expected() []time.Duration {
	log := w.log
	times := make([][]time.Duration, len(log.Activities))
	for c := range log.Cases() {
		from, to := log.Span(c)
		last := -1
		for e := from; e < to; e++ {
			if _, step := w.steps[int(log.Activity[e])]; !step {
				continue
			}
			if last >= 0 {
				a := log.Activity[last]
				times[a] = append(times[a], time.Duration(log.At[e]-log.At[last])*time.Microsecond)
			}
			last = e
		}
	}
	out := make([]time.Duration, len(times))
	for a := range times {
		if len(times[a]) >= learnLeast {
			out[a] = brief(timesOf(times[a]).P90)
		}
	}
	return out
}

// brief rounds a time up to what somebody would promise.
func brief(t time.Duration) time.Duration {
	unit := 5 * time.Minute
	switch {
	case t > 2*24*time.Hour:
		unit = 24 * time.Hour
	case t > 3*time.Hour:
		unit = time.Hour
	case t > 30*time.Minute:
		unit = 30 * time.Minute
	}
	return max(unit, (t+unit-1)/unit*unit)
}

// writer tells a tree of activities as a script.
type writer struct {
	x     *lived
	log   *eventlog.Log      // what is learned from
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
			touchpoint, _ := w.x.model.Touchpoint(activity.Touchpoint)
			s.Slug = slugOf(activity.Name)
			s.Name = model.Text{ES: beside(touchpoint.Name.ES, activity.Name), EN: beside(touchpoint.Name.EN, activity.Name), PT: beside(touchpoint.Name.PT, activity.Name)}
		}
		for base, n := s.Slug, 2; taken[s.Slug]; n++ {
			s.Slug = fmt.Sprintf("%s-%d", base, n)
		}
		taken[s.Slug] = true
		if f := feelings[a]; f.n >= learnLeast {
			s.Valence, s.HasValence = math.Round(10*f.mean())/10+0, true // +0: never −0
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
func (w *writer) feelings() []mood {
	out := make([]mood, len(w.log.Activities))
	for e, a := range w.log.Activity {
		out[a].add(valenceOf(w.log, e))
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
	if depth == learnDepth-1 && slices.ContainsFunc(children, branches) {
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
	if depth == learnDepth-1 && slices.ContainsFunc(t.Children, branches) || do.Op == tree.Tau {
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
			touchpoint, _ := w.x.model.Touchpoint(s.Touchpoint)
			stage := slices.Index(stages, touchpoint.Stage)
			if at.ended {
				next.stage = len(stages) - 1
			}
			next.stage = max(next.stage, stage)
			if next.stage > stage {
				s.Stage = stages[next.stage]
			}
			ended = count(w.ends(s.Events))
		}
		next.ended = at.ended || !n.Optional && ended > 0 && (n.Choice == nil || ended == len(n.Choice))
		at = next
	}
	return at
}

// ends tells whether each of the events surely ends a run.
func (w *writer) ends(events []string) bool {
	return !slices.ContainsFunc(events, func(e string) bool {
		return !slices.ContainsFunc(w.x.journey.End, func(m model.Mark) bool { return m.Event == e && m.When == nil })
	})
}

// accepts returns of each activity the steps of the script that it is.
func (w *writer) accepts(script []model.Node) [][]int {
	out := make([][]int, len(w.log.Activities))
	for i, s := range (model.Journey{Script: script}).Steps() {
		for a, activity := range w.log.Activities {
			if canBe(s, activity) {
				out[a] = append(out[a], i)
			}
		}
	}
	return out
}
