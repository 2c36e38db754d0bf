package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = cxtest.Epoch.Std()

// world is a data directory's truth, and its clock.
type world struct {
	Source
	t     *testing.T
	clock *cxtest.Clock
	sent  int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: cxtest.NewClock()}
	w.Source = openSource(t, t.TempDir())
	w.Clock = w.clock
	return w
}

func openSource(t *testing.T, dir string) Source {
	t.Helper()
	log, err := stream.Open(t.Context(), stream.Config{Dir: filepath.Join(dir, "log"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	shelf, err := log.Shelf(t.Context(), "quarantine", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	state, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(dir, stateFile)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = state.Close() })
	return Source{Dir: dir, Instance: "i_test", Version: "test", Log: log, State: state, Shelf: shelf, Files: []string{"aside.json"}, Clock: cx.SystemClock{}}
}

// send appends events, each with a text of its own.
func (w *world) send(n int) {
	w.t.Helper()
	events := make([]cx.Event, n)
	for i := range events {
		w.sent++
		body := fmt.Appendf(nil, `{"type":"track","event":"Paid","properties":{"note":"secret-%d"}}`, w.sent)
		events[i] = cx.Event{
			Kind: cx.Track, Name: "Paid", Source: "web", MessageID: fmt.Sprint(w.sent), UserID: "u", At: 1,
			ReceivedAt: cx.Time(w.sent), Body: body,
		}
	}
	if _, err := w.Log.Append(w.t.Context(), events); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) take(target string, keep int) Manifest {
	w.t.Helper()
	w.clock.Advance(time.Hour)
	m, err := take(w.t.Context(), w.Source, target, keep)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// contents is what a directory's truth says.
func contents(t *testing.T, s Source) (all []string) {
	t.Helper()
	err := s.Log.Read(t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			all = append(all, fmt.Sprintf("%d %s %s %s", e.Seq, e.Kind, e.MessageID, e.Body))
		}
		return nil
	})
	if err == nil {
		err = s.Shelf.Walk(t.Context(), func(i stream.ShelfItem) error {
			all = append(all, fmt.Sprintf("item %d %s", i.ID, i.Data))
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func restored(t *testing.T, target string, m Manifest) Source {
	t.Helper()
	dir := t.TempDir()
	if err := Files(t.Context(), target, m, dir); err != nil {
		t.Fatal(err)
	}
	s := openSource(t, dir)
	if err := Log(t.Context(), target, m, s.Log, s.Shelf, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

func sound(t *testing.T, target string) {
	t.Helper()
	r, err := Verify(t.Context(), target, nil)
	if err != nil || len(r.Faults) > 0 {
		t.Fatalf("%v, %v", r.Faults, err)
	}
}

func TestBackupsBringEverythingBack(t *testing.T) {
	t.Parallel()
	w, target := newWorld(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(w.Dir, "aside.json"), []byte(`{"remember":7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	first := w.take(target, 0) // of nothing yet
	w.send(2500)
	for range 3 {
		if _, err := w.Shelf.Put(t.Context(), []byte(`{"raw":"refused"}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Shelf.Delete(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	second := w.take(target, 0)
	want := contents(t, w.Source)
	w.send(10)
	third := w.take(target, 0)
	sound(t, target)

	if d := cmp.Diff(want, contents(t, restored(t, target, second))); d != "" {
		t.Error(d)
	}
	last := restored(t, target, third)
	if d := cmp.Diff(contents(t, w.Source), contents(t, last)); d != "" {
		t.Error(d)
	}
	if aside, err := os.ReadFile(filepath.Join(last.Dir, "aside.json")); err != nil || string(aside) != `{"remember":7}` {
		t.Errorf("aside.json: %s, %v", aside, err)
	}
	if got := restored(t, target, first); got.Log.LastSeq() != 0 {
		t.Errorf("the first backup brings %d events", got.Log.LastSeq())
	}
	err := filepath.WalkDir(target, func(path string, entry fs.DirEntry, err error) error {
		if info, _ := entry.Info(); err == nil && entry.Type().IsRegular() && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOldBackupsGoAndFilesWithThem(t *testing.T) {
	t.Parallel()
	w, target := newWorld(t), t.TempDir()
	for range 5 {
		w.send(20)
		w.take(target, 2)
	}
	all, err := List(target)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d backups, %v, want 2", len(all), err)
	}
	segments, err := os.ReadDir(filepath.Join(target, logDir))
	if err != nil || len(segments) != 2 {
		t.Errorf("%d segments, want one for each backup (%v)", len(segments), err)
	}
	sound(t, target)
}

// What was erased is in no file that the next backup names, and in no file at
// all once the backups before are gone.
func TestErasuresTravelWithTheNextBackup(t *testing.T) {
	t.Parallel()
	w, target := newWorld(t), t.TempDir()
	w.send(100)
	w.take(target, 1)
	_, err := w.Log.Redact(t.Context(), []cx.Seq{42}, func(e cx.Event) cx.Event {
		return cx.Event{Seq: e.Seq, Kind: cx.Redacted, Source: e.Source, ReceivedAt: e.ReceivedAt, Body: []byte(`{"type":"redacted"}`)}
	})
	if err != nil {
		t.Fatal(err)
	}
	m := w.take(target, 1)
	all := contents(t, restored(t, target, m))
	if said := strings.Join(all, "\n"); strings.Contains(said, "secret-42\"") || !strings.Contains(said, "secret-43\"") {
		t.Error("the backup does not know what was erased, or too much")
	}
	if d := cmp.Diff(contents(t, w.Source), all); d != "" {
		t.Error(d)
	}
	if segments, err := os.ReadDir(filepath.Join(target, logDir)); err != nil || len(segments) != 1 {
		t.Errorf("%d segments, want 1: the one before the erasure has to go (%v)", len(segments), err)
	}
}

func TestBackupOfALogThatLivedOnOtherwise(t *testing.T) {
	t.Parallel()
	w, target := newWorld(t), t.TempDir()
	w.send(10)
	early := w.take(target, 0)
	w.send(10)
	w.take(target, 0)
	other := &world{t: t, clock: w.clock, sent: 500, Source: restored(t, target, early)}
	other.Clock = w.clock
	other.send(30)
	m := other.take(target, 0)
	if d := cmp.Diff(contents(t, other.Source), contents(t, restored(t, target, m))); d != "" {
		t.Error(d)
	}
	sound(t, target)
}

func TestDamageIsToldFileByFile(t *testing.T) {
	t.Parallel()
	w, target := newWorld(t), t.TempDir()
	w.send(300)
	m := w.take(target, 0)
	segment := filepath.Join(target, m.segments()[0].Path)
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func() error{
		"is missing": func() error { return os.Remove(segment) },
		"bytes, ":    func() error { return os.WriteFile(segment, whole[:len(whole)-3], 0o600) },
		"is not what was writ": func() error {
			b := append([]byte(nil), whole...)
			b[len(b)/2] ^= 4
			return os.WriteFile(segment, b, 0o600)
		},
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		r, err := Verify(t.Context(), target, nil)
		if err != nil || len(r.Faults) != 1 || r.Faults[0].Field != m.segments()[0].Path || !strings.Contains(r.Faults[0].Message, name) {
			t.Errorf("%q: %v, %v", name, r.Faults, err)
		}
		s := openSource(t, t.TempDir())
		if err := Log(t.Context(), target, m, s.Log, s.Shelf, nil); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%q: a restore says %v", name, err)
		}
		if err := os.WriteFile(segment, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	manifest := filepath.Join(target, m.name())
	src, err := os.ReadFile(manifest)
	if err == nil {
		err = os.WriteFile(manifest, []byte(strings.Replace(string(src), `"last_seq": 300`, `"last_seq": 299`, 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(t.Context(), target, nil); err != nil || len(r.Faults) != 1 || r.Faults[0].Field != m.name() {
		t.Errorf("a changed manifest: %v, %v", r.Faults, err)
	}
}

// A backup that was killed is not there; the one before is whole, and the next
// removes what is left of it.
func TestKilledBackupLeavesTheOneBefore(t *testing.T) {
	t.Parallel()
	w, target := newWorld(t), t.TempDir()
	w.send(50)
	before := w.take(target, 0)
	w.send(50)
	ctx, cancel := context.WithCancel(t.Context())
	killed := w.Source
	killed.Receipts = func(context.Context) ([][]byte, error) { cancel(); return nil, errors.New("killed") }
	if _, err := take(ctx, killed, target, 0); err == nil {
		t.Fatal("it was not killed")
	}
	if err := os.WriteFile(filepath.Join(target, logDir, "new"+partial), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	sound(t, target)
	all, err := List(target)
	if err != nil || len(all) != 1 || all[0].ID != before.ID {
		t.Fatalf("%v, %v", all, err)
	}
	w.take(target, 0)
	if _, err := os.Stat(filepath.Join(target, logDir, "new"+partial)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was half written is still there: %v", err)
	}
	segments, _ := os.ReadDir(filepath.Join(target, logDir))
	if len(segments) != 2 {
		t.Errorf("%d segments, want 2", len(segments))
	}
}

func TestTargetIsOneCompanys(t *testing.T) {
	t.Parallel()
	w, target := newWorld(t), t.TempDir()
	w.take(target, 0)
	other := newWorld(t)
	other.Instance = "i_other"
	if _, err := take(t.Context(), other.Source, target, 0); cx.KindOf(err) != cx.Conflict {
		t.Errorf("%v, want a conflict", err)
	}
}

func TestScheduleMakesBackupsAndSaysHowTheyAre(t *testing.T) {
	t.Parallel()
	w, target := newWorld(t), filepath.Join(t.TempDir(), "backups")
	w.send(5)
	s := New(w.Source, Schedule{Target: target, Every: time.Hour, Keep: 3}, slog.New(slog.DiscardHandler))
	s.Start()
	for s.State().Last.ID == "" {
		time.Sleep(5 * time.Millisecond)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if st := s.State(); st.Failed != nil || st.Running || st.Last.LastSeq != 5 {
		t.Errorf("%+v", st)
	}
	if again := New(w.Source, Schedule{Target: target, Every: time.Hour}, slog.New(slog.DiscardHandler)); again.due() != time.Hour {
		t.Errorf("due in %v after a restart, want 1h", again.due())
	}
	lead := cx.Principal{ID: "person:1", Role: cx.Lead}
	if _, err := s.Run(t.Context(), lead, ""); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("a lead: %v", err)
	}
	if _, err := s.Run(t.Context(), cx.Principal{ID: "person:2", Role: cx.Admin}, "/elsewhere"); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("an administrator names a folder of the server: %v", err)
	}
}

func TestChooseByTime(t *testing.T) {
	t.Parallel()
	all := []Manifest{{ID: "a", At: noon}, {ID: "b", At: noon.Add(time.Hour)}}
	for at, want := range map[time.Time]string{{}: "b", noon: "a", noon.Add(30 * time.Minute): "a", noon.Add(2 * time.Hour): "b"} {
		if m, err := Choose(all, at); err != nil || m.ID != want {
			t.Errorf("at %v: %q, %v, want %q", at, m.ID, err, want)
		}
	}
	if _, err := Choose(all, noon.Add(-time.Hour)); cx.KindOf(err) != cx.NotFound {
		t.Errorf("before the first: %v", err)
	}
}
