package policy

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/policy/table"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Kind says what is wrong.
type Kind string

// The kinds. The first three are contradictions.
const (
	WithPromise Kind = "promise"     // a policy against a promise
	WithPolicy  Kind = "policy"      // a policy against another
	OfGoal      Kind = "goal"        // a goal against a promise
	Shadowed    Kind = "shadowed"    // a row never decides: rows above it take all its situations
	Unreachable Kind = "unreachable" // a row that nothing can satisfy
	Gap         Kind = "gap"         // a situation that a complete policy does not decide
)

// Contradiction tells whether the kind is one: what `model check` fails on.
func (k Kind) Contradiction() bool { return k == WithPromise || k == WithPolicy || k == OfGoal }

// How says what makes it a contradiction.
type How string

// The ways.
const (
	Prevents   How = "prevents"   // what was promised never comes
	Requires   How = "requires"   // it comes only to who brings something, which may be lacking
	Delays     How = "delays"     // it comes later than promised
	Says       How = "says"       // an event then says what breaks the promise
	Opposes    How = "opposes"    // two policies want of the same customer what cannot both be
	Misses     How = "misses"     // keeping the promise always misses the goal
	Associated How = "associated" // where the goal is reached the promise is broken more: an association
)

// Conflict is something in the policies and goals that does not fit.
type Conflict struct {
	ID     string // the same as long as it is between the same
	Kind   Kind
	How    How    // of contradictions
	Policy string // slug; of OfGoal the goal's
	Row    int    // which row of the policy, from 0: the first that shows it
	Rows   []int  // of a shadowed row: those above that take its situations
	With   string // "promise.SLUG" or "policy.SLUG"; "" of what concerns the policy alone
	Area   string // slug of the area that owns the policy or goal

	Situation []Term // in which it shows, one after the other; empty: any
	Certain   bool   // false: a condition could not be seen through, and the situation may not exist

	Decision *Decision // what people decided of it; nil: nothing yet
	Lapsed   bool      // the day until which it was to be kept is over

	Lived *Lived // nil: not counted
}

// Open tells whether somebody has to decide about it.
func (c *Conflict) Open() bool { return c.Kind.Contradiction() && (c.Decision == nil || c.Lapsed) }

// Subject is the policy or goal as With names one: "policy.receipt-needed".
func (c *Conflict) Subject() string {
	if c.Kind == OfGoal {
		return "goal." + c.Policy
	}
	return "policy." + c.Policy
}

// Term is one thing that is so in a situation: a field of an event, or a trait of the
// customer. A value of a text that begins with + is so long after the event.
type Term struct {
	Event string // whose property it is; "" of the customer's
	table.Term
}

// String writes the term as an expression, for who reads those.
func (t Term) String() string {
	cell := t.Cell.String()
	if t.Opaque {
		cell = t.Field
		if t.Example == false {
			cell = "not (" + t.Field + ")"
		}
	}
	if t.Event == "" {
		return cell
	}
	return t.Event + ": " + cell
}

// SituationText writes terms one after the other.
func SituationText(terms []Term) string {
	if len(terms) == 0 {
		return "any"
	}
	texts := make([]string, len(terms))
	for i, t := range terms {
		texts[i] = t.String()
	}
	return strings.Join(texts, "; ")
}

// What people can decide of a conflict.
const (
	Suspended = "suspended" // the policy or goal is not in force any more
	Kept      = "kept"      // it stays as it is until a day, for a reason
	Resumed   = "resumed"   // what was decided before holds no more
)

// Decision is what people decided of a conflict.
type Decision struct {
	What  string // Suspended, Kept or Resumed
	By    string // who, as shown to others
	At    string // the day, "2006-01-02"; may be empty
	Why   string
	Until string // of Kept: the last day
}

// Lived is what customers really lived of a conflict.
type Lived struct {
	Window    cx.Window
	Customers int // who were in the situation
	Times     int
	Broken    int       // of Associated: times that the promise was broken where the goal was reached
	Excess    *Change   // of Associated: how much more often than where it was missed, as a share
	Examples  []Example // the newest first, at most 50; of who may see customers
	Reports   *int      // what the team reported of the touchpoint; nil: not to be told
	Money     *Money    // nil: too few to tell
	Pain      *Change   // of the score that most answered; nil: too few to tell
}

// Example is a customer who was in the situation, with the event that brought them
// there.
type Example struct {
	Customer cx.CustomerID
	Name     string
	Event    cx.Seq
	At       cx.Time

	no cx.CustomerNo
}

// Change is how those that a policy hit differ from others who are alike: an
// association. The interval is of the difference.
type Change struct {
	Estimate    outcome.Estimate // of the difference: hit − others; n of those hit
	Hit, Others float64          // the means that it is between
	OthersN     int
	Metric      string // of a score
	Scale       string
}

// Money is what those hit spent less (below 0) or more afterwards than others who are
// alike, all together, in the company's minor units.
type Money struct {
	Value, Low, High float64
	N                int // customers hit that it rests on
	Others           int
	Currency         string
	Days             int // after the event
}

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func (c *Conflict) named() {
	key := fmt.Sprintf("%s\x00%s\x00%s", c.Kind, c.Policy, c.With)
	if !c.Kind.Contradiction() {
		key += fmt.Sprintf("\x00%d", c.Row)
	}
	sum := sha256.Sum256([]byte(key))
	c.ID = "x_" + idText.EncodeToString(sum[:10])
}

// cut parts "promise.SLUG".
func cut(with string) (kind, slug string) {
	kind, slug, _ = strings.Cut(with, ".")
	return kind, slug
}
