package journey

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// VariationQuery asks what a touchpoint's experience depends on.
type VariationQuery struct{ Filter Filter }

// Variation answers "does it depend on who serves you?": how much what is lived
// at each touchpoint varies between places, suppliers, sources, hours and
// weekdays.
type Variation struct {
	Runs    int
	Of      []Dependence // the clear ones first, what is felt before waits, then by how much depends
	Limited bool         // only facts of some areas were seen
}

// By is what things are told apart by.
type By string

// What a touchpoint's experience may depend on.
const (
	ByPlace    By = "place"
	BySupplier By = "supplier"
	BySource   By = "source"  // the system, such as a shop's till or the app
	ByHours    By = "hours"   // "00-08", "08-12", "12-16", "16-20", "20-24" in the company's time zone
	ByWeekday  By = "weekday" // "1" (Monday) to "7"
)

// Measured is what is compared.
type Measured string

// What is compared between groups.
const (
	MeasuredValence Measured = "valence" // how it was lived, −2..+2
	MeasuredAnswers Measured = "answers" // how answers felt, −2..+2
	MeasuredWait    Measured = "wait"    // hours since the event before, in the run
)

// Dependence is how much one measure at one touchpoint depends on one thing. A
// run counts once, with its first time at the touchpoint and the mean of how it
// was lived there. Waits are compared by their logarithms, so that their means
// are geometric.
type Dependence struct {
	Touchpoint string
	By         By
	Measured   Measured
	Mean       outcome.Estimate // of all runs
	Between    float64          // standard deviation between groups beyond chance; of a wait, of its natural logarithm
	Share      outcome.Estimate // of all variance, that between groups (the intraclass correlation), 0..1
	P          float64          // of equal groups
	Clear      bool             // after Benjamini–Hochberg at 5 % over all that was tested
	Groups     []Group          // the worst first; with 10 runs or more
}

// Group is how it is lived in one place, at one time, … Value is shrunk towards
// the touchpoint's mean by as much as the group's own mean is uncertain
// (stats.Variation.Shrink), so that a few runs are no last place.
type Group struct {
	Name  string
	Raw   float64          // the group's own mean
	Value outcome.Estimate // shrunk
}

// Variation returns what the touchpoints of a journey depend on. It needs the
// right scores.view.
func (s *Service) Variation(ctx context.Context, p cx.Principal, slug string, q VariationQuery) (Variation, error) {
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Variation{}, err
	}
	return memo(x, "variation", func() (Variation, error) { return variationOf(x), nil })
}

// leastGroup is how many runs a group has at least: fewer say little of a place,
// and too much of the people in it.
const leastGroup = 10

func variationOf(x *lived) Variation {
	v := Variation{Runs: x.log.Cases(), Limited: x.limited}
	s := newServed(x)
	for c := range x.log.Cases() {
		s.run(c)
	}
	for t, name := range s.touchpoints {
		for _, by := range s.by {
			for m, measured := range []Measured{MeasuredValence, MeasuredAnswers, MeasuredWait} {
				if d, ok := depends(by.names, by.of[m][t]); ok {
					d.Touchpoint, d.By, d.Measured = name, by.by, measured
					if measured == MeasuredWait {
						d.inHours()
					}
					v.Of = append(v.Of, d)
				}
			}
		}
	}
	p := make([]float64, len(v.Of))
	for i := range v.Of {
		p[i] = v.Of[i].P
	}
	for i, clear := range stats.BenjaminiHochberg(p, .05) {
		v.Of[i].Clear = clear
	}
	slices.SortStableFunc(v.Of, func(a, b Dependence) int {
		return cmp.Or(first(a.Clear, b.Clear), first(a.Measured != MeasuredWait, b.Measured != MeasuredWait), cmp.Compare(b.Share.Value, a.Share.Value))
	})
	return v
}

// first orders what is so before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// served adds up how touchpoints were lived by each thing that they may depend on.
type served struct {
	x           *lived
	touchpoints []string
	at          []int // touchpoint of each context
	by          []thing
	clock       clock

	visits []visit // of the case, by touchpoint; those of others have another case
	order  []int   // touchpoints of the case
	answer int     // the next
}

// thing is one of what a touchpoint may depend on.
type thing struct {
	by    By
	names []string
	who   func(e int) int      // −1: not known
	of    [3][][]stats.Moments // by measure, touchpoint and group
}

// visit is how one run lived a touchpoint.
type visit struct {
	run   int // + 1
	first int // event
	felt  mood
	score mood
}

func newServed(x *lived) *served {
	l := x.log
	s := &served{x: x, clock: clock{zone: x.zone, known: map[int64][2]int{}}}
	s.touchpoints, s.at = numbered(l, func(c eventlog.Context) string { return c.Touchpoint })
	s.visits = make([]visit, len(s.touchpoints))
	byContext := func(by By, property func(eventlog.Context) string) {
		names, of := numbered(l, property)
		s.by = append(s.by, thing{by: by, names: names, who: func(e int) int { return of[contextOf(l, e)] }})
	}
	byContext(ByPlace, func(c eventlog.Context) string { return c.Place })
	byContext(BySupplier, func(c eventlog.Context) string { return c.Supplier })
	byContext(BySource, func(c eventlog.Context) string { return c.Source })
	s.by = append(s.by,
		thing{by: ByHours, names: []string{"00-08", "08-12", "12-16", "16-20", "20-24"}, who: func(e int) int {
			_, hour := s.clock.at(l.At[e])
			return max(0, hour/4-1)
		}},
		thing{by: ByWeekday, names: []string{"1", "2", "3", "4", "5", "6", "7"}, who: func(e int) int {
			weekday, _ := s.clock.at(l.At[e])
			return (weekday + 6) % 7
		}})
	for i := range s.by {
		for m := range s.by[i].of {
			s.by[i].of[m] = make([][]stats.Moments, len(s.touchpoints))
		}
	}
	return s
}

// run adds a run.
func (s *served) run(c int) {
	l := s.x.log
	from, to := l.Span(c)
	s.order = s.order[:0]
	for e := from; e < to; e++ {
		t := s.at[contextOf(l, e)]
		if t < 0 {
			continue
		}
		v := &s.visits[t]
		if v.run != c+1 {
			*v = visit{run: c + 1, first: e}
			s.order = append(s.order, t)
		}
		v.felt.add(valenceOf(l, e))
	}
	for ; s.answer < len(l.Answers) && int(l.Answers[s.answer].Case) == c; s.answer++ {
		a := &l.Answers[s.answer]
		if t := s.at[a.Context]; t >= 0 && s.visits[t].run == c+1 {
			s.visits[t].score.add(a.Felt)
		}
	}
	for _, t := range s.order {
		v := &s.visits[t]
		for i := range s.by {
			g := s.by[i].who(v.first)
			if g < 0 {
				continue
			}
			if v.felt.n > 0 {
				s.by[i].add(0, t, g, v.felt.mean())
			}
			if v.score.n > 0 {
				s.by[i].add(1, t, g, v.score.mean())
			}
			if v.first > from {
				wait := time.Duration(l.At[v.first]-l.At[v.first-1]) * time.Microsecond
				s.by[i].add(2, t, g, math.Log(max(wait, time.Second).Hours()))
			}
		}
	}
}

func (b *thing) add(measure, touchpoint, group int, value float64) {
	groups := &b.of[measure][touchpoint]
	if *groups == nil {
		*groups = make([]stats.Moments, len(b.names))
	}
	(*groups)[group].Add(value)
}

// depends tells how much a measure varies between groups; false when there are
// no two of them, or nothing varies.
func depends(names []string, all []stats.Moments) (Dependence, bool) {
	var groups []stats.Moments
	var total stats.Moments
	var d Dependence
	for g, m := range all {
		if m.N >= leastGroup {
			groups = append(groups, m)
			total.Join(m)
			d.Groups = append(d.Groups, Group{Name: names[g], Raw: m.Sum / float64(m.N)})
		}
	}
	v := stats.Vary(groups)
	if math.IsNaN(v.P) {
		return d, false
	}
	i := stats.MeanInterval(total.Sample())
	d.Mean = outcome.Estimate{Value: total.Sum / float64(total.N), Low: i.Low, High: i.High, N: total.N}
	d.Between, d.P = math.Sqrt(v.Between), v.P
	d.Share = outcome.Estimate{Value: v.Share, Low: v.Interval.Low, High: v.Interval.High, N: total.N}
	for i, m := range groups {
		value, within := v.Shrink(m)
		d.Groups[i].Value = outcome.Estimate{Value: value, Low: within.Low, High: within.High, N: m.N}
	}
	slices.SortStableFunc(d.Groups, func(a, b Group) int { return cmp.Compare(a.Value.Value, b.Value.Value) })
	return d, true
}

// inHours turns logarithms of waits into hours; the longest waits are the worst.
func (d *Dependence) inHours() {
	exp := func(e *outcome.Estimate) {
		e.Value, e.Low, e.High = math.Exp(e.Value), math.Exp(e.Low), math.Exp(e.High)
	}
	exp(&d.Mean)
	for i := range d.Groups {
		d.Groups[i].Raw = math.Exp(d.Groups[i].Raw)
		exp(&d.Groups[i].Value)
	}
	slices.Reverse(d.Groups)
}

// clock tells local times fast: zones change at quarters of hours only.
type clock struct {
	zone  *time.Location
	known map[int64][2]int
}

// at returns the weekday (Sunday is 0) and the hour.
func (k *clock) at(us int64) (weekday, hour int) {
	quarter := us / int64(15*time.Minute/time.Microsecond)
	if known, ok := k.known[quarter]; ok {
		return known[0], known[1]
	}
	t := time.UnixMicro(us).In(k.zone)
	weekday, hour = int(t.Weekday()), t.Hour()
	k.known[quarter] = [2]int{weekday, hour}
	return weekday, hour
}
