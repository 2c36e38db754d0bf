package chain

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// most is how many customers are looked at. Of more, those whose numbers fall together
// by a hash: always the same.
const most = 30_000

// The bounds of Lag and Span, in months; a Span is at most a third of the history.
const (
	longestLag  = 6
	longestSpan = 12
)

// gathering collects what a panel is made of.
type gathering struct {
	table  *purchases.Table
	area   string
	of     int                      // who bought
	rows   []int                    // of the table, of those looked at
	number map[cx.CustomerNo]uint32 // of them, in rows
	chosen []cx.CustomerNo          // of them; nil: all

	episodes []episode
	answers  []answer
	cuts     []int32 // days on which months begin
	newest   int     // who lived anything in the newest whole month
}

// episode is something that was lived and felt some way.
type episode struct {
	who     uint32
	month   uint32
	at      cx.Time
	valence float64
}

// answer is a score.
type answer struct {
	who, month uint32
	csat       bool
	points     float64 // 0–100 on its scale
	top        bool
}

func newGathering(t *purchases.Table, area string) *gathering {
	g := &gathering{table: t, area: area, number: map[cx.CustomerNo]uint32{}}
	var all []int
	first := t.Today
	for row := range t.Customers {
		if days, _ := t.Purchases(row); len(days) > 0 {
			all = append(all, row)
			first = min(first, days[0])
		}
	}
	g.of, g.rows = len(all), all
	if len(all) > most {
		part := uint64(float64(most) / float64(len(all)) * math.MaxUint64)
		g.rows = slices.DeleteFunc(all, func(row int) bool { return uint64(t.Customers[row])*0x9e3779b97f4a7c15 > part })
	}
	for i, row := range g.rows {
		g.number[t.Customers[row]] = uint32(i)
		if g.of > len(g.rows) {
			g.chosen = append(g.chosen, t.Customers[row])
		}
	}
	g.cuts = months(first, t.Today)
	return g
}

// months returns the days on which the months begin that cover the days from first to
// today; the last begins after today.
func months(first, today int32) (cuts []int32) {
	y, m, _ := time.Unix(int64(first)*86_400, 0).UTC().Date()
	for {
		day := int32(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).Unix() / 86_400)
		cuts = append(cuts, day)
		if day > today {
			return cuts
		}
		m++
	}
}

// month returns in which month a day lies; false before the first and in the one that is
// not over.
func (g *gathering) month(day int32) (uint32, bool) {
	i, exact := slices.BinarySearch(g.cuts, day)
	if !exact {
		i--
	}
	return uint32(i), i >= 0 && i < len(g.cuts)-2
}

// read reads what those looked at lived and answered.
func (g *gathering) read(facts history.Snapshot) error {
	if len(g.rows) == 0 {
		return nil
	}
	days := calendar{table: g.table}
	err := facts.Lived(history.LivedQuery{Of: history.Events, All: true, Customers: g.chosen}, func(l *history.Lived) error {
		for i, v := range l.Valence {
			who, ok := g.number[l.Customer[i]]
			if !ok || v == history.NoValence || !g.here(&l.Contexts[l.Context[i]]) {
				continue
			}
			if month, ok := g.month(days.of(l.At[i])); ok {
				g.episodes = append(g.episodes, episode{who, month, l.At[i], float64(v) / 1000})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = facts.Lived(history.LivedQuery{Of: history.Answers, All: true, Customers: g.chosen}, func(l *history.Lived) error {
		for i, value := range l.Value {
			who, ok := g.number[l.Customer[i]]
			scale, scored := fact.ParseScale(l.Scale[i])
			if !ok || !scored || math.IsNaN(value) || !g.here(&l.Contexts[l.Context[i]]) {
				continue
			}
			if month, ok := g.month(days.of(l.At[i])); ok {
				points := 100 * (value - scale.Min) / (scale.Max - scale.Min)
				g.answers = append(g.answers, answer{who, month, outcome.Metric(l.Metric[i]) == outcome.CSAT, points, value >= scale.TopBox()})
			}
		}
		return nil
	})
	slices.SortFunc(g.episodes, func(a, b episode) int {
		return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.at, b.at), cmp.Compare(a.valence, b.valence))
	})
	slices.SortFunc(g.answers, func(a, b answer) int {
		return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.month, b.month), cmp.Compare(a.points, b.points))
	})
	return err
}

func (g *gathering) here(c *history.Context) bool { return g.area == "" || c.Area == g.area }

// calendar remembers the day that it found last: facts come nearly in their order.
type calendar struct {
	table    *purchases.Table
	from, to cx.Time
	day      int32
}

func (c *calendar) of(at cx.Time) int32 {
	if at < c.from || at >= c.to {
		c.day = c.table.DayOf(at)
		y, m, d := at.Std().In(c.table.Zone).Date()
		begins := func(d int) cx.Time { return cx.TimeOf(time.Date(y, m, d, 0, 0, 0, 0, c.table.Zone)) }
		c.from, c.to = begins(d), begins(d+1)
	}
	return c.day
}

// chain estimates the chain of what was read.
func (g *gathering) chain(weights outcome.Recuerdo) Chain {
	t := g.table
	out := Chain{
		AsOf: t.AsOf, Metric: g.metric(), Currency: t.Currency, Margin: t.Margin, HasMargin: t.HasMargin, Customers: len(g.rows), Of: g.of,
	}
	whole := len(g.cuts) - 2 // months that are over
	out.Lag = min(g.lag(), longestLag)
	out.Span = min(max(out.Lag, whole/3), longestSpan)
	out.Months = max(0, whole-out.Lag)
	if out.Months == 0 {
		return out
	}
	p := g.panel(&out, weights)
	out.Reach = int(math.Round(float64(g.newest) * float64(g.of) / float64(len(g.rows))))
	out.Links, out.Whole = p.estimate(out.Reach, t.Margin)
	return out
}

// metric is CSAT when enough gave it.
func (g *gathering) metric() outcome.Metric {
	who := map[uint32]bool{}
	for _, a := range g.answers {
		if a.csat {
			who[a.who] = true
		}
	}
	if len(who) >= fewest {
		return outcome.CSAT
	}
	return outcome.Mean
}

// lag returns within how many months half of those who buy again have done so.
func (g *gathering) lag() int {
	var gaps []int32
	for _, row := range g.rows {
		days, _ := g.table.Purchases(row)
		for i := 1; i < len(days); i++ {
			gaps = append(gaps, days[i]-days[i-1])
		}
	}
	if len(gaps) == 0 {
		return longestLag
	}
	slices.Sort(gaps)
	return 1 + int(gaps[len(gaps)/2]-1)*12/365
}

// panel lays out the months in which customers who had bought lived or answered
// anything. What lies after the newest whole month is not known yet.
func (g *gathering) panel(out *Chain, weights outcome.Recuerdo) *panel {
	p := &panel{steps: map[Step][]float64{}, equal: make([][]float64, 3), bought: make([][]float64, out.Lag), brought: make([][]float64, out.Span)}
	e, a := 0, 0
	whole := uint32(len(g.cuts) - 2)
	var felt []float64
	for who, row := range g.rows {
		days, minor := g.table.Purchases(row)
		felt = felt[:0]
		for {
			month := whole
			if e < len(g.episodes) && g.episodes[e].who == uint32(who) {
				month = g.episodes[e].month
			}
			if a < len(g.answers) && g.answers[a].who == uint32(who) {
				month = min(month, g.answers[a].month)
			}
			if month == whole {
				break
			}
			lived, scored := mean{}, mean{}
			for ; e < len(g.episodes) && g.episodes[e].who == uint32(who) && g.episodes[e].month == month; e++ {
				felt = append(felt, g.episodes[e].valence)
				lived.add(g.episodes[e].valence)
			}
			for ; a < len(g.answers) && g.answers[a].who == uint32(who) && g.answers[a].month == month; a++ {
				scored.answer(g.answers[a], out.Metric)
			}
			if month == whole-1 && lived.n > 0 {
				g.newest++
			}
			had, _ := slices.BinarySearch(days, g.cuts[month+1])
			if had == 0 {
				continue
			}
			p.customer, p.month = append(p.customer, uint32(who)), append(p.month, month)
			p.put(Lived, lived.value())
			p.put(Memory, weights.Of(felt))
			p.put(Satisfaction, scored.value())
			spent := 0.0
			for _, m := range minor[:had] {
				spent += float64(m)
			}
			for k, v := range []float64{float64(had), float64(g.cuts[month+1] - days[had-1]), spent} {
				p.equal[k] = append(p.equal[k], math.Log1p(v))
			}
			g.after(p, out, month, days[had:], minor[had:])
		}
	}
	return p
}

// after says of a row what came in the months after its own.
func (g *gathering) after(p *panel, out *Chain, month uint32, days []int32, minor []int64) {
	stayed, revenue, known := 0.0, 0.0, uint32(len(g.cuts)-2)-month-1 // whole months after
	for k := range max(out.Lag, out.Span) {
		bought, brought := 0.0, 0.0
		if end := month + 2 + uint32(k); uint32(k) < known {
			for len(days) > 0 && days[0] < g.cuts[end] {
				bought, brought = 1, brought+float64(minor[0])
				days, minor = days[1:], minor[1:]
			}
		} else {
			bought, brought = math.NaN(), math.NaN()
		}
		if k < out.Lag {
			stayed = max(stayed, bought)
			p.bought[k] = append(p.bought[k], bought)
		}
		if k < out.Span {
			revenue += brought
			p.brought[k] = append(p.brought[k], brought)
		}
	}
	p.put(Retention, stayed)
	p.put(Revenue, revenue)
}

func (p *panel) put(s Step, v float64) { p.steps[s] = append(p.steps[s], v) }

// mean is that of some values.
type mean struct {
	n   int
	sum float64
}

func (m *mean) add(v float64) { m.n, m.sum = m.n+1, m.sum+v }

func (m *mean) answer(a answer, metric outcome.Metric) {
	switch {
	case metric != outcome.CSAT:
		m.add(a.points)
	case a.csat && a.top:
		m.add(100)
	case a.csat:
		m.add(0)
	}
}

// value is NaN without values.
func (m *mean) value() float64 { return m.sum / float64(m.n) }
