package duckdb_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// TestFullDisk fills the disk, makes room and goes on: nothing is missing and
// nothing is there twice.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=12m"); err != nil {
		t.Skip("this test mounts a small disk: ", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, 0)) })
	s := open(t, dir)
	ballast := filepath.Join(dir, "ballast")
	must(t, os.WriteFile(ballast, make([]byte, 6<<20), 0o600))
	failed := 0
	for seq := cx.Seq(0); seq < 60_000; {
		b := year(seq, 1_000, 60_000)
		err := s.Append(t.Context(), b)
		switch {
		case err == nil:
			seq = b.Last
		case failed == 0:
			if cx.KindOf(err) != cx.Full {
				t.Errorf("a full disk gives %v", err)
			}
			failed++
		case failed < 3:
			failed++
		case failed == 3:
			must(t, os.Remove(ballast))
			must(t, syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT, "size=200m"))
			failed++
		default:
			t.Fatal(err)
		}
	}
	if failed == 0 {
		t.Error("the disk was never full")
	}
	totals, err := s.Totals(t.Context(), cx.System(), history.Filter{})
	if err != nil || totals.Events+totals.Answers != 60_000 {
		t.Errorf("%+v, %v", totals, err)
	}
}
