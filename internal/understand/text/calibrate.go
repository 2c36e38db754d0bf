package text

import (
	"math"
	"slices"
)

// sureShare is which share of the readings that are called certain must be right.
const sureShare = .9

// calibrate finds the slope (and, for many classes a text, the offset) under
// which the texts held out are likeliest: temperature scaling (Guo et al. 2017)
// and Platt's sigmoid (1999), by Newton's method on at most two numbers; and
// from which probability on sureShare of the likeliest classes are right.
func (t *task) calibrate(c *Classifier, h held) {
	for range 50 {
		var g, d [2]float64 // gradient and curvature for slope and offset
		var cross float64
		for at, i := range h.text {
			scores := h.scores[at*c.k:][:c.k]
			p := c.probabilities(scores)
			if t.many {
				for k, s := range scores {
					e := p[k]
					if slices.Contains(t.classes[i], k) {
						e--
					}
					x, v := float64(s), p[k]*(1-p[k])
					g[0] += e * x
					g[1] += e
					d[0] += v * x * x
					d[1] += v
					cross += v * x
				}
				continue
			}
			var mean, square float64
			for k, s := range scores {
				mean += p[k] * float64(s)
				square += p[k] * float64(s) * float64(s)
			}
			g[0] += mean - float64(scores[t.classes[i][0]])
			d[0] += square - mean*mean
		}
		d[0]++ // a weak pull towards where it is: no classes held out tell nothing
		var slope, offset float64
		if t.many {
			d[1]++
			det := d[0]*d[1] - cross*cross
			slope, offset = (d[1]*g[0]-cross*g[1])/det, (d[0]*g[1]-cross*g[0])/det
		} else {
			slope = g[0] / d[0]
		}
		next := min(max(float64(c.slope)-slope, .1), 20)
		moved := math.Abs(next-float64(c.slope)) + math.Abs(offset)
		c.slope, c.offset = float32(next), float32(min(max(float64(c.offset)-offset, -20), 20))
		if moved < 1e-4 {
			break
		}
	}
	c.sure = t.surely(c, h)
}

// surely returns the lowest probability from which on sureShare of the likeliest
// classes are right; 2 when there is none.
func (t *task) surely(c *Classifier, h held) float32 {
	type said struct {
		p     float64
		right bool
	}
	all := make([]said, len(h.text))
	for at, i := range h.text {
		p := c.probabilities(h.scores[at*c.k:][:c.k])
		best := largest(p)
		all[at] = said{p[best], slices.Contains(t.classes[i], best)}
	}
	slices.SortStableFunc(all, func(a, b said) int {
		switch {
		case a.p > b.p:
			return -1
		case a.p < b.p:
			return 1
		}
		return 0
	})
	sure, right := float32(2), 0
	for n, s := range all {
		if s.right {
			right++
		}
		if n >= 20 && float64(right) >= sureShare*float64(n+1) {
			sure = float32(s.p)
		}
	}
	return sure
}

// largest returns where the largest of xs is, the first of equals.
func largest(xs []float64) int {
	best := 0
	for i, x := range xs {
		if x > xs[best] {
			best = i
		}
	}
	return best
}
