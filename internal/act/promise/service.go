package promise

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

//go:embed migrations
var migrations embed.FS

//go:embed statemigrations
var stateMigrations embed.FS

// version counts the rules by which the store is made, beside the text of its
// tables. Raise it when the same log would give another store.
const version = 1

// ErrSchema tells that a store was left by another version of the program. It is
// derived: remove it, and the log makes it again.
var ErrSchema = errors.New("the store of promises has another schema: make it again from the log")

// Log is read again when a promise is measured otherwise, and takes what is told;
// stream.Log does.
type Log interface {
	Read(ctx context.Context, after cx.Seq, fn func(stream.Batch) error) error
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
	LastSeq() cx.Seq
}

// Models tells the model in force; model.Service does.
type Models interface {
	Current() model.Version
	Subscribe(fn func(model.Version)) (cancel func())
}

// Memory tells whose events are, and who customers are; remember.Memory does.
type Memory interface {
	Resolve(ctx context.Context, after, last cx.Seq) (history.Resolved, error)
	Owners(ctx context.Context, profiles []cx.ProfileNo) ([]cx.CustomerID, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
}

// Config wires a Service. All fields are required.
type Config struct {
	DB     *sqldb.DB // promises.db: nothing else lives there
	State  *sqldb.DB // state.db: since when effects count
	Log    Log
	Models Models
	Memory Memory
	Clock  cx.Clock
	Logger *slog.Logger
}

// Service follows promises and answers questions on them. It is a stream.View,
// safe for concurrent use; Apply is called by one goroutine at a time.
type Service struct {
	c       Config
	started cx.Seq // the log's last when the store was opened: what was told before is read by then
	work    work
	gone    gone

	applying sync.Mutex // held by whoever writes
	doubt    bool       // whether the last transaction was committed
	contexts map[context4]int
	where    map[int]context4
	telling  map[InstanceID]State // appended, and not yet read back
	look     cx.Time              // when the burn rates are looked at next
	smoke    map[string]cx.Time   // when Burning was appended last, by promise

	mu       sync.RWMutex // guards what follows
	position cx.Seq
	received cx.Time // of the last event applied
	effects  cx.Time
	reads    reads
	changed  chan struct{} // closed and replaced by every write
}

// context4 is where and with whom a mark was lived.
type context4 struct{ touchpoint, supplier, place, region string }

// Open opens the store in c.DB, or makes an empty one. The error is ErrSchema
// when another version of this package wrote it. Start begins its work.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "promise.Open"
	s := &Service{c: c, started: c.Log.LastSeq(), changed: make(chan struct{}), telling: map[InstanceID]State{}, smoke: map[string]cx.Time{}}
	s.work.wake = make(chan struct{}, 1)
	if err := c.State.Migrate(ctx, "promise-effects", sub(stateMigrations, "statemigrations")); err != nil {
		return nil, cx.Wrap(op, err)
	}
	switch err := c.DB.Migrate(ctx, "promise", sub(migrations, "migrations")); {
	case cx.KindOf(err) == cx.Conflict:
		return nil, ErrSchema
	case err != nil:
		return nil, cx.Wrap(op, err)
	}
	err := c.State.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT COALESCE(MAX(at), 0) FROM promise_effects`).Scan(&s.effects)
	})
	if err == nil {
		err = s.load(ctx)
	}
	if errors.Is(err, ErrSchema) {
		return nil, ErrSchema
	}
	return s, cx.Wrap(op, err)
}

func sub(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // dir is a constant
	}
	return f
}

// Restored lets nothing be told of what a restored log holds.
func (s *Service) Restored(ctx context.Context) error {
	now := s.c.Clock.Now()
	err := s.c.State.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO promise_effects (at) VALUES ($1)`, int64(now))
		return err
	})
	if err == nil {
		s.mu.Lock()
		s.effects = now
		s.mu.Unlock()
	}
	return cx.Wrap("promise.Restored", err)
}

// Name returns "promises".
func (s *Service) Name() string { return "promises" }

// Position returns the seq up to which the log is followed.
func (s *Service) Position(context.Context) (cx.Seq, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.position, nil
}

// Settled tells whether every promise is measured as the model in force says.
func (s *Service) Settled() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.reads.model == s.c.Models.Current().Number && s.reads.settled(s.position)
}

// WaitFor waits until everything up to seq is followed.
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
			return cx.Wrap("promise.WaitFor", ctx.Err())
		}
	}
}

// Watch returns a channel that holds one as often as a promise may stand
// otherwise than before; it is closed when ctx ends.
func (s *Service) Watch(ctx context.Context) <-chan struct{} {
	out := make(chan struct{}, 1)
	go func() {
		defer close(out)
		for {
			s.mu.RLock()
			changed := s.changed
			s.mu.RUnlock()
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
			select {
			case out <- struct{}{}:
			default:
			}
		}
	}()
	return out
}

// reached shows what was written: some promises are read up to done, the log is
// followed up to position. The caller holds applying.
func (s *Service) reached(read []*reading, done, position cx.Seq, received cx.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range read {
		d.done = done
	}
	s.position, s.received = position, max(s.received, received)
	close(s.changed)
	s.changed = make(chan struct{})
}

// now is the time as of which instances stand: the clock's, or when the log is
// not followed to its end, that of the last event that is.
func (s *Service) now() cx.Time {
	now, last := s.c.Clock.Now(), s.c.Log.LastSeq()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.position >= last || s.received > now {
		return now
	}
	return s.received
}
