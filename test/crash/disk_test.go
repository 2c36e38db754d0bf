package crash

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// disk is an ext4 file system of its own.
type disk struct {
	t     *testing.T
	image string
	dir   string
}

// newDisk makes and mounts a disk of so many megabytes; the test is skipped
// where that is not allowed.
func newDisk(t *testing.T, megabytes int64) *disk {
	t.Helper()
	d := &disk{t: t, image: filepath.Join(t.TempDir(), "disk.img"), dir: t.TempDir()}
	f, err := os.Create(d.image)
	if err == nil {
		err = errors.Join(f.Truncate(megabytes<<20), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-m", "0", d.image).CombinedOutput(); err != nil {
		t.Skipf("needs a disk of its own, and mkfs.ext4 is not to be had: %v %s", err, out)
	}
	if err := d.mount(); err != nil {
		t.Skipf("needs a disk of its own, and mounting one is not allowed here: %v", err)
	}
	t.Cleanup(d.unmount)
	return d
}

func (d *disk) mount() error {
	out, err := exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput()
	if err != nil {
		return errors.New(strings.TrimSpace(string(out)))
	}
	return nil
}

func (d *disk) unmount() {
	d.t.Helper()
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = unix.Unmount(d.dir, 0); err == nil || errors.Is(err, unix.EINVAL) {
			return
		}
	}
	d.t.Errorf("unmount: %v", err)
}

// cut takes the power away: what was not synced is lost, and nothing can be
// read or written until the disk is mounted again.
func (d *disk) cut() {
	d.t.Helper()
	const (
		shutdown   = 0x8004587d // EXT4_IOC_SHUTDOWN, FS_IOC_GOINGDOWN
		noLogFlush = 2
	)
	f, err := os.Open(d.dir)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	if err := unix.IoctlSetPointerInt(int(f.Fd()), shutdown, noLogFlush); err != nil {
		d.t.Fatalf("cut the power: %v", err)
	}
}

// back mounts the disk again after its power was cut.
func (d *disk) back() {
	d.t.Helper()
	d.unmount()
	if err := d.mount(); err != nil {
		d.t.Fatal(err)
	}
}
