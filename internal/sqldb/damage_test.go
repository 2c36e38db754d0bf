package sqldb_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// TestDamageIsTold breaks a database's files while nobody has them open, in the
// ways in which disks and people do.
func TestDamageIsTold(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	// make returns the files of a database that holds rows; the log too, when
	// asked, as after a power cut.
	build := func(rows int, power bool) (db, log []byte) {
		path := filepath.Join(t.TempDir(), "x.db")
		d, err := sqldb.Open(ctx, sqldb.Config{DSN: path})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, d, 0, rows)
		if power {
			if err := d.Truncate(ctx); err != nil {
				t.Fatal(err)
			}
			fill(t, d, rows, 2*rows)
			db, log = read(t, path), read(t, path+"-wal")
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if !power {
			db = read(t, path)
		}
		return db, log
	}
	sound, _ := build(2000, false)
	cut, log := build(2000, true)
	_, foreign := build(1000, true)
	garbage := append([]byte{}, sound...)
	for i := range garbage[:4096] {
		garbage[i] = byte(i * 7)
	}
	half := append(append([]byte{}, sound[:4096]...), make([]byte, len(sound)-4096)...)
	for name, c := range map[string]struct {
		db, log []byte
		damaged bool
	}{
		"sound":           {sound, nil, false},
		"after power cut": {cut, log, false},
		"empty":           {[]byte{}, nil, false},
		"missing":         {nil, nil, false},
		"truncated":       {sound[:len(sound)/2], nil, true},
		"its head cut":    {sound[:50], nil, true},
		"garbage":         {garbage, nil, true},
		"text":            {[]byte("hello, this is no database at all; it is a text that somebody saved here by mistake, longer than a header"), nil, true},
		"another's log":   {cut, foreign, true},
		"log alone":       {nil, log, true},
		"zeros":           {half, nil, true},
	} {
		path := filepath.Join(t.TempDir(), "y.db")
		for file, raw := range map[string][]byte{path: c.db, path + "-wal": c.log} {
			if raw != nil {
				if err := os.WriteFile(file, raw, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := use(ctx, path); sqldb.IsDamaged(err) != c.damaged || !c.damaged && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// use opens a database and reads all of it.
func use(ctx context.Context, path string) error {
	d, err := sqldb.Open(ctx, sqldb.Config{DSN: path})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Migrate(ctx, "things", things); err != nil {
		return err
	}
	return d.Read(ctx, func(tx *sqldb.Tx) error {
		var n int
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM things WHERE name <> 'x'`).Scan(&n)
	})
}

func fill(t *testing.T, d *sqldb.DB, from, to int) {
	t.Helper()
	if err := d.Migrate(t.Context(), "things", things); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(tx *sqldb.Tx) error {
		for i := from; i < to; i++ {
			if err := insert(t.Context(), tx, int64(i), fmt.Sprintf("thing %0100d", i)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
