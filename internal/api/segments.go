package api

import (
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
)

// modelText is a text of the model, by language.
type modelText struct {
	ES string `json:"es"`
	EN string `json:"en"`
	PT string `json:"pt"`
}

func modelTextOf(t model.Text) modelText { return modelText{t.In("es"), t.In("en"), t.In("pt")} }

type segmentCount struct {
	Slug        string    `json:"slug"`
	Name        modelText `json:"name"`
	Description modelText `json:"description"`
	When        string    `json:"when"`
	N           int       `json:"n"`
	Share       float64   `json:"share"`
}

type segmentCounts struct {
	Items []segmentCount `json:"items"`
	Of    int            `json:"of"`
	At    *string        `json:"at"`
}

func (s *server) listSegments(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	counts, err := s.Segments.Counts(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	return segmentCounts{each(counts.Counts, func(c segment.Count) segmentCount {
		g := c.Segment
		return segmentCount{g.Slug, modelTextOf(g.Name), modelTextOf(g.Description), g.When.Source(), c.N, c.Share}
	}), counts.Of, instant(counts.At)}, nil
}

// segmentPage is a page of customers, how many there are in all, and when they
// were counted.
type segmentPage struct {
	page[customerLine]
	N  int     `json:"n"`
	Of int     `json:"of"`
	At *string `json:"at"`
}

func segmentPageOf(p segment.Page) segmentPage {
	return segmentPage{pageOf(p.Customers, p.Next, customerLineOf), p.N, p.Of, instant(p.At)}
}

func (s *server) segmentCustomers(q *request) (any, error) {
	cursor, limit := q.text("cursor"), q.limit()
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Segments.Members(q.Context(), q.principal, q.PathValue("slug"), cursor, limit)
	if err != nil {
		return nil, err
	}
	return segmentPageOf(found), nil
}

func (s *server) previewSegment(q *request) (any, error) {
	var in struct {
		When string `json:"when"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	found, err := s.Segments.Preview(q.Context(), q.principal, in.When)
	if err != nil {
		return nil, err
	}
	return reply{http.StatusOK, "", segmentPageOf(found)}, nil
}

// ofSegment returns the customers of the segment that a filter names; nil when
// it names none.
func (s *server) ofSegment(q *request, slug string) ([]cx.CustomerNo, error) {
	if slug == "" {
		return nil, nil
	}
	return s.Segments.Customers(q.Context(), q.principal, slug)
}
