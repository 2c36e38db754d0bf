package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Config says where the file lies and what it may use.
type Config struct {
	Path    string // of the file; it is made when missing
	Memory  int64  // bytes; 0: 512 MB
	Threads int    // 0: one for each core
	TempDir string // for what does not fit in memory; "": Path + ".tmp"
}

// Store is a history.Store on a DuckDB file. One process may have it open.
type Store struct {
	db     *sql.DB
	writer *sql.Conn // the one that writes; its temporary tables stage chunks
	words  *words

	mu    sync.Mutex // held while writing
	state history.State
	// customers are the profiles that are not their own customer, as stored.
	customers map[cx.ProfileNo]cx.CustomerNo

	closeOnce sync.Once
	closeErr  error
}

var _ history.Store = (*Store)(nil)

// Open opens the file. The error is history.ErrSchema when the file is of
// another version: remove it, and the log makes it again.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Memory == 0 {
		c.Memory = 512 << 20
	}
	if c.TempDir == "" {
		c.TempDir = c.Path + ".tmp"
	}
	s, err := open(ctx, c)
	if err != nil {
		return nil, cx.Wrap("duckdb.Open", err)
	}
	return s, nil
}

func open(ctx context.Context, c Config) (*Store, error) {
	connector, err := duckdb.NewConnector(c.Path, nil)
	if err != nil {
		return nil, err
	}
	s := &Store{db: sql.OpenDB(connector), words: newWords(), customers: map[cx.ProfileNo]cx.CustomerNo{}}
	if err := s.begin(ctx, c); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) begin(ctx context.Context, c Config) error {
	settings := []string{
		"SET autoinstall_known_extensions=false", "SET autoload_known_extensions=false",
		"SET checkpoint_threshold='256MB'",
		"SET memory_limit='" + strconv.FormatInt(c.Memory>>20, 10) + "MiB'", "SET temp_directory=" + quote(c.TempDir),
	}
	if c.Threads > 0 {
		settings = append(settings, "SET threads="+strconv.Itoa(c.Threads))
	}
	for _, set := range settings {
		if _, err := s.db.ExecContext(ctx, set); err != nil {
			return err
		}
	}
	var tables int
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM duckdb_tables() WHERE NOT temporary").Scan(&tables); err != nil {
		return err
	}
	if tables == 0 {
		if _, err := s.db.ExecContext(ctx, "BEGIN;"+schema+"COMMIT;"); err != nil {
			return err
		}
	}
	var err error
	if s.writer, err = s.db.Conn(ctx); err != nil {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, staging); err != nil {
		return err
	}
	return s.load(ctx)
}

func (s *Store) load(ctx context.Context) error {
	var version int
	row := s.db.QueryRowContext(ctx, "SELECT version, position, model, done, upto FROM meta")
	if err := row.Scan(&version, &s.state.Position, &s.state.Model, &s.state.Done, &s.state.Upto); err != nil {
		return err
	}
	if version != schemaVersion {
		return fmt.Errorf("version %d, not %d: %w", version, schemaVersion, history.ErrSchema)
	}
	err := each(ctx, s.db, "SELECT kind, no, word FROM words ORDER BY kind, no", nil, func(rows *sql.Rows) error {
		var n newWord
		if err := rows.Scan(&n.kind, &n.no, &n.word); err != nil {
			return err
		}
		if n.kind < wordKinds {
			s.words.load(n)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return each(ctx, s.db, "SELECT profile_no, customer_no FROM customers", nil, func(rows *sql.Rows) error {
		var c history.Cluster
		if err := rows.Scan(&c.Profile, &c.Customer); err != nil {
			return err
		}
		s.customers[c.Profile] = c.Customer
		return nil
	})
}

// State tells how far the store is.
func (s *Store) State(context.Context) (history.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, nil
}

// Close closes the file. It may be called again.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.writer != nil {
			_ = s.writer.Close()
		}
		s.closeErr = cx.Wrap("duckdb.Close", s.db.Close())
	})
	return s.closeErr
}

// write runs fn in a transaction of the writer; the state that fn returns is
// stored with it. The caller holds mu.
func (s *Store) write(ctx context.Context, fn func(*tables) (history.State, error)) (err error) {
	// A transaction of DuckDB that is cancelled half-way leaves its connection in
	// it: what is begun is ended.
	ctx = context.WithoutCancel(ctx)
	if _, err := s.writer.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.words.drop()
			if _, rollback := s.writer.ExecContext(ctx, "ROLLBACK"); rollback != nil {
				err = fmt.Errorf("%w; and rolling back: %w", err, rollback)
			}
		}
	}()
	var state history.State
	err = s.writer.Raw(func(conn any) (err error) {
		t := &tables{conn: conn.(driver.Conn), words: s.words}
		if state, err = fn(t); err == nil {
			err = t.storeWords()
		}
		return t.close(err)
	})
	if err != nil {
		return err
	}
	_, err = s.writer.ExecContext(ctx, fmt.Sprintf("UPDATE meta SET position=%d, model=%d, done=%d, upto=%d", state.Position, state.Model, state.Done, state.Upto))
	if err != nil {
		return err
	}
	if _, err = s.writer.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	s.words.keep()
	s.state = state
	return nil
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls fn for each row of a query.
func each(ctx context.Context, db querier, query string, args []any, fn func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// quote writes s as a text of SQL.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
