package model

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Journey is the way to a purpose as the company designs it: what makes one run
// of it, where runs begin and end, and its script.
type Journey struct {
	Slug    string
	Name    Text
	Purpose Text // what the customer wants to have done; may be empty
	Case    Case
	Start   []Mark        // where runs begin; empty: at their first fact
	End     []Mark        // where runs end; empty: they end by silence
	Silence time.Duration // a run without an end that is silent for as long is abandoned
	Script  []Node        // in order; empty: only the lived path is known
}

// Case says what makes one run: the facts that share an object, or the facts of
// one customer between which no gap is as long as Gap.
type Case struct {
	Key    string        // a property of facts, such as order_id; "": by customer
	Object string        // the object (its slug) whose property Key is
	Gap    time.Duration // by customer: a silence as long begins another run
	Before time.Duration // by key: what the customer lives at the script's steps without a key, so long before the run's first keyed fact, belongs to it
	After  time.Duration // by key: … and so long after its last one
}

// Mark is an event that begins or ends runs.
type Mark struct {
	Event     string
	When      *expr.Program // nil: always
	Abandoned bool          // of an end: the purpose was given up
}

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
