package sqldb

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// damage says what is wrong with a SQLite file.
type damage struct{ file, what string }

func (d *damage) Error() string { return d.file + " " + d.what }

// IsDamaged tells whether err says that a SQLite file is not one, or broken:
// when it was opened, or found later.
func IsDamaged(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqlite3.SQLITE_CORRUPT || lite.Code()&0xff == sqlite3.SQLITE_NOTADB
	}
	var d *damage
	return errors.As(err, &d)
}

const (
	dbHeader       = 100
	walHeader      = 32
	walFrameHeader = 24
	applicationID  = 68 // where page 1 names the database
)

var magic = []byte("SQLite format 3\x00")

// inspect looks at the outside of a SQLite file and its write-ahead log
// (https://sqlite.org/fileformat2.html), in constant time and a pass over the
// log: whether it begins as one, has all its pages, and the log is its own. It
// tells a *damage. A file that is missing or empty is sound, unless its log
// knows pages that it lacks.
func inspect(path string) error {
	log, err := readWAL(path + "-wal")
	if err != nil {
		return err
	}
	db, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return log.alone(path)
	}
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	info, err := db.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return log.alone(path)
	}
	var header [dbHeader]byte
	if _, err := io.ReadFull(db, header[:]); err != nil || !bytes.HasPrefix(header[:], magic) {
		return &damage{path, "is not a SQLite database"}
	}
	size, err := pageSize(db)
	if err != nil {
		return err
	}
	id := binary.BigEndian.Uint32(header[applicationID:])
	switch pages := int64(binary.BigEndian.Uint32(header[28:])); {
	case len(log.pages) == 0:
		// The number of pages holds when both counters agree.
		if bytes.Equal(header[24:28], header[92:96]) && info.Size() < pages*int64(size) {
			return &damage{path, fmt.Sprintf("is cut off: %d of %d bytes are there", info.Size(), pages*int64(size))}
		}
	case log.size != size, log.named && id != 0 && log.id != id:
		return &damage{path + "-wal", "belongs to another file"}
	}
	return nil
}

// settle brings a file that was just opened and its write-ahead log together,
// looks at it again now that nothing is in between, and names a new one, so that
// its log can be told from another's.
func (db *DB) settle(ctx context.Context) error {
	if db.dialect != SQLite {
		return nil
	}
	if err := db.Truncate(ctx); err != nil && cx.KindOf(err) != cx.Unavailable { // another process may read
		return err
	}
	if err := inspect(db.path); err != nil {
		return err
	}
	var id, tables int64
	err := db.writer.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id)
	if err == nil {
		err = db.writer.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema`).Scan(&tables)
	}
	if err == nil && id == 0 && tables == 0 {
		_, err = db.writer.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d`, 1+rand.Int32N(math.MaxInt32)))
	}
	return err
}

// wal is what a write-ahead log says of itself.
type wal struct {
	size  int // of a page
	pages map[uint32]bool
	count uint32 // of the database's pages, by the last commit
	id    uint32 // application_id of the last page 1
	named bool   // there is a page 1
}

func readWAL(path string) (w wal, err error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return w, nil
	}
	if err != nil {
		return w, err
	}
	defer func() { _ = file.Close() }()
	var header [walHeader]byte
	if _, err := file.ReadAt(header[:], 0); err != nil || binary.BigEndian.Uint32(header[:])&^1 != 0x377f0682 {
		return w, nil // empty, or never finished: SQLite takes nothing from it
	}
	size := int64(binary.BigEndian.Uint32(header[8:]))
	w.size, w.pages = int(size), map[uint32]bool{}
	frame := make([]byte, walFrameHeader+dbHeader)
	for at := int64(walHeader); ; at += walFrameHeader + size {
		if _, err := file.ReadAt(frame, at); err != nil || !bytes.Equal(frame[8:16], header[16:24]) {
			return w, nil
		}
		page := binary.BigEndian.Uint32(frame)
		w.pages[page] = true
		if count := binary.BigEndian.Uint32(frame[4:]); count > 0 {
			w.count = count
		}
		if page == 1 {
			w.id, w.named = binary.BigEndian.Uint32(frame[walFrameHeader+applicationID:]), true
		}
	}
}

// alone tells whether a log is all there is of a database that was just made.
func (w wal) alone(path string) error {
	for page := uint32(1); page <= w.count; page++ {
		if !w.pages[page] {
			return &damage{path, "is gone, and its write-ahead log is there still"}
		}
	}
	return nil
}
