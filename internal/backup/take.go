package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// Source is the data directory that is backed up, open.
type Source struct {
	Dir      string
	Instance string // its account.Instance's ID
	Version  string // of the program
	Log      *stream.Log
	State    *sqldb.DB     // state.db
	Shelf    *stream.Shelf // the quarantine's
	Files    []string      // small files of the directory that are the truth too; one that is not there is left out
	// Receipts returns the receipts of forgetting, one JSON object each.
	Receipts func(ctx context.Context) ([][]byte, error)
	Clock    cx.Clock
}

// stateFile is the database of what people decided.
const stateFile = "state.db"

// segmentBytes is how large a segment of the log grows, compressed.
const segmentBytes = 64 << 20

// steadyTries is how often a snapshot of state.db is taken until nothing was
// decided meanwhile, and how often erasures are waited out.
const steadyTries = 10

// take makes one backup in target and then removes the oldest beyond keep (0:
// none). Ingest goes on; memory is bounded.
func take(ctx context.Context, s Source, target string, keep int) (m Manifest, err error) {
	release, err := hold(target)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, release()) }()
	all, err := list(target)
	if err != nil {
		return m, err
	}
	var before Manifest
	if len(all) > 0 {
		before = all[len(all)-1]
		if before.Instance != s.Instance {
			return m, cx.Errorf(cx.Conflict, "backup.take", "%s holds the backups of another company: name another folder", target)
		}
	}
	at := s.Clock.Now().Std().Truncate(time.Millisecond)
	if !at.After(before.At) { // a clock that went back orders nothing
		at = before.At.Add(time.Millisecond)
	}
	m = Manifest{Format: format, ID: at.Format(idLayout), At: at, Version: s.Version, Instance: s.Instance, Previous: before.sum}
	t := taking{Source: s, target: target, m: &m}
	if err := t.files(); err != nil {
		return m, err
	}
	if err := t.state(ctx); err != nil {
		return m, err
	}
	if err := t.log(ctx, before); err != nil {
		return m, err
	}
	if err := t.quarantine(ctx); err != nil {
		return m, err
	}
	if err := t.receipts(ctx); err != nil {
		return m, err
	}
	if err := m.write(target); err != nil {
		return m, err
	}
	return m, clean(target, append(all, m), keep)
}

type taking struct {
	Source
	target string
	m      *Manifest
}

// files copies the small files, first of all: what they say holds of every later
// moment (a seal of the audit log, a mark of what was set aside), not of an
// earlier one.
func (t *taking) files() error {
	for _, name := range t.Files {
		if err := t.copy(filepath.Join(t.Dir, name), name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// state snapshots state.db at a moment at which the log holds no decision that
// it does not know yet, and sets up to where the log belongs to it.
func (t *taking) state(ctx context.Context) (err error) {
	snapshot := filepath.Join(t.Dir, "backup-"+stateFile)
	defer func() { err = errors.Join(err, removeIf(snapshot)) }()
	for range steadyTries {
		if err := removeIf(snapshot); err != nil { // of a process that died
			return err
		}
		from := t.Log.LastSeq()
		if err := t.State.Snapshot(ctx, snapshot); err != nil {
			return err
		}
		t.m.LastSeq = t.Log.LastSeq()
		decided, err := t.decided(ctx, from, t.m.LastSeq)
		if err != nil {
			return err
		}
		if decided {
			continue
		}
		return t.copy(snapshot, stateFile)
	}
	return cx.Errorf(cx.Busy, "backup.state", "decisions were made all the time: try again in a while")
}

func (t *taking) decided(ctx context.Context, after, until cx.Seq) (found bool, err error) {
	if after == until {
		return false, nil
	}
	err = t.Log.Read(ctx, after, func(b stream.Batch) error {
		for _, e := range b.Events {
			if e.Seq <= until && e.Kind == cx.Decision {
				found = true
			}
		}
		if found || b.Last >= until {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

// errEnough ends a reading of the log.
var errEnough = errors.New("enough")

// copy copies a file of the data directory.
func (t *taking) copy(path, name string) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	w, err := create(t.target, stateDir)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, from); err != nil {
		return errors.Join(err, w.abandon())
	}
	f, err := w.finish(func(sum string) string { return stateDir + "/" + name + "-" + sum + ".zst" })
	f.Name = name
	t.m.Files = append(t.m.Files, f)
	return err
}

// log names again the segments that are still right and writes the others.
// What is erased meanwhile is written once more.
func (t *taking) log(ctx context.Context, before Manifest) error {
	known, err := t.knows(ctx, before)
	if err != nil {
		return err
	}
	if !known {
		before = Manifest{}
	}
	segments, mark := before.segments(), before.Erasures
	if n := len(segments); n > 0 && !segments[n-1].Full && segments[n-1].Last < t.m.LastSeq {
		segments = segments[:n-1]
	}
	if segments, err = t.write(ctx, segments, lastOf(segments), t.m.LastSeq); err != nil {
		return err
	}
	for range steadyTries {
		now := t.Log.Erasures()
		if t.m.Erasures = now; now == mark {
			break
		}
		touched := make([]bool, len(segments))
		t.Log.ErasedSince(mark, func(first, last cx.Seq) {
			for i, f := range segments {
				touched[i] = touched[i] || f.First <= last && first <= f.Last
			}
		})
		var all []File
		for i, f := range segments {
			if !touched[i] {
				all = append(all, f)
				continue
			}
			again, err := t.write(ctx, nil, f.First-1, f.Last)
			if err != nil {
				return err
			}
			again[len(again)-1].Full = f.Full
			all = append(all, again...)
		}
		segments, mark = all, now
	}
	if t.m.Tail, err = t.tail(ctx, t.m.LastSeq); err != nil {
		return err
	}
	t.m.Files = append(t.m.Files, segments...)
	return nil
}

func lastOf(segments []File) cx.Seq {
	if len(segments) == 0 {
		return 0
	}
	return segments[len(segments)-1].Last
}

// knows tells whether the backup before is of this very log: it is not, when
// the log was restored to an older one and lived on otherwise.
func (t *taking) knows(ctx context.Context, before Manifest) (bool, error) {
	if before.LastSeq == 0 || before.LastSeq > t.m.LastSeq {
		return false, nil
	}
	tail, err := t.tail(ctx, before.LastSeq)
	if err != nil {
		return false, err
	}
	return tail == before.Tail, nil
}

// tail returns the sum of when the event seq came, which erasing keeps.
func (t *taking) tail(ctx context.Context, seq cx.Seq) (sum string, err error) {
	if seq == 0 {
		return "", nil
	}
	err = t.Log.Read(ctx, seq-1, func(b stream.Batch) error {
		e := b.Events[0]
		h := sha256.New()
		_ = binary.Write(h, binary.LittleEndian, []uint64{uint64(e.Seq), uint64(e.ReceivedAt)}) // a hash takes everything
		sum = hex.EncodeToString(h.Sum(nil))
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return sum, err
}

// write adds segments that hold the log from after+1 to until.
func (t *taking) write(ctx context.Context, segments []File, after, until cx.Seq) (_ []File, err error) {
	var w *writer
	defer func() {
		if w != nil {
			err = errors.Join(err, w.abandon())
		}
	}()
	first, last := after+1, after
	finish := func(full bool) error {
		f, err := w.finish(func(sum string) string { return fmt.Sprintf("%s/%012d-%012d-%s.zst", logDir, first, last, sum) })
		if w = nil; err != nil {
			return err
		}
		f.First, f.Last, f.Full = first, last, full
		segments = append(segments, f)
		first = last + 1
		return nil
	}
	if after == until {
		return segments, nil
	}
	var frame []byte
	err = t.Log.Read(ctx, after, func(b stream.Batch) (err error) {
		events := b.Events
		if n := len(events); n > 0 && events[n-1].Seq > until {
			events = events[:slices.IndexFunc(events, func(e cx.Event) bool { return e.Seq > until })]
		}
		if len(events) > 0 {
			if w == nil {
				if w, err = create(t.target, logDir); err != nil {
					return err
				}
			}
			if frame, err = stream.Seal(frame[:0], events); err != nil {
				return err
			}
			if _, err = w.Write(binary.AppendUvarint(nil, uint64(len(frame)))); err == nil {
				_, err = w.Write(frame)
			}
			if err != nil {
				return err
			}
			last = events[len(events)-1].Seq
		}
		if w != nil && w.bytes >= segmentBytes {
			if err := finish(true); err != nil {
				return err
			}
		}
		if last >= until {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	if w != nil {
		return segments, finish(false)
	}
	return segments, nil
}

// quarantine copies what waits for review, with its numbers.
func (t *taking) quarantine(ctx context.Context) error {
	w, err := create(t.target, quarantineDir)
	if err != nil {
		return err
	}
	if t.m.LastItem, err = t.Shelf.LastID(ctx); err == nil {
		err = t.Shelf.Walk(ctx, func(item stream.ShelfItem) error {
			head := binary.AppendUvarint(binary.AppendUvarint(nil, item.ID), uint64(len(item.Data)))
			if _, err := w.Write(head); err != nil {
				return err
			}
			_, err := w.Write(item.Data)
			return err
		})
	}
	if err != nil {
		return errors.Join(err, w.abandon())
	}
	f, err := w.finish(func(sum string) string { return quarantineDir + "/" + sum + ".zst" })
	t.m.Files = append(t.m.Files, f)
	return err
}

// receipts puts the receipts of forgetting where every backup's restore finds
// them.
func (t *taking) receipts(ctx context.Context) error {
	if t.Receipts == nil {
		return nil
	}
	all, err := t.Receipts(ctx)
	if err != nil {
		return err
	}
	return WriteReceipts(t.target, all)
}

// WriteReceipts replaces the receipts of forgetting in target; they are all
// that there are.
func WriteReceipts(target string, all [][]byte) error {
	var b []byte
	for _, receipt := range all {
		b = append(append(b, receipt...), '\n')
	}
	return writeFile(target, receiptsFile, b)
}

// clean removes the oldest backups beyond keep, and every file that no backup
// names.
func clean(target string, all []Manifest, keep int) error {
	var errs []error
	if keep > 0 && len(all) > keep {
		for _, m := range all[:len(all)-keep] {
			errs = append(errs, os.Remove(filepath.Join(target, m.name())))
		}
		all = all[len(all)-keep:]
	}
	named := map[string]bool{}
	for _, m := range all {
		for _, f := range m.Files {
			named[f.Path] = true
		}
	}
	for _, dir := range []string{".", logDir, quarantineDir, stateDir} {
		entries, err := os.ReadDir(filepath.Join(target, dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		for _, entry := range entries {
			path := dir + "/" + entry.Name()
			if left := strings.HasSuffix(path, partial) || dir != "." && !named[path]; left && entry.Type().IsRegular() {
				errs = append(errs, os.Remove(filepath.Join(target, path)))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return unwritable(target, err)
	}
	return nil
}

func removeIf(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
