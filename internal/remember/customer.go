package remember

import (
	"context"
	"encoding/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
)

// Identifier is one way in which a customer is known.
type Identifier = identity.Identifier

// Customer is one customer as remembered.
type Customer struct {
	ID              cx.CustomerID // of the surviving customer, whichever id was asked for
	No              cx.CustomerNo
	Name            string // as people call them, else the e-mail, else the userId; "" for somebody anonymous
	Email           string
	FirstAt, LastAt cx.Time
	Events, Answers int
	Identified      bool          // has a userId
	MergedInto      cx.CustomerID // the surviving id when the one asked for was merged away, else ""
	Identifiers     []Identifier  // oldest first
	Traits          []Trait       // by name
	Organizations   []OrganizationRef
	OpenSuggestions int // merges that wait for a person's decision
}

// Trait is what is known of a customer by one name: the newest value, and what
// other sources said.
type Trait struct {
	Name string
	TraitValue
	Older []TraitValue // of other sources, newest first
}

// TraitValue is what a source said and when.
type TraitValue struct {
	Value  json.RawMessage
	Source string
	At     cx.Time
}

// OrganizationRef names an organization.
type OrganizationRef struct{ ID, Name string }

// CustomerSummary is a line of a list of customers.
type CustomerSummary struct {
	ID              cx.CustomerID
	No              cx.CustomerNo
	Name, Email     string
	FirstAt, LastAt cx.Time
	Events, Answers int
	Identified      bool
}

// CustomerPage is a stretch of a list; Next is "" at its end.
type CustomerPage struct {
	Customers []CustomerSummary
	Next      string
}

// Lookup finds the customer who is known by an identifier: kind is userId,
// anonymousId, email, phone or one that the model declares. The error is
// NotFound when there is none.
func (m *Memory) Lookup(ctx context.Context, p cx.Principal, kind, value string) (cx.CustomerID, error) {
	panic("not yet")
}

// Customer returns the customer with the id, or the one it was merged into.
func (m *Memory) Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (Customer, error) {
	panic("not yet")
}

// CustomersByNo returns the customers in the order of nos; unknown and merged
// ones are left out.
func (m *Memory) CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]CustomerSummary, error) {
	panic("not yet")
}

// Search finds customers by the beginnings of words of their names and
// identifiers, accents and case folded, most recently active first. An empty
// query lists everybody.
func (m *Memory) Search(ctx context.Context, p cx.Principal, query, cursor string, limit int) (CustomerPage, error) {
	panic("not yet")
}
