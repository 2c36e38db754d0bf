package stream

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// smallDisk mounts a disk of so many bytes, or skips the test where that is
// not allowed.
func smallDisk(t *testing.T, size int64) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("needs a disk of its own, and mounting one is not allowed here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestAFullDiskIsFullAndComesBack(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, 32<<20)
	l := open(t, Config{Dir: filepath.Join(disk, "log"), Reserve: -1 << 30}) // what the disk itself says, not our reserve
	shelf, err := l.Shelf(t.Context(), "quarantine", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	fill := func() error {
		for i := 0; ; i++ {
			events := tracks(fmt.Sprintf("%d-", len(want)), 40)
			for j := range events {
				events[j].Body = noise(events[j].Body, 4000)
			}
			if _, err := l.Append(t.Context(), events); err != nil {
				return err
			}
			want = append(want, ids(events)...)
		}
	}
	for round, size := range []int{14 << 20, 9 << 20, 5 << 20} {
		ballast := filepath.Join(disk, "ballast")
		if err := os.WriteFile(ballast, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := fill(); cx.KindOf(err) != cx.Full {
			t.Fatalf("round %d: %v, want Full", round, err)
		}
		for range 3 { // it stays full, and what is in is read
			if _, err := l.Append(t.Context(), tracks("full", 300)); cx.KindOf(err) != cx.Full {
				t.Errorf("round %d: while it is full: %v", round, err)
			}
		}
		if _, err := shelf.Put(t.Context(), noise(nil, 2<<20)); cx.KindOf(err) != cx.Full {
			t.Errorf("round %d: the shelf: %v", round, err)
		}
		if got := readAll(t, l); !slices.Equal(got, want) {
			t.Fatalf("round %d: %d events are there, %d were acknowledged", round, len(got), len(want))
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		after := tracks(fmt.Sprintf("after-%d-", round), 2)
		eventually(t, func() error { _, err := l.Append(t.Context(), after); return err })
		want = append(want, ids(after)...)
		eventually(t, func() error { _, err := shelf.Put(t.Context(), []byte("an item")); return err })
		if got := readAll(t, l); !slices.Equal(got, want) {
			t.Fatalf("round %d: %d events are there, %d were acknowledged", round, len(got), len(want))
		}
	}
	_ = l.Close()
	l = open(t, Config{Dir: filepath.Join(disk, "log")})
	if got := readAll(t, l); !slices.Equal(got, want) {
		t.Errorf("after reopening: %d events are there, %d were acknowledged", len(got), len(want))
	}
}

// eventually repeats fn until it succeeds.
func eventually(t *testing.T, fn func() error) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); ; {
		err := fn()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("it does not come back: %v", err)
		}
	}
}

// noise returns body with n bytes behind that do not shrink.
func noise(body []byte, n int) []byte {
	r := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n)
	_, _ = r.Read(b)
	return append(slices.Clone(body), b...)
}
