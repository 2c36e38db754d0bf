package stream

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

func TestShelfKeepsListsAndDeletes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Config{Dir: dir})
	s, err := l.Shelf(t.Context(), "quarantine", 1<<20, 0)
	if err != nil {
		t.Fatal(err)
	}
	var items [][]byte
	for i := range 10 {
		items = append(items, fmt.Appendf(nil, "secret item %d", i))
	}
	got, err := s.PutAll(t.Context(), items)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, got); diff != "" {
		t.Error(diff)
	}
	for _, id := range []uint64{4, 10} {
		if err := s.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if err := s.Delete(t.Context(), id); cx.KindOf(err) != cx.NotFound {
			t.Errorf("deleted twice: %v", err)
		}
		if _, err := s.Get(t.Context(), id); cx.KindOf(err) != cx.NotFound {
			t.Errorf("Get of a deleted item: %v", err)
		}
	}
	list := func(before uint64, limit int) (out []uint64) {
		t.Helper()
		items, err := s.List(t.Context(), before, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			if want := fmt.Sprintf("secret item %d", i.ID-1); string(i.Data) != want {
				t.Errorf("item %d = %q", i.ID, i.Data)
			}
			out = append(out, i.ID)
		}
		return out
	}
	if diff := cmp.Diff([]uint64{9, 8, 7, 6, 5, 3}, list(0, 6)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]uint64{2, 1}, list(3, 6)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]uint64(nil), list(1, 6)); diff != "" {
		t.Error(diff)
	}
	_ = l.Close()

	l = open(t, Config{Dir: dir})
	if s, err = l.Shelf(t.Context(), "quarantine", 1<<20, 0); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Len(t.Context()); n != 8 || err != nil {
		t.Errorf("Len = %d, %v", n, err)
	}
	if id, err := s.Put(t.Context(), []byte("secret item 10")); id != 11 || err != nil {
		t.Errorf("id after reopening = %d, %v", id, err)
	}
	_ = l.Close()
	if on := filesWith(t, dir, "secret item 3"); on != nil {
		t.Errorf("a deleted item is still in %v", on)
	}
	if filesWith(t, dir, "secret item 2") == nil {
		t.Error("a kept item is not on the disk")
	}
}

func filesWith(t testing.TB, dir, text string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestShelfDropsTheOldestWhenFull(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	s, err := l.Shelf(t.Context(), "small", 10_000, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := s.Put(t.Context(), make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	items, err := s.List(t.Context(), 0, 100)
	if err != nil || len(items) == 0 || len(items) > 9 || items[0].ID != 20 {
		t.Errorf("%d items, %v", len(items), err)
	}
}
