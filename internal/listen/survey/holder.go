package survey

import (
	"context"
	"database/sql"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Holds names the tables with personal data.
func (s *Service) Holds() []string {
	return []string{"survey_links", "survey_responses", "survey_answers"}
}

// kept is a link or a response as it is handed over to whom it is about.
type kept struct {
	Survey      string            `json:"survey"`
	Way         Way               `json:"way"`
	At          string            `json:"at"`
	CompletedAt string            `json:"completed_at,omitzero"`
	About       map[string]string `json:"about,omitzero"`
	Given       given             `json:"given,omitzero"`
}

// Export returns the subject's links and responses, oldest first.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	links, responses := []kept{}, []kept{}
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		o, err := ofSubject(ctx, tx, subject)
		if err != nil {
			return err
		}
		for _, id := range o.links {
			l, _, err := readLink(ctx, tx, id)
			if err != nil {
				return err
			}
			links = append(links, kept{Survey: l.survey, Way: l.way, At: l.madeAt.String(), CompletedAt: told(l.completedAt), About: l.about})
		}
		for _, id := range o.responses {
			r, ok, err := readResponse(ctx, tx, id)
			if err != nil {
				return err
			}
			if ok {
				responses = append(responses, kept{Survey: r.survey, Way: r.way, At: r.begunAt.String(), CompletedAt: told(r.completedAt), Given: r.given})
			}
		}
		return nil
	})
	return []cx.Section{{Name: "survey_links", Items: links}, {Name: "survey_responses", Items: responses}}, cx.Wrap("survey.Export", err)
}

func told(t cx.Time) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

// Erase removes the subject's links and responses, and returns how many. What
// grew too old takes its whole response along. On SQLite no byte of them stays
// in the files.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "survey.Erase"
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		o, err := ofSubject(ctx, tx, subject)
		if err != nil {
			return err
		}
		for _, id := range o.links {
			if _, err := tx.Exec(ctx, `DELETE FROM survey_links WHERE id = $1`, id); err != nil {
				return err
			}
		}
		for _, id := range o.responses {
			if _, err := tx.Exec(ctx, `DELETE FROM survey_answers WHERE response = $1`, id); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `DELETE FROM survey_responses WHERE id = $1`, id); err != nil {
				return err
			}
		}
		n = len(o.links) + len(o.responses)
		return nil
	})
	if err != nil || n == 0 {
		return n, cx.Wrap(op, err)
	}
	s.mu.Lock()
	clear(s.opened)
	s.mu.Unlock()
	return n, cx.Wrap(op, s.DB.Scrub(ctx))
}

// owned are the ids of what is a subject's.
type owned struct{ links, responses []string }

// ofSubject finds a subject's links and responses: by their customer, under any
// id that was theirs, and by the answers in the log.
func ofSubject(ctx context.Context, tx *sqldb.Tx, subject cx.Subject) (o owned, err error) {
	ids := func(query string, arg any) ([]string, error) {
		rows, err := tx.Query(ctx, query, arg)
		if err != nil {
			return nil, err
		}
		return sqldb.Collect(rows, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) })
	}
	add := func(to *[]string, query string, arg any) {
		if err != nil {
			return
		}
		var more []string
		more, err = ids(query, arg)
		*to = append(*to, more...)
	}
	of := func(customer cx.CustomerID) {
		add(&o.links, `SELECT id FROM survey_links WHERE customer = $1 ORDER BY made_at`, string(customer))
		add(&o.responses, `SELECT id FROM survey_responses WHERE customer = $1 ORDER BY begun_at`, string(customer))
	}
	if subject.Whole() {
		of(subject.Customer)
		for _, value := range subject.Values {
			add(&o.responses, `SELECT id FROM survey_responses WHERE id = $1`, value)
		}
	}
	for _, seq := range subject.Seqs {
		if id := cx.CustomerIDOf(seq); subject.Whole() && id != subject.Customer { // one that was merged into them
			of(id)
		}
		add(&o.responses, `SELECT response FROM survey_answers WHERE seq = $1`, int64(seq))
	}
	seen := map[string]bool{}
	o.responses = slices.DeleteFunc(o.responses, func(id string) bool { was := seen[id]; seen[id] = true; return was })
	return o, err
}
