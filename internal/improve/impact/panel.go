package impact

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

const (
	// weeksBefore is how many weeks before the first shop begins are looked at.
	weeksBefore = 40
	// complete is the share of shops that must have figures in every period.
	complete = .8
	// leastBefore and leastSince are how many periods there must be before the first
	// begins, and since.
	leastBefore, leastSince = 3, 2
)

// monday is the start of the week, in the company's time, that a time lies in.
func monday(at cx.Time, zone *time.Location) time.Time {
	t := at.Std().In(zone)
	y, m, d := t.Date()
	return time.Date(y, m, d-(int(t.Weekday())+6)%7, 0, 0, 0, 0, zone)
}

// weeks are the Mondays from the week of a time to the last that lies before another,
// which ends the last whole week.
func weeks(from, to cx.Time, zone *time.Location) (out []cx.Time) {
	for t := monday(from, zone); cx.TimeOf(t) <= to; t = t.AddDate(0, 0, 7) {
		out = append(out, cx.TimeOf(t))
	}
	return out
}

// weekOf is the week that a time lies in; −1 outside.
func weekOf(weeks []cx.Time, at cx.Time) int {
	i, found := slices.BinarySearch(weeks, at)
	if !found {
		i--
	}
	if i >= len(weeks)-1 {
		return -1
	}
	return i
}

// stage reads a roll-out in steps.
func (r *reading) stage(ctx context.Context) (*panel, error) {
	zone := r.m.Company.Zone()
	out := &panel{purse: r.purse()}
	starts, first := map[string]cx.Time{}, r.asOf
	for _, s := range r.plan.Design.Starts {
		starts[s.Unit] = cx.TimeOf(s.At)
		first = min(first, starts[s.Unit])
	}
	grid := weeks(first.Add(-weeksBefore*7*24*time.Hour), r.asOf, zone)
	if len(grid) < 2 {
		return out, nil
	}
	unit := map[string]string{} // of a place
	for _, place := range r.m.Places {
		unit[place.Slug] = place.Slug
		if r.plan.Design.By == ByCity {
			unit[place.Slug] = place.City
		}
	}
	w := cx.Window{From: grid[0], To: grid[len(grid)-1]}
	metrics := r.plan.all()
	sums := make([]map[string][]sides, len(metrics)) // by unit and week
	for i := range sums {
		sums[i] = map[string][]sides{}
	}
	err := r.everybody(ctx, metrics, w, &out.purse, func(metric int, o occurrence) {
		name, week := unit[o.place], weekOf(grid, o.at)
		if name == "" || week < 0 {
			return
		}
		if sums[metric][name] == nil {
			sums[metric][name] = make([]sides, len(grid)-1)
		}
		side := 0
		if at, ok := starts[name]; ok && o.at >= at {
			side = 1
		}
		s := &sums[metric][name][week][side]
		s.n++
		s.total += o.value
		if metric == 0 {
			out.facts++
		}
	})
	if err != nil {
		return out, err
	}
	names := make([]string, 0, len(sums[0]))
	for name := range sums[0] {
		names = append(names, name)
	}
	slices.Sort(names)
	// What is compared is the time since with the period before: the longer that is,
	// the less of it is chance.
	for _, length := range []int{8, 4, 2, 1} {
		out.cut(names, grid, length, metrics, sums, starts)
		_, from, _ := out.begun()
		if float64(len(out.units)) >= complete*float64(len(names)) && from >= leastBefore && len(out.periods)-from >= leastSince {
			break
		}
	}
	return out, nil
}

// sides are what was lived before a shop began, and since.
type sides [2]sum

// whole tells whether history goes back to before a week: what is younger than the
// weeks before begins somewhere in the middle.
func whole(names []string, sums map[string][]sides, week int) bool {
	for _, name := range names {
		for _, w := range sums[name][:week] {
			if w[0].n+w[1].n > 0 {
				return true
			}
		}
	}
	return false
}

// cut makes periods of so many weeks, the last ending with the last week; the first
// begins when history has.
func (p *panel) cut(names []string, grid []cx.Time, length int, metrics []Metric, sums []map[string][]sides, starts map[string]cx.Time) {
	n := (len(grid) - 1) / length
	skip := len(grid) - 1 - n*length
	end := func(period int) cx.Time { return grid[skip+(period+1)*length] }
	// first is the period in which a shop begins, and how much of that is since: what
	// was lived in the smaller part of it is left out.
	first := func(name string) (period int, since float64) {
		at, ok := starts[name]
		if !ok || at >= end(n-1) {
			return -1, 0
		}
		for period < n-1 && end(period) <= at {
			period++
		}
		since = min(1, float64(end(period)-at)/float64(end(period)-grid[skip+period*length]))
		return period, since
	}
	figure := func(metric int, name string, period int) float64 {
		weeks := sums[metric][name]
		if weeks == nil {
			weeks = make([]sides, len(grid)-1)
		}
		var s sides
		for _, w := range weeks[skip+period*length : skip+(period+1)*length] {
			for side := range s {
				s[side].n += w[side].n
				s[side].total += w[side].total
			}
		}
		begins, since := first(name)
		switch {
		case period != begins:
			return metrics[metric].ofWeeks(sum{s[0].n + s[1].n, s[0].total + s[1].total}, float64(length))
		case since >= .5:
			return metrics[metric].ofWeeks(s[1], since*float64(length))
		}
		return metrics[metric].ofWeeks(s[0], (1-since)*float64(length))
	}
	begin := 0
	for ; begin < n && !whole(names, sums[0], skip+begin*length); begin++ {
	}
	p.days, p.units, p.first, p.periods, p.dropped, p.y, p.money = 7*length, nil, nil, nil, nil, nil, nil
	p.guards = make([][][]float64, len(metrics)-2)
	for period := begin; period < n; period++ {
		p.periods = append(p.periods, grid[skip+period*length])
	}
	for _, name := range names {
		rows := make([][]float64, len(metrics))
		known := true
		for metric := range metrics {
			for period := begin; period < n; period++ {
				v := figure(metric, name, period)
				known = known && !math.IsNaN(v)
				rows[metric] = append(rows[metric], v)
			}
		}
		if !known {
			p.dropped = append(p.dropped, name)
			continue
		}
		from, since := first(name)
		if from >= 0 && since < .5 {
			from++
		}
		if from >= n {
			from = -1
		}
		if from >= 0 {
			from = max(0, from-begin)
		}
		p.units, p.first = append(p.units, name), append(p.first, from)
		p.y, p.money = append(p.y, rows[0]), append(p.money, rows[len(rows)-1])
		for i := range p.guards {
			p.guards[i] = append(p.guards[i], rows[i+1])
		}
	}
}

// ofWeeks is what the facts of some weeks say of a shop: money and events by week.
func (m Metric) ofWeeks(s sum, weeks float64) float64 {
	switch m.Kind {
	case Event, Return:
		return float64(s.n) / weeks
	case Revenue:
		return s.total / weeks
	}
	return m.of(s)
}

// everybody tells the facts of metrics of all who are of the population, and counts
// the amounts.
func (r *reading) everybody(ctx context.Context, metrics []Metric, w cx.Window, money *purse, fn func(metric int, o occurrence)) error {
	var of map[cx.CustomerNo]bool
	if r.plan.Population != (Population{}) {
		nos, err := r.s.c.Segments.Eligible(ctx, r.plan.Population.Segment, r.plan.Population.When)
		if err != nil {
			return err
		}
		of = make(map[cx.CustomerNo]bool, len(nos))
		for _, no := range nos {
			of[no] = true
		}
	}
	only := func(metric int) func(occurrence) {
		return func(o occurrence) {
			if of == nil || of[o.customer] {
				fn(metric, o)
			}
		}
	}
	err := r.s.c.Facts.Snapshot(ctx, cx.System(), func(s history.Snapshot) error {
		r.edition = s.Edition()
		if r.upto == 0 {
			r.upto = r.edition.Position
		}
		for i, m := range metrics {
			if err := r.each(s, m, r.m.Company.Currency, w, nil, only(i)); err != nil {
				return err
			}
		}
		for _, currency := range append([]string{r.m.Company.Currency}, r.foreigns...) {
			n := &money.foreign
			if currency == r.m.Company.Currency {
				n = &money.home
			}
			if err := r.each(s, metrics[len(metrics)-1], currency, w, nil, func(occurrence) { *n++ }); err != nil {
				return err
			}
		}
		return nil
	})
	for i, m := range metrics {
		if err == nil {
			err = r.promises(ctx, m, w, only(i))
		}
	}
	return err
}

// date reads before and after a day: the metric of everybody, week by week, as far
// before as after, at least a quarter of a year.
func (r *reading) date(ctx context.Context) (*story, error) {
	out := &story{from: cx.TimeOf(r.plan.Design.From)}
	span := max(r.asOf.Sub(out.from), 13*7*24*time.Hour)
	grid := weeks(out.from.Add(-span), r.asOf, r.m.Company.Zone())
	if len(grid) < 2 {
		return out, nil
	}
	sums := make([]stats.Moments, len(grid)-1)
	metrics := []Metric{r.plan.Metric, {Kind: Revenue}}
	var money purse
	err := r.everybody(ctx, metrics, cx.Window{From: grid[0], To: grid[len(grid)-1]}, &money, func(metric int, o occurrence) {
		if week := weekOf(grid, o.at); metric == 0 && week >= 0 {
			sums[week].Add(o.value)
		}
	})
	out.weeks = grid[:len(grid)-1]
	for _, s := range sums {
		out.means = append(out.means, s.Sample())
	}
	return out, err
}
