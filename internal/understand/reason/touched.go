package reason

import (
	"context"
	"maps"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Touched is who lived a reason, whether they answered or not, and who could have lived
// it: who was at its touchpoint, or said anything.
type Touched struct {
	Reason Reason // without its quotes
	Lived  []cx.CustomerNo
	Others []cx.CustomerNo // who could have lived it and did not
}

// Touched tells of the reasons that lower the scores of a query who lived them within a
// window, of some customers; nil: of all. It reads what they lived at the touchpoints of
// the reasons. It needs the right scores.view.
func (s *Service) Touched(ctx context.Context, p cx.Principal, q Query, w cx.Window, customers []cx.CustomerNo) ([]Touched, error) {
	const op = "reason.Touched"
	x, err := s.study(ctx, p, q)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	t := touching{m: s.c.Models.Current().Model}
	for i, g := range x.chosen {
		if r := x.reason(g, x.ids[i]); !r.Good {
			t.reasons = append(t.reasons, &touched{study: x, g: g, told: r, driver: x.table.drivers[g.parts[0].driver].driverKey, who: map[cx.CustomerNo]bool{}, times: map[cx.CustomerNo]int{}})
		}
	}
	if err := t.live(ctx, p, s.c.Facts, w, customers); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if err := t.speak(ctx, p, s.c.Voices, w, customers); err != nil {
		return nil, cx.Wrap(op, err)
	}
	return t.told(), nil
}

// touching finds who lived some reasons.
type touching struct {
	m       *model.Model
	reasons []*touched
}

// touched is one reason while who lived it is found.
type touched struct {
	*study
	g      group
	told   Reason
	driver driverKey
	who    map[cx.CustomerNo]bool // whether they lived it, of who could have
	times  map[cx.CustomerNo]int  // that they came to the touchpoint
}

// has tells whether a value of the reason's driver is one of the reason's.
func (r *touched) has(text string, number float64, numeric bool) bool {
	return slices.ContainsFunc(r.g.parts, func(c candidate) bool {
		if !math.IsNaN(c.least) {
			return numeric && number >= c.least
		}
		return c.value == text || r.driver.kind == "topic" && c.value == ""
	})
}

// live finds who lived the reasons that are facts.
func (t *touching) live(ctx context.Context, p cx.Principal, facts history.Teller, w cx.Window, customers []cx.CustomerNo) error {
	var at []string
	for _, r := range t.reasons {
		if r.driver.touchpoint != "" && !slices.Contains(at, r.driver.touchpoint) {
			at = append(at, r.driver.touchpoint)
		}
	}
	if len(at) == 0 {
		return nil
	}
	return facts.Snapshot(ctx, p, func(snap history.Snapshot) error {
		list, err := snap.Circumstances(w)
		if err != nil {
			return err
		}
		what := circumstancesOf(list)
		return snap.Lived(history.LivedQuery{Touchpoints: at, Window: w, Customers: customers, Everything: true, Derived: true}, func(l *history.Lived) error {
			r := newReader(t.m, newTable()) // another for each stretch: of all customers a driver has more values than a table takes
			for i := range l.Seq {
				t.fact(&r, what, l, i)
			}
			return nil
		})
	})
}

// fact reads one fact, as a study does.
func (t *touching) fact(r *reader, what *circumstances, l *history.Lived, i int) {
	c, customer := l.Contexts[l.Context[i]], l.Customer[i]
	r.read(c.Touchpoint, l.Properties[i], l.Derived[i], false)
	r.dimension("supplier", c.Touchpoint, c.Supplier)
	r.dimension("place", c.Touchpoint, c.Place)
	r.happened(l.Names[l.Name[i]], c.Touchpoint)
	r.felt(c.Touchpoint, l.Valence[i])
	what.at(c.Place, c.Touchpoint, c.Supplier, r.product, l.At[i], func(kind string) { r.circumstance(kind, c.Touchpoint) })
	for _, one := range t.reasons {
		if one.driver.touchpoint != c.Touchpoint {
			continue
		}
		one.times[customer]++
		has := one.who[customer] || one.driver.kind == "again" && one.times[customer] > 1
		for _, o := range r.seen {
			d := &r.t.drivers[o.driver]
			if has || d.driverKey != one.driver || d.open {
				continue
			}
			number := 0.0
			if !d.texts && int(o.value) < len(d.numbers) {
				number = d.numbers[o.value]
			}
			has = one.has(d.values[o.value], number, !d.texts)
		}
		one.who[customer] = has
	}
}

// speak finds who spoke of the reasons that are topics.
func (t *touching) speak(ctx context.Context, p cx.Principal, voices Voices, w cx.Window, customers []cx.CustomerNo) error {
	if !slices.ContainsFunc(t.reasons, func(r *touched) bool { return r.driver.kind == "topic" }) {
		return nil
	}
	of := make(map[cx.CustomerNo]bool, len(customers))
	for _, c := range customers {
		of[c] = true
	}
	return voices.Tell(ctx, p, voice.Filter{Window: w, Where: []voice.Condition{{By: voice.ByKind, In: []string{string(voice.Answer)}}}}, func(text *voice.Text) error {
		if text.Customer == 0 || customers != nil && !of[text.Customer] {
			return nil
		}
		for _, r := range t.reasons {
			if r.driver.kind == "topic" {
				r.who[text.Customer] = r.who[text.Customer] || slices.Contains(text.Topics, r.driver.name) && r.has(text.Alone, 0, false)
			}
		}
		return nil
	})
}

func (t *touching) told() (out []Touched) {
	for _, r := range t.reasons {
		one := Touched{Reason: r.told}
		for _, c := range slices.Sorted(maps.Keys(r.who)) {
			if r.who[c] {
				one.Lived = append(one.Lived, c)
			} else {
				one.Others = append(one.Others, c)
			}
		}
		out = append(out, one)
	}
	return out
}
