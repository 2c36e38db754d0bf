package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

var things = fstest.MapFS{
	"0001_things.sqlite.sql":   {Data: []byte(`CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, raw BLOB); CREATE INDEX things_name ON things (name);`)},
	"0001_things.postgres.sql": {Data: []byte(`CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, raw BYTEA); CREATE INDEX things_name ON things (name);`)},
}

func withThings(t *testing.T, open func(*testing.T) *sqldb.DB) *sqldb.DB {
	t.Helper()
	db := open(t)
	if err := db.Migrate(t.Context(), "things", things); err != nil {
		t.Fatal(err)
	}
	return db
}

func insert(ctx context.Context, tx *sqldb.Tx, id int64, name string) error {
	_, err := tx.Exec(ctx, `INSERT INTO things (id, name, raw) VALUES ($1, $2, $3)`, id, name, []byte{0, 1})
	return err
}

func names(t *testing.T, db *sqldb.DB) (all []string) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
		rows, err := tx.Query(t.Context(), `SELECT name FROM things ORDER BY id`)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, sqldb.Scan[string])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWriteCommitsOrLeavesNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		db, ctx := withThings(t, open), t.Context()
		if err := db.Write(ctx, func(tx *sqldb.Tx) error { return insert(ctx, tx, 1, "one") }); err != nil {
			t.Fatal(err)
		}
		stop := errors.New("stop")
		err := db.Write(ctx, func(tx *sqldb.Tx) error { return errors.Join(insert(ctx, tx, 2, "two"), stop) })
		if !errors.Is(err, stop) {
			t.Errorf("err = %v, want the function's", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = db.Write(ctx, func(tx *sqldb.Tx) error { _ = insert(ctx, tx, 3, "three"); panic("out") })
		}()
		ended, cancel := context.WithCancel(ctx)
		err = db.Write(ended, func(tx *sqldb.Tx) error {
			defer cancel()
			return insert(ended, tx, 4, "four")
		})
		if cx.KindOf(err) != cx.Unavailable {
			t.Errorf("a context that ends before the commit: %v", err)
		}
		if got := names(t, db); fmt.Sprint(got) != "[one]" {
			t.Errorf("there is %v, want [one]", got)
		}
	})
}

func TestWriteInsideWriteIsAnError(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		db := withThings(t, open)
		err := db.Write(t.Context(), func(*sqldb.Tx) error {
			return db.Write(t.Context(), func(*sqldb.Tx) error { return nil })
		})
		if cx.KindOf(err) != cx.Internal {
			t.Errorf("err = %v", err)
		}
	})
}

func TestWriteWaitsNoLongerThanItsContext(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		db := withThings(t, open)
		inside, leave, left := make(chan bool), make(chan bool), make(chan error)
		go func() {
			left <- db.Write(context.Background(), func(*sqldb.Tx) error {
				inside <- true
				<-leave
				return nil
			})
		}()
		<-inside
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.Write(ctx, func(*sqldb.Tx) error { return nil }); cx.KindOf(err) != cx.Unavailable {
			t.Errorf("err = %v", err)
		}
		close(leave)
		if err := <-left; err != nil {
			t.Error(err)
		}
	})
}

func TestReadSeesOneSnapshotAndCannotWrite(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		db, ctx := withThings(t, open), t.Context()
		count := func(tx *sqldb.Tx) (n int) {
			t.Helper()
			if err := tx.QueryRow(ctx, `SELECT count(*) FROM things`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		err := db.Read(ctx, func(tx *sqldb.Tx) error {
			before := count(tx)
			if err := db.Write(ctx, func(w *sqldb.Tx) error { return insert(ctx, w, 1, "one") }); err != nil {
				return err
			}
			if after := count(tx); after != before {
				t.Errorf("the snapshot moved from %d to %d", before, after)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Read(ctx, func(tx *sqldb.Tx) error { return insert(ctx, tx, 2, "two") }); err == nil {
			t.Error("a Read wrote")
		}
		if got := names(t, db); len(got) != 1 {
			t.Errorf("there is %v", got)
		}
	})
}

func TestErrorsHaveKinds(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		db, ctx := withThings(t, open), t.Context()
		write := func(fn func(*sqldb.Tx) error) error { t.Helper(); return db.Write(ctx, fn) }
		twice := write(func(tx *sqldb.Tx) error {
			return errors.Join(insert(ctx, tx, 1, "one"), insert(ctx, tx, 2, "one"))
		})
		if cx.KindOf(twice) != cx.Conflict || !sqldb.IsDuplicate(twice) {
			t.Errorf("the same name twice: %v, %v", cx.KindOf(twice), twice)
		}
		none := write(func(tx *sqldb.Tx) error {
			var name string
			return tx.QueryRow(ctx, `SELECT name FROM things WHERE id = $1`, 9).Scan(&name)
		})
		if cx.KindOf(none) != cx.NotFound {
			t.Errorf("no row: %v", none)
		}
		if err := write(func(tx *sqldb.Tx) error { _, err := tx.Exec(ctx, `SELEKT`); return err }); cx.KindOf(err) != cx.Internal {
			t.Errorf("wrong SQL: %v", err)
		}
		mine := cx.Errorf(cx.Forbidden, "x", "no")
		if err := write(func(*sqldb.Tx) error { return mine }); !errors.Is(err, mine) {
			t.Errorf("an error with a kind became %v", err)
		}
	})
}

// A kept statement whose rows are still open must not be reset by a second
// query with the same text.
func TestSameTextWithinItsOwnRows(t *testing.T) {
	db := openSQLite(t)
	ctx := t.Context()
	err := db.Write(ctx, func(tx *sqldb.Tx) error {
		for i := range int64(3) {
			if err := insert(ctx, tx, i, fmt.Sprint(i)); err != nil {
				return err
			}
		}
		const text = `SELECT id FROM things WHERE id >= $1 ORDER BY id`
		outer, err := tx.Query(ctx, text, 0)
		if err != nil {
			return err
		}
		defer func() { _ = outer.Close() }()
		var seen []string
		for outer.Next() {
			var from int64
			if err := outer.Scan(&from); err != nil {
				return err
			}
			rows, err := tx.Query(ctx, text, from)
			if err != nil {
				return err
			}
			inner, err := sqldb.Collect(rows, sqldb.Scan[int64])
			if err != nil {
				return err
			}
			seen = append(seen, fmt.Sprint(from, inner))
		}
		if got, want := fmt.Sprint(seen), "[0 [0 1 2] 1 [1 2] 2 [2]]"; got != want {
			t.Errorf("read %s, want %s", got, want)
		}
		return outer.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestManyTextsKeepWorking(t *testing.T) {
	db := openSQLite(t)
	ctx := t.Context()
	err := db.Write(ctx, func(tx *sqldb.Tx) error {
		for i := range 1500 {
			var n int
			if err := tx.QueryRow(ctx, fmt.Sprintf(`SELECT %d + $1`, i), 1).Scan(&n); err != nil || n != i+1 {
				return fmt.Errorf("%d + 1 = %d, %w", i, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func openSQLite(t testing.TB) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "a ?#b.db"), Synchronous: "NORMAL"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context(), "things", things); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestSQLiteFileIsPrivateAndSet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1",
		"busy_timeout": "10000", "temp_store": "2", "query_only": "0",
	} {
		err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
			var got string
			err := tx.QueryRow(t.Context(), `PRAGMA `+pragma).Scan(&got)
			if got != want {
				t.Errorf("%s = %s, want %s", pragma, got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		config sqldb.Config
		want   cx.ErrorKind
	}{
		{sqldb.Config{}, cx.Invalid},
		{sqldb.Config{DSN: "x.db", Synchronous: "OFF"}, cx.Invalid},
		{sqldb.Config{DSN: filepath.Join(t.TempDir(), "missing", "x.db")}, cx.Unavailable},
		{sqldb.Config{DSN: "postgres:///nobody?host=/nonexistent&connect_timeout=1"}, cx.Unavailable},
		{sqldb.Config{DSN: "postgres://:bad:port/"}, cx.Invalid},
	} {
		if _, err := sqldb.Open(t.Context(), c.config); cx.KindOf(err) != c.want {
			t.Errorf("Open(%+v) = %v, want %v", c.config, err, c.want)
		}
	}
}

func BenchmarkInsert(b *testing.B) {
	db := openSQLite(b)
	ctx := b.Context()
	id := int64(0)
	for b.Loop() {
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			for range 1000 {
				id++
				if err := insert(ctx, tx, id, fmt.Sprint(id)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(id)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkPointQuery(b *testing.B) {
	db := openSQLite(b)
	ctx := b.Context()
	if err := db.Write(ctx, func(tx *sqldb.Tx) error { return insert(ctx, tx, 1, "one") }); err != nil {
		b.Fatal(err)
	}
	err := db.Write(ctx, func(tx *sqldb.Tx) error {
		for b.Loop() {
			var id int64
			if err := tx.QueryRow(ctx, `SELECT id FROM things WHERE name = $1`, "one").Scan(&id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
