package api

import "github.com/vivencia-cx/vivencia/internal/understand/journey"

func (s *server) journeyCases(q *request) (any, error) {
	query := journey.RunsQuery{Filter: q.runFilter(""), Cursor: q.text("cursor"), Limit: q.limit()}
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	slug := q.PathValue("slug")
	found, err := s.Journeys.Runs(q.Context(), q.principal, slug, query)
	if err != nil {
		return nil, err
	}
	out := pageOf(found.Runs, found.Next, func(r journey.RunSummary) any { return plain(r) })
	if asTable {
		return table{slug + "-cases", out.Items}, nil
	}
	return struct {
		page[any]
		N       int  `json:"n"`
		Limited bool `json:"limited"`
	}{out, found.N, found.Limited}, nil
}

// journeyFact is one thing that was lived in a run.
type journeyFact struct {
	item
	Step any `json:"step"`
}

func (s *server) showCase(q *request) (any, error) {
	return about(q, "case", func(slug string) (members, error) {
		d, err := s.Journeys.Run(q.Context(), q.principal, slug, q.PathValue("id"))
		if err != nil {
			return nil, err
		}
		if d.Customer != nil {
			s.seen(q, d.Customer.ID)
		}
		facts := each(d.Facts, func(f journey.RunFact) journeyFact { return journeyFact{itemOf(f.Item), plain(f.Step)} })
		told := plain(d).(members).set("facts", facts)
		if d.Moves == nil {
			told = told.set("fitness", nil)
		}
		return told, nil
	})
}

func (s *server) nextInCase(q *request) (any, error) {
	return about(q, "next", func(slug string) (journey.Next, error) {
		return s.Journeys.Next(q.Context(), q.principal, slug, q.PathValue("id"))
	})
}
