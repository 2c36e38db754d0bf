package health

import (
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// window is how many samples of the log's end are kept, one a second: lags up
// to an hour are told to the second.
const window = 3600

// moment is how the log was at one moment.
type moment struct {
	at      cx.Time
	last    cx.Seq
	refused int64 // messages refused since the start
}

// samples are the last moments, oldest first.
type samples struct {
	mu  sync.Mutex
	all []moment
}

func (s *samples) add(m moment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= 2*window { // half of it goes at once, not one by one
		s.all = append(s.all[:0], s.all[window:]...)
	}
	// A clock that was set takes what it showed before along: how long ago it was
	// has not changed.
	if n := len(s.all); n > 0 && m.at < s.all[n-1].at {
		back := m.at.Sub(s.all[n-1].at)
		for i := range s.all {
			s.all[i].at = s.all[i].at.Add(back)
		}
	}
	s.all = append(s.all, m)
}

// lag returns how long ago, at now, the first event after position came; 0 when
// nothing came after it.
func (s *samples) lag(position cx.Seq, now cx.Time) (seconds float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	low, high := 0, len(s.all) // the first moment at which there was more
	for low < high {
		middle := (low + high) / 2
		if s.all[middle].last > position {
			high = middle
		} else {
			low = middle + 1
		}
	}
	if low == len(s.all) {
		return 0
	}
	return max(0, now.Sub(s.all[low].at)).Seconds()
}

// since returns the moment closest to at, from behind it on; the last of all
// when nothing is as new.
func (s *samples) since(at cx.Time) (then, last moment, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return then, last, false
	}
	last = s.all[len(s.all)-1]
	for _, m := range s.all {
		if m.at >= at {
			return m, last, true
		}
	}
	return last, last, true
}
