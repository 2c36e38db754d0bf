package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Config says where the file lies and what it may use.
type Config struct {
	Path    string // of the file; it is made when missing
	Memory  int64  // bytes; 0: 512 MB
	Threads int    // 0: one for each core
	TempDir string // for what does not fit in memory; "": Path + ".tmp"
	// OnDamage (may be nil) is told each time that a question or a write finds the
	// file damaged. It must not use the store.
	OnDamage func(error)

	summariseEvery cx.Seq
}

// Store is a history.Store on a DuckDB file. One process may have it open.
type Store struct {
	c Config

	// Of these locks, who takes several takes them in this order.
	rewriting chan struct{} // holds one: who rewrites facts that are stored
	mu        sync.Mutex    // held while writing
	swap      sync.RWMutex  // held while asking; for writing while another file takes the place of this one

	file   *file // nil while there is none. Writers hold mu, questions swap
	closed bool  // guarded by mu

	coming    map[cx.Seq]struct{} // erased before they came; guarded by mu
	snapshots map[cx.Seq][]byte   // the traits of answers that come; guarded by mu
	erasures  erasures
	rewritten atomic.Uint64 // how many times facts that are stored changed

	background  sync.WaitGroup // makes summaries
	summarising bool           // guarded by mu
	lifetime    context.Context
	end         context.CancelFunc // of lifetime
}

var _ history.Store = (*Store)(nil)

// Open opens the file. The error is history.ErrSchema when the file is of
// another version and history.ErrDamaged when it cannot be read: remove it, and
// the log makes it again.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Memory == 0 {
		c.Memory = 512 << 20
	}
	if c.TempDir == "" {
		c.TempDir = c.Path + ".tmp"
	}
	if c.summariseEvery == 0 {
		c.summariseEvery = summariseEvery
	}
	s := &Store{c: c, rewriting: make(chan struct{}, 1), coming: map[cx.Seq]struct{}{}, snapshots: map[cx.Seq][]byte{}}
	s.lifetime, s.end = context.WithCancel(context.WithoutCancel(ctx))
	err := c.tidy()
	if err == nil {
		s.file, err = openFile(ctx, c)
	}
	if err != nil {
		s.end()
		return nil, tell("duckdb.Open", err)
	}
	s.summariseWhenDue()
	return s, nil
}

// State tells how far the store is.
func (s *Store) State(ctx context.Context) (history.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return history.State{}, tell("duckdb.State", err)
	}
	return s.file.state, nil
}

// ready opens the file again if that failed before. The caller holds mu.
func (s *Store) ready(ctx context.Context) error {
	if s.closed {
		return errClosed
	}
	if s.file != nil {
		return nil
	}
	err := s.again(ctx)
	s.notice(err)
	return err
}

// Close waits for what is under way and closes the file. It may be called again.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.end()
	s.background.Wait()
	s.rewriting <- struct{}{}
	defer func() { <-s.rewriting }()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swap.Lock()
	defer s.swap.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.close()
	s.file = nil
	return tell("duckdb.Close", err)
}

// errClosed tells that the store was closed, or that its file cannot be opened.
var errClosed = cx.Errorf(cx.Unavailable, "duckdb", "the history is closed")

// notice passes on whether err tells of damage.
func (s *Store) notice(err error) {
	if s.c.OnDamage != nil && damaged(err) {
		s.c.OnDamage(err)
	}
}

// write runs fn in a transaction on the file; the state that fn returns is
// stored with it. The caller holds mu.
func (s *Store) write(ctx context.Context, fn func(f *file, t *tables) (history.State, error)) (err error) {
	defer func() { s.notice(err) }()
	if err := s.ready(ctx); err != nil {
		return err
	}
	err = s.file.write(ctx, func(t *tables) (history.State, error) { return fn(s.file, t) })
	if invalid(err) {
		// What failed is tried again by who asked for it.
		return errors.Join(err, s.again(ctx))
	}
	return err
}

// snapshot is what one question sees.
type snapshot struct {
	*sql.Conn
	*file
}

// with runs fn on a connection of its own.
func (s *Store) with(ctx context.Context, fn func(snapshot) error) (err error) {
	defer func() { s.notice(err) }()
	s.swap.RLock()
	defer s.swap.RUnlock()
	if s.file == nil {
		return errClosed
	}
	conn, err := s.file.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return fn(snapshot{conn, s.file})
}

// read runs fn on one snapshot. What is begun is ended, whatever ctx says: the
// connection is used again.
func (s *Store) read(ctx context.Context, fn func(snapshot) error) error {
	return s.with(ctx, func(tx snapshot) error {
		always := context.WithoutCancel(ctx)
		if _, err := tx.ExecContext(always, "BEGIN"); err != nil {
			return err
		}
		defer tx.ExecContext(always, "ROLLBACK") //nolint:errcheck // it only read
		return fn(tx)
	})
}

// rewrite waits until nobody else rewrites facts.
func (s *Store) rewrite(ctx context.Context) (done func(), err error) {
	select {
	case s.rewriting <- struct{}{}:
		return func() { <-s.rewriting }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
