package fact

import (
	"math"
	"strconv"
	"strings"
)

// Scale is what a score may be: whole or broken numbers from Min to Max.
type Scale struct{ Min, Max float64 }

// ParseScale reads "1-5" or "0-10"; "nps" is 0-10. Ok is false when s is no
// scale. Bounds are not negative and at most 1,000.
func ParseScale(s string) (sc Scale, ok bool) {
	if s == "nps" {
		return Scale{0, 10}, true
	}
	low, high, found := strings.Cut(s, "-")
	if !found || !digits(low) || !digits(high) {
		return Scale{}, false
	}
	sc.Min, _ = strconv.ParseFloat(low, 64)
	sc.Max, _ = strconv.ParseFloat(high, 64)
	return sc, sc.Min < sc.Max && sc.Max <= 1000
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 4
}

// Contains tells whether v lies on the scale.
func (s Scale) Contains(v float64) bool { return v >= s.Min && v <= s.Max }

// TopBox returns the least score that counts as satisfied: the two best of the
// scale (4 of 1-5, 6 of 1-7, 9 of 0-10); on a scale of fewer than four points,
// the best.
func (s Scale) TopBox() float64 {
	if s.Max-s.Min < 3 {
		return s.Max
	}
	return math.Max(s.Max-1, s.Min)
}
