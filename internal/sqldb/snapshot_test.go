package sqldb_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

func TestSnapshotIsAWholeDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func(name string) *sqldb.DB {
		db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(dir, name)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	db := open("state.db")
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(t.Context(), `CREATE TABLE notes (note TEXT NOT NULL)`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO notes (note) VALUES ('kept')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "copy.db")
	if err := db.Snapshot(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600 (%v)", info.Mode(), err)
	}
	if err := db.Snapshot(t.Context(), copied); cx.KindOf(err) != cx.Conflict {
		t.Errorf("a second one there: %v, want a conflict", err)
	}
	var note string
	err = open("copy.db").Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT note FROM notes`).Scan(&note)
	})
	if err != nil || note != "kept" {
		t.Errorf("the copy says %q, %v", note, err)
	}
}

func TestCheckFindsADamagedPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	fill := func(db *sqldb.DB) error {
		return db.Write(t.Context(), func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(t.Context(), `CREATE TABLE notes (note TEXT NOT NULL)`); err != nil {
				return err
			}
			for range 2000 {
				if _, err := tx.Exec(t.Context(), `INSERT INTO notes (note) VALUES ('a note that takes some room on its page')`); err != nil {
					return err
				}
			}
			return nil
		})
	}
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: path})
	if err == nil {
		err = fill(db)
	}
	if err == nil {
		err = db.Check(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(src) / 2; i < len(src)/2+4096; i++ {
		src[i] = 0xA5
	}
	if err := os.WriteFile(path, src, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err = sqldb.Open(t.Context(), sqldb.Config{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Check(t.Context()); err == nil {
		t.Error("a page of garbage was not found")
	}
}
