package sqldb

import (
	"context"
	"errors"
	"net/url"
	"os"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Snapshot writes what is committed now into a new SQLite file at path, for its
// owner alone. Writers go on meanwhile. What was deleted is not in it.
//
// Errors: Conflict when path exists; Invalid on PostgreSQL, whose own tools
// copy it.
func (db *DB) Snapshot(ctx context.Context, path string) error {
	const op = "sqldb.Snapshot"
	if db.dialect != SQLite {
		return cx.Errorf(cx.Invalid, op, "a snapshot is SQLite's: use pg_dump for PostgreSQL")
	}
	// Made here for its mode: VACUUM INTO takes a file that is empty.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if os.IsExist(err) {
		return cx.Errorf(cx.Conflict, op, "%s is there already", path)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return cx.Wrap(op, err)
	}
	// On a connection of its own: the writer's would keep writers waiting, the
	// readers' write nothing.
	own, err := openSQLitePool(db.path, url.Values{"_busy_timeout": {"10000"}})
	if err == nil {
		_, err = own.ExecContext(ctx, `VACUUM INTO $1`, path)
		err = errors.Join(err, own.Close())
	}
	if err != nil {
		return cx.Wrap(op, errors.Join(classify(err), os.Remove(path)))
	}
	return nil
}

// Check reads the whole database and tells what is wrong with its file: nil
// when it is sound. SQLite only; PostgreSQL looks after its own.
func (db *DB) Check(ctx context.Context) error {
	if db.dialect != SQLite {
		return nil
	}
	var said string
	if err := db.reader.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said); err != nil {
		return classify(err)
	}
	if said != "ok" {
		return cx.Errorf(cx.Internal, "sqldb.Check", "%s", said)
	}
	return nil
}
