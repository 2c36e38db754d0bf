package crash

import (
	"syscall"
	"testing"

	"github.com/vivencia-cx/vivencia/test/disktest"
)

// TestPowerCut cuts the power of the server's disk under load: what was not
// synced is lost. The process is stopped at the same moment, as its processor
// would be: while the disk goes, ext4 lets some fsyncs return without an error.
func TestPowerCut(t *testing.T) {
	d := disktest.New(t, 1024)
	h := newHouse(t, d.Dir)
	h.args = []string{"--reserve", "1MB"}
	strike(t, h, rounds(3), func(s *server) {
		s.suffers = true
		if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		d.Cut()
		s.end(syscall.SIGKILL)
		d.Back()
	})
}
