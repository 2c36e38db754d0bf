package bench

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// resident returns the memory that the server has, in MiB: what it has now, and
// the most it ever had.
func (s *server) resident() (now, most float64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, 0, cx.Wrap("bench.resident", err)
	}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		kb, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch name {
		case "VmRSS":
			now = kb / 1024
		case "VmHWM":
			most = kb / 1024
		}
	}
	return now, most, nil
}

// processorTime returns how long the server has used processors.
func (s *server) processorTime() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, cx.Wrap("bench.processorTime", err)
	}
	_, rest, _ := bytes.Cut(b, []byte(") ")) // the name before it may hold blanks
	fields := strings.Fields(string(rest))
	if len(fields) < 13 {
		return 0, cx.Errorf(cx.Internal, "bench.processorTime", "/proc/PID/stat is not as expected")
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	const tick = 10 * time.Millisecond // of every Linux
	return time.Duration(user+system) * tick, nil
}

// diskUsed returns the bytes that files take on the disk below dir whose path
// in it begins with prefix.
func diskUsed(dir, prefix string) (bytes float64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(strings.TrimPrefix(path, dir+"/"), prefix) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			bytes += float64(stat.Blocks) * 512
		}
		return nil
	})
	return bytes, cx.Wrap("bench.diskUsed", err)
}
