package backup

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// appendEvents is how many events go into one append of a restored log.
const appendEvents = 500

// Files brings back the files of the backup m that lie in the data directory
// dir itself: state.db and the small ones.
func Files(ctx context.Context, target string, m Manifest, dir string) error {
	for _, f := range m.in(stateDir) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !filepath.IsLocal(f.Name) || f.Name != filepath.Base(f.Name) {
			return damaged(f.Path, "has no name in the data directory")
		}
		if err := bring(target, f, filepath.Join(dir, f.Name)); err != nil {
			return err
		}
	}
	return syncDir(dir)
}

func bring(target string, f File, path string) error {
	r, err := open(target, f)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return errors.Join(err, r.from.Close())
	}
	_, read := io.Copy(file, r)
	err = errors.Join(file.Sync(), file.Close())
	return errors.Join(r.done(explain(f, read)), err)
}

// Log appends the log of the backup m to an empty one, and puts what waited for
// review back on an empty shelf: seqs and ids come out the same. It tells tell
// (which may be nil) how far it is.
func Log(ctx context.Context, target string, m Manifest, log *stream.Log, shelf *stream.Shelf, tell func(done, last cx.Seq)) error {
	const op = "backup.Log"
	if log.LastSeq() != 0 {
		return cx.Errorf(cx.Conflict, op, "the log is not empty")
	}
	for _, f := range m.segments() {
		err := eachBatch(ctx, target, f, func(events []cx.Event) error {
			for chunk := range slices.Chunk(events, appendEvents) {
				want := chunk[0].Seq
				got, err := log.Append(ctx, chunk)
				if err != nil {
					return cx.Wrap(op, err)
				}
				if got != want {
					return cx.Errorf(cx.Internal, op, "the event %d came out as %d", want, got)
				}
			}
			if tell != nil {
				tell(log.LastSeq(), m.LastSeq)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, f := range m.in(quarantineDir) {
		err := eachItem(ctx, target, f, func(item stream.ShelfItem) error { return shelf.PutAs(ctx, item) })
		if err != nil {
			return err
		}
	}
	return cx.Wrap(op, shelf.Reach(ctx, m.LastItem))
}

// Events calls fn with those of the backup m that have the seqs from first to
// last, in order; those that it does not have are left out.
func Events(ctx context.Context, target string, m Manifest, first, last cx.Seq, fn func([]cx.Event) error) error {
	for _, f := range m.segments() {
		if f.Last < first || f.First > last {
			continue
		}
		err := eachBatch(ctx, target, f, func(events []cx.Event) error {
			events = slices.DeleteFunc(events, func(e cx.Event) bool { return e.Seq < first || e.Seq > last })
			if len(events) == 0 {
				return nil
			}
			return fn(events)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
