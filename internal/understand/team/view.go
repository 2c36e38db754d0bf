package team

import (
	"context"
	"database/sql"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

var _ stream.View = (*Service)(nil)

// Name returns "team".
func (s *Service) Name() string { return "team" }

// Position returns the seq up to which everything is heard.
func (s *Service) Position(context.Context) (cx.Seq, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.position, nil
}

// said is an event as it is kept.
type said struct {
	cx.Event
	hash cx.MessageHash
}

// Apply keeps what the team says in a batch, and what is decided about its
// ideas, in one transaction with the position.
func (s *Service) Apply(ctx context.Context, b stream.Batch) error {
	const op = "team.Apply"
	s.mu.RLock()
	from := s.position
	s.mu.RUnlock()
	if b.Last <= from {
		return nil
	}
	var all []said
	for _, e := range b.Events {
		if e.Seq <= from || e.Kind != cx.Team && (e.Kind != cx.Decision || e.Name != answeredEvent) {
			continue
		}
		kept := said{e, cx.HashMessage(s.c.Salt, e.Source, e.MessageID)}
		kept.Name = strings.Clone(e.Name)
		kept.Body, kept.Properties = []byte(string(e.Body)), []byte(string(e.Properties))
		all = append(all, kept)
	}
	var fresh []said
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		fresh = fresh[:0]
		for _, e := range all {
			r, err := tx.Exec(ctx, `INSERT INTO team_said (seq, hash, kind, name, at, received_at, body, properties)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
				e.Seq, e.hash[:], int(e.Kind), e.Name, e.At, e.ReceivedAt, string(e.Body), string(e.Properties))
			if err != nil {
				return err
			}
			n, err := r.RowsAffected()
			if err != nil {
				return err
			}
			if n > 0 {
				fresh = append(fresh, e)
			}
		}
		_, err := tx.Exec(ctx, `UPDATE team_state SET position = $1`, b.Last)
		return err
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range fresh {
		s.hear(e.Event)
	}
	s.position = b.Last
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// hear takes one event in. The caller holds mu.
func (s *Service) hear(e cx.Event) {
	if e.Kind == cx.Decision {
		if a, ok := answerOf(e); ok {
			s.ideas[a.Idea] = a
		}
		return
	}
	if r, ok := reportOf(e); ok {
		s.release.add(r)
	}
}

// load makes what is in memory from the store.
func (s *Service) load(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release, s.ideas = newRelease(), map[string]answer{}
	return s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT position FROM team_state`).Scan(&s.position); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT seq, kind, name, at, received_at, body, properties FROM team_said ORDER BY seq`)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (struct{}, error) {
			var e cx.Event
			var kind int
			var body, properties string
			err := rows.Scan(&e.Seq, &kind, &e.Name, &e.At, &e.ReceivedAt, &body, &properties)
			e.Kind, e.Body = cx.Kind(kind), []byte(body)
			if properties != "" {
				e.Properties = []byte(properties)
			}
			if err == nil {
				s.hear(e)
			}
			return struct{}{}, err
		})
		return err
	})
}

// WaitFor waits until everything up to seq is heard.
func (s *Service) WaitFor(ctx context.Context, seq cx.Seq) error {
	for {
		s.mu.RLock()
		done, changed := s.position >= seq, s.changed
		s.mu.RUnlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return cx.Wrap("team.WaitFor", ctx.Err())
		}
	}
}

// Told returns the events of the team that may be shown, ascending: those of the
// closed batches.
func (s *Service) Told() []cx.Seq {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.release.told()
}
