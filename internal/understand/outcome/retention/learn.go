package retention

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/purchase"
	"github.com/vivencia-cx/vivencia/internal/stats/survival"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// Leaving is how likely each customer of a table leaves within the Horizon. Nobody
// may write to it.
type Leaving struct {
	AsOf  cx.Time
	Table *purchases.Table
	P     []float64 // by row, calibrated; NaN of who could not leave, and where nothing was learned
	Free  Learned   // of those without a contract
	Bound Learned   // of those with one

	lives *lives
	cost  time.Duration
}

// Learned is what is known of leaving, learned from who left in the last Horizon but
// one, and checked on the last.
type Learned struct {
	Known       bool
	N           int // customers learned from
	Checked     int // others, checked on
	Left        Share
	Brier, Base float64
	Calibration []Bin
	Reasons     []Reason // Customers is not set

	fit     survival.Hazard
	a, b    float64 // a + b·log odds are those calibrated (Platt 1999)
	columns []int   // numbers of the marks
	buying  purchase.BGNBD
}

// What it takes to learn: rows, and those that left, and did not; and how many
// customers are enough.
const (
	leastRows = 100
	leastEach = 20
	mostRows  = 100_000
	leastSame = 30  // customers with a mark, and without it
	mostKept  = 16  // marks
	within    = 365 // days since the last purchase of who could leave
)

// Learn finds who is likely to leave, unless (when is only is given) what is known is
// young enough or nothing came since. One learns at a time.
func (s *Service) Learn(ctx context.Context, only bool) error {
	const op = "retention.Learn"
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return ctx.Err()
	}
	t, err := s.c.Purchases.Ask(ctx, cx.System(), purchases.Filter{})
	if err != nil {
		return cx.Wrap(op, err)
	}
	if l := s.leaving.Load(); only && l != nil && (l.Table.Edition == t.Edition || s.c.Clock.Now().Sub(l.AsOf) < max(patience, costShare*l.cost) && !l.Table.Outgrown(t)) {
		return nil
	}
	start := time.Now()
	lives, err := s.gather(ctx, t)
	if err != nil {
		return cx.Wrap(op, err)
	}
	l := &Leaving{AsOf: t.AsOf, Table: t, lives: lives, P: make([]float64, t.Len())}
	for row := range l.P {
		l.P[row] = math.NaN()
	}
	for _, of := range []struct {
		learned *Learned
		bound   bool
	}{{&l.Free, false}, {&l.Bound, true}} {
		w := world{t: t, lives: lives, bound: of.bound}
		*of.learned = w.learn()
		w.tell(*of.learned, l.P)
	}
	l.cost = time.Since(start)
	s.leaving.Store(l)
	return nil
}

// world is the customers with a contract, or those without.
type world struct {
	t     *purchases.Table
	lives *lives
	bound bool
}

// state is how a customer stood on a day.
type state struct {
	period int // months of the contract, or half months since the last purchase
	base   []float64
}

// on returns how a customer stood at the end of a day; ok is false when they were none
// of these, or had not bought for a year.
func (w world) on(row int, day int32, buying purchase.BGNBD) (s state, ok bool) {
	for _, span := range w.t.Spans(row) {
		if span.Start <= day && day < span.End {
			if !w.bound {
				return s, false
			}
			return state{period: int(day-span.Start) / 30}, true
		}
	}
	days, _ := w.t.Purchases(row)
	n, _ := slices.BinarySearch(days, day+1)
	if w.bound || n == 0 || day-days[n-1] >= within {
		return s, false
	}
	h := purchase.History{X: n - 1, Tx: float64(days[n-1] - days[0]), T: float64(day - days[0])}
	s = state{period: int(day-days[n-1]) / 15, base: []float64{math.Log1p(float64(h.X))}}
	if p := Idle(buying, h); !math.IsNaN(p) {
		s.base = append(s.base, logOdds(p))
	}
	return s, true
}

// left tells whether who stood so on a day left within the Horizon after it.
func (w world) left(row int, day int32) bool {
	if w.bound {
		for _, span := range w.t.Spans(row) {
			if span.Start <= day && day < span.End {
				return span.End <= day+horizonDays
			}
		}
	}
	days, _ := w.t.Purchases(row)
	n, _ := slices.BinarySearch(days, day+1)
	return n == len(days) || days[n] > day+horizonDays
}

// Idle is the chance that who bought like that, in days, buys nothing within the
// Horizon: they are gone, or Gamma-many purchases a day are none in it (BG/NBD:
// whoever is alive leaves only after a purchase).
func Idle(m purchase.BGNBD, h purchase.History) float64 {
	alive := m.Alive(h)
	none := math.Pow((m.Alpha+h.T)/(m.Alpha+h.T+horizonDays), m.R+float64(h.X))
	return min(max(1-alive+alive*none, 1e-6), 1-1e-6)
}

func logOdds(p float64) float64 { return math.Log(p / (1 - p)) }

// part tells of a customer whether they are learned or checked by, or kept for the
// check; the same for ever.
func part(c cx.CustomerNo, of uint64) uint64 {
	x := uint64(c) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return (x ^ x>>31) % of
}

// example is a customer who could leave, and whether they did.
type example struct {
	state
	row  int
	left bool
}

// examples are those who could leave at the beginning of the Horizon that ended with
// a look's, of too many a share.
func (w world) examples(look int, buying purchase.BGNBD) (out []example) {
	day := w.t.Today - int32(look)*horizonDays
	for row := range w.t.Customers {
		if s, ok := w.on(row, day, buying); ok {
			out = append(out, example{s, row, w.left(row, day)})
		}
	}
	if of := uint64(len(out)/mostRows + 1); of > 1 {
		out = slices.DeleteFunc(out, func(e example) bool { return part(w.t.Customers[e.row], of) != 0 })
	}
	return out
}

func leftOf(examples []example) (k int) {
	for _, e := range examples {
		if e.left {
			k++
		}
	}
	return k
}

func enough(examples []example) bool {
	k := leftOf(examples)
	return len(examples) >= leastRows && k >= leastEach && len(examples)-k >= leastEach
}

// learn learns from the Horizon before the last, and checks on the last.
func (w world) learn() Learned {
	l := Learned{b: 1}
	if !w.bound {
		l.buying, _ = purchase.FitBGNBD(purchase.Compress(w.histories(w.t.Today - learned*horizonDays)))
	}
	examples := w.examples(learned, l.buying)
	if !enough(examples) {
		return l
	}
	l.N, l.columns = len(examples), w.columns(examples)
	for {
		rows := make([]survival.Exposed, len(examples))
		for i, e := range examples {
			rows[i] = l.exposed(e.state, w.lives.of[learned][e.row], e.left)
		}
		var fault survival.Fault
		if l.fit, fault = survival.FitHazard(rows); fault == "" {
			break
		}
		if len(l.columns) == 0 {
			return l
		}
		l.columns = l.columns[:len(l.columns)/2] // the rarest cannot be told apart
	}
	w.reasons(&l, examples)
	w.check(&l)
	return l
}

func (w world) histories(day int32) (out []purchase.History) {
	for row := range w.t.Customers {
		days, _ := w.t.Purchases(row)
		if n, _ := slices.BinarySearch(days, day+1); n > 0 {
			out = append(out, purchase.History{X: n - 1, Tx: float64(days[n-1] - days[0]), T: float64(day - days[0])})
		}
	}
	if of := uint64(len(out)/mostRows + 1); of > 1 {
		kept := out[:0]
		for i, h := range out {
			if part(cx.CustomerNo(i), of) == 0 {
				kept = append(kept, h)
			}
		}
		out = kept
	}
	return out
}

// columns are the marks that enough customers have, the most frequent first.
func (w world) columns(examples []example) []int {
	n := make([]int, len(w.lives.reasons))
	for _, e := range examples {
		for i := range n {
			if w.lives.of[learned][e.row].has(i) {
				n[i]++
			}
		}
	}
	var out []int
	for i := range n {
		if n[i] >= leastSame && len(examples)-n[i] >= leastSame {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(n[b], n[a]) })
	return out[:min(len(out), mostKept, max(0, leftOf(examples)/10-4))]
}

// exposed is an example as the hazard wants it.
func (l *Learned) exposed(s state, lived marks, left bool) survival.Exposed {
	e := survival.Exposed{Period: s.period, Row: slices.Clone(s.base), AtRisk: 1}
	for _, c := range l.columns {
		v := 0.0
		if lived.has(c) {
			v = 1
		}
		e.Row = append(e.Row, v)
	}
	if left {
		e.Ended = 1
	}
	return e
}

// chance is how likely somebody leaves, calibrated.
func (l *Learned) chance(s state, lived marks) float64 {
	p := l.fit.Chance(s.period, l.exposed(s, lived, false).Row)
	return 1 / (1 + math.Exp(-l.a-l.b*logOdds(min(max(p, 1e-6), 1-1e-6))))
}

// reasons tells what each mark goes with.
func (w world) reasons(l *Learned, examples []example) {
	first := len(l.fit.Coefficients) - len(l.columns)
	p := make([]float64, len(l.columns))
	for i, c := range l.columns {
		k := l.fit.Coefficients[first+i]
		r := w.lives.reasons[c]
		r.Odds, r.Interval = math.Exp(k.Weight), stats.Interval{Low: math.Exp(k.Interval.Low), High: math.Exp(k.Interval.High)}
		for _, e := range examples {
			if w.lives.of[learned][e.row].has(c) {
				r.N++
			}
		}
		l.Reasons, p[i] = append(l.Reasons, r), k.P
	}
	for i, clear := range stats.Holm(p, .05) {
		l.Reasons[i].Clear = clear && l.Reasons[i].Interval.Low > 1
	}
}

// bins is in how many parts what was told is compared with what happened.
const bins = 10

// check calibrates on half of the customers of the last Horizon, and checks on the
// other half.
func (w world) check(l *Learned) {
	var half [2][]example
	for _, e := range w.examples(checked, l.buying) {
		of := part(w.t.Customers[e.row]^0x5bd1e995, 2)
		half[of] = append(half[of], e)
	}
	if !enough(half[0]) || !enough(half[1]) {
		return
	}
	rows := make([]survival.Exposed, len(half[0]))
	for i, e := range half[0] {
		rows[i] = survival.Exposed{Row: []float64{logOdds(l.chance(e.state, w.lives.of[checked][e.row]))}, AtRisk: 1}
		if e.left {
			rows[i].Ended = 1
		}
	}
	if fit, fault := survival.FitHazard(rows); fault == "" {
		l.b = fit.Coefficients[0].Weight
		l.a = fit.Baseline[0] - l.b*fit.Means[0]
	}
	l.compare(half[1], func(e example) float64 { return l.chance(e.state, w.lives.of[checked][e.row]) })
	l.Known = l.Brier < l.Base // else it tells less than the mean of all does
}

// compare puts what was told beside what happened.
func (l *Learned) compare(examples []example, told func(example) float64) {
	type pair struct {
		p    float64
		left bool
	}
	pairs := make([]pair, len(examples))
	l.Checked, l.Left = len(examples), ShareOf(leftOf(examples), len(examples))
	for i, e := range examples {
		pairs[i] = pair{told(e), e.left}
		off := pairs[i].p
		if e.left {
			off--
		}
		l.Brier += off * off / float64(len(examples))
	}
	l.Base = l.Left.Value * (1 - l.Left.Value)
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(a.p, b.p) })
	for i := range bins {
		some := pairs[i*len(pairs)/bins : (i+1)*len(pairs)/bins]
		sum, k := 0.0, 0
		for _, x := range some {
			sum += x.p
			if x.left {
				k++
			}
		}
		l.Calibration = append(l.Calibration, Bin{sum / float64(len(some)), ShareOf(k, len(some))})
	}
}

// tell writes how likely each customer leaves from today on.
func (w world) tell(l Learned, p []float64) {
	if !l.Known {
		return
	}
	for row := range w.t.Customers {
		if s, ok := w.on(row, w.t.Today, l.buying); ok {
			p[row] = l.chance(s, w.lives.of[now][row])
		}
	}
}
