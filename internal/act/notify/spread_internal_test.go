package notify

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// even is a day whose hours are alike.
func even() (u [lookBack]float64) {
	for i := range u {
		u[i] = 1. / lookBack
	}
	return u
}

// poisson draws a count (Knuth: multiply uniforms until they are below e^-mean).
func poisson(r *rand.Rand, mean float64) (n int) {
	for p := r.ExpFloat64(); p < mean; p += r.ExpFloat64() {
		n++
	}
	return n
}

// What is as usual is no complaint that spreads, but for once in years of a
// topic; what is five times as usual is one before long.
func TestAComplaintThatSpreadsIsToldFromChance(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	usual := even()
	const days = 4000
	for _, daily := range []float64{.1, 1, 4, 20, 100} {
		false1, found := 0, 0
		for range days {
			var quiet, loud [lookBack]int
			for i := range quiet {
				quiet[i] = poisson(r, daily*usual[i])
				loud[i] = quiet[i]
				if i >= lookBack-4 {
					loud[i] = poisson(r, max(5*daily*usual[i], 3))
				}
			}
			if _, is := cusum(quiet, usual, daily); is {
				false1++
			}
			if _, is := cusum(loud, usual, daily); is {
				found++
			}
		}
		t.Logf("%v a day: told of chance %d of %d, of what spreads %d", daily, false1, days, found)
		if false1 > days/250 {
			t.Errorf("%v a day: %d of %d days are told of without cause", daily, false1, days)
		}
		if found < days*8/10 {
			t.Errorf("%v a day: only %d of %d are found", daily, found, days)
		}
	}
}

func TestWhereAComplaintBegan(t *testing.T) {
	t.Parallel()
	counts := [lookBack]int{2: 1, 20: 4, 21: 5, 22: 6, 23: 2}
	c, is := cusum(counts, even(), 2)
	if !is || c.since != 20 || c.n != 17 || c.usual < .3 || c.usual > .4 {
		t.Errorf("%+v, %v", c, is)
	}
	if _, is := cusum([lookBack]int{23: 4}, even(), .1); is {
		t.Error("four texts are told of")
	}
}

// More texts never make a complaint one that does not spread.
func TestMoreTextsSpreadAsWell(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var a [lookBack]int
		for i := range a {
			a[i] = rapid.IntRange(0, 4).Draw(t, "n")
		}
		b := a
		b[rapid.IntRange(0, lookBack-1).Draw(t, "at")] += rapid.IntRange(1, 5).Draw(t, "more")
		daily := rapid.Float64Range(.05, 30).Draw(t, "daily")
		_, first := cusum(a, even(), daily)
		if _, second := cusum(b, even(), daily); first && !second {
			t.Fatalf("%v spreads, %v does not", a, b)
		}
	})
}
