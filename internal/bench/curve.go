package bench

import (
	"math"
	"slices"
	"time"
)

// Point is what an event cost when so many were stored: the time that passed
// and the time that the server used processors, each in microseconds.
type Point struct {
	Stored    int     `json:"stored"`
	Cost      float64 `json:"cost_us"`
	Processor float64 `json:"processor_us"`
}

// curve gathers points while a store grows.
type curve struct {
	every  int // events
	points []Point
	last   int // stored at the last point
	at     time.Time
	used   time.Duration
}

func newCurve(s *server, every int) (*curve, error) {
	used, err := s.processorTime()
	return &curve{every: max(every, chunkSize), at: time.Now(), used: used}, err
}

// note takes a point when enough was stored since the last one.
func (c *curve) note(s *server, stored int) error {
	if stored < c.last+c.every {
		return nil
	}
	used, err := s.processorTime()
	if err != nil {
		return err
	}
	now, n := time.Now(), float64(stored-c.last)
	c.points = append(c.points, Point{
		Stored:    stored,
		Cost:      float64(now.Sub(c.at).Microseconds()) / n,
		Processor: float64((used - c.used).Microseconds()) / n,
	})
	c.last, c.at, c.used = stored, now, used
	return nil
}

// curve puts the curve and its figures in the report. The first twentieth is
// left out of the line: an empty store is another thing.
func (r *runner) curve(c *curve) {
	r.report.Curve = c.points
	grown := slices.Clone(c.points)
	for len(grown) > 2 && grown[0].Stored < r.Events/20 {
		grown = grown[1:]
	}
	if len(grown) < 2 {
		return
	}
	first, last := float64(r.Events)/20, float64(r.Events)
	cost := fit(grown, func(p Point) float64 { return p.Cost })
	used := fit(grown, func(p Point) float64 { return p.Processor })
	r.found("curve.first", cost.at(first))
	r.found("curve.last", cost.at(last))
	r.found("curve.slope", cost.slope*million)
	r.found("curve.growth", 100*(cost.at(last)/cost.at(first)-1))
	r.found("curve.cpu-growth", 100*(used.at(last)/used.at(first)-1))
	fifth := max(len(grown)/5, 1)
	r.found("curve.ratio", mean(grown[len(grown)-fifth:])/mean(grown[:fifth]))
}

// straight is a line.
type straight struct{ offset, slope float64 }

func (l straight) at(x float64) float64 { return l.offset + l.slope*x }

// fit returns the line through the points whose slope is the median of the
// slopes of all pairs (Theil–Sen): a minute in which others took the machine
// does not turn it.
func fit(points []Point, y func(Point) float64) straight {
	var slopes, offsets []float64
	for i, p := range points {
		for _, q := range points[i+1:] {
			slopes = append(slopes, (y(q)-y(p))/float64(q.Stored-p.Stored))
		}
	}
	slope := median(slopes)
	for _, p := range points {
		offsets = append(offsets, y(p)-slope*float64(p.Stored))
	}
	return straight{median(offsets), slope}
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// mean returns the mean cost of the points.
func mean(points []Point) (m float64) {
	for _, p := range points {
		m += p.Cost / float64(len(points))
	}
	return m
}
