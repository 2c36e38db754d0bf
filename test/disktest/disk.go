package disktest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Disk is an ext4 file system of its own.
type Disk struct {
	t     *testing.T
	image string
	Dir   string // where it is mounted
}

// New makes and mounts a disk of so many megabytes; the test is skipped
// where that is not allowed.
func New(t *testing.T, megabytes int64) *Disk {
	t.Helper()
	d := &Disk{t: t, image: filepath.Join(t.TempDir(), "disk.img"), Dir: t.TempDir()}
	f, err := os.Create(d.image)
	if err == nil {
		err = errors.Join(f.Truncate(megabytes<<20), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mkfs.ext4", "-q", "-m", "0", d.image).CombinedOutput(); err != nil {
		t.Skipf("needs a disk of its own, and mkfs.ext4 is not to be had: %v %s", err, out)
	}
	if err := d.mount(); err != nil {
		t.Skipf("needs a disk of its own, and mounting one is not allowed here: %v", err)
	}
	t.Cleanup(d.unmount)
	return d
}

func (d *Disk) mount() error {
	out, err := exec.CommandContext(d.t.Context(), "mount", "-o", "loop", d.image, d.Dir).CombinedOutput()
	if err != nil {
		return errors.New(strings.TrimSpace(string(out)))
	}
	return nil
}

func (d *Disk) unmount() {
	d.t.Helper()
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = unix.Unmount(d.Dir, 0); err == nil || errors.Is(err, unix.EINVAL) {
			return
		}
	}
	d.t.Errorf("unmount: %v", err)
}

// Cut takes the power away: what was not synced is lost, and nothing can be
// read or written until the disk is mounted again.
func (d *Disk) Cut() {
	d.t.Helper()
	const (
		shutdown   = 0x8004587d // EXT4_IOC_SHUTDOWN, FS_IOC_GOINGDOWN
		noLogFlush = 2
	)
	f, err := os.Open(d.Dir)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	if err := unix.IoctlSetPointerInt(int(f.Fd()), shutdown, noLogFlush); err != nil {
		d.t.Fatalf("cut the power: %v", err)
	}
}

// Back mounts the disk again after its power was cut.
func (d *Disk) Back() {
	d.t.Helper()
	d.unmount()
	if err := d.mount(); err != nil {
		d.t.Fatal(err)
	}
}

// Free returns how many bytes of the disk that dir is on may still be used.
func Free(dir string) (int64, error) {
	var s unix.Statfs_t
	err := unix.Statfs(dir, &s)
	return int64(s.Bavail) * s.Bsize, err
}

// Slow makes the disk stand still most of the time, as one that is worn out or
// shared with too many: whoever syncs waits for about wait. It returns how to
// let it be fast again.
func (d *Disk) Slow(wait time.Duration) (stop func()) {
	d.t.Helper()
	const (
		freeze = 0xc0045877 // FIFREEZE
		thaw   = 0xc0045878 // FITHAW
		moves  = 5 * time.Millisecond
	)
	f, err := os.Open(d.Dir)
	if err != nil {
		d.t.Fatal(err)
	}
	ended, end := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer f.Close()
		for {
			if err := unix.IoctlSetInt(int(f.Fd()), freeze, 0); err != nil {
				d.t.Errorf("freeze the disk: %v", err)
				return
			}
			over := pause(end, wait)
			if err := unix.IoctlSetInt(int(f.Fd()), thaw, 0); err != nil {
				d.t.Errorf("thaw the disk: %v", err)
				return
			}
			if over || pause(end, moves) {
				return
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(end)
		<-ended
	})
}

// pause waits for d; it tells whether end came first.
func pause(end <-chan struct{}, d time.Duration) bool {
	select {
	case <-end:
		return true
	case <-time.After(d):
		return false
	}
}
