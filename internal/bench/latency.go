package bench

import (
	"slices"
	"time"
)

// latencies are how long requests took.
type latencies []time.Duration

// at returns the time that a share of them took at most, in milliseconds
// (nearest rank); 0 when there are none.
func (l latencies) at(share float64) float64 {
	if len(l) == 0 {
		return 0
	}
	slices.Sort(l)
	rank := min(int(share*float64(len(l))), len(l)-1)
	return float64(l[rank].Microseconds()) / 1000
}
