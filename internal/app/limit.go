package app

import (
	"hash/maphash"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// maxBuckets bounds what a limiter remembers. Past it, who has not come for the
// longest time begins anew: to be forgotten one needs that many others.
const maxBuckets = 1 << 16

// limiter lets each key come so many times a second, twice as many at once: a
// token bucket each. It is safe for concurrent use.
type limiter struct {
	rate float64 // 0: no limit
	seed maphash.Seed

	mu         sync.Mutex
	young, old map[uint64]bucket // by the key's hash: keys are secrets
}

// bucket is what was left of somebody's tokens at an instant.
type bucket struct {
	left float64
	at   cx.Time
}

func newLimiter(rate int) *limiter {
	return &limiter{rate: float64(rate), seed: maphash.MakeSeed(), young: map[uint64]bucket{}}
}

// take lets key pass, or says how long it has to wait.
func (l *limiter) take(key string, now cx.Time) (wait time.Duration) {
	if l.rate == 0 {
		return 0
	}
	h := maphash.String(l.seed, key)
	most := 2 * l.rate
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.young[h]
	if !ok {
		if b, ok = l.old[h]; !ok {
			b = bucket{most, now}
		}
	}
	b.left = min(most, b.left+max(0, now.Sub(b.at).Seconds())*l.rate)
	b.at = now
	const rounding = 1e-6
	if b.left >= 1-rounding {
		b.left--
	} else {
		wait = time.Duration(math.Ceil((1-b.left)/l.rate*1000)) * time.Millisecond
	}
	if len(l.young) >= maxBuckets/2 {
		l.young, l.old = map[uint64]bucket{}, l.young
	}
	l.young[h] = b
	return wait
}

// network is what counts as one address: an IPv6 network of 64 bits, since
// whoever has one of its addresses has them all. local tells whether it is this
// machine.
func network(address string) (key string, local bool) {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address, false
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		if net, err := ip.Prefix(64); err == nil && !ip.IsLoopback() {
			return net.String(), false
		}
	}
	return ip.String(), ip.IsLoopback()
}
