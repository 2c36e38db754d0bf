package sqldbtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Each runs fn as a parallel subtest on SQLite, and on PostgreSQL when
// VIVENCIA_TEST_POSTGRES holds the DSN (postgres://…) of a database in which
// schemas may be made. Every open gives an empty database of its own, closed
// and removed with the test.
func Each(t *testing.T, fn func(t *testing.T, open func(t *testing.T) *sqldb.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, func(t *testing.T) *sqldb.DB {
			t.Helper()
			return open(t, filepath.Join(t.TempDir(), "test.db"))
		})
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := os.Getenv("VIVENCIA_TEST_POSTGRES")
		if dsn == "" {
			t.Skip("VIVENCIA_TEST_POSTGRES is not set: tools/postgres.sh starts a private server and prints its DSN")
		}
		t.Parallel()
		fn(t, func(t *testing.T) *sqldb.DB {
			t.Helper()
			return open(t, schema(t, dsn))
		})
	})
}

func open(t *testing.T, dsn string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: dsn, Synchronous: "NORMAL", MaxReaders: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// schema makes an empty schema and returns a DSN that sees it alone.
func schema(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	run := func(ctx context.Context, statement string) {
		t.Helper()
		db, err := sqldb.Open(ctx, sqldb.Config{DSN: dsn, MaxReaders: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if err := db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, statement)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	run(t.Context(), `CREATE SCHEMA `+name)
	t.Cleanup(func() { run(context.Background(), `DROP SCHEMA `+name+` CASCADE`) })
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return u.String()
}
