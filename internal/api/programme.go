package api

import (
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/programme"
)

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

func (s *server) makeCommitment(q *request) (any, error) {
	var in struct {
		Kind   string `json:"kind"`
		Target int    `json:"target"`
		Words  string `json:"words"`
		Due    string `json:"due"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	c, err := s.Programme.Commit(q.Context(), q.principal, programme.NewCommitment{Kind: programme.Kind(in.Kind), Target: in.Target, Words: in.Words, Due: in.Due})
	if err != nil {
		return nil, err
	}
	return reply{status: 201, location: "/api/v1/programme/commitments", body: plain(c)}, nil
}

func (s *server) doCommitment(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	const op = "api.doCommitment"
	id, err := strconv.ParseInt(q.PathValue("id"), 10, 64)
	if err != nil {
		return nil, cx.Errorf(cx.NotFound, op, "a commitment has a number")
	}
	do := s.Programme.Fulfil
	switch q.PathValue("action") {
	case "fulfil":
	case "withdraw":
		do = s.Programme.Withdraw
	default:
		return nil, cx.Errorf(cx.NotFound, op, "nothing of this name can be done to a commitment")
	}
	c, err := do(q.Context(), q.principal, id)
	return plain(c), err
}

func (s *server) showMaturity(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	m, err := s.Programme.Maturity(q.Context(), q.principal)
	return plain(m), err
}

func (s *server) assessMaturity(q *request) (any, error) {
	var in map[string]int
	if err := q.body(&in); err != nil {
		return nil, err
	}
	if err := s.Programme.Assess(q.Context(), q.principal, in); err != nil {
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

func (s *server) answerSheet(q *request) (any, error) {
	var in struct {
		Words string `json:"words"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	week, err := s.weekOf(q.PathValue("week"))
	if err != nil {
		return nil, err
	}
	if err := s.Programme.Say(q.Context(), q.principal, week, q.PathValue("area"), in.Words); err != nil {
		return nil, err
	}
	sheet, err := s.Programme.Sheet(q.Context(), q.principal, week, q.PathValue("area"))
	return plain(sheet), err
}
