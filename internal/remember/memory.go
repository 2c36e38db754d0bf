package remember

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/dedupe"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// version counts the rules by which memory is made, beside the text of its
// tables. Raise it when the same log would give another memory.
const version = 3

// ModelSource gives the model in force, for what is told at read.
type ModelSource interface{ Current() model.Version }

// Appender writes decisions to the log; stream.Log is one.
type Appender interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// Config wires a Memory. All fields are required.
type Config struct {
	DB     *sqldb.DB // views.db: nothing else lives there but what can be derived again
	Clock  cx.Clock  // only for the time of decisions made through this service
	Salt   []byte    // of the instance, for cx.HashMessage
	Models ModelSource
	Log    Appender
	Logger *slog.Logger
}

// SchemaError says that views.db was written by another version of this
// package: make the memory again beside it and swap.
type SchemaError struct{ Err error }

// Error says what to do.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("the memory was made by another version of Vivencia: run vivencia rebuild: %v", e.Err)
}

// Unwrap returns what differs.
func (e *SchemaError) Unwrap() error { return e.Err }

// Memory is the view and the service on it. It is safe for concurrent use;
// Apply is called by one goroutine at a time.
type Memory struct {
	config Config
	db     *sqldb.DB

	// Of Apply alone.
	applying sync.Mutex
	doubt    bool // whether the last transaction was committed
	people   *identity.Store
	rules    identity.Rules

	mu      sync.Mutex // guards what follows
	state   state
	changed chan struct{} // closed and replaced when state changes
	seen    *dedupe.Set
	latest  latest
}

// state is the row of memory_state.
type state struct {
	position                               cx.Seq
	events, answers, duplicates, customers int64
}

// Open opens the memory in c.DB, or makes an empty one. The error is a
// *SchemaError when another version of this package wrote it.
func Open(ctx context.Context, c Config) (*Memory, error) {
	const op = "remember.Open"
	m := &Memory{config: c, db: c.DB, changed: make(chan struct{})}
	for _, migrate := range []func() error{
		func() error { return c.DB.Migrate(ctx, "remember", migrations) },
		func() error { return timeline.Migrate(ctx, c.DB) },
		func() error { return coalesce(ctx, c.DB) },
		func() error { return m.load(ctx) },
	} {
		err := migrate()
		var schema *SchemaError
		switch {
		case errors.As(err, &schema):
			return nil, schema
		case cx.KindOf(err) == cx.Conflict: // of sqldb.Migrate
			return nil, &SchemaError{err}
		case err != nil:
			return nil, cx.Wrap(op, err)
		}
	}
	return m, nil
}

// coalesce lets SQLite copy its write-ahead log into the file less often: a
// batch touches pages all over it, and the next ones many of them again.
func coalesce(ctx context.Context, db *sqldb.DB) error {
	if db.Dialect() != sqldb.SQLite {
		return nil
	}
	return db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `PRAGMA wal_autocheckpoint(16000)`)
		return err
	})
}

// load reads what Apply keeps in memory.
func (m *Memory) load(ctx context.Context) (err error) {
	seen, err := dedupe.Open(ctx, m.db)
	if err != nil {
		return err
	}
	if m.people, err = identity.Open(ctx, m.db, m.config.Salt); err != nil {
		return err
	}
	s, yaml, err := m.readState(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = m.db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO memory_state (version, position, events, answers, duplicates, customers) VALUES ($1, 0, 0, 0, 0, 0)`, version)
			return err
		})
	}
	if err != nil {
		return err
	}
	if err := m.setRules(yaml); err != nil {
		return err
	}
	m.mu.Lock()
	m.seen = seen
	m.mu.Unlock()
	m.publish(s)
	return nil
}

func (m *Memory) readState(ctx context.Context) (s state, yaml string, err error) {
	have := version
	err = m.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT version, position, events, answers, duplicates, customers, COALESCE((SELECT model FROM models ORDER BY seq DESC LIMIT 1), '') FROM memory_state`).
			Scan(&have, &s.position, &s.events, &s.answers, &s.duplicates, &s.customers, &yaml)
	})
	if err == nil && have != version {
		err = &SchemaError{fmt.Errorf("its rules are of version %d and these of %d", have, version)}
	}
	return s, yaml, err
}

// setRules makes the identity rules of a model act; "" is no model.
func (m *Memory) setRules(yaml string) error {
	rules, err := rulesOf(yaml)
	if err == nil {
		m.rules = rules
	}
	return err
}

func rulesOf(yaml string) (identity.Rules, error) {
	declared := model.Empty()
	if yaml != "" {
		var err error
		if declared, err = model.Parse([]byte(yaml)); err != nil {
			return identity.Rules{}, err
		}
	}
	return identity.NewRules(declared.IdentifierRules()), nil
}

// publish shows a state to who waits and watches.
func (m *Memory) publish(s state) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = s
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *Memory) now() (state, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state, m.changed
}

func (m *Memory) dedupe() *dedupe.Set {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen
}

// Name returns "remember".
func (m *Memory) Name() string { return "remember" }

// Position returns the seq up to which everything is remembered.
func (m *Memory) Position(context.Context) (cx.Seq, error) {
	s, _ := m.now()
	return s.position, nil
}

// WaitFor returns when everything up to seq is remembered: a reader then sees
// what it wrote. The error is Unavailable when ctx ends before.
func (m *Memory) WaitFor(ctx context.Context, seq cx.Seq) error {
	for {
		s, changed := m.now()
		if s.position >= seq {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return &cx.Error{
				Kind: cx.Unavailable, Op: "remember.WaitFor", Err: context.Cause(ctx),
				Message: "it is in the log and will be remembered soon: ask again",
			}
		}
	}
}
