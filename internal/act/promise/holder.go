package promise

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var _ cx.Holder = (*Service)(nil)

// Holds names the tables with personal data.
func (s *Service) Holds() []string {
	return []string{"promise_contexts", "promise_instances", "promise_marks", "promise_owners", "promise_told"}
}

// Exported is a promise as its customer takes it away.
type Exported struct {
	Promise string `json:"promise"`
	State   State  `json:"state"`
	Object  string `json:"object"`
	Made    string `json:"made"`
	Due     string `json:"due"`
	Since   string `json:"since"`
	Place   string `json:"place"`
}

// Export returns the promises that were made to a customer, oldest first; nothing
// of a stretch of events.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	if !subject.Whole() {
		return nil, nil
	}
	v := s.everything()
	out := []Exported{}
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := v.contexts(ctx, tx); err != nil {
			return err
		}
		for _, p := range subject.Profiles {
			rows, err := tx.Query(ctx, `SELECT `+storedColumns+` FROM promise_instances i WHERE i.profile_no = $1 ORDER BY i.made, i.from_seq`, int64(p))
			if err != nil {
				return err
			}
			found, err := sqldb.Collect(rows, scanStored)
			if err != nil {
				return err
			}
			for _, i := range found {
				if d := v.byNo(i.promise); d != nil {
					out = append(out, Exported{d.promise.Slug, i.state, d.about(i.key).ID, i.made.String(), i.due.String(), i.since.String(), v.where[i.context].place})
				}
			}
		}
		return nil
	})
	return []cx.Section{{Name: "promises", Items: out}}, cx.Wrap("promise.Export", err)
}

// everything is what the product itself sees.
func (s *Service) everything() *view {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &view{s: s, p: cx.System(), m: s.reads.m, now: s.c.Clock.Now(), all: s.reads.promises}
}

// Erase removes the subject's marks, and with them their instances, and returns
// how many marks that were. Instances that others' marks make are made anew. On
// SQLite no byte stays in the file or its write-ahead log (of a stretch of events:
// after Scrub).
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "promise.Erase"
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := s.certain(ctx); err != nil {
		return 0, cx.Wrap(op, err)
	}
	s.gone.add(subject)
	err = s.write(ctx, func(w *writer) error {
		n, err = w.erase(subject)
		return err
	}, s.now())
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	if err := s.load(ctx); err != nil { // contexts that are nobody's any more are gone
		return n, cx.Wrap(op, err)
	}
	s.reached(nil, 0, s.position, 0)
	s.signal()
	if !subject.Whole() {
		return n, cx.Wrap(op, s.c.DB.Truncate(ctx))
	}
	return n, cx.Wrap(op, s.c.DB.Scrub(ctx))
}

// Scrub leaves no byte in the files of what Erase erased of stretches of events:
// once after many, since it reads the whole file.
func (s *Service) Scrub(ctx context.Context) error {
	return cx.Wrap("promise.Scrub", s.c.DB.Scrub(ctx))
}

func (w *writer) erase(subject cx.Subject) (n int, err error) {
	keys := map[keyOf]bool{}
	take := func(which string, arg any) error {
		rows, err := w.tx.Query(w.ctx, `DELETE FROM promise_marks WHERE `+which+` RETURNING promise_no, key`, arg)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (struct{}, error) {
			var no int
			var key string
			err := rows.Scan(&no, &key)
			n++
			if d := w.s.reads.byNo[no]; d != nil {
				keys[keyOf{d, key}] = true
			}
			return struct{}{}, err
		})
		return err
	}
	for _, p := range subject.Profiles {
		if err := take(`profile_no = $1`, int64(p)); err != nil {
			return n, err
		}
		if err := w.exec(`DELETE FROM promise_owners WHERE profile_no = $1 OR customer_no = $1`, int64(p)); err != nil {
			return n, err
		}
	}
	for _, seq := range subject.Seqs {
		if err := take(`seq = $1`, int64(seq)); err != nil {
			return n, err
		}
		if err := w.exec(`DELETE FROM promise_told WHERE seq = $1`, int64(seq)); err != nil { // the log does not say it any more
			return n, err
		}
	}
	for k := range keys {
		if err := w.walk(k, minTime); err != nil {
			return n, fmt.Errorf("after erasing: %w", err)
		}
	}
	// A place may tell of somebody.
	return n, w.exec(`DELETE FROM promise_contexts WHERE no NOT IN (SELECT context FROM promise_marks)`)
}
