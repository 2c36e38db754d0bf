package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Dialect names an engine.
type Dialect string

// The engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Config says which database to open and how.
type Config struct {
	DSN         string // path of a SQLite file (made when missing), or postgres://…
	Synchronous string // SQLite only: "FULL" (the default), or "NORMAL" for what can be derived again
	MaxReaders  int    // connections that read at the same time; 0 means as many as processors, at least 4
	// OnDamage (may be nil) is told each time that a Read or a Write finds the file
	// damaged. It must not use the database.
	OnDamage func(error)
}

// DB is an open database: one connection that writes, a pool that reads. It is
// safe for concurrent use.
type DB struct {
	dialect Dialect
	writer  *sql.DB
	reader  *sql.DB
	path    string // of SQLite's file
	damaged func(error)

	turn   chan struct{} // holds one token: whose turn it is to write
	holder atomic.Uint64 // goroutine that has the turn, 0 when none
}

// Open opens the database and asks it whether it is there.
//
// Errors: Invalid for a wrong Config, Unavailable when the database cannot be
// opened.
func Open(ctx context.Context, c Config) (*DB, error) {
	const op = "sqldb.Open"
	switch {
	case c.DSN == "":
		return nil, cx.Errorf(cx.Invalid, op, "name a database: the path of a SQLite file, or postgres://…")
	case c.Synchronous == "":
		c.Synchronous = "FULL"
	case c.Synchronous != "FULL" && c.Synchronous != "NORMAL":
		return nil, cx.Errorf(cx.Invalid, op, "synchronous is FULL or NORMAL, not %q", c.Synchronous)
	}
	if c.MaxReaders <= 0 {
		c.MaxReaders = max(4, runtime.NumCPU())
	}
	db := &DB{turn: make(chan struct{}, 1), damaged: c.OnDamage}
	open := openSQLite
	if strings.HasPrefix(c.DSN, "postgres://") || strings.HasPrefix(c.DSN, "postgresql://") {
		open = openPostgres
	}
	if err := open(db, c); err != nil {
		return nil, cx.Wrap(op, err)
	}
	for _, pool := range []struct {
		*sql.DB
		size int
	}{{db.writer, 1}, {db.reader, c.MaxReaders}} {
		pool.SetMaxOpenConns(pool.size)
		pool.SetMaxIdleConns(pool.size)
		if err := pool.PingContext(ctx); err != nil {
			_ = db.Close()
			return nil, &cx.Error{Kind: cx.Unavailable, Op: op, Err: err}
		}
	}
	if err := db.settle(ctx); err != nil {
		_ = db.Close()
		return nil, &cx.Error{Kind: cx.Unavailable, Op: op, Err: err}
	}
	return db, nil
}

// Dialect tells which engine answers.
func (db *DB) Dialect() Dialect { return db.dialect }

// Close closes every connection. Further calls do nothing.
func (db *DB) Close() error { return errors.Join(db.reader.Close(), db.writer.Close()) }

// Write runs fn in a transaction that may write, one at a time in this
// process, and commits when fn returns nil. When fn returns an error or
// panics, nothing is written. ctx bounds the wait for one's turn and is asked
// before every statement and before the commit. A Write inside a Write is an
// Internal error.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if err := db.take(ctx); err != nil {
		return err
	}
	defer db.release()
	if db.dialect == SQLite {
		// The driver and database/sql each start a goroutine for every statement
		// under a context that can end. Tx asks it instead, once a statement.
		return db.run(ctx, context.WithoutCancel(ctx), db.writer, nil, fn)
	}
	return db.run(ctx, ctx, db.writer, nil, fn)
}

// take waits for one's turn to write; release ends it.
func (db *DB) take(ctx context.Context) error {
	const op = "sqldb.Write"
	self := goroutine()
	select {
	case db.turn <- struct{}{}:
	default:
		if db.holder.Load() == self {
			return cx.Errorf(cx.Internal, op, "a Write inside a Write would wait for itself: pass the Tx on")
		}
		select {
		case db.turn <- struct{}{}:
		case <-ctx.Done():
			return &cx.Error{Kind: cx.Unavailable, Op: op, Err: context.Cause(ctx)}
		}
	}
	db.holder.Store(self)
	return nil
}

func (db *DB) release() {
	db.holder.Store(0)
	<-db.turn
}

// Read runs fn on one snapshot of the database that cannot be written. Reads
// do not wait for a Write, nor a Write for them. Do not nest Reads: enough of
// them at once would wait for one another's connections.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return db.run(ctx, ctx, db.reader, &sql.TxOptions{ReadOnly: true, Isolation: db.snapshot()}, fn)
}

func (db *DB) snapshot() sql.IsolationLevel {
	if db.dialect == Postgres {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault // in WAL mode SQLite gives nothing else
}

func (db *DB) run(ctx, driverCtx context.Context, pool *sql.DB, opts *sql.TxOptions, fn func(*Tx) error) (err error) {
	defer func() {
		if db.damaged != nil && IsDamaged(err) {
			db.damaged(err)
		}
	}()
	if err := ctx.Err(); err != nil {
		return classify(context.Cause(ctx))
	}
	tx, err := pool.BeginTx(driverCtx, opts)
	if err != nil {
		return classify(err)
	}
	t := &Tx{tx: tx, dialect: db.dialect}
	if driverCtx != ctx {
		t.driverCtx = driverCtx
	}
	defer func() { _ = tx.Rollback() }() // does nothing once committed; undoes a panic's work
	if err := fn(t); err != nil {
		return classify(err)
	}
	if err := ctx.Err(); err != nil {
		return classify(context.Cause(ctx))
	}
	if opts != nil && opts.ReadOnly {
		return nil
	}
	return classify(tx.Commit())
}

// goroutine returns the number of the calling goroutine, from the first line
// of its stack ("goroutine 7 [running]:"). It serves only to tell a Write
// within a Write from one that waits for another's.
func goroutine() uint64 {
	var buf [32]byte
	line := buf[:runtime.Stack(buf[:], false)]
	var n uint64
	for _, c := range line[len("goroutine "):] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + uint64(c-'0')
	}
	return n
}
