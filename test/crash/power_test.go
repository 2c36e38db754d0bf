package crash

import (
	"syscall"
	"testing"
)

// TestPowerCut cuts the power of the server's disk under load: what was not
// synced is lost, and the process with it.
func TestPowerCut(t *testing.T) {
	d := newDisk(t, 1024)
	h := newHouse(t, d.dir)
	h.args = []string{"--reserve", "1MB"}
	strike(t, h, rounds(3), func(s *server) {
		s.suffers = true
		d.cut()
		s.end(syscall.SIGKILL)
		d.back()
	})
}
