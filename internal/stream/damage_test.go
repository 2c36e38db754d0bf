package stream

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// damagedLog makes a log of several blocks with some frames redacted and a
// shelf, closes it, and returns whose its events are.
func damagedLog(t *testing.T, dir string) []string {
	t.Helper()
	l := open(t, Config{Dir: dir})
	if _, err := l.session.Load().js.UpdateStream(t.Context(), factsConfig(100<<10)); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	l = open(t, Config{Dir: dir})
	for i := range 120 {
		e := secret([]string{"person-ana", "person-bea"}[i%2], i)
		e.Body = noise(e.Body, 1000)
		mustAppend(t, l, []cx.Event{e, secret("person-eva", i)})
	}
	all := whose(t, l)
	some := seqsOf(all, "person-ana")[10:20]
	if _, err := l.Redact(t.Context(), some, forget("person-ana")); err != nil {
		t.Fatal(err)
	}
	shelf, err := l.Shelf(t.Context(), "quarantine", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shelf.Put(t.Context(), []byte("kept")); err != nil {
		t.Fatal(err)
	}
	all = whose(t, l)
	_ = l.Close()
	return all
}

func flip(t *testing.T, path string, from int64, n int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	if _, err := f.ReadAt(b, from); err != nil {
		t.Fatal(err)
	}
	for i := range b {
		b[i] ^= 0x55
	}
	if _, err := f.WriteAt(b, from); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// killed makes the log look as if its process had been killed.
func killed(t *testing.T, dir string) {
	t.Helper()
	m, said, err := openMark(dir)
	if err != nil {
		t.Fatal(err)
	}
	said.clean = false
	if err := m.close(said); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(blocksDir(dir, facts), "index.db")); err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsToldAndRepaired(t *testing.T) {
	t.Parallel()
	size := func(path string) int64 {
		fi, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return fi.Size()
	}
	for name, c := range map[string]struct {
		do    func(t *testing.T, dir string, blocks []string)
		fine  bool // it opens as if nothing had been
		most  int  // how many events may be lost
		least int
	}{
		"nothing": {func(*testing.T, string, []string) {}, true, 0, 0},
		"the index is missing": {func(t *testing.T, dir string, _ []string) {
			if err := os.Remove(filepath.Join(blocksDir(dir, facts), "index.db")); err != nil {
				t.Fatal(err)
			}
		}, true, 0, 0},
		"killed": {func(t *testing.T, dir string, _ []string) { killed(t, dir) }, true, 0, 0},
		"killed while writing": {func(t *testing.T, dir string, b []string) {
			killed(t, dir)
			f, err := os.OpenFile(b[len(b)-1], os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(noise(nil, 700)); err != nil {
				t.Fatal(err)
			}
			_ = f.Close()
		}, true, 0, 0},
		"stream's description damaged": {func(t *testing.T, dir string, b []string) {
			if err := os.Remove(filepath.Join(filepath.Dir(filepath.Dir(b[0])), "meta.sum")); err != nil {
				t.Fatal(err)
			}
		}, true, 0, 0},
		"flipped in the last block": {func(t *testing.T, _ string, b []string) { flip(t, b[len(b)-1], 3000, 10) }, false, 4, 1},
		"the last bytes flipped":    {func(t *testing.T, _ string, b []string) { flip(t, b[len(b)-1], size(b[len(b)-1])-500, 500) }, false, 4, 1},
		"flipped in the middle, killed": {func(t *testing.T, dir string, b []string) {
			killed(t, dir)
			flip(t, b[1], 9000, 4)
			flip(t, b[2], 12000, 2)
		}, false, 8, 1},
		"last block truncated": {func(t *testing.T, _ string, b []string) {
			if err := os.Truncate(b[len(b)-1], 2000); err != nil {
				t.Fatal(err)
			}
		}, false, 80, 1},
		"last block gone, killed": {func(t *testing.T, dir string, b []string) {
			killed(t, dir)
			if err := os.Remove(b[len(b)-1]); err != nil {
				t.Fatal(err)
			}
		}, false, 80, 1},
		"a redacted frame flipped, killed": {func(t *testing.T, dir string, _ []string) {
			killed(t, dir)
			b, err := blockFiles(dir, redacted)
			if err != nil {
				t.Fatal(err)
			}
			flip(t, b[0], 1500, 1)
		}, false, 4, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			want := damagedLog(t, dir)
			blocks, err := blockFiles(dir, facts)
			if err != nil || len(blocks) < 4 {
				t.Fatalf("%d blocks, %v", len(blocks), err)
			}
			c.do(t, dir, blocks)
			config := Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)}
			if !c.fine {
				for range 2 { // looking changes nothing
					_, err := Open(t.Context(), config)
					if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "vivencia repair") || !strings.Contains(err.Error(), dir) && !strings.Contains(err.Error(), "acknowledged") {
						t.Fatalf("error = %v", err)
					}
				}
				done, err := Repair(t.Context(), config)
				if err != nil {
					t.Fatal(err)
				}
				lost := 0
				for _, s := range done.Lost {
					for seq := s.First; seq <= s.Last; seq++ {
						want[seq-1] = ""
						lost++
					}
				}
				t.Logf("lost %d: %v", lost, done.Lost)
				if lost < c.least || lost > c.most {
					t.Errorf("%d events are lost", lost)
				}
				if strings.Contains(name, "flipped") && done.Aside == "" {
					t.Errorf("set aside in %q", done.Aside)
				}
			}
			l := open(t, config)
			if d := cmp.Diff(want, whose(t, l)); d != "" {
				t.Error(d)
			}
			if err := l.Verify(t.Context()); err != nil {
				t.Error(err)
			}
			mustAppend(t, l, []cx.Event{secret("person-new", 1)})
			if got := whose(t, l); got[len(got)-1] != "person-new" || len(got) != len(want)+1 {
				t.Errorf("%d events after one more, %d before", len(got), len(want))
			}
			shelf, err := l.Shelf(t.Context(), "quarantine", 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			if item, err := shelf.Get(t.Context(), 1); string(item) != "kept" || err != nil {
				t.Errorf("the shelf has %q, %v", item, err)
			}
			if left := slices.DeleteFunc(must(os.ReadDir(dir)), func(e os.DirEntry) bool {
				return e.Name() == "jetstream" || e.Name() == "mark" || strings.HasPrefix(e.Name(), "damaged-")
			}); len(left) > 0 {
				t.Errorf("left in the folder: %v", left)
			}
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Damage that comes while the log is open is told too, by whoever reads there.
func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	damagedLog(t, dir)
	blocks, err := blockFiles(dir, facts)
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	flip(t, blocks[1], 9000, 4) // after a clean end only the last block is looked at when it opens
	if err := Check(Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)}); !errors.Is(err, ErrDamaged) {
		t.Errorf("error = %v", err)
	}
	l := open(t, Config{Dir: dir})
	if err := l.Verify(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("error = %v", err)
	}
}
