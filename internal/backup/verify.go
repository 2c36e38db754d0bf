package backup

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// maxFrame bounds what is read at once: more is not a frame, nor an item.
const maxFrame = 64 << 20

// Report is what Verify found in a target.
type Report struct {
	Backups []Manifest // oldest first
	Files   int
	Bytes   int64
	Faults  []cx.Fault // Field names the file
}

// Verify reads every file of every backup: that it is what was written, that
// the frames of the log are whole and follow one another, that the chain of
// manifests is unbroken. The error says that it could not look; what it found
// is in the report.
func Verify(ctx context.Context, target string, tell func(done, total int64)) (Report, error) {
	all, err := List(target)
	if faults := cx.FaultsOf(err); faults != nil {
		return Report{Faults: faults}, nil
	}
	if err != nil {
		return Report{}, err
	}
	r := Report{Backups: all}
	files := map[string]File{}
	var total, done int64
	for i, m := range all {
		if i > 0 && m.Previous != all[i-1].sum {
			r.Faults = append(r.Faults, cx.Fault{Field: m.name(), Message: "the backup before it is not the one that it follows: one is missing or was replaced"})
		}
		r.Faults = append(r.Faults, m.gaps()...)
		for _, f := range m.Files {
			if _, known := files[f.Path]; !known {
				total += f.Bytes
			}
			files[f.Path] = f
		}
	}
	for _, m := range all {
		for _, f := range m.Files {
			if _, waits := files[f.Path]; !waits {
				continue
			}
			delete(files, f.Path)
			err := check(ctx, target, f)
			if ctx.Err() != nil {
				return r, ctx.Err()
			}
			if faults := cx.FaultsOf(err); faults != nil {
				r.Faults = append(r.Faults, faults...)
			} else if err != nil {
				r.Faults = append(r.Faults, cx.Fault{Field: f.Path, Message: err.Error()})
			}
			r.Files++
			r.Bytes += f.Bytes
			done += f.Bytes
			if tell != nil {
				tell(done, total)
			}
		}
	}
	return r, nil
}

// gaps finds where the segments of a backup do not follow one another.
func (m Manifest) gaps() (faults []cx.Fault) {
	last := cx.Seq(0)
	for _, f := range m.segments() {
		if f.First != last+1 {
			faults = append(faults, cx.Fault{Field: m.name(), Message: "the segments of the log do not follow one another: " + f.Path})
		}
		last = f.Last
	}
	if last != m.LastSeq {
		faults = append(faults, cx.Fault{Field: m.name(), Message: "the segments of the log end before the backup does"})
	}
	return faults
}

func check(ctx context.Context, target string, f File) error {
	switch filepath.Dir(f.Path) {
	case logDir:
		return eachBatch(ctx, target, f, func([]cx.Event) error { return nil })
	case quarantineDir:
		return eachItem(ctx, target, f, func(stream.ShelfItem) error { return nil })
	}
	r, err := open(target, f)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return r.done(explain(f, err))
}

// explain says of a file what reading its content came to.
func explain(f File, err error) error {
	if err == nil {
		return nil
	}
	return damaged(f.Path, "cannot be read: %v", err)
}

// eachBatch calls fn with the events of a segment, in order. They share memory
// that the next call uses again.
func eachBatch(ctx context.Context, target string, f File, fn func([]cx.Event) error) error {
	r, err := open(target, f)
	if err != nil {
		return err
	}
	var own error // fn's, or ctx's: not the file's
	expected := f.First
	read := func() error {
		for {
			if own = ctx.Err(); own != nil {
				return own
			}
			frame, err := r.block()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			events, err := stream.Unseal(frame)
			if err != nil {
				return err
			}
			if len(events) == 0 || events[0].Seq != expected {
				return errors.New("its events do not follow one another")
			}
			expected = events[len(events)-1].Seq + 1
			if own = fn(events); own != nil {
				return own
			}
		}
		if expected != f.Last+1 {
			return errors.New("it ends too early")
		}
		return nil
	}
	if err = read(); own != nil {
		return errors.Join(own, r.from.Close())
	}
	return r.done(explain(f, err))
}

// eachItem calls fn with the items of the quarantine, oldest first.
func eachItem(ctx context.Context, target string, f File, fn func(stream.ShelfItem) error) error {
	r, err := open(target, f)
	if err != nil {
		return err
	}
	var own error
	read := func() error {
		for {
			if own = ctx.Err(); own != nil {
				return own
			}
			id, err := binary.ReadUvarint(r)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			data, err := r.block()
			if err != nil {
				return unexpected(err)
			}
			if own = fn(stream.ShelfItem{ID: id, Data: data}); own != nil {
				return own
			}
		}
	}
	if err = read(); own != nil {
		return errors.Join(own, r.from.Close())
	}
	return r.done(explain(f, err))
}

// block reads a length and so many bytes; io.EOF only where nothing follows.
func (r *reader) block() ([]byte, error) {
	size, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	if size > min(maxFrame, math.MaxInt) {
		return nil, errors.New("a length in it makes no sense")
	}
	b := make([]byte, size)
	_, err = io.ReadFull(r, b)
	return b, unexpected(err)
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Receipts returns the receipts of forgetting that a target holds, one JSON
// object each.
func Receipts(target string) ([][]byte, error) {
	b, err := os.ReadFile(filepath.Join(target, receiptsFile))
	if err != nil && !os.IsNotExist(err) {
		return nil, cx.Errorf(cx.Unavailable, "backup.Receipts", "the receipts of forgetting cannot be read: %w", err)
	}
	var all [][]byte
	for line := range bytes.Lines(b) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			all = append(all, line)
		}
	}
	return all, nil
}
