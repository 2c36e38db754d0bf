package stats_test

import (
	"math"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// A share that is greater for a while is told from its beginning to its end,
// wherever the while lies, and one that stays is not.
func TestPrevalent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, until int // of 60 bins of 40
		then, now   float64
		ok          bool
	}{
		"in the middle":      {20, 40, .05, .5, true},
		"to the end":         {45, 60, .1, .4, true},
		"from the beginning": {0, 15, .05, .45, true},
		"always":             {0, 60, .2, .2, false},
	} {
		k, n := make([]int, 60), make([]int, 60)
		for i := range k {
			n[i], k[i] = 40, int(40*c.then)
			if i >= c.from && i < c.until {
				k[i] = int(40 * c.now)
			}
		}
		got, ok := stats.Prevalent(k, n, .01)
		if ok != c.ok {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
		if !ok {
			continue
		}
		if got.From != c.from || got.Until != c.until || math.Abs(got.Then-c.then) > 1e-9 || math.Abs(got.Now-c.now) > 1e-9 || got.Low > got.From || got.High < got.From || got.P > .01 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if p, ok := stats.Prevalent(nil, nil, .01); ok {
		t.Errorf("of nothing: %+v", p)
	}
}
