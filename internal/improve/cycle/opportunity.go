package cycle

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Source is where an opportunity comes from.
type Source string

// The sources.
const (
	FromDriver  Source = "driver"  // a reason that moves a score
	FromJourney Source = "journey" // what hurts in a journey
	FromPromise Source = "promise" // a promise that burns
	FromPolicy  Source = "policy"  // a policy or goal that contradicts a promise
	FromCases   Source = "cases"   // what cases have in common
	FromIdea    Source = "idea"    // of the team
	FromPerson  Source = "person"
)

// Sources lists the sources.
func Sources() []Source {
	return []Source{FromDriver, FromJourney, FromPromise, FromPolicy, FromCases, FromIdea, FromPerson}
}

// Effort is how much work something is, roughly; Days is how it is counted.
type Effort string

// The efforts.
const (
	Small  Effort = "small"  // a week of somebody
	Medium Effort = "medium" // a month
	Large  Effort = "large"  // a quarter
)

// Efforts lists the efforts.
func Efforts() []Effort { return []Effort{Small, Medium, Large} }

// Days returns the working days that an effort is counted as.
func (e Effort) Days() float64 {
	switch e {
	case Small:
		return 5
	case Large:
		return 60
	}
	return 20
}

// OpportunityState is how far an opportunity is.
type OpportunityState string

// The states.
const (
	StateOpen      OpportunityState = "open"
	StateTaken     OpportunityState = "taken"     // an initiative attacks it
	StateDismissed OpportunityState = "dismissed" // with a reason
)

// About is what a matter is about: slugs of the model; what does not apply is "".
type About struct {
	Reason     string // a reason's id, "late@courier"
	Topic      string
	Touchpoint string
	Journey    string
	Promise    string
	Policy     string
	Cause      string // of cases
	Area       string // that answers for it; "": all
}

// Evidence is what caused an initiative: who lived it and what they said, as ids.
// Words are looked up when they are shown, so that who is forgotten leaves it.
type Evidence struct {
	Customers []cx.CustomerID
	Words     []cx.Seq // where the log has the texts
	Links     []Link
}

// Link leads to where the evidence can be seen.
type Link struct {
	Kind string // a Source, "case", "model", "page"
	Ref  string // slug or id there
	Name model.Text
	Href string // a path of ours
}

// Proposal is what somebody, or a source, thinks worth doing.
type Proposal struct {
	Key    string     // the same matter is the same opportunity; "" makes one up of what it is about, else of its own
	Source Source     // FromPerson when a person proposes
	Title  model.Text // a sentence
	Text   model.Text
	About
	Customers int              // how many are touched in a year; 0: unknown
	Memory    outcome.Estimate // points of score (0–100) that each of them would gain; N 0: unknown
	Money     outcome.Estimate // minor units a year, all together, where the source knows it itself; N 0: of Memory and what a point is worth
	Effort    Effort           // "": Medium, assumed
	Evidence  Evidence
}

// Opportunity is something worth doing. state.db keeps it as JSON: its fields do
// not change their names.
type Opportunity struct {
	ID string
	Proposal
	State      OpportunityState
	Assumed    bool   // nobody has said how much work it is
	Why        string // dismissed: why
	Initiative string // taken: the slug
	By, ByName string // who proposed it: a principal's id; "system"
	At         cx.Time
	ChangedAt  cx.Time
	Seen       cx.Time // when a source found it last; 0: a person's
	Revision   int64

	Votes int
	Voted bool  // by who asks
	Score Score // see there
	Place int   // from 1 among the open ones; 0 of the others
}

// Score is what an opportunity is ranked by: what it would gain in a year for each
// working day. Money is Memory × Customers × what a point is worth where the
// source does not know it itself; its interval holds the uncertainty of both
// factors (Goodman 1960).
type Score struct {
	Currency string           // "": nothing is known of money
	Money    outcome.Estimate // minor units a year; N 0: not known
	Memory   outcome.Estimate // points × customers; N 0: not known
	InMoney  bool             // PerDay is of Money: it surely gains, or no Memory surely does; else of Memory
	PerDay   outcome.Estimate // for a day of work
	Sure     bool             // the lower end of PerDay is above nothing
}
