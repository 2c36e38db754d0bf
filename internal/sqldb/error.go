package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// IsDuplicate tells whether err comes from a row that would break a primary
// key or a unique index.
func IsDuplicate(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505" // unique_violation
}

// classify gives an engine's error its kind. Errors that have one keep it.
func classify(err error) error {
	var known *cx.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &cx.Error{Kind: kindOf(err), Op: "sqldb", Err: err}
}

func kindOf(err error) cx.ErrorKind {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var netErr net.Error
	switch {
	case IsDuplicate(err):
		return cx.Conflict
	case errors.As(err, &lite):
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return cx.Full
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_INTERRUPT:
			return cx.Unavailable
		}
	case errors.As(err, &pg):
		switch {
		case pg.Code == "53100": // disk_full
			return cx.Full
		case pg.Code[:2] == "08", pg.Code[:2] == "53", pg.Code[:2] == "57": // connection, resources, operator intervention
			return cx.Unavailable
		}
	case errors.Is(err, sql.ErrNoRows):
		return cx.NotFound
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, sql.ErrConnDone), errors.Is(err, driver.ErrBadConn), errors.As(err, &netErr):
		return cx.Unavailable
	}
	return cx.Internal
}
