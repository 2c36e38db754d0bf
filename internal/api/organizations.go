package api

import (
	"github.com/vivencia-cx/vivencia/internal/remember"
)

type organizationLine struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Members int     `json:"member_count"`
	Events  int     `json:"events"`
	Answers int     `json:"answers"`
	LastAt  *string `json:"last_at"`
}

type organization struct {
	organizationLine
	FirstAt *string          `json:"first_at"`
	Traits  map[string]trait `json:"traits"`
	Members []customerLine   `json:"members"`
}

func (s *server) searchOrganizations(q *request) (any, error) {
	search, cursor, limit := q.text("search"), q.text("cursor"), q.limit()
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Memory.Organizations(q.Context(), q.principal, search, cursor, limit)
	if err != nil {
		return nil, err
	}
	return pageOf(found.Organizations, found.Next, func(o remember.OrganizationSummary) organizationLine {
		return organizationLine{o.ID, o.Name, o.MemberCount, o.Events, o.Answers, instant(o.LastAt)}
	}), nil
}

func (s *server) showOrganization(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	o, err := s.Memory.Organization(q.Context(), q.principal, q.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return organization{
		organizationLine{o.ID, o.Name, o.MemberCount, o.Events, o.Answers, instant(o.LastAt)},
		instant(o.FirstAt), traitsOf(o.Traits), each(o.Members, customerLineOf),
	}, nil
}

func (s *server) organizationTimeline(q *request) (any, error) {
	query, err := q.timelineQuery()
	if err != nil {
		return nil, err
	}
	p, err := s.Memory.OrganizationTimeline(q.Context(), q.principal, q.PathValue("id"), query)
	if err != nil {
		return nil, err
	}
	return timelinePageOf(p), nil
}
