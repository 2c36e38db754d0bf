package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// file is an open file and what of it is kept in memory. The engine itself is in
// memory and the file attached to it, so that the limits of the engine hold
// before a byte of the file is read.
type file struct {
	db     *sql.DB
	writer *sql.Conn // the one that writes; its temporary tables stage chunks
	words  *words
	state  history.State
	owed   bool // what was erased still lies in the file's blocks
	// customers are the profiles that are not their own customer; merged are
	// the same, for questions.
	customers  map[cx.ProfileNo]cx.CustomerNo
	merged     atomic.Pointer[[]history.Cluster]
	summarised cx.Seq        // the summaries are of the facts up to here
	most       atomic.Uint32 // no fact has a greater profile
	kept       keptBitmaps   // of summaries
}

// catalog is the name under which the file is attached.
const catalog = "history"

// attach names what makes a file of ours: its format compresses texts by
// dictionary and by common parts, which is most of what a fact takes.
func attach(path, as string) string {
	return "ATTACH IF NOT EXISTS " + quote(path) + " AS " + as + " (STORAGE_VERSION 'v1.5.0');"
}

// openFile opens the file, and makes it when it is missing.
func openFile(ctx context.Context, c Config) (*file, error) {
	settings := "SET autoinstall_known_extensions=false; SET autoload_known_extensions=false;" +
		"SET checkpoint_threshold='" + checkpointThreshold + "';" +
		"SET memory_limit='" + strconv.FormatInt(c.Memory>>20, 10) + "MiB'; SET temp_directory=" + quote(c.TempDir) + ";"
	if c.Threads > 0 {
		settings += "SET threads=" + strconv.Itoa(c.Threads) + ";"
	}
	connector, err := duckdb.NewConnector("", func(conn driver.ExecerContext) error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), settings+attach(c.Path, catalog)+"USE "+catalog, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	f := &file{db: sql.OpenDB(connector), words: newWords(), customers: map[cx.ProfileNo]cx.CustomerNo{}}
	f.db.SetMaxIdleConns(connections)
	if err := f.begin(ctx); err != nil {
		_ = f.close()
		return nil, err
	}
	return f, nil
}

const (
	// checkpointThreshold is how long the log beside the file grows: at 5,000
	// facts a second a checkpoint each half minute, of a few tenths of a second.
	checkpointThreshold = "64MB"
	connections         = 8
)

func (f *file) begin(ctx context.Context) error {
	var tables int
	query := "SELECT count(*) FROM duckdb_tables() WHERE database_name = " + quote(catalog)
	if err := f.db.QueryRowContext(ctx, query).Scan(&tables); err != nil {
		return err
	}
	if tables == 0 {
		if _, err := f.db.ExecContext(ctx, "BEGIN;"+schema+"COMMIT;"); err != nil {
			return err
		}
	}
	var err error
	if f.writer, err = f.db.Conn(ctx); err != nil {
		return err
	}
	if _, err := f.writer.ExecContext(ctx, staging); err != nil {
		return err
	}
	return f.load(ctx)
}

func (f *file) load(ctx context.Context) error {
	var version int
	if err := f.db.QueryRowContext(ctx, "SELECT version FROM meta").Scan(&version); err != nil {
		return err
	}
	if version != schemaVersion {
		return fmt.Errorf("version %d, not %d: %w", version, schemaVersion, history.ErrSchema)
	}
	var most uint32
	row := f.db.QueryRowContext(ctx, "SELECT position, model, done, upto, owed, seq, (SELECT coalesce(max(profile_no), 0) FROM events) FROM meta, summarised")
	if err := row.Scan(&f.state.Position, &f.state.Model, &f.state.Done, &f.state.Upto, &f.owed, &f.summarised, &most); err != nil {
		return err
	}
	f.most.Store(most)
	err := each(ctx, f.db, "SELECT kind, no, word FROM words ORDER BY kind, no", nil, func(rows *sql.Rows) error {
		var n newWord
		if err := rows.Scan(&n.kind, &n.no, &n.word); err != nil {
			return err
		}
		if n.kind < wordKinds {
			f.words.load(n)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = each(ctx, f.db, "SELECT profile_no, customer_no FROM customers", nil, func(rows *sql.Rows) error {
		var c history.Cluster
		if err := rows.Scan(&c.Profile, &c.Customer); err != nil {
			return err
		}
		f.customers[c.Profile] = c.Customer
		return nil
	})
	f.mergedAnew()
	return err
}

// merge notes clusters that were stored.
func (f *file) merge(clusters []history.Cluster) {
	for _, c := range clusters {
		if c.Customer == c.Profile {
			delete(f.customers, c.Profile)
		} else {
			f.customers[c.Profile] = c.Customer
		}
	}
	if len(clusters) > 0 {
		f.mergedAnew()
	}
}

// mergedAnew tells questions of the customers as they are now.
func (f *file) mergedAnew() {
	merged := make([]history.Cluster, 0, len(f.customers))
	for profile, customer := range f.customers {
		merged = append(merged, history.Cluster{Profile: profile, Customer: customer})
	}
	f.merged.Store(&merged)
}

// write runs fn in a transaction of the writer; the state that fn returns is
// stored with it. Only one may write at a time.
func (f *file) write(ctx context.Context, fn func(*tables) (history.State, error)) (err error) {
	// A transaction of DuckDB that is cancelled half-way leaves its connection in
	// it: what is begun is ended.
	ctx = context.WithoutCancel(ctx)
	if _, err := f.writer.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.words.drop()
			if _, rollback := f.writer.ExecContext(ctx, "ROLLBACK"); rollback != nil {
				err = fmt.Errorf("%w; and rolling back: %w", err, rollback)
			}
		}
	}()
	var state history.State
	err = f.writer.Raw(func(conn any) (err error) {
		t := &tables{conn: conn.(driver.Conn), words: f.words}
		if state, err = fn(t); err == nil {
			err = t.storeWords()
		}
		return t.close(err)
	})
	if err != nil {
		return err
	}
	_, err = f.writer.ExecContext(ctx, fmt.Sprintf("UPDATE meta SET position=%d, model=%d, done=%d, upto=%d", state.Position, state.Model, state.Done, state.Upto))
	if err != nil {
		return err
	}
	if _, err = f.writer.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	f.words.keep()
	f.state = state
	return nil
}

// close writes the log beside the file into it and closes it.
func (f *file) close() error {
	if f.writer != nil {
		_ = f.writer.Close()
	}
	return f.db.Close()
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
