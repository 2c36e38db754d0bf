package remember

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Graph tells how a customer came to be: its profiles and the merges that
// joined them, the undone ones too.
type Graph struct {
	Customer CustomerSummary
	Profiles []Profile // oldest first
	Merges   []Merge   // oldest first
}

// Profile is a cluster of identifiers before any merge.
type Profile struct {
	No          cx.ProfileNo
	ID          cx.CustomerID // the customer that it was, or is again when its merges are undone
	Customer    cx.CustomerID // the customer that it belongs to now
	CreatedAt   cx.Time       // when its first event was received
	Items       int           // events and answers
	FirstAt     cx.Time       // of what it lived; 0 without items
	LastAt      cx.Time
	Identifiers []Identifier
}

// Evidence says why two profiles are held for one customer.
type Evidence string

// The evidences. Any other is the slug of an identifier: "email", "phone", or
// one that the model declares.
const (
	ByAnonymousID Evidence = "anonymousId" // identified on a device that had been anonymous
	ByAlias       Evidence = "alias"       // an alias call
	ByPerson      Evidence = "person"      // somebody decided it
)

// Merge is one edge between two profiles.
type Merge struct {
	ID         int64
	Into, From cx.ProfileNo
	IntoID     cx.CustomerID // the ids of the two profiles
	FromID     cx.CustomerID
	Evidence   Evidence
	Value      string // the identifier's value; what the person wrote
	Seq        cx.Seq
	At         cx.Time
	By         string // a principal's id; "" for a rule
	UndoneAt   cx.Time
	UndoneBy   string
}

// Suggestion is a merge that rules may not make and a person may.
type Suggestion struct {
	ID       int64
	A, B     CustomerSummary
	Evidence Evidence
	Value    string
	Source   string // of the event that showed it
	Seq      cx.Seq
	At       cx.Time
}

// SuggestionPage is a stretch of the suggestions, newest first.
type SuggestionPage struct {
	Suggestions []Suggestion
	Next        string
}

// Graph returns the customer's profiles and merges.
func (m *Memory) Graph(ctx context.Context, p cx.Principal, id cx.CustomerID) (Graph, error) {
	panic("not yet")
}

// Merge decides that from is into: both ids lead to into from then on. The
// evidence is what the person says why. It waits until the decision is
// remembered. Errors: NotFound; Conflict when both are one already.
func (m *Memory) Merge(ctx context.Context, p cx.Principal, into, from cx.CustomerID, evidence string) (Customer, error) {
	panic("not yet")
}

// Unmerge undoes a merge: each profile goes back to the customer it came from,
// and rules do not join the two again. It returns the customers there are now.
// Errors: NotFound; Conflict when it was undone already.
func (m *Memory) Unmerge(ctx context.Context, p cx.Principal, mergeID int64) ([]CustomerSummary, error) {
	panic("not yet")
}

// Suggestions lists the open suggestions about a customer, or all when id is "".
func (m *Memory) Suggestions(ctx context.Context, p cx.Principal, id cx.CustomerID, cursor string, limit int) (SuggestionPage, error) {
	panic("not yet")
}

// DismissSuggestion decides that the two customers are two.
func (m *Memory) DismissSuggestion(ctx context.Context, p cx.Principal, suggestionID int64) error {
	panic("not yet")
}
