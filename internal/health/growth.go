package health

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// room is how much of the disk was free at one hour.
type room struct {
	At   cx.Time `json:"at"`
	Free int64   `json:"free"`
}

// growth keeps, in a file, how much of the disk was free at each hour of the
// last two weeks, so that a forecast outlives a restart.
type growth struct {
	path  string
	hours []room
}

const (
	growthEvery = time.Hour
	growthKept  = 14 * 24
	growthSpan  = 6 * time.Hour // shorter says nothing of days to come
)

// openGrowth reads the file; one that cannot be read is begun anew: it holds
// nothing that cannot be observed again.
func openGrowth(path string) *growth {
	g := &growth{path: path}
	if src, err := os.ReadFile(path); err == nil && json.Unmarshal(src, &g.hours) != nil {
		g.hours = nil
	}
	return g
}

// note keeps a sample if an hour has passed since the last.
func (g *growth) note(at cx.Time, free int64) error {
	if n := len(g.hours); n > 0 && at >= g.hours[n-1].At && at.Sub(g.hours[n-1].At) < growthEvery {
		return nil
	}
	g.hours = append(g.hours, room{at, free})
	if n := len(g.hours); n > growthKept {
		g.hours = g.hours[n-growthKept:]
	}
	b, err := json.Marshal(g.hours)
	if err == nil {
		err = os.WriteFile(g.path+".new", b, 0o600)
	}
	if err == nil {
		err = os.Rename(g.path+".new", g.path)
	}
	if errors.Is(err, fs.ErrNotExist) { // the directory goes away with a test
		return nil
	}
	return err
}

// full returns when the disk will have no more than reserve free, if what is
// free goes on as it has gone; 0 when that cannot be told, or never. The line
// is the one of least squares through the hours of the last week.
func (g *growth) full(now cx.Time, free, reserve int64) cx.Time {
	from := now.Add(-7 * 24 * time.Hour)
	var n, sx, sy, sxx, sxy float64
	first := now
	for _, r := range append(g.hours[:len(g.hours):len(g.hours)], room{now, free}) {
		if r.At < from || r.At > now {
			continue
		}
		first = min(first, r.At)
		x, y := r.At.Sub(now).Seconds(), float64(r.Free-free) // from here: large figures would lose small ones
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	spread := n*sxx - sx*sx
	if now.Sub(first) < growthSpan || spread <= 0 {
		return 0
	}
	slope := (n*sxy - sx*sy) / spread // bytes a second
	left := float64(free-reserve) / -slope
	if slope >= 0 || left > (10*365*24*time.Hour).Seconds() {
		return 0
	}
	return now.Add(time.Duration(left * float64(time.Second)))
}
