package api

import (
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

type profile struct {
	No          cx.ProfileNo  `json:"no"`
	ID          cx.CustomerID `json:"id"`
	Customer    cx.CustomerID `json:"customer"`
	CreatedAt   *string       `json:"created_at"`
	Items       int           `json:"items"`
	FirstAt     *string       `json:"first_at"`
	LastAt      *string       `json:"last_at"`
	Identifiers []identifier  `json:"identifiers"`
}

type merge struct {
	ID       int64         `json:"id"`
	Into     cx.ProfileNo  `json:"into"`
	From     cx.ProfileNo  `json:"from"`
	IntoID   cx.CustomerID `json:"into_id"`
	FromID   cx.CustomerID `json:"from_id"`
	Evidence string        `json:"evidence"`
	Value    *string       `json:"value"`
	Seq      cx.Seq        `json:"seq"`
	At       *string       `json:"at"`
	By       *string       `json:"by"`
	UndoneAt *string       `json:"undone_at"`
	UndoneBy *string       `json:"undone_by"`
}

func profileOf(p remember.Profile) profile {
	return profile{p.No, p.ID, p.Customer, instant(p.CreatedAt), p.Items, instant(p.FirstAt), instant(p.LastAt), each(p.Identifiers, identifierOf)}
}

func mergeOf(m remember.Merge) merge {
	return merge{
		m.ID, m.Into, m.From, m.IntoID, m.FromID, string(m.Evidence), word(m.Value), m.Seq, instant(m.At),
		word(m.By), instant(m.UndoneAt), word(m.UndoneBy),
	}
}

type identities struct {
	Customer customerLine `json:"customer"`
	Profiles []profile    `json:"profiles"`
	Merges   []merge      `json:"merges"`
}

func (s *server) customerIdentities(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	g, err := s.Memory.Graph(q.Context(), q.principal, q.customer())
	if err != nil {
		return nil, err
	}
	s.seen(q, g.Customer.ID)
	return identities{
		Customer: customerLineOf(g.Customer),
		Profiles: each(g.Profiles, profileOf),
		Merges:   each(g.Merges, mergeOf),
	}, nil
}

func (s *server) mergeCustomer(q *request) (any, error) {
	var in struct {
		From     cx.CustomerID `json:"from"`
		Evidence string        `json:"evidence"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	if in.From == "" {
		q.fault("from", "is missing: the id of the customer that is the same one")
	}
	if len(in.Evidence) > maxText {
		q.fault("evidence", "is at most %d bytes", maxText)
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	c, err := s.Memory.Merge(q.Context(), q.principal, q.customer(), in.From, in.Evidence)
	if err != nil {
		return nil, err
	}
	s.record(q, "customers.merged", "customer:"+string(c.ID))
	s.settleAll(q.Context())
	return customerOf(c), nil
}

func (s *server) unmergeCustomer(q *request) (any, error) {
	const op = "api.unmergeCustomer"
	var in struct {
		MergeID int64 `json:"merge_id"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	g, err := s.Memory.Graph(q.Context(), q.principal, q.customer())
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(g.Merges, func(m remember.Merge) bool { return m.ID == in.MergeID }) {
		return nil, cx.Errorf(cx.NotFound, op, "this customer has no merge %d; /identities lists them", in.MergeID)
	}
	apart, err := s.Memory.Unmerge(q.Context(), q.principal, in.MergeID)
	if err != nil {
		return nil, err
	}
	s.record(q, "customers.unmerged", "merge:"+strconv.FormatInt(in.MergeID, 10))
	s.settleAll(q.Context())
	return listOf(apart, customerLineOf), nil
}

type suggestion struct {
	ID       int64        `json:"id"`
	A        customerLine `json:"a"`
	B        customerLine `json:"b"`
	Evidence string       `json:"evidence"`
	Value    *string      `json:"value"`
	Source   *string      `json:"source"`
	Seq      cx.Seq       `json:"seq"`
	At       *string      `json:"at"`
}

func suggestionOf(g remember.Suggestion) suggestion {
	return suggestion{g.ID, customerLineOf(g.A), customerLineOf(g.B), string(g.Evidence), word(g.Value), word(g.Source), g.Seq, instant(g.At)}
}

func (s *server) listSuggestions(q *request) (any, error) {
	id, cursor, limit := cx.CustomerID(q.text("customer")), q.text("cursor"), q.limit()
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Memory.Suggestions(q.Context(), q.principal, id, cursor, limit)
	if err != nil {
		return nil, err
	}
	return pageOf(found.Suggestions, found.Next, suggestionOf), nil
}

func (s *server) dismissSuggestion(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	if err := s.Memory.DismissSuggestion(q.Context(), q.principal, id); err != nil {
		return nil, err
	}
	s.record(q, "customers.kept-apart", "suggestion:"+strconv.FormatInt(id, 10))
	return nil, nil
}
