package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// migration is one step of a room's schema.
type migration struct {
	number int
	name   string
	text   string
	sum    string
}

var migrationName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)(?:\.(sqlite|postgres))?\.sql$`)

// Migrate brings the tables of a room up to date: it applies the files
// NNNN_name.sql (or NNNN_name.sqlite.sql and NNNN_name.postgres.sql) found
// anywhere in files, once, in order, each in a transaction. What is applied
// already must be there unchanged.
//
// Errors: Conflict when an applied migration was changed or is unknown (the
// database was opened by a newer version); Invalid for files that are not
// migrations.
func (db *DB) Migrate(ctx context.Context, room string, files fs.FS) error {
	const op = "sqldb.Migrate"
	wanted, err := readMigrations(files, db.dialect)
	if err != nil {
		return cx.Wrap(op, err)
	}
	for {
		done := false
		err := db.Write(ctx, func(tx *Tx) error {
			applied, err := appliedMigrations(ctx, tx, room)
			if err != nil {
				return err
			}
			for i, a := range applied {
				switch {
				case i >= len(wanted):
					return cx.Errorf(cx.Conflict, op, "migration %s %04d_%s is unknown: a newer version of Vivencia has opened this database; use that one", room, a.number, a.name)
				case wanted[i].number != a.number || wanted[i].sum != a.sum:
					return cx.Errorf(cx.Conflict, op, "migration %s %04d_%s was changed after it had been applied; put its text back and add a new one", room, a.number, a.name)
				}
			}
			if len(applied) == len(wanted) {
				done = true
				return nil
			}
			return apply(ctx, tx, room, wanted[len(applied)])
		})
		if done || err != nil {
			return cx.Wrap(op, err)
		}
	}
}

func readMigrations(files fs.FS, d Dialect) ([]migration, error) {
	var all []migration
	err := fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		parts := migrationName.FindStringSubmatch(path.Base(file))
		if parts == nil {
			return cx.Errorf(cx.Invalid, "sqldb.readMigrations", "%s is not named like a migration: NNNN_name.sql", file)
		}
		if parts[3] != "" && parts[3] != string(d) {
			return nil
		}
		text, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		number, _ := strconv.Atoi(parts[1])
		sum := sha256.Sum256(text)
		all = append(all, migration{number, parts[2], string(text), hex.EncodeToString(sum[:])})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b migration) int { return a.number - b.number })
	for i := 1; i < len(all); i++ {
		if all[i-1].number == all[i].number {
			return nil, cx.Errorf(cx.Invalid, "sqldb.readMigrations", "two migrations have the number %04d", all[i].number)
		}
	}
	return all, nil
}

func appliedMigrations(ctx context.Context, tx *Tx, room string) ([]migration, error) {
	if tx.dialect == Postgres { // another process may be at it
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('vivencia.migrate'))`); err != nil {
			return nil, err
		}
	}
	if _, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS vivencia_migrations (
		room TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, sum TEXT NOT NULL, PRIMARY KEY (room, number))`); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT number, name, sum FROM vivencia_migrations WHERE room = $1 ORDER BY number`, room)
	if err != nil {
		return nil, err
	}
	return Collect(rows, func(rows *sql.Rows) (m migration, err error) {
		err = rows.Scan(&m.number, &m.name, &m.sum)
		return m, err
	})
}

func apply(ctx context.Context, tx *Tx, room string, m migration) error {
	var script []any
	if tx.dialect == Postgres { // the only protocol that takes several statements at once
		script = []any{pgx.QueryExecModeSimpleProtocol}
	}
	if _, err := tx.Exec(ctx, m.text, script...); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO vivencia_migrations (room, number, name, sum) VALUES ($1, $2, $3, $4)`,
		room, m.number, m.name, m.sum)
	return err
}
