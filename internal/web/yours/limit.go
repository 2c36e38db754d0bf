package yours

import (
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// How much may be posted in a minute. Many people may share an address (a shop, a
// school); a phone that was offline sends a whole round at once.
const (
	window         = time.Minute
	postsALink     = 20
	postsAtAPoster = 60
	postsARound    = 240
	postsAnAddress = 240
	codesAnAddress = 60      // of friends' links that are opened
	maxTracked     = 100_000 // links and addresses
)

// limits counts by key in windows of a minute. It keeps nothing else.
type limits struct {
	mu     sync.Mutex
	since  cx.Time
	counts map[string]int
}

func newLimits() *limits { return &limits{counts: map[string]int{}} }

// count counts one more of the key and tells how many there were in this window.
func (l *limits) count(key string, now cx.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now >= l.since.Add(window) || now < l.since || len(l.counts) >= maxTracked {
		l.since = now
		clear(l.counts)
	}
	l.counts[key]++
	return l.counts[key]
}
