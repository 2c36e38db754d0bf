package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// openSQLite opens the file by one connection that writes and a pool that
// cannot. secure_delete overwrites what is deleted, and temporary tables stay
// in memory: what is forgotten must not linger in a file.
func openSQLite(db *DB, c Config) error {
	path, err := filepath.Abs(c.DSN)
	if err != nil {
		return err
	}
	if err := inspect(path); err != nil {
		return &cx.Error{Kind: cx.Unavailable, Err: err}
	}
	// Made here for its mode: the -wal and -shm files take it over.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return &cx.Error{Kind: cx.Unavailable, Err: err}
	}
	pragmas := func(more ...string) url.Values {
		return url.Values{
			"_dqs":          {"false"},
			"_busy_timeout": {"10000"},
			"_journal_mode": {"WAL"},
			"_synchronous":  {c.Synchronous},
			"_foreign_keys": {"on"},
			"_pragma":       append([]string{"secure_delete(on)", "temp_store(memory)", "mmap_size(67108864)"}, more...),
		}
	}
	writer := pragmas("cache_size(-32768)", "wal_autocheckpoint(4000)", "journal_size_limit(67108864)")
	writer.Set("_txlock", "immediate")
	reader := pragmas("cache_size(-4096)")
	reader.Set("_query_only", "on")

	db.dialect, db.path = SQLite, path
	if db.writer, err = openSQLitePool(path, writer); err != nil {
		return err
	}
	db.reader, err = openSQLitePool(path, reader)
	return err
}

func openSQLitePool(path string, pragmas url.Values) (*sql.DB, error) {
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: pragmas.Encode()}
	c, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector{c}), nil
}

// connector opens connections that keep their prepared statements.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := inner.(fullConn)
	if !ok {
		return nil, fmt.Errorf("the SQLite driver's %T lacks a method", inner)
	}
	return &conn{fullConn: full, kept: map[string]*keptStmt{}}, nil
}

type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

const (
	maxKept     = 512     // statements a connection keeps
	maxKeptText = 8 << 10 // longer texts (scripts, mostly) are not kept
)

// conn keeps prepared statements by their text: parsing a statement costs
// several times what running a point query does. database/sql calls it from
// one goroutine at a time.
type conn struct {
	fullConn
	kept  map[string]*keptStmt
	clock uint64
}

type keptStmt struct {
	driver.Stmt
	busy bool   // its rows are being read
	used uint64 // clock of the last use
}

// statement returns the kept statement for the text, in use from now on; nil
// when the text must be run by itself.
func (c *conn) statement(ctx context.Context, query string) (*keptStmt, error) {
	if len(query) > maxKeptText {
		return nil, nil
	}
	c.clock++
	s := c.kept[query]
	if s == nil {
		inner, err := c.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		if len(c.kept) >= maxKept {
			c.dropOldest()
		}
		s = &keptStmt{Stmt: inner}
		c.kept[query] = s
	}
	if s.busy { // a second reader of the same text would reset the first
		return nil, nil
	}
	s.busy, s.used = true, c.clock
	return s, nil
}

func (c *conn) dropOldest() {
	var text string
	oldest := c.clock
	for query, s := range c.kept {
		if !s.busy && s.used < oldest {
			text, oldest = query, s.used
		}
	}
	if s := c.kept[text]; s != nil {
		_ = s.Close()
		delete(c.kept, text)
	}
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.ExecContext(ctx, query, args)
	}
	defer func() { s.busy = false }()
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.QueryContext(ctx, query, args)
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		s.busy = false
		return nil, err
	}
	return keptRows{rows, s}, nil
}

// keptRows gives the statement back when its rows are closed.
type keptRows struct {
	driver.Rows
	s *keptStmt
}

func (r keptRows) Close() error {
	r.s.busy = false
	return r.Rows.Close()
}

// Close closes the statements, then the connection.
func (c *conn) Close() error {
	for _, s := range c.kept {
		_ = s.Close()
	}
	return c.fullConn.Close()
}

// CheckNamedValue lets the plain types pass, converts named ones, and refuses
// a time.Time: times are stored as cx.Time.
func (c *conn) CheckNamedValue(v *driver.NamedValue) (err error) {
	switch x := v.Value.(type) {
	case nil, int64, string, []byte, float64, bool:
		return nil
	case int:
		v.Value = int64(x)
		return nil
	case time.Time:
		return fmt.Errorf("argument %d is a time.Time: pass a cx.Time", v.Ordinal)
	}
	v.Value, err = driver.DefaultParameterConverter.ConvertValue(v.Value)
	return err
}
