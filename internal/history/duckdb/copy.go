package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// DuckDB leaves the bytes of deleted rows in the file's blocks. To be rid of
// them the file is copied to another, which takes its place:
//
//	history.duckdb.copy   is being written; dropped when the program finds it
//	history.duckdb.next   is whole and takes the place of history.duckdb, now
//	                      or when the program starts again
//
// Facts are stored meanwhile: those that came since are copied at the end,
// while nobody writes.
const (
	copySuffix = ".copy"
	nextSuffix = ".next"
	walSuffix  = ".wal"
)

// copiedSeqs is how many seqs are copied in one transaction.
const copiedSeqs = 500_000

// anew makes the file anew. The caller rewrites, so that nothing changes in the
// facts that are stored but that more come.
func (s *Store) anew(ctx context.Context) error {
	s.mu.Lock()
	f, through := s.file, cx.Seq(0)
	if f != nil {
		through = f.state.Position
	}
	s.mu.Unlock()
	if f == nil {
		return errClosed
	}
	c := &copying{path: s.c.Path + copySuffix}
	if err := c.begin(ctx, f); err != nil {
		return errors.Join(err, c.drop(ctx))
	}
	for after := cx.Seq(0); after < through; after += copiedSeqs {
		if err := c.facts(ctx, after, min(after+copiedSeqs, through)); err != nil {
			return errors.Join(err, c.drop(ctx))
		}
	}
	if err := c.use(ctx, "fresh", 0); err != nil {
		return errors.Join(err, c.drop(ctx))
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.end(ctx, f, through); err != nil {
		return errors.Join(err, c.drop(ctx))
	}
	if err := move(c.path, s.c.Path+nextSuffix); err != nil {
		return err
	}
	if _, err := f.writer.ExecContext(ctx, "PRAGMA disable_checkpoint_on_shutdown"); err != nil { // of a file that goes
		return err
	}
	return s.again(ctx)
}

// copying is a copy under way.
type copying struct {
	path string
	conn *sql.Conn
	used [wordKinds]map[uint16]struct{} // the words of the facts copied
}

func (c *copying) begin(ctx context.Context, f *file) error {
	for k := range c.used {
		c.used[k] = map[uint16]struct{}{}
	}
	if err := remove(c.path, c.path+walSuffix); err != nil {
		return err
	}
	var err error
	if c.conn, err = f.db.Conn(ctx); err != nil {
		return err
	}
	return c.exec(ctx, attach(c.path, "fresh")+"USE fresh;"+schema+"USE "+catalog)
}

func (c *copying) exec(ctx context.Context, query string) error {
	_, err := c.conn.ExecContext(ctx, query)
	return err
}

// facts copies what came in (after, through].
func (c *copying) facts(ctx context.Context, after, through cx.Seq) error {
	var b strings.Builder
	for _, table := range tablesBySeq() {
		fmt.Fprintf(&b, "INSERT INTO fresh.%[1]s SELECT * FROM %[2]s.%[1]s WHERE seq > %[3]d AND seq <= %[4]d;", table, catalog, after, through)
	}
	return c.exec(ctx, "BEGIN;"+b.String()+"COMMIT;")
}

// use notes the words of the facts of the catalog after seq.
func (c *copying) use(ctx context.Context, in string, after cx.Seq) error {
	for _, w := range worded() {
		query := fmt.Sprintf("SELECT DISTINCT %s FROM %s.%s WHERE seq > %d", w.column, in, w.table, after)
		err := each(ctx, c.conn, query, nil, func(rows *sql.Rows) error {
			var no uint16
			err := rows.Scan(&no)
			c.used[w.kind][no] = struct{}{}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// end copies what came after through and what is of no seq, and closes the copy.
// Nobody writes meanwhile.
func (c *copying) end(ctx context.Context, f *file, through cx.Seq) error {
	err := errors.Join(c.use(ctx, catalog, through), c.facts(ctx, through, f.state.Position))
	if err != nil {
		return err
	}
	err = c.exec(ctx, "BEGIN; DELETE FROM fresh.meta; INSERT INTO fresh.meta SELECT * REPLACE (false AS owed) FROM meta;"+
		"INSERT INTO fresh.customers SELECT * FROM customers")
	if err == nil {
		err = c.conn.Raw(func(conn any) error { return c.words(conn.(driver.Conn), f.words) })
	}
	if err == nil {
		err = c.exec(ctx, "COMMIT; CHECKPOINT fresh; DETACH fresh")
	}
	return errors.Join(err, c.conn.Close())
}

// words copies the words that are in use.
func (c *copying) words(conn driver.Conn, all *words) error {
	a, err := duckdb.NewAppender(conn, "fresh", "", "words")
	if err != nil {
		return err
	}
	for kind, nos := range c.used {
		for no := range nos {
			if word := all.word(wordKind(kind), no); word != "" && err == nil {
				err = a.AppendRow(uint8(kind), no, word)
			}
		}
	}
	return errors.Join(err, a.Close())
}

// drop gives up.
func (c *copying) drop(ctx context.Context) error {
	if c.conn != nil {
		// It may have been cancelled within a transaction, or have ended.
		for _, undo := range []string{"ROLLBACK", "USE " + catalog, "DETACH DATABASE IF EXISTS fresh"} {
			_ = c.exec(context.WithoutCancel(ctx), undo)
		}
		_ = c.conn.Close()
	}
	return remove(c.path, c.path+walSuffix)
}

// tidy ends what a crash interrupted: a whole copy takes its place, one that is
// not goes, and so does what was spilled.
func (c Config) tidy() error {
	next := c.Path + nextSuffix
	_, err := os.Stat(next)
	switch {
	case err == nil:
		if err := remove(c.Path + walSuffix); err != nil {
			return err
		}
		if err := move(next, c.Path); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	spilled, err := filepath.Glob(filepath.Join(c.TempDir, "duckdb_temp_*"))
	return errors.Join(err, remove(append(spilled, c.Path+copySuffix, c.Path+copySuffix+walSuffix)...))
}

func remove(paths ...string) error {
	var errs []error
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// move renames a file so that a power cut does not undo it.
func move(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
