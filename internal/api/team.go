package api

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
)

func (s *server) overview(q *request) func() (team.Overview, error) {
	return func() (team.Overview, error) { return s.Team.Overview(q.Context(), q.principal) }
}

func (s *server) showTeam(q *request) (any, error) {
	return reasoned(q, "obstacles", s.overview(q), func(o team.Overview) any { return o.Obstacles })
}

func (s *server) listIdeas(q *request) (any, error) {
	return listed(q, "ideas", s.overview(q), func(o team.Overview) any { return o.Ideas })
}

func (s *server) listDifferences(q *request) (any, error) {
	return listed(q, "differences", s.overview(q), func(o team.Overview) any { return o.Differences })
}

// listed answers with one list of what is asked.
func listed[T any](q *request, name string, ask func() (T, error), of func(T) any) (any, error) {
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	answer, err := ask()
	if err != nil {
		return nil, err
	}
	items, _ := plain(of(answer)).([]any)
	if asTable {
		return table{name, items}, nil
	}
	return members{{"items", items}}, nil
}

func (s *server) reportObstacle(q *request) (any, error) {
	var in team.ObstacleReport
	if err := q.body(&in); err != nil {
		return nil, err
	}
	return nil, s.Team.Obstruct(q.Context(), q.principal, in)
}

func (s *server) suggestIdea(q *request) (any, error) {
	var in team.IdeaReport
	if err := q.body(&in); err != nil {
		return nil, err
	}
	return nil, s.Team.Suggest(q.Context(), q.principal, in)
}

func (s *server) answerIdea(q *request) (any, error) {
	var in struct {
		State string `json:"state"`
		Reply string `json:"reply"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	return nil, s.Team.Reply(q.Context(), q.principal, q.PathValue("id"), in.State, in.Reply)
}

// pair is what one customer expected and lived.
type pair struct {
	CustomerID      cx.CustomerID
	Customer        string
	At              cx.Time
	Expected, Lived float64
}

// showExpectation tells of the newest pairs whose they are.
func (s *server) showExpectation(q *request) (any, error) {
	window, limit, asTable := q.window(), q.limit(), q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	g, err := s.Expectations.Gap(q.Context(), q.principal, q.PathValue("slug"), window)
	if err != nil {
		return nil, err
	}
	some := g.Pairs[:min(len(g.Pairs), limit)]
	nos := make([]cx.CustomerNo, len(some))
	for i, p := range some {
		nos[i] = p.Customer
	}
	pairs := make([]pair, 0, len(some))
	if len(some) > 0 {
		found, err := s.Memory.CustomersByNo(q.Context(), q.principal, nos)
		if err != nil {
			return nil, err
		}
		names := map[cx.CustomerNo]pair{}
		for _, c := range found {
			names[c.No] = pair{CustomerID: c.ID, Customer: c.Name}
		}
		for _, p := range some {
			if who, ok := names[p.Customer]; ok {
				who.At, who.Expected, who.Lived = p.At, p.Expected, p.Lived
				pairs = append(pairs, who)
			}
		}
	}
	if asTable {
		return table{"expectation", plain(pairs).([]any)}, nil
	}
	return plain(g).(members).set("pairs", plain(pairs)), nil
}
