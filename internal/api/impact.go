package api

import (
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/improve/told"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
)

// drawnIn names a customer as another system does.
type drawnIn struct {
	Customer    cx.CustomerID `json:"customer"`
	UserID      string        `json:"user_id"`
	AnonymousID string        `json:"anonymous_id"`
	At          time.Time     `json:"at"`
}

// whom finds the customer.
func (s *server) whom(q *request, in *drawnIn) (cx.CustomerID, error) {
	named := 0
	for _, id := range []string{string(in.Customer), in.UserID, in.AnonymousID} {
		if id != "" {
			named++
		}
	}
	switch {
	case named != 1:
		return "", cx.InvalidFaults("api.whom", []cx.Fault{{Field: "customer", Message: "name one customer: by customer, user_id or anonymous_id"}})
	case in.UserID != "":
		return s.Memory.Lookup(q.Context(), cx.System(), identity.UserID, in.UserID)
	case in.AnonymousID != "":
		return s.Memory.Lookup(q.Context(), cx.System(), identity.AnonymousID, in.AnonymousID)
	}
	return in.Customer, nil
}

func (s *server) assignArm(q *request) (any, error) {
	var in drawnIn
	if err := q.body(&in); err != nil {
		return nil, err
	}
	customer, err := s.whom(q, &in)
	if err != nil {
		return nil, err
	}
	return s.Impact.Assign(q.Context(), q.principal, q.PathValue("slug"), customer)
}

func (s *server) exposeCustomer(q *request) (any, error) {
	var in drawnIn
	if err := q.body(&in); err != nil {
		return nil, err
	}
	customer, err := s.whom(q, &in)
	if err != nil {
		return nil, err
	}
	return s.Impact.Expose(q.Context(), q.principal, q.PathValue("slug"), customer, given(in.At))
}

func (s *server) listEvaluations(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Impact.Evaluations(q.Context(), q.principal, q.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	return listOf(all, evaluationOf), nil
}

// evaluationOut is an evaluation as it is told: with times as everywhere, and in words.
type evaluationOut struct {
	impact.Evaluation
	At     *string   `json:"at"`
	Said   modelText `json:"said"`
	Series []lookOut `json:"series"`
}

type lookOut struct {
	At    *string `json:"at"`
	N     int     `json:"n"`
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

func evaluationOf(e impact.Evaluation) evaluationOut {
	return evaluationOut{e, instant(e.At), modelTextOf(e.Said), each(e.Series, func(l impact.Look) lookOut {
		return lookOut{instant(l.At), l.N, l.Value, l.Low, l.High}
	})}
}

func (s *server) evaluateInitiative(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	e, err := s.Impact.Evaluate(q.Context(), q.principal, q.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	return evaluationOf(e), nil
}

// evaluationID is the id of the evaluation that a path names.
func (q *request) evaluationID() (string, error) {
	n, err := q.number("number")
	return q.PathValue("slug") + "." + strconv.FormatInt(n, 10), err
}

func (s *server) showEvaluation(q *request) (any, error) {
	asTable := q.format()
	id, err := q.evaluationID()
	if err := q.finish(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	e, err := s.Impact.Evaluation(q.Context(), q.principal, id)
	if err != nil {
		return nil, err
	}
	if !asTable {
		return evaluationOf(e), nil
	}
	figures := e.Figures()
	rows := make([]any, len(figures))
	for i, f := range figures {
		rows[i] = plain(f)
	}
	return table{e.ID, rows}, nil
}

func (s *server) rerunEvaluation(q *request) (any, error) {
	id, err := q.evaluationID()
	if err := q.finish(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	e, same, err := s.Impact.Rerun(q.Context(), q.principal, id)
	if err != nil {
		return nil, err
	}
	return members{{"same", same}, {"evaluation", evaluationOf(e)}}, nil
}

func (s *server) showStory(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	st, err := s.Told.Story(q.Context(), q.principal, q.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	return plain(st), nil
}

func (s *server) keepStory(q *request) (any, error) {
	var in struct {
		Said   modelText `json:"said"`
		Did    modelText `json:"did"`
		Public bool      `json:"public"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	st, err := s.Told.Keep(q.Context(), q.principal, told.Story{Initiative: q.PathValue("slug"), Said: model.Text(in.Said), Did: model.Text(in.Did), Public: in.Public})
	if err != nil {
		return nil, err
	}
	return plain(st), nil
}

func (s *server) tellStory(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	n, err := s.Told.Tell(q.Context(), q.principal, q.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	return members{{"told", n}}, nil
}
