package customer

import (
	"math"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/remember"
)

// curve is how a customer's last episodes felt, oldest first: each a step of
// the same width, for people remember what they lived, not how long they waited.
type curve struct {
	episodes []remember.Episode
	points   []curvePoint
	line     string // path in a box of 1000 × curveHeight that stretches to the width
	area     string // between the line and neutral
}

type curvePoint struct{ x, y float64 } // x a share of the width, y in pixels

const (
	mostEpisodes  = 24
	fewestOfCurve = 2 // one point is no curve
	curveHeight   = 150.0
	curveEdge     = 26.0 // room above +2 and below −2, for a figure
)

// curveOf takes the newest episodes that have a valence; they come newest
// first.
func curveOf(episodes []remember.Episode) (c curve) {
	for _, e := range episodes {
		if e.HasValence && len(c.episodes) < mostEpisodes {
			c.episodes = append([]remember.Episode{e}, c.episodes...)
		}
	}
	n := len(c.episodes)
	if n < fewestOfCurve {
		return curve{}
	}
	for i, e := range c.episodes {
		c.points = append(c.points, curvePoint{(float64(i) + 0.5) / float64(n), curveY(e.Valence)})
	}
	c.line = smooth(c.points)
	first, last := c.points[0], c.points[n-1]
	zero := coordinate(curveY(0))
	c.area = c.line + "L" + coordinate(last.x*1000) + " " + zero + "L" + coordinate(first.x*1000) + " " + zero + "Z"
	return c
}

func curveY(valence float64) float64 {
	v := math.Max(-2, math.Min(2, valence))
	return curveEdge + (2-v)/4*(curveHeight-2*curveEdge)
}

// smooth joins the points by a monotone cubic (Fritsch and Carlson, 1980): it
// never rises above or falls below what was lived.
func smooth(p []curvePoint) string {
	n := len(p)
	slope := make([]float64, n-1)
	for i := range slope {
		slope[i] = (p[i+1].y - p[i].y) / (p[i+1].x - p[i].x)
	}
	tangent := make([]float64, n)
	tangent[0], tangent[n-1] = slope[0], slope[n-2]
	for i := 1; i < n-1; i++ {
		if slope[i-1]*slope[i] > 0 {
			tangent[i] = 2 * slope[i-1] * slope[i] / (slope[i-1] + slope[i])
		}
	}
	var b strings.Builder
	b.WriteString("M" + coordinate(p[0].x*1000) + " " + coordinate(p[0].y))
	for i := 1; i < n; i++ {
		third := (p[i].x - p[i-1].x) / 3
		step := byte('C')
		for _, q := range [...]curvePoint{
			{p[i-1].x + third, p[i-1].y + tangent[i-1]*third},
			{p[i].x - third, p[i].y - tangent[i]*third},
			p[i],
		} {
			b.WriteByte(step)
			b.WriteString(coordinate(q.x*1000) + " " + coordinate(q.y))
			step = ' '
		}
	}
	return b.String()
}

func coordinate(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

func percent(v float64) string { return strconv.FormatFloat(math.Round(v*1000)/10, 'f', -1, 64) + "%" }

// extremes are the places of the best and the worst episode; the newest of
// equals.
func (c curve) extremes() (best, worst int) {
	for i, e := range c.episodes {
		if e.Valence >= c.episodes[best].Valence {
			best = i
		}
		if e.Valence <= c.episodes[worst].Valence {
			worst = i
		}
	}
	return best, worst
}
