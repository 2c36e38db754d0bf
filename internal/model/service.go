package model

import (
	"context"
	"database/sql"
	"embed"
	"sync"
	"sync/atomic"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// AppliedEvent names the decision in the log that a version came into force.
const AppliedEvent = "vivencia.model.applied"

// Appender writes to the log; stream.Log is one.
type Appender interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// Service keeps the versions of the model: their text in state.db, and the
// record of each in the log. It is safe for concurrent use and has nothing to
// close.
type Service struct {
	db      *sqldb.DB
	log     Appender
	clock   cx.Clock
	current atomic.Pointer[Version]

	apply sync.Mutex // one Apply at a time, its subscribers told included

	mu          sync.Mutex // guards subscribers
	subscribers []*subscriber
}

type subscriber struct{ fn func(Version) }

// OpenService opens the versions in db (state.db), and appends to the log any
// whose record did not reach it before a crash.
func OpenService(ctx context.Context, db *sqldb.DB, log Appender, clock cx.Clock) (*Service, error) {
	const op = "model.OpenService"
	if err := db.Migrate(ctx, "model", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Service{db: db, log: log, clock: clock}
	s.current.Store(&Version{Model: Empty()})
	if err := s.settle(ctx); err != nil {
		return nil, cx.Wrap(op, err)
	}
	rows, err := s.read(ctx, `WHERE number = (SELECT MAX(number) FROM model_versions)`)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	for _, v := range rows {
		if err := v.parse(); err != nil {
			return nil, cx.Wrap(op, err)
		}
		s.current.Store(&v)
	}
	return s, nil
}

// Current returns the version in force: one atomic load.
func (s *Service) Current() Version { return *s.current.Load() }

// Versions lists every version, newest first. A version that this product can
// no longer read has a nil Model.
func (s *Service) Versions(ctx context.Context, p cx.Principal) ([]Version, error) {
	const op = "model.Versions"
	if err := account.Check(p, account.ViewModel); err != nil {
		return nil, cx.Wrap(op, err)
	}
	versions, err := s.read(ctx, `ORDER BY number DESC`)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	for i := range versions {
		if versions[i].parse() != nil {
			versions[i].Model = nil
		}
	}
	return versions, nil
}

// Preview checks yaml and tells what applying it would change.
func (s *Service) Preview(ctx context.Context, p cx.Principal, yaml []byte) ([]Change, error) {
	const op = "model.Preview"
	if err := account.Check(p, account.ViewModel); err != nil {
		return nil, cx.Wrap(op, err)
	}
	m, err := Parse(yaml)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	return Diff(s.Current().Model, m), nil
}

// Apply checks yaml and puts it in force as the next version, for everybody
// who asks Current from then on, and tells the subscribers. The text of the
// version in force applied again changes nothing and returns it.
//
// The version is in state.db before its record goes to the log. When the log
// does not take it, the error is the log's (Busy, Unavailable, Full), the old
// version stays in force, and the new one comes into force with the next Apply
// or start.
func (s *Service) Apply(ctx context.Context, p cx.Principal, yaml []byte, note string) (Version, error) {
	const op = "model.Apply"
	if err := account.Check(p, account.ApplyModel); err != nil {
		return Version{}, cx.Wrap(op, err)
	}
	s.apply.Lock()
	defer s.apply.Unlock()
	v, err := s.applyHeld(ctx, p, yaml, note)
	return v, cx.Wrap(op, err)
}

// applyHeld is Apply by who holds apply.
func (s *Service) applyHeld(ctx context.Context, p cx.Principal, yaml []byte, note string) (Version, error) {
	m, err := Parse(yaml)
	if err != nil {
		return Version{}, err
	}
	if err := s.settle(ctx); err != nil {
		return Version{}, err
	}
	if now := s.Current(); now.Number > 0 && string(now.YAML) == string(yaml) {
		return now, nil
	}
	v := Version{Model: m, YAML: append([]byte(nil), yaml...), AppliedBy: p.ID, AppliedAt: s.clock.Now(), Note: note}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `INSERT INTO model_versions (number, yaml, applied_by, applied_at, seq, note)
			SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, 0, $4 FROM model_versions RETURNING number`,
			string(yaml), v.AppliedBy, int64(v.AppliedAt), v.Note).Scan(&v.Number)
	})
	if err != nil {
		return Version{}, err
	}
	if err := s.record(ctx, &v); err != nil {
		return Version{}, err
	}
	s.force(v)
	return v, nil
}

// Subscribe calls fn after each version comes into force, in order, until
// cancel is called. Fn must not call Apply; what takes long belongs in a
// goroutine of the subscriber.
func (s *Service) Subscribe(fn func(Version)) (cancel func()) {
	sub := &subscriber{fn}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribers = append(s.subscribers, sub)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, other := range s.subscribers {
			if other == sub {
				s.subscribers = append(s.subscribers[:i:i], s.subscribers[i+1:]...)
				return
			}
		}
	}
}

func (s *Service) force(v Version) {
	s.current.Store(&v)
	s.mu.Lock()
	subscribers := s.subscribers
	s.mu.Unlock()
	for _, sub := range subscribers {
		sub.fn(v)
	}
}

// settle records the versions that the log has not taken, oldest first, and
// puts them in force.
func (s *Service) settle(ctx context.Context) error {
	pending, err := s.read(ctx, `WHERE seq = 0 ORDER BY number`)
	if err != nil {
		return err
	}
	for _, v := range pending {
		if err := v.parse(); err != nil {
			return err
		}
		if err := s.record(ctx, &v); err != nil {
			return err
		}
		s.force(v)
	}
	return nil
}

// record appends the version's decision to the log and notes its seq. A crash
// in between appends it twice, with one messageId: views take the first.
func (s *Service) record(ctx context.Context, v *Version) error {
	e, err := v.event()
	if err != nil {
		return err
	}
	if v.Seq, err = s.log.Append(ctx, []cx.Event{e}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE model_versions SET seq = $1 WHERE number = $2`, int64(v.Seq), v.Number)
		return err
	})
}

func (s *Service) read(ctx context.Context, which string) (versions []Version, err error) {
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT number, yaml, applied_by, applied_at, seq, note FROM model_versions `+which)
		if err != nil {
			return err
		}
		versions, err = sqldb.Collect(rows, func(rows *sql.Rows) (v Version, err error) {
			var yaml string
			err = rows.Scan(&v.Number, &yaml, &v.AppliedBy, &v.AppliedAt, &v.Seq, &v.Note)
			v.YAML = []byte(yaml)
			return v, err
		})
		return err
	})
	return versions, err
}
