package stream

import (
	"golang.org/x/sys/unix"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// freeBytes returns how many bytes of dir's disk this process may still use.
func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, cx.Wrap("stream.freeBytes", err)
	}
	return int64(s.Bavail) * s.Bsize, nil
}
