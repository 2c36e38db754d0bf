package api

import (
	"github.com/vivencia-cx/vivencia/internal/act/policy"
)

func (s *server) listPolicies(q *request) (any, error) {
	query := policy.Query{Window: q.window()}
	return reasoned(q, "policies", func() (policy.Overview, error) { return s.Policies.Overview(q.Context(), q.principal, query) }, func(o policy.Overview) any {
		return append(append([]policy.Line{}, o.Policies...), o.Goals...)
	})
}

func (s *server) listConflicts(q *request) (any, error) {
	query := policy.Query{Window: q.window()}
	return reasoned(q, "conflicts", func() (policy.Answer, error) { return s.Policies.Conflicts(q.Context(), q.principal, query) }, func(a policy.Answer) any {
		return each(a.Conflicts, conflictLine)
	})
}

// conflictLine is a conflict as a line of a table: its situation in words, and without
// its customers.
func conflictLine(c policy.Conflict) members {
	line := plain(c).(members).set("situation", policy.SituationText(c.Situation))
	if lived, ok := plain(c.Lived).(members); ok {
		line.set("lived", lived.without("examples"))
	}
	return line
}

func (s *server) conflictCustomers(q *request) (any, error) {
	query := policy.Query{Window: q.window()}
	return reasoned(q, "customers", func() (any, error) {
		c, err := s.Policies.Conflict(q.Context(), q.principal, q.PathValue("id"), query)
		if err != nil || c.Lived == nil {
			return []any{}, err
		}
		return plain(c.Lived.Examples), nil
	}, func(list any) any { return list })
}

func (s *server) decideConflict(q *request) (any, error) {
	var in struct {
		What  string `json:"what"`
		Why   string `json:"why"`
		Until string `json:"until"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	return nil, s.Policies.Decide(q.Context(), q.principal, q.PathValue("id"), policy.Decision{What: in.What, Why: in.Why, Until: in.Until})
}

func (s *server) showPain(q *request) (any, error) {
	query := policy.Query{Window: q.window()}
	return reasoned(q, "pain", func() (policy.Pain, error) {
		return s.Policies.Pain(q.Context(), q.principal, q.PathValue("slug"), query)
	}, func(p policy.Pain) any { return p.Scores })
}
