package model

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Node is one place of a script: a step, or branches. Exactly one of Step,
// Parallel, Choice is set.
type Node struct {
	Step       *Step
	Parallel   [][]Node // branches that are all lived, in any order
	Choice     [][]Node // branches of which the customer lives one
	Optional   bool     // may be left out
	Repeatable bool     // may be lived again
}

// Step is what a customer lives at one touchpoint on the way.
type Step struct {
	Slug       string        // unique within the journey
	Name       Text          // empty: the touchpoint's name
	Stage      string        // Before, During, After
	Touchpoint string        // slug
	Events     []string      // names; empty: any event of the touchpoint
	Truth      bool          // a moment of truth
	Within     time.Duration // the next step comes within; 0: nothing is expected
	Valence    float64       // as designed, −2..+2
	HasValence bool
}

// CanBe tells whether an event at a touchpoint can be the step.
func (s Step) CanBe(event, touchpoint string) bool {
	return touchpoint == s.Touchpoint && (len(s.Events) == 0 || slices.Contains(s.Events, event))
}

// Steps returns the script's steps in its order, whatever branch they are in.
func (j Journey) Steps() []Step { return steps(nil, j.Script) }

func steps(out []Step, nodes []Node) []Step {
	for _, n := range nodes {
		if n.Step != nil {
			out = append(out, *n.Step)
		}
		for _, branches := range [][][]Node{n.Parallel, n.Choice} {
			for _, branch := range branches {
				out = steps(out, branch)
			}
		}
	}
	return out
}

const (
	maxNesting = 5   // of branches in a script
	maxSteps   = 200 // of a script
)

// scripting is a script on its way from YAML.
type scripting struct {
	*parsing
	ends   map[string]bool // events that surely end a run
	slugs  map[string]bool
	events map[string]bool // that steps have
	at     map[*Step]value // where each stands
}

// sequence reads nodes that are lived one after another.
func (s *scripting) sequence(v value, depth int) []Node {
	items := v.list()
	if depth > maxNesting && len(items) > 0 {
		v.fault("is branched deeper than %d times: make a journey of its own of it", maxNesting-1)
		return nil
	}
	out := make([]Node, 0, len(items))
	for _, item := range items {
		out = append(out, s.node(item, depth))
	}
	return out
}

func (s *scripting) node(v value, depth int) (n Node) {
	has := func(key string) bool {
		return slices.ContainsFunc(pairs(v.node), func(p *ast.MappingValueNode) bool { k, _ := scalar(p.Key); return k == key })
	}
	switch {
	case has("choice"):
		f := v.fields("choice", "optional", "repeatable")
		n.Optional, n.Repeatable = f["optional"].boolean(), f["repeatable"].boolean()
		n.Choice = s.branches(f["choice"], "choice", depth)
		s.distinct(f["choice"], n.Choice)
	case has("parallel"):
		f := v.fields("parallel", "optional", "repeatable")
		n.Optional, n.Repeatable = f["optional"].boolean(), f["repeatable"].boolean()
		n.Parallel = s.branches(f["parallel"], "parallel", depth)
		s.apart(f["parallel"], n.Parallel)
	default:
		f := v.fields("slug", "name", "touchpoint", "events", "stage", "optional", "repeatable", "truth", "within", "valence")
		n.Optional, n.Repeatable = f["optional"].boolean(), f["repeatable"].boolean()
		step := s.step(f)
		n.Step = &step
		s.at[n.Step] = v
	}
	return n
}

// branches reads what a choice or parallel is between.
func (s *scripting) branches(v value, word string, depth int) [][]Node {
	list, isList := v.node.(*ast.SequenceNode)
	switch {
	case v.absent() || isList && len(list.Values) == 0:
		v.fault("is empty: write two branches or more, each a list of steps")
	case isList && len(list.Values) == 1:
		v.list()[0].fault("is the only branch of this %s: add another, or write its steps without it", word)
	}
	var out [][]Node
	for _, item := range v.list() {
		branch := s.sequence(item, depth+1)
		if _, list := item.node.(*ast.SequenceNode); len(branch) == 0 && (list || item.absent()) && depth < maxNesting {
			item.fault("is an empty branch: take it out, and make the %s optional if nothing may be lived of it", word)
		}
		out = append(out, branch)
	}
	return out
}

func (s *scripting) step(f map[string]value) Step {
	touchpoints := slugs(s.m.Touchpoints, func(t Touchpoint) string { return t.Slug })
	step := Step{
		Slug:       f["slug"].slug(s.slugs),
		Touchpoint: f["touchpoint"].ref(f["touchpoint"].required("say at which touchpoint it is lived"), "touchpoint", "touchpoints", touchpoints),
		Truth:      f["truth"].boolean(),
		Within:     f["within"].optionalSpan(),
	}
	if len(s.slugs) == maxSteps+1 {
		f["slug"].fault("is one step more than the %d that a script may have: make two journeys of it", maxSteps)
	}
	if !f["name"].absent() {
		step.Name = f["name"].words()
	}
	if v := f["valence"]; !v.absent() {
		n, number := v.number()
		if !number || n < MinValence || n > MaxValence {
			v.fault("must be a number from %d to +%d: how it should be lived", MinValence, MaxValence)
		}
		step.Valence, step.HasValence = n, true
	}
	var claimed []string
	if i := slices.Index(touchpoints, step.Touchpoint); i >= 0 {
		step.Stage = s.m.Touchpoints[i].Stage
		for _, e := range s.m.Touchpoints[i].Events {
			claimed = append(claimed, e.Name)
		}
	}
	if !f["stage"].absent() {
		step.Stage = f["stage"].oneOf(Before, During, After)
	}
	for _, e := range f["events"].list() {
		name := e.required("write the event's name")
		switch {
		case name == "" || step.Touchpoint == "":
		case !slices.Contains(claimed, name):
			e.fault("%q does not happen at %q%s", name, step.Touchpoint, orMean(name, claimed, "; claim it there, or use one of "))
		case slices.Contains(step.Events, name):
			e.fault("%q is there twice: keep one", name)
		}
		step.Events = append(step.Events, name)
	}
	for _, name := range s.eventsOf(&step) {
		s.events[name] = true
	}
	return step
}

// eventsOf are the events that a step can be.
func (s *scripting) eventsOf(step *Step) []string {
	for _, t := range s.m.Touchpoints {
		if t.Slug == step.Touchpoint && len(step.Events) == 0 {
			return slugs(t.Events, func(e TouchpointEvent) string { return e.Name })
		}
	}
	return step.Events
}

// distinct faults branches of a choice that begin by the same event at the same
// touchpoint: nobody could tell which of them is lived.
func (s *scripting) distinct(v value, branches [][]Node) {
	begins := map[[2]string]int{}
	for i, branch := range branches {
		told := false
		first := map[[2]string]bool{}
		s.first(branch, first)
		for _, at := range slices.SortedFunc(maps.Keys(first), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
			if other, taken := begins[at]; taken && !told {
				v.list()[i].fault("begins by %q at %q, as branch %d does, so nobody could tell which is lived: put what they share before the choice", at[1], at[0], other+1)
				told = true
			}
			begins[at] = i
		}
	}
}

// apart faults branches that are lived in parallel and share an event at a
// touchpoint: nobody could tell in which of them it is lived.
func (s *scripting) apart(v value, branches [][]Node) {
	in := map[[2]string]int{}
	for i, branch := range branches {
		told := false
		for _, step := range steps(nil, branch) {
			for _, e := range s.eventsOf(&step) {
				at := [2]string{step.Touchpoint, e}
				other, taken := in[at]
				if taken && other != i && !told {
					v.list()[i].fault("has %q at %q, as branch %d has, so nobody could tell in which it is lived: keep it in one, or say the events of each step", e, step.Touchpoint, other+1)
					told = true
				}
				in[at] = i
			}
		}
	}
}

// first collects the activities that a sequence can begin by, and tells whether
// all of it may be left out.
func (s *scripting) first(nodes []Node, into map[[2]string]bool) (skippable bool) {
	for _, n := range nodes {
		skip := n.Optional
		if n.Step != nil {
			for _, e := range s.eventsOf(n.Step) {
				into[[2]string{n.Step.Touchpoint, e}] = true
			}
		}
		all := len(n.Parallel) > 0
		for _, branch := range n.Parallel {
			all = s.first(branch, into) && all
		}
		for _, branch := range n.Choice {
			skip = s.first(branch, into) || skip
		}
		if !skip && !all {
			return false
		}
	}
	return true
}

// reach is how far a script has got: the last stage, and by which event the run
// surely has ended.
type reach struct {
	stage int
	ended string
}

// follow faults steps that come too late to be lived: of a stage that is over,
// or after an end. What is lived after the purchase may come after the end.
func (s *scripting) follow(nodes []Node, at reach) reach {
	for _, n := range nodes {
		if n.Step != nil {
			at = s.pass(n, at)
			continue
		}
		next, ended := at, make([]string, 0, 2)
		for _, branch := range slices.Concat(n.Parallel, n.Choice) {
			b := s.follow(branch, at)
			next.stage = max(next.stage, b.stage)
			if b.ended != "" {
				ended = append(ended, b.ended)
			}
		}
		if !n.Optional && len(ended) > 0 && (n.Choice == nil || len(ended) == len(n.Choice)) {
			next.ended = ended[0]
		}
		at = next
	}
	return at
}

// pass goes by one step.
func (s *scripting) pass(n Node, at reach) reach {
	stages := []string{Before, During, After}
	rank := slices.Index(stages, n.Step.Stage)
	switch {
	case rank < 0:
		return at
	case rank < at.stage:
		s.at[n.Step].fault("is of the stage %q and comes after a step of %q: stages run before, during, after; move it up, or say its stage", n.Step.Stage, stages[at.stage])
	case at.ended != "" && n.Step.Stage != After:
		s.at[n.Step].fault("is never lived: %q before it ends the journey; move it up, or take that end away", at.ended)
	}
	at.stage = max(at.stage, rank)
	events := s.eventsOf(n.Step)
	if !n.Optional && len(events) > 0 && !slices.ContainsFunc(events, func(e string) bool { return !s.ends[e] }) {
		at.ended = events[0]
	}
	return at
}

// shape writes a script on one line for a diff: slugs, ? for what is optional, +
// for what is repeatable, | between what is chosen, & between what is parallel.
func shape(nodes []Node) string {
	texts := make([]string, len(nodes))
	for i, n := range nodes {
		if n.Step != nil {
			texts[i] = n.Step.Slug
		}
		for sign, branches := range map[string][][]Node{" & ": n.Parallel, " | ": n.Choice} {
			if len(branches) > 0 {
				parts := make([]string, len(branches))
				for k, branch := range branches {
					parts[k] = shape(branch)
				}
				texts[i] = "(" + strings.Join(parts, sign) + ")"
			}
		}
		if n.Optional {
			texts[i] += "?"
		}
		if n.Repeatable {
			texts[i] += "+"
		}
	}
	return strings.Join(texts, " → ")
}

// element flattens a step for a comparison.
func (s Step) element(path string) element {
	valence, truth := "", ""
	if s.HasValence {
		valence = strconv.FormatFloat(s.Valence, 'f', -1, 64)
	}
	if s.Truth {
		truth = strconv.FormatBool(true)
	}
	name := s.Name.String()
	return element{path + s.Slug, cmp.Or(name, s.Slug), []part{
		{"name", name},
		{"touchpoint", s.Touchpoint},
		{"events", strings.Join(s.Events, "; ")},
		{"stage", s.Stage},
		{"truth", truth},
		{"within", spanOrNothing(s.Within)},
		{"valence", valence},
	}}
}
