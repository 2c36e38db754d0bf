package stats

import "math"

// Figure is a figure of a group with the variance of its error.
type Figure struct{ Value, Variance float64 }

// Shrunk is a group's figure moved towards what the groups have in common.
type Shrunk struct {
	Value float64
	Interval
	Kept float64 // how much of the group's own is kept, 0..1
}

// Shrink moves the figures of groups towards their common mean, each by as much as
// it is uncertain (empirical Bayes with unequal variances; Morris 1983, section 5:
// the variance between groups by the method of moments, and the intervals hold that
// it and the mean are estimated). Any figure will do whose error is nearly normal:
// means, shares, net promoter scores. Below four groups with a variance nothing can
// be learned from them, and figures stay with their own intervals. A figure with NaN
// or without a variance above 0 stays as it is, and teaches nothing.
func Shrink(groups []Figure) []Shrunk {
	var known []int
	out := make([]Shrunk, len(groups))
	for i, g := range groups {
		half := z * math.Sqrt(g.Variance)
		out[i] = Shrunk{g.Value, Interval{g.Value - half, g.Value + half}, 1}
		if g.Variance > 0 && !math.IsInf(g.Variance, 0) && !math.IsNaN(g.Value) {
			known = append(known, i)
		}
	}
	k := float64(len(known))
	if k < 4 {
		return out
	}
	between, mean := 0.0, 0.0
	for range 100 {
		weights, sum, moment := 0.0, 0.0, 0.0
		for _, i := range known {
			w := 1 / (groups[i].Variance + between)
			weights, sum = weights+w, sum+w*groups[i].Value
		}
		mean = sum / weights
		for _, i := range known {
			w, off := 1/(groups[i].Variance+between), groups[i].Value-mean
			moment += w * (k/(k-1)*off*off - groups[i].Variance)
		}
		next := math.Max(0, moment/weights)
		if math.Abs(next-between) <= 1e-12*(1+between) {
			between = next
			break
		}
		between = next
	}
	typical, weights := 0.0, 0.0
	for _, i := range known {
		w := 1 / (groups[i].Variance + between)
		typical, weights = typical+w*groups[i].Variance, weights+w
	}
	typical /= weights
	for _, i := range known {
		g := groups[i]
		move := (k - 3) / (k - 1) * g.Variance / (g.Variance + between)
		off := g.Value - mean
		unsure := 2 / (k - 3) * move * move * (typical + between) / (g.Variance + between)
		half := z * math.Sqrt(g.Variance*(1-(k-1)/k*move)+unsure*off*off)
		value := g.Value - move*off
		out[i] = Shrunk{value, Interval{value - half, value + half}, 1 - move}
	}
	return out
}
