package api

import "github.com/vivencia-cx/vivencia/internal/improve/programme"

// What people take on and say, they say themselves on the pages: a token is nobody.

func (s *server) showProgramme(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	h, err := s.Programme.Health(q.Context(), q.principal)
	return plain(h), err
}

func (s *server) listCommitments(q *request) (any, error) {
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Programme.Commitments(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(all))
	for i := range all {
		items[i] = plain(all[i])
	}
	if asTable {
		return table{"commitments", items}, nil
	}
	return members{{"items", items}}, nil
}

func (s *server) showMaturity(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	m, err := s.Programme.Maturity(q.Context(), q.principal)
	return plain(m), err
}

func (s *server) listSheets(q *request) (any, error) {
	week, err := s.weekOf(q.text("week"))
	if finish := q.finish(); finish != nil {
		return nil, finish
	}
	if err != nil {
		return nil, err
	}
	all, err := s.Programme.Did(q.Context(), q.principal, week)
	return members{{"week", string(week)}, {"items", plain(all)}}, err
}

// weekOf reads a week; "" is the one that it is.
func (s *server) weekOf(said string) (programme.Week, error) {
	if said == "" {
		return s.Programme.Week(), nil
	}
	return programme.ParseWeek(said)
}

func (s *server) showSheet(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	week, err := s.weekOf(q.PathValue("week"))
	if err != nil {
		return nil, err
	}
	sheet, err := s.Programme.Sheet(q.Context(), q.principal, week, q.PathValue("area"))
	return plain(sheet), err
}
