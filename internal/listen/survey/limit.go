package survey

import (
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// What comes from one address to surveys that anybody may answer. Many people may
// share one (a school, a hotel), so posts are limited well above what a room of
// them gives, and what only looks like a program is kept, marked.
const (
	limitWindow   = time.Minute
	postsWindow   = 60  // posts an address and minute
	kioskWindow   = 240 // of a kiosk, that sends what it kept while offline
	surveyWindow  = 30_000
	beginsWindow  = 20                  // responses begun by an address and minute without a mark
	quickest      = time.Second         // less than a person needs to read a page and answer it
	maxTracked    = 100_000             // addresses
	latestArrival = 30 * 24 * time.Hour // how long a kiosk may keep an answer
)

// limits counts by key in windows of a minute. It keeps nothing else.
type limits struct {
	mu     sync.Mutex
	window cx.Time
	counts map[string]int
}

func newLimits() *limits { return &limits{counts: map[string]int{}} }

// count counts one more of the key and tells how many there were in this window.
func (l *limits) count(key string, now cx.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now >= l.window.Add(limitWindow) || now < l.window || len(l.counts) >= maxTracked {
		l.window = now
		clear(l.counts)
	}
	l.counts[key]++
	return l.counts[key]
}
