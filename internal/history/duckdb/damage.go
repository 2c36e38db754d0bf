package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// tell wraps an error for who called: a damaged file is history.ErrDamaged, a
// full disk is cx.Full.
func tell(op string, err error) error {
	switch {
	case damaged(err):
		err = fmt.Errorf("%w: %w", history.ErrDamaged, err)
	case says(err, "No space left on device", "Disk quota exceeded"):
		err = cx.Errorf(cx.Full, "", "the disk has no room for the history: %w", err)
	}
	return cx.Wrap(op, err)
}

// damaged tells an error of the file from one of the disk or of the question.
// DuckDB keeps a checksum of each block and of each entry of the log beside it.
func damaged(err error) bool {
	var e *duckdb.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Type == duckdb.ErrorTypeSerialization ||
		says(err, "Corrupt", "checksum", "not a valid DuckDB database file", "Could not read enough bytes", "replaying WAL", "WAL does not match", "Table with name meta does not exist")
}

// invalid tells whether the engine refuses to go on since something went wrong
// that it could not undo, a checkpoint on a full disk for one.
func invalid(err error) bool {
	var e *duckdb.Error
	return errors.As(err, &e) && (e.Type == duckdb.ErrorTypeFatal || e.Type == duckdb.ErrorTypeInternal)
}

func says(err error, any ...string) bool {
	return err != nil && slices.ContainsFunc(any, func(s string) bool { return strings.Contains(err.Error(), s) })
}

// again closes the file and opens it again, or the next one in its place: what
// was committed is in it or in the log beside it. It waits for the questions
// under way. The caller holds mu. When it cannot be opened the next write tries
// once more.
func (s *Store) again(ctx context.Context) error {
	s.swap.Lock()
	defer s.swap.Unlock()
	if s.file != nil {
		_ = s.file.close() // it says again what is wrong with it
		s.file = nil
	}
	err := s.c.tidy()
	if err == nil {
		s.file, err = openFile(context.WithoutCancel(ctx), s.c)
	}
	return err
}
