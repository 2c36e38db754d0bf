package impact

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// reading reads what one evaluation needs, all of it of one edition of history.
type reading struct {
	s        *Service
	m        *model.Model
	in       *Initiative
	plan     Plan // normal
	asOf     cx.Time
	upto     cx.Seq // what came later in the log does not count; 0 until the edition is known
	edition  history.Edition
	foreigns []string // currencies of the time that are not the company's
}

// all are the metrics that are read: the plan's, each guardrail's, then the money.
func (p *Plan) all() []Metric {
	out := []Metric{p.Metric}
	for _, g := range p.Guardrails {
		out = append(out, g.Metric)
	}
	return append(out, Metric{Kind: Revenue, Days: p.Metric.Days})
}

// occurrence is one fact of a metric.
type occurrence struct {
	customer cx.CustomerNo
	at       cx.Time
	place    string
	value    float64
}

// each tells the facts of a metric within a window; of promises that are told
// elsewhere, nothing.
func (r *reading) each(s history.Snapshot, m Metric, currency string, w cx.Window, customers []cx.CustomerNo, fn func(occurrence)) error {
	q := history.LivedQuery{Window: w, Customers: customers}
	switch m.Kind {
	case Score:
		q.Of, q.All = history.Answers, true
	case Valence:
		if q.All = m.Of == ""; !q.All {
			q.Touchpoints = []string{m.Of}
		}
	case Event:
		q.Names = []string{m.Of}
	case Return, Revenue:
		q.All, q.Currency = true, currency
	case Kept:
		return nil
	}
	return s.Lived(q, func(l *history.Lived) error {
		for i, seq := range l.Seq {
			if seq > r.upto || l.At[i] >= r.asOf {
				continue
			}
			o := occurrence{customer: l.Customer[i], at: l.At[i], place: l.Contexts[l.Context[i]].Place, value: 1}
			switch m.Kind {
			case Score:
				if l.Metric[i] == "" || l.Metric[i] != m.Of && l.Names[l.Name[i]] != m.Of || math.IsNaN(l.Value[i]) {
					continue
				}
				o.value = scored(l.Metric[i], l.Value[i])
			case Valence:
				if l.Valence[i] == history.NoValence {
					continue
				}
				o.value = float64(l.Valence[i]) / 1000
			case Return:
				if l.Revenue[i] <= 0 {
					continue
				}
			case Revenue:
				o.value = float64(l.Revenue[i])
			}
			fn(o)
		}
		return nil
	})
}

// scored is an answer as it counts: of the recommendation score −100, 0 or 100, so
// that the mean is the score.
func scored(metric string, value float64) float64 {
	switch {
	case metric != "nps":
		return value
	case value >= 9:
		return 100
	case value <= 6:
		return -100
	}
	return 0
}

// promises tells the promises of a metric that were told kept or broken within a
// window.
func (r *reading) promises(ctx context.Context, m Metric, w cx.Window, fn func(occurrence)) error {
	if m.Kind != Kept {
		return nil
	}
	now := make(map[cx.ProfileNo]cx.CustomerNo, len(r.edition.Merged))
	for _, c := range r.edition.Merged {
		now[c.Profile] = c.Customer
	}
	return r.s.c.Promises.Outcomes(ctx, cx.System(), m.Of, w, func(profile cx.ProfileNo, at cx.Time, place string, kept bool) {
		customer, ok := now[profile]
		if !ok {
			customer = profile
		}
		o := occurrence{customer: customer, at: at, place: place}
		if kept {
			o.value = 1
		}
		if at < r.asOf {
			fn(o)
		}
	})
}

// exposure is what the properties of an exposure say.
type exposure struct {
	Initiative string `json:"experiment_id"`
	Arm        string `json:"variation_id"`
	Unit       string `json:"unit_id"` // of a draw of organisations; "" is the customer
}

// draw reads a randomised initiative.
func (r *reading) draw(ctx context.Context) (*sample, error) {
	out := &sample{metrics: r.plan.all(), purse: r.purse()}
	var tally *tally
	w := cx.Window{From: r.in.From, To: r.asOf}
	err := r.s.c.Facts.Snapshot(ctx, cx.System(), func(s history.Snapshot) error {
		r.edition = s.Edition()
		if r.upto == 0 {
			r.upto = r.edition.Position
		}
		var err error
		if tally, err = r.exposed(s, w, out); err != nil || len(out.units) == 0 {
			return err
		}
		customers := tally.customers()
		for i, m := range out.metrics {
			err := r.each(s, m, out.currency, tally.window(m), customers, func(o occurrence) { tally.add(i, o) })
			if err != nil {
				return err
			}
		}
		if out.home, err = r.amounts(s, out.currency, tally, customers); err != nil {
			return err
		}
		for _, currency := range r.foreigns {
			n, err := r.amounts(s, currency, tally, customers)
			if err != nil {
				return err
			}
			out.foreign += n
		}
		return nil
	})
	if err != nil || len(out.units) == 0 {
		return out, err
	}
	for i, m := range out.metrics {
		if err := r.promises(ctx, m, tally.window(m), func(o occurrence) { tally.add(i, o) }); err != nil {
			return out, err
		}
	}
	tally.settle()
	return out, r.group(ctx, out, tally)
}

// exposed finds who takes part, in which arm: the first exposure of each counts.
func (r *reading) exposed(s history.Snapshot, w cx.Window, out *sample) (*tally, error) {
	type first struct {
		unit
		seq cx.Seq
		who []cx.CustomerNo
	}
	arms := map[string]int{}
	for i, a := range r.plan.Design.Arms {
		arms[a.Name] = i
	}
	units := map[string]*first{}
	q := history.LivedQuery{Window: w, Names: []string{ExposureEvent}, Properties: []string{ExposureEvent}}
	err := s.Lived(q, func(l *history.Lived) error {
		for i, seq := range l.Seq {
			var e exposure
			if seq > r.upto || json.Unmarshal(l.Properties[i], &e) != nil || e.Initiative != r.in.Slug {
				continue
			}
			arm, known := arms[e.Arm]
			if !known {
				out.left++
				continue
			}
			if e.Unit == "" || r.plan.Design.Unit == OfCustomers {
				e.Unit = strconv.FormatUint(uint64(l.Customer[i]), 10)
			}
			u := units[e.Unit]
			if u == nil {
				u = &first{unit: unit{id: uint64(l.Customer[i]), arm: arm, at: l.At[i]}, seq: seq}
				units[e.Unit] = u
			}
			if u.arm != arm {
				u.crossed = true
			}
			if cmp.Or(cmp.Compare(l.At[i], u.at), cmp.Compare(seq, u.seq)) < 0 {
				u.arm, u.at, u.seq = arm, l.At[i], seq
			}
			u.id = min(u.id, uint64(l.Customer[i]))
			if !slices.Contains(u.who, l.Customer[i]) {
				u.who = append(u.who, l.Customer[i])
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]*first, 0, len(units))
	for _, u := range units {
		all = append(all, u)
		if u.crossed {
			out.crossed++
		}
	}
	slices.SortFunc(all, func(a, b *first) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	t := &tally{sample: out, of: map[cx.CustomerNo][]int32{}}
	for i, u := range all {
		u.of = make([]outcome, len(out.metrics))
		out.units = append(out.units, u.unit)
		for _, no := range u.who {
			t.of[no] = append(t.of[no], int32(i))
		}
	}
	t.sums = make([][2]sum, len(out.units)*len(out.metrics))
	return t, nil
}

// sum is what a metric's facts add up to.
type sum struct {
	n     int32
	total float64
}

// tally adds up the facts of units after and before their exposure.
type tally struct {
	*sample
	of   map[cx.CustomerNo][]int32 // their units: of organisations perhaps several
	sums [][2]sum                  // by unit and metric: after, before
}

// fewCustomers are few enough to ask for by name.
const fewCustomers = 20_000

// customers are whose facts are asked for; nil: all.
func (t *tally) customers() []cx.CustomerNo {
	if len(t.of) > fewCustomers {
		return nil
	}
	out := make([]cx.CustomerNo, 0, len(t.of))
	for no := range t.of {
		out = append(out, no)
	}
	slices.Sort(out)
	return out
}

// span is a metric's days.
func (m Metric) span() time.Duration { return time.Duration(m.Days) * 24 * time.Hour }

// gap is left out before an exposure: what exposes somebody is often itself counted
// by the metric, of everybody alike.
const gap = 24 * time.Hour

// window is what a metric's facts may lie in.
func (t *tally) window(m Metric) cx.Window {
	return cx.Window{From: t.units[0].at.Add(-gap - m.span()), To: t.units[len(t.units)-1].at.Add(m.span()) + 1}
}

func (t *tally) add(metric int, o occurrence) {
	m := t.metrics[metric]
	for _, i := range t.of[o.customer] {
		at := t.units[i].at
		side := 0
		switch {
		case o.at > at && o.at <= at.Add(m.span()):
		case o.at <= at.Add(-gap) && o.at > at.Add(-gap-m.span()):
			side = 1
		default:
			continue
		}
		s := &t.sums[int(i)*len(t.metrics)+metric][side]
		s.n++
		s.total += o.value
	}
}

// settle makes outcomes of what was added up.
func (t *tally) settle() {
	for i := range t.units {
		for k, m := range t.metrics {
			sums := t.sums[i*len(t.metrics)+k]
			t.units[i].of[k] = outcome{m.of(sums[0]), m.of(sums[1])}
		}
	}
}

// of is what facts say of a customer, or of a shop in a period.
func (m Metric) of(s sum) float64 {
	switch m.Kind {
	case Revenue:
		return s.total
	case Event, Return:
		return min(1, float64(s.n))
	}
	if s.n == 0 {
		return math.NaN()
	}
	return s.total / float64(s.n)
}

// amounts counts the units' amounts in a currency.
func (r *reading) amounts(s history.Snapshot, currency string, t *tally, customers []cx.CustomerNo) (n int, err error) {
	money := t.metrics[t.money()]
	err = r.each(s, money, currency, t.window(money), customers, func(o occurrence) {
		if len(t.of[o.customer]) > 0 {
			n++
		}
	})
	return n, err
}

// purse tells the company's currency and margin.
func (r *reading) purse() purse {
	return purse{currency: r.m.Company.Currency, margin: r.m.Outcomes.Margin}
}

// currencies finds in which other currencies anybody paid since it began.
func (r *reading) currencies(ctx context.Context) error {
	groups, err := r.s.c.Facts.Breakdown(ctx, cx.System(), history.Query{Of: history.Events, Revenue: true, Filter: history.Filter{Window: cx.Window{From: r.in.From, To: r.asOf}}})
	for _, g := range groups {
		for _, money := range g.Revenue {
			if money.Currency != r.m.Company.Currency {
				r.foreigns = append(r.foreigns, money.Currency)
			}
		}
	}
	slices.Sort(r.foreigns)
	return err
}

// mostGrouped bounds whose traits are looked at.
const mostGrouped = 200_000

// group finds what the units differ by: whether they had bought before, and traits
// of few levels.
func (r *reading) group(ctx context.Context, out *sample, t *tally) error {
	out.groupings = []string{BoughtBefore}
	money := out.money()
	for i := range out.units {
		bought := t.sums[i*len(out.metrics)+money][1].n > 0
		out.units[i].in = []string{strconv.FormatBool(bought)}
	}
	if r.plan.Design.Unit != OfCustomers || len(out.units) > mostGrouped {
		return nil
	}
	found := map[string]map[string][]int32{} // trait, level, units
	tooMany := map[string]bool{}
	q := history.BehaviourQuery{Traits: true, Now: r.asOf, Currency: out.currency, Digits: r.m.Company.Digits(), Customers: t.customers()}
	err := r.s.c.Facts.Behaviour(ctx, cx.System(), q, func(b history.Behaviour) error {
		of := t.of[b.Customer]
		var traits map[string]any
		if len(of) == 0 || json.Unmarshal(b.Traits, &traits) != nil {
			return nil //nolint:nilerr // who cannot be read is of no group
		}
		for name, value := range traits {
			key := keyOf(value)
			if key == "" || tooMany[name] {
				continue
			}
			if found[name] == nil {
				found[name] = map[string][]int32{}
			}
			if _, seen := found[name][key]; !seen && len(found[name]) == levels {
				tooMany[name] = true
				delete(found, name)
				continue
			}
			found[name][key] = append(found[name][key], of...)
		}
		return nil
	})
	names := make([]string, 0, len(found))
	for name, by := range found {
		if len(by) > 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out.groupings = append(out.groupings, names...)
	for i := range out.units {
		out.units[i].in = append(out.units[i].in, make([]string, len(names))...)
	}
	for k, name := range names {
		for key, units := range found[name] {
			for _, i := range units {
				out.units[i].in[k+1] = key
			}
		}
	}
	return err
}

// keyOf writes a trait's value as a level; "" when it is none.
func keyOf(value any) string {
	switch value := value.(type) {
	case string:
		if len(value) <= 40 {
			return value
		}
	case bool:
		return strconv.FormatBool(value)
	}
	return ""
}
