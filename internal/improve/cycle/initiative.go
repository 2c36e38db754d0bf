package cycle

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Stage is the column of the board that an initiative stands in.
type Stage string

// The stages.
const (
	Planning   Stage = "plan"     // the plan may still change
	Doing      Stage = "do"       // it runs; the plan is frozen
	Evaluating Stage = "evaluate" // nobody is exposed any more; what it did is being found out
	Improving  Stage = "improve"  // decided: it is made part of how the company serves
	Closed     Stage = "closed"   // over, and learned from
)

// Stages lists the columns of the board, in order; Closed is none of them.
func Stages() []Stage { return []Stage{Planning, Doing, Evaluating, Improving} }

// Choice is what is decided of an initiative at its end.
type Choice string

// The choices.
const (
	Adopt Choice = "adopt" // it becomes part of a script, a promise, a rule or a policy
	Stop  Choice = "stop"
	Next  Choice = "next" // another version of it
)

// Draft is what people say of an initiative before it starts. state.db keeps it
// as JSON: its fields do not change their names.
type Draft struct {
	Called      string // the slug that it shall have, as the company\'s own systems know it; "": of its title. Only Plan reads it
	Title       model.Text
	Hypothesis  model.Text // what will change for whom, and why
	Goal        model.Text // that all its areas share
	About                  // what it attacks; About.Area is not used: see Areas
	Areas       []string   // that own it, the first answers for it; none: the company
	Owner       string     // a person's id
	People      []string   // ids of who else works on it
	Budget      int64      // minor units of the company's currency, set aside for it; what it costs as money is reckoned is Plan.Cost
	From        cx.Time    // when it starts, or shall
	Until       cx.Time    // when exposure ends; 0: when the rule of the plan says so
	Plan        impact.Plan
	Milestones  []Milestone
	Evidence    Evidence
	Opportunity string     // the id of the one it came from
	Taught      model.Text // what the version before taught; empty of a first one
}

// Milestone is something to be done by a day.
type Milestone struct {
	ID     string // "m1", given when it is written
	Title  model.Text
	Area   string // "": of all
	Due    cx.Time
	DoneAt cx.Time // 0: not yet
	By     string
	ByName string
}

// Decision is what was decided at the end.
type Decision struct {
	Choice  Choice
	Why     string
	Into    string // Adopt: "script", "promise", "rule", "policy"
	Ref     string // Adopt: its slug in the model; "" of a new one
	Learned model.Text
	At      cx.Time
	By      string
	ByName  string
}

// Initiative is an improvement that is planned, done, evaluated and decided about.
// state.db keeps it as JSON: its fields do not change their names.
type Initiative struct {
	Slug string
	Draft
	Stage     Stage
	Version   int    // from 1
	Parent    string // the slug of the version before
	Child     string // of the version after
	Hash      string // SHA-256 of the frozen plan, hexadecimal; "" while it is planned
	FrozenAt  cx.Time
	Power     *impact.Power // when it was frozen; nil while it is planned
	PlannedAt cx.Time
	By        string // who planned it
	ByName    string
	OwnerName string
	Spent     int64 // minor units

	EndedAt    cx.Time // exposure ended
	StoppedBy  string  // a guardrail's name, or a person's id; "": it ended as planned
	StoppedWhy string
	Evaluation *impact.Evaluation // the last one; nil: none yet; its Series is left out
	Decision   *Decision
	ClosedAt   cx.Time
	ToldAt     cx.Time // when those who asked for it were told
	Told       int     // how many
	ChangedAt  cx.Time
	Revision   int64 // one more with each change
}
