package sqldb

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// openPostgres opens the pools. The driver prepares and keeps statements by
// itself, a connection at a time.
func openPostgres(db *DB, c Config) error {
	config, err := pgx.ParseConfig(c.DSN)
	if err != nil {
		return cx.Errorf(cx.Invalid, "pgx.ParseConfig", "the database's address is wrong: %w", err)
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "vivencia"
	}
	db.dialect = Postgres
	db.writer = stdlib.OpenDB(*config)
	db.reader = stdlib.OpenDB(*config)
	return nil
}
