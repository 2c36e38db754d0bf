package reason

import (
	"cmp"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// changes splits what the score moved between two periods among the reasons that hold
// over both: how many lived each (mix) and how differently those score (rate), each at
// the mean of the other in both periods, so that the two add up (Kitagawa 1955).
func (s *study) changes(now, before cx.Window) Changes {
	out := Changes{
		Metric: s.q.Metric, Now: now, Before: before, Moves: []Move{},
		Score: s.score(func(r int) bool { return now.Contains(s.answers[r].at) }),
		Was:   s.score(func(r int) bool { return before.Contains(s.answers[r].at) }),
	}
	if out.Score.N == 0 || out.Was.N == 0 {
		return out
	}
	d := stats.Difference(out.Was.Value, stats.Interval{Low: out.Was.Low, High: out.Was.High}, out.Score.Value, stats.Interval{Low: out.Score.Low, High: out.Score.High})
	out.Delta = outcome.Estimate{Value: out.Score.Value - out.Was.Value, Low: d.Low, High: d.High, N: out.Score.N + out.Was.N}
	var p []float64
	was, is := s.within(before), s.within(now)
	no := 0 // of the candidates, as within numbers them
	for i, g := range s.chosen {
		m := Move{Reason: s.reason(g, s.ids[i])}
		variance := 0.0
		then, later := 0, 0
		for _, c := range g.parts {
			one, two := was.of(&c, no), is.of(&c, no)
			no++
			then, later = then+one.n, later+two.n
			m.Mix += (one.slope.value + two.slope.value) / 2 * (two.share - one.share)
			m.Rate += (one.share + two.share) / 2 * (two.slope.value - one.slope.value)
			for _, part := range []period{one, two} {
				at := float64(part.of)
				variance += part.share*part.share*part.slope.err*part.slope.err + part.slope.value*part.slope.value*part.share*(1-part.share)/at
			}
		}
		points, half := m.Mix+m.Rate, 1.959964*math.Sqrt(variance)
		m.Points = outcome.Estimate{Value: points, Low: points - half, High: points + half, N: then + later}
		m.Was, m.Share = share(then, was.n), share(later, is.n)
		p = append(p, studentP(slope{points, math.Sqrt(variance)}, out.Delta.N-2))
		out.Moves = append(out.Moves, m)
	}
	for i, clear := range stats.BenjaminiHochberg(p, falseRate) {
		out.Moves[i].Clear = clear
	}
	slices.SortStableFunc(out.Moves, func(a, b Move) int {
		return cmp.Compare(math.Abs(b.Points.Value), math.Abs(a.Points.Value))
	})
	return out
}

// spell is the answers of a period, with what each reason has with them.
type spell struct {
	rows   []bool
	n      int
	slopes []slope // of all candidates of all reasons
}

// period is one candidate within a spell.
type period struct {
	slope
	n, of int
	share float64
}

// within fits the reasons to the answers of a period.
func (s *study) within(w cx.Window) spell {
	out := spell{rows: make([]bool, len(s.answers))}
	part := &table{drivers: s.table.drivers}
	renumbered := make([]uint32, len(s.answers))
	for i, a := range s.answers {
		if out.rows[i] = w.Contains(a.at); out.rows[i] {
			renumbered[i] = uint32(out.n)
			part.rows = append(part.rows, s.table.rows[i])
			out.n++
		}
	}
	var columns []candidate
	for _, g := range s.chosen {
		for _, c := range g.parts {
			narrow := column{driver: c.driver, value: c.value}
			for i, r := range c.rows {
				if out.rows[r] {
					narrow.rows, narrow.x = append(narrow.rows, renumbered[r]), append(narrow.x, c.x[i])
				}
			}
			columns = append(columns, candidate{column: narrow})
		}
	}
	out.slopes, _ = part.joint(columns, part.centred(func(r row) float64 { return r.points }))
	return out
}

func (p spell) of(c *candidate, no int) period {
	out := period{slope: p.slopes[no], of: max(1, p.n)}
	for i, r := range c.rows {
		if c.has[i] && p.rows[r] {
			out.n++
		}
	}
	out.share = float64(out.n) / float64(out.of)
	return out
}

// Quadrants of the picture.
const (
	Act   = "act"   // weighs much and goes badly
	Keep  = "keep"  // weighs much and goes well
	Watch = "watch" // weighs little and goes badly
	Relax = "relax" // weighs little and goes well
)

// picture lays the reasons out by importance and performance; the lines that part the
// quadrants are the means (Martilla & James 1977).
func (a Answer) picture() Picture {
	p := Picture{Points: []Point{}}
	for _, r := range a.Reasons {
		p.Importance += r.Importance / float64(len(a.Reasons))
		p.Performance += r.Performance / float64(len(a.Reasons))
	}
	for _, r := range a.Reasons {
		point := Point{ID: r.ID, Name: r.Name, Touchpoint: r.Touchpoint, Importance: r.Importance, Performance: r.Performance, N: r.N, Quadrant: Relax}
		switch much, well := r.Importance >= p.Importance, r.Performance >= p.Performance; {
		case much && !well:
			point.Quadrant = Act
		case much:
			point.Quadrant = Keep
		case !well:
			point.Quadrant = Watch
		}
		p.Points = append(p.Points, point)
	}
	return p
}
