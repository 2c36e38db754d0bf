package api

import (
	"encoding/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// customerLine is a customer in a list.
type customerLine struct {
	ID         cx.CustomerID `json:"id"`
	Name       *string       `json:"name"`
	Email      *string       `json:"email"`
	FirstAt    *string       `json:"first_at"`
	LastAt     *string       `json:"last_at"`
	Events     int           `json:"events"`
	Answers    int           `json:"answers"`
	Identified bool          `json:"identified"`
}

func customerLineOf(c remember.CustomerSummary) customerLine {
	return customerLine{c.ID, word(c.Name), word(c.Email), instant(c.FirstAt), instant(c.LastAt), c.Events, c.Answers, c.Identified}
}

type identifier struct {
	Kind   string  `json:"kind"`
	Value  string  `json:"value"`
	Source string  `json:"source"`
	At     *string `json:"at"`
}

func identifierOf(i remember.Identifier) identifier {
	return identifier{i.Kind, i.Value, i.Source, instant(i.At)}
}

// traitValue is what one source said of a customer.
type traitValue struct {
	Value  json.RawMessage `json:"value"`
	Source string          `json:"source"`
	At     *string         `json:"at"`
}

func traitValueOf(v remember.TraitValue) traitValue {
	return traitValue{v.Value, v.Source, instant(v.At)}
}

// trait is the newest value, and what other sources said.
type trait struct {
	traitValue
	Older []traitValue `json:"older"`
}

func traitsOf(traits []remember.Trait) map[string]trait {
	out := make(map[string]trait, len(traits))
	for _, t := range traits {
		out[t.Name] = trait{traitValueOf(t.TraitValue), each(t.Older, traitValueOf)}
	}
	return out
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type customer struct {
	customerLine
	MergedInto      *string          `json:"merged_into"`
	Identifiers     []identifier     `json:"identifiers"`
	Traits          map[string]trait `json:"traits"`
	Organizations   []named          `json:"organizations"`
	OpenSuggestions int              `json:"open_suggestions"`
}

func customerOf(c remember.Customer) customer {
	return customer{
		customerLine: customerLineOf(remember.CustomerSummary{
			ID: c.ID, Name: c.Name, Email: c.Email, FirstAt: c.FirstAt, LastAt: c.LastAt, Events: c.Events, Answers: c.Answers, Identified: c.Identified,
		}),
		MergedInto:      word(string(c.MergedInto)),
		Identifiers:     each(c.Identifiers, identifierOf),
		Traits:          traitsOf(c.Traits),
		Organizations:   each(c.Organizations, func(o remember.OrganizationRef) named { return named{o.ID, o.Name} }),
		OpenSuggestions: c.OpenSuggestions,
	}
}

func (s *server) searchCustomers(q *request) (any, error) {
	search, slug, cursor, limit := q.text("search"), q.text("segment"), q.text("cursor"), q.limit()
	if search != "" && slug != "" {
		q.fault("segment", "cannot be searched in: leave out search")
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	if slug != "" {
		found, err := s.Segments.Members(q.Context(), q.principal, slug, cursor, limit)
		return pageOf(found.Customers, found.Next, customerLineOf), err
	}
	found, err := s.Memory.Search(q.Context(), q.principal, search, cursor, limit)
	if err != nil {
		return nil, err
	}
	return pageOf(found.Customers, found.Next, customerLineOf), nil
}

// lookupCustomer finds by one identifier: the only parameter names its kind.
func (s *server) lookupCustomer(q *request) (any, error) {
	if len(q.query) != 1 {
		return nil, cx.Errorf(cx.Invalid, "api.lookupCustomer", "give one identifier: userId, anonymousId, email, phone, or one that the model declares")
	}
	var kind, value string
	for kind = range q.query {
		value = q.text(kind)
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	id, err := s.Memory.Lookup(q.Context(), q.principal, kind, value)
	if err != nil {
		return nil, err
	}
	c, err := s.Memory.Customer(q.Context(), q.principal, id)
	if err != nil {
		return nil, err
	}
	s.seen(q, c.ID)
	return customerOf(c), nil
}

func (s *server) showCustomer(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	c, err := s.Memory.Customer(q.Context(), q.principal, q.customer())
	if err != nil {
		return nil, err
	}
	s.seen(q, c.ID)
	return customerOf(c), nil
}
