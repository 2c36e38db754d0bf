package bench

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Machine is what the machine does without us: the rates that everything rests
// on, each measured alone, on one core, in the directory's file system.
type Machine struct {
	Cores    int     `json:"cores"`
	Go       string  `json:"go"`
	Load     float64 `json:"load"`                 // others' work at the start: the load average of a minute
	Fsync4K  float64 `json:"fsync_4k_per_s"`       // appends of 4 KB, each on the disk before the next
	Fsync64  float64 `json:"fsync_64b_per_s"`      // the same with 64 bytes
	Write1MB float64 `json:"write_1mb_mb_per_s"`   // blocks of 1 MB, on the disk at the end
	JSONScan float64 `json:"json_scan_mb_per_s"`   // tokens of the bench's own events
	Copy     float64 `json:"memory_copy_mb_per_s"` // 64 MB at a time
}

// rate returns the rate of that name; 0 when it is none.
func (m Machine) rate(name string) float64 {
	switch name {
	case "fsync_4k_per_s":
		return m.Fsync4K
	case "json_scan_mb_per_s":
		return m.JSONScan
	}
	return 0
}

// measureMachine measures one rate after the other, each for so long.
func measureMachine(ctx context.Context, dir string, each time.Duration) (m Machine, err error) {
	m = Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Load: loadAverage()}
	m.Copy = copyRate(ctx, each)
	if m.JSONScan, err = scanRate(ctx, each); err != nil {
		return m, err
	}
	if m.Fsync4K, err = syncedRate(ctx, dir, 4<<10, each); err != nil {
		return m, err
	}
	if m.Fsync64, err = syncedRate(ctx, dir, 64, each); err != nil {
		return m, err
	}
	m.Write1MB, err = writeRate(ctx, dir, each)
	return m, err
}

// loadAverage returns how busy the machine was in the last minute; 0 where that
// cannot be known.
func loadAverage() float64 {
	b, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(b), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}

// syncedRate appends blocks of size, each synced, and returns how many a second.
func syncedRate(ctx context.Context, dir string, size int, each time.Duration) (float64, error) {
	return onFile(dir, func(f *os.File) (float64, error) {
		block := make([]byte, size)
		return perSecond(ctx, each, 1, func() error {
			_, err := f.Write(block)
			return errors.Join(err, f.Sync())
		})
	})
}

// writeRate writes blocks of 1 MB and syncs them together; MB/s.
func writeRate(ctx context.Context, dir string, each time.Duration) (float64, error) {
	return onFile(dir, func(f *os.File) (float64, error) {
		const blocks = 64
		block := make([]byte, 1_000_000)
		return perSecond(ctx, each, blocks, func() error {
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				return err
			}
			for range blocks {
				if _, err := f.Write(block); err != nil {
					return err
				}
			}
			return f.Sync()
		})
	})
}

func onFile(dir string, fn func(*os.File) (float64, error)) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "probe"))
	if err != nil {
		return 0, cx.Wrap("bench.onFile", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	rate, err := fn(f)
	return rate, cx.Wrap("bench.onFile", err)
}

// scanRate reads the tokens of the bench's own events; MB/s.
func scanRate(ctx context.Context, each time.Duration) (float64, error) {
	var events []byte
	w := newWriter(newLoad(1, 10_000, time.Unix(0, 0)))
	for _, e := range w.next() {
		events = append(append(events, e.body...), '\n')
	}
	return perSecond(ctx, each, float64(len(events))/1e6, func() error {
		d := jsontext.NewDecoder(bytes.NewReader(events))
		for {
			if _, err := d.ReadToken(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
}

func copyRate(ctx context.Context, each time.Duration) float64 {
	from, to := make([]byte, 64_000_000), make([]byte, 64_000_000)
	copy(to, from) // the pages are there
	rate, _ := perSecond(ctx, each, 64, func() error { copy(to, from); return nil })
	return rate
}

// perSecond calls fn for d and returns how many units a second it did, each call
// being that many.
func perSecond(ctx context.Context, d time.Duration, units float64, fn func() error) (float64, error) {
	started, done := time.Now(), 0.0
	for ctx.Err() == nil && time.Since(started) < d {
		if err := fn(); err != nil {
			return 0, err
		}
		done += units
	}
	return done / time.Since(started).Seconds(), ctx.Err()
}
