package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Repaired says what Repair did.
type Repaired struct {
	Lost  []Span // what could not be read, and stands as "vivencia.seq.lost" now
	Aside string // the folder with the damaged files as they were; "" when there were none
}

// lostEvent stands in the place of an event that could not be read: seqs stay
// dense, and no seq is given twice.
func lostEvent(seq cx.Seq) cx.Event {
	return cx.Event{
		Kind: cx.Decision, Name: "vivencia.seq.lost", Source: "vivencia", MessageID: fmt.Sprintf("lost:%d", seq),
		Body: []byte(`{"type":"decision","event":"vivencia.seq.lost"}`),
	}
}

// Verify reads the whole log and checks every frame and that none is missing.
// Its error is ErrDamaged, with the first seq that cannot be read.
func (l *Log) Verify(ctx context.Context) error {
	const op = "stream.Verify"
	r, err := l.newReader(ctx, 0)
	if err != nil {
		return cx.Wrap(op, err)
	}
	defer r.close()
	for {
		frame, _, err := r.frame(ctx)
		if err != nil || frame == nil {
			return cx.Wrap(op, err)
		}
	}
}

// Check reads every file of a closed log and changes nothing. Its error is
// ErrDamaged when something that was acknowledged cannot be read.
func Check(c Config) error {
	const op = "stream.Check"
	m, said, err := openMark(c.Dir)
	if err != nil {
		return cx.Wrap(op, err)
	}
	said.clean = false // look everywhere
	return cx.Wrap(op, errors.Join(inspect(c.Dir, said, c.Logger), m.file.Close()))
}

// The folders that Repair works in, inside the log's.
const (
	engineDir = "jetstream"
	oldDir    = "jetstream.old"
	newDir    = "repair.new"
)

// Repair makes a damaged log whole again: all that can be read is written anew
// in its order; what cannot is set aside and told. The log must be closed. A
// Repair that was interrupted is begun again.
func Repair(ctx context.Context, c Config) (done Repaired, err error) {
	const op = "stream.Repair"
	path := func(name string) string { return filepath.Join(c.Dir, name) }
	if err := os.Rename(path(oldDir), path(engineDir)); err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrExist) {
		return done, cx.Wrap(op, err)
	}
	if err := errors.Join(os.RemoveAll(path(oldDir)), os.RemoveAll(path(newDir))); err != nil {
		return done, cx.Wrap(op, err)
	}
	m, said, err := openMark(c.Dir)
	if err != nil {
		return done, cx.Wrap(op, err)
	}
	if err := m.file.Close(); err != nil {
		return done, cx.Wrap(op, err)
	}
	r := &repairer{next: 1}
	fresh := c
	fresh.Dir = path(newDir)
	if r.log, err = Open(ctx, fresh); err != nil {
		return done, cx.Wrap(op, err)
	}
	err = errors.Join(r.rewrite(ctx, c.Dir, said.last), r.log.Close())
	if err == nil {
		err = copyShelves(c.Dir, fresh.Dir)
	}
	if err != nil {
		return done, cx.Wrap(op, errors.Join(err, os.RemoveAll(path(newDir))))
	}
	done.Lost = r.lost
	if len(r.damaged) > 0 {
		done.Aside = path("damaged-" + time.Now().UTC().Format("20060102T150405Z"))
		if err := setAside(done.Aside, r.damaged); err != nil {
			return done, cx.Wrap(op, err)
		}
	}
	// The new takes the old one's place; killed in between, it begins again.
	for _, move := range [][2]string{{engineDir, oldDir}, {filepath.Join(newDir, engineDir), engineDir}, {filepath.Join(newDir, "mark"), "mark"}} {
		if err := os.Rename(path(move[0]), path(move[1])); err != nil {
			return done, cx.Wrap(op, err)
		}
	}
	c.Logger.Info("the log is repaired", slog.Int("lost_spans", len(done.Lost)), slog.Uint64("last_seq", uint64(r.next-1)))
	return done, cx.Wrap(op, errors.Join(os.RemoveAll(path(newDir)), os.RemoveAll(path(oldDir))))
}

// repairer writes a log anew.
type repairer struct {
	log     *Log // the new one
	next    cx.Seq
	pending []byte // envelopes to write
	count   int
	lost    []Span
	damaged []string // files
	erased  redactions
	where   map[uint64]place // of redacted frames, by NATS sequence
}

// place is where a record stands.
type place struct {
	path     string
	at, size int
}

// rewrite writes what can be read of the log in dir, up to last at least.
func (r *repairer) rewrite(ctx context.Context, dir string, last cx.Seq) error {
	r.where = map[uint64]place{}
	paths, err := blockFiles(dir, redacted)
	if err != nil {
		return err
	}
	for _, path := range paths {
		f, err := hold(redacted, path, func(at, size int, h frameHeader) error {
			id := uint64(len(r.where)) + 1 // later ones replace earlier ones
			r.where[id] = place{path, at, size}
			r.erased.put(redaction{first: h.first, last: h.last(), id: id})
			return nil
		})
		if err != nil {
			return err
		}
		r.note(f)
	}
	if paths, err = blockFiles(dir, facts); err != nil {
		return err
	}
	for _, path := range paths {
		f, err := hold(facts, path, func(at, size int, h frameHeader) error {
			if h.last() < r.next {
				return nil
			}
			if err := r.reach(ctx, h.first); err != nil || h.last() < r.next {
				return err
			}
			if _, _, erased := r.erased.find(h.first); erased {
				return r.reach(ctx, h.last()+1)
			}
			return r.add(ctx, place{path, at, size})
		})
		if err != nil {
			return err
		}
		r.note(f)
	}
	if err := r.reach(ctx, max(last, r.erased.last())+1); err != nil {
		return err
	}
	return r.flush(ctx)
}

func (r *repairer) note(f holding) {
	if len(f.damage) > 0 {
		r.damaged = append(r.damaged, f.path)
	}
}

// reach writes what comes before seq: redacted frames, and what is lost.
func (r *repairer) reach(ctx context.Context, seq cx.Seq) error {
	for r.next < seq {
		if id, _, ok := r.erased.find(r.next); ok {
			if err := r.add(ctx, r.where[id]); err != nil {
				return err
			}
			continue
		}
		if n := len(r.lost); n > 0 && r.lost[n-1].Last+1 == r.next {
			r.lost[n-1].Last = r.next
		} else {
			r.lost = append(r.lost, Span{r.next, r.next})
		}
		e := lostEvent(r.next)
		var err error
		if r.pending, err = appendEnvelope(r.pending, &e); err != nil {
			return err
		}
		if err := r.added(ctx, 1); err != nil {
			return err
		}
	}
	return nil
}

// add writes the frame that stands there, from next on.
func (r *repairer) add(ctx context.Context, p place) error {
	f, err := os.Open(p.path)
	if err != nil {
		return cx.Wrap("stream.Repair", err)
	}
	defer f.Close()
	buf := make([]byte, p.size)
	if _, err := f.ReadAt(buf, int64(p.at)); err != nil {
		return cx.Wrap("stream.Repair", err)
	}
	record, _, err := parseRecord(buf)
	if err != nil {
		return cx.Wrap("stream.Repair", err)
	}
	h, err := readHeader(record.message)
	if err != nil {
		return err
	}
	n := 0
	err = eachEnvelope(record.message, h, func(seq cx.Seq, envelope []byte) error {
		if seq == r.next+cx.Seq(n) {
			r.pending = append(r.pending, envelope...)
			n++
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.added(ctx, n)
}

func (r *repairer) added(ctx context.Context, n int) error {
	r.next += cx.Seq(n)
	r.count += n
	if r.count >= joinEvents || len(r.pending) >= joinBytes {
		return r.flush(ctx)
	}
	return nil
}

func (r *repairer) flush(ctx context.Context) error {
	if r.count == 0 {
		return nil
	}
	buf := append([]byte(nil), r.pending...)
	first, err := r.log.commit.enqueue(ctx, &buf, r.count)
	if err == nil && first != r.next-cx.Seq(r.count) {
		err = cx.Errorf(cx.Internal, "stream.Repair", "seq %d was written in the place of %d", first, r.next-cx.Seq(r.count))
	}
	r.pending, r.count = r.pending[:0], 0
	return err
}

// copyShelves copies the shelves' streams of one log to another; both are
// closed.
func copyShelves(from, to string) error {
	streams := filepath.Join(engineDir, "$G", "streams")
	entries, err := os.ReadDir(filepath.Join(from, streams))
	if err != nil {
		return cx.Wrap("stream.copyShelves", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "shelf-") {
			if err := os.CopyFS(filepath.Join(to, streams, e.Name()), os.DirFS(filepath.Join(from, streams, e.Name()))); err != nil {
				return cx.Wrap("stream.copyShelves", err)
			}
		}
	}
	return nil
}

// setAside copies files into a new folder.
func setAside(dir string, paths []string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return cx.Wrap("stream.setAside", err)
	}
	for _, path := range paths {
		stream := filepath.Base(filepath.Dir(filepath.Dir(path)))
		if err := copyFile(path, filepath.Join(dir, stream+"-"+filepath.Base(path))); err != nil {
			return cx.Wrap("stream.setAside", err)
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
