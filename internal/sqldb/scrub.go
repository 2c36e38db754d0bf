package sqldb

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"os"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Scrub leaves no byte of what was deleted in the files of a SQLite database.
//
// secure_delete zeroes what is freed, but when SQLite splits or joins pages it
// leaves copies of the cells that moved on in the unused middle of a page, and
// knows nothing of them when those cells are deleted later. So Scrub copies the
// write-ahead log into the file and cuts it to nothing, looks for pages whose
// middle is not zero, and zeroes it. Others read and write meanwhile; they wait
// for a few thousand pages at most. The error is Unavailable when somebody reads
// for too long: repeat it. PostgreSQL looks after its own files (VACUUM FULL).
func (db *DB) Scrub(ctx context.Context) error {
	const op = "sqldb.Scrub"
	if db.dialect != SQLite {
		return nil
	}
	if err := db.Truncate(ctx); err != nil {
		return cx.Wrap(op, err)
	}
	file, err := os.OpenFile(db.path, os.O_RDWR, 0)
	if err != nil {
		return &cx.Error{Kind: cx.Unavailable, Op: op, Err: err}
	}
	defer func() { _ = file.Close() }()
	dirty, err := dirtyPages(ctx, file)
	for len(dirty) > 0 && err == nil {
		n := min(len(dirty), 4096)
		err = db.zero(ctx, file, dirty[:n])
		dirty = dirty[n:]
	}
	return cx.Wrap(op, err)
}

// Truncate copies the write-ahead log into the database file and cuts it to
// nothing. Errors are as Scrub's.
func (db *DB) Truncate(ctx context.Context) error {
	if db.dialect != SQLite {
		return nil
	}
	if err := db.take(ctx); err != nil {
		return err
	}
	defer db.release()
	return db.truncate(ctx)
}

func (db *DB) truncate(ctx context.Context) error {
	var busy, frames, copied int
	if err := db.writer.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &copied); err != nil {
		return classify(err)
	}
	if busy != 0 {
		return cx.Errorf(cx.Unavailable, "sqldb.Truncate", "somebody reads for too long to empty the write-ahead log: try again")
	}
	return nil
}

// dirtyPages returns the offsets and sizes of the pages whose middle is not
// zero.
func dirtyPages(ctx context.Context, file io.ReaderAt) (dirty []int64, err error) {
	size, err := pageSize(file)
	if err != nil {
		return nil, err
	}
	chunk := make([]byte, 256*size)
	for at := int64(0); ; {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		n, err := file.ReadAt(chunk, at)
		for i := 0; i+size <= n; i += size {
			if len(bytes.Trim(middle(chunk[i:i+size], at+int64(i) == 0), "\x00")) > 0 {
				dirty = append(dirty, at+int64(i))
			}
		}
		at += int64(n)
		switch {
		case err == io.EOF:
			return dirty, nil
		case err != nil:
			return nil, err
		}
	}
}

func pageSize(file io.ReaderAt) (int, error) {
	var b [2]byte
	if _, err := file.ReadAt(b[:], 16); err != nil {
		return 0, err
	}
	if size := int(binary.BigEndian.Uint16(b[:])); size != 1 {
		return size, nil
	}
	return 65536, nil
}

// middle returns the unused bytes between the cell pointers and the cells of a
// b-tree page (https://sqlite.org/fileformat2.html#b_tree_pages), nil of any
// other page. Overflow and freelist pages begin with the number of a page, which
// begins with a zero byte as long as there are fewer than 2^24.
func middle(page []byte, first bool) []byte {
	header := 0
	if first {
		header = 100
	}
	size := 8
	switch page[header] {
	case 2, 5:
		size = 12
	case 10, 13:
	default:
		return nil
	}
	from := header + size + 2*int(binary.BigEndian.Uint16(page[header+3:]))
	to := int(binary.BigEndian.Uint16(page[header+5:]))
	if to == 0 {
		to = 65536
	}
	if from > to || to > len(page) {
		return nil
	}
	return page[from:to]
}

// zero zeroes the middle of pages while nobody writes.
func (db *DB) zero(ctx context.Context, file *os.File, pages []int64) error {
	if err := db.take(ctx); err != nil {
		return err
	}
	defer db.release()
	if err := db.truncate(ctx); err != nil { // the pages in the file are the newest
		return err
	}
	size, err := pageSize(file)
	if err != nil {
		return err
	}
	page := make([]byte, size)
	for _, at := range pages {
		if _, err := file.ReadAt(page, at); err != nil {
			if err == io.EOF { // the file has shrunk
				continue
			}
			return err
		}
		if gap := middle(page, at == 0); len(gap) > 0 {
			from := len(page) - cap(gap)
			clear(gap)
			if _, err := file.WriteAt(gap, at+int64(from)); err != nil {
				return err
			}
		}
	}
	if err := file.Sync(); err != nil {
		return err
	}
	// The writer keeps pages in memory, and would write them back as they were.
	_, err = db.writer.ExecContext(ctx, `PRAGMA shrink_memory`)
	return classify(err)
}
