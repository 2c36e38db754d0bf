package sqldb_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

func TestMigrate(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	first := fstest.MapFS{"migrations/0001_a.sql": file(`CREATE TABLE a (id BIGINT); INSERT INTO a VALUES (1);`)}
	second := fstest.MapFS{
		"migrations/0001_a.sql":          first["migrations/0001_a.sql"],
		"migrations/0002_b.sqlite.sql":   file(`INSERT INTO a VALUES (2);`),
		"migrations/0002_b.postgres.sql": file(`INSERT INTO a VALUES (2);`),
	}
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		db, ctx := open(t), t.Context()
		for range 2 {
			for _, files := range []fstest.MapFS{first, second} {
				if err := db.Migrate(ctx, "room", files); err != nil && !strings.Contains(err.Error(), "newer version") {
					t.Fatal(err)
				}
			}
		}
		var n int
		if err := db.Read(ctx, func(tx *sqldb.Tx) error { return tx.QueryRow(ctx, `SELECT count(*) FROM a`).Scan(&n) }); err != nil || n != 2 {
			t.Errorf("the migrations ran %d times, want 2: %v", n, err)
		}
		if err := db.Migrate(ctx, "other", fstest.MapFS{"0001_a.sql": file(`CREATE TABLE b (id BIGINT)`)}); err != nil {
			t.Errorf("another room: %v", err)
		}
		for name, c := range map[string]struct {
			files fstest.MapFS
			kind  cx.ErrorKind
			want  string
		}{
			"changed":    {fstest.MapFS{"0001_a.sql": file(`CREATE TABLE a (id TEXT)`), "0002_b.sql": second["migrations/0002_b.sqlite.sql"]}, cx.Conflict, "was changed"},
			"older":      {first, cx.Conflict, "newer version"},
			"misnamed":   {fstest.MapFS{"one.sql": file(``)}, cx.Invalid, "NNNN_name.sql"},
			"same twice": {fstest.MapFS{"0001_a.sql": file(``), "0001_b.sql": file(``)}, cx.Invalid, "number 0001"},
		} {
			if err := db.Migrate(ctx, "room", c.files); cx.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		broken := fstest.MapFS{"0001_x.sql": file(`CREATE TABLE x (id BIGINT); SELEKT;`)}
		if err := db.Migrate(ctx, "broken", broken); err == nil {
			t.Error("a broken migration was applied")
		}
		if err := db.Migrate(ctx, "broken", fstest.MapFS{"0001_x.sql": file(`CREATE TABLE x (id BIGINT)`)}); err != nil {
			t.Errorf("half of the broken migration stayed: %v", err)
		}
	})
}
