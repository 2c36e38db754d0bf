package risk

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
)

// most is how many customers' lives are read. Of more, those whose numbers fall together
// by a hash: always the same.
const most = 30_000

// badly is from what valence on, in thousandths, something was lived badly.
const badly = -500

// thing is what may be lived.
type thing struct {
	by  By
	key string
}

// gathering finds who lived what.
type gathering struct {
	m       *model.Model
	q       Query
	now     cx.Time
	window  cx.Window
	edition history.Edition
	visited map[cx.CustomerNo]bool // who lived anything in the area; nil: all

	fates  []fate
	scale  float64         // how many customers each of them stands for
	chosen []cx.CustomerNo // nil: all
	number map[cx.CustomerNo]uint32
	stands map[thing][]uint8
	names  map[thing]model.Text
}

// visitors finds who lived anything in the area.
func (g *gathering) visitors(ctx context.Context, p cx.Principal, facts history.Teller) error {
	g.visited = map[cx.CustomerNo]bool{}
	var at []string
	for _, t := range g.m.Touchpoints {
		if t.Area == g.q.Area {
			at = append(at, t.Slug)
		}
	}
	_, err := history.Tell(ctx, facts, p, history.LivedQuery{Touchpoints: at, Window: g.window}, func(l *history.Lived) error {
		for i, c := range l.Customer {
			if l.Contexts[l.Context[i]].Area == g.q.Area {
				g.visited[c] = true
			}
		}
		return nil
	})
	return err
}

// sample chooses whose lives are read.
func (g *gathering) sample(all []fate) {
	g.fates, g.scale, g.number = all, 1, map[cx.CustomerNo]uint32{}
	if len(all) > most {
		part := uint64(float64(most) / float64(len(all)) * math.MaxUint64)
		g.fates = nil
		for _, f := range all {
			if uint64(f.no)*0x9e3779b97f4a7c15 <= part {
				g.fates = append(g.fates, f)
			}
		}
		g.scale = float64(len(all)) / float64(len(g.fates))
	}
	for i, f := range g.fates {
		g.number[f.no] = uint32(i)
		if g.scale > 1 {
			g.chosen = append(g.chosen, f.no)
		}
	}
}

// stand says how a customer stands to a thing: who lived it once did, whatever else.
func (g *gathering) stand(of thing, c cx.CustomerNo, stands uint8) {
	i, ok := g.number[c]
	if !ok || of.key == "" {
		return
	}
	all := g.stands[of]
	if all == nil {
		all = make([]uint8, len(g.fates))
		g.stands[of] = all
	}
	all[i] = max(all[i], stands)
}

// felt finds where, whatever area and supplier it was of, things were lived badly.
func (g *gathering) felt(ctx context.Context, p cx.Principal, facts history.Teller) (err error) {
	g.edition, err = history.Tell(ctx, facts, p, history.LivedQuery{All: true, Window: g.window, Customers: g.chosen}, func(l *history.Lived) error {
		for i, customer := range l.Customer {
			c := &l.Contexts[l.Context[i]]
			if c.Touchpoint == "" || g.q.Area != "" && c.Area != g.q.Area {
				continue
			}
			stands := uint8(spared)
			if v := l.Valence[i]; v != history.NoValence && v <= badly {
				stands = touched
			}
			g.stand(thing{Touchpoint, c.Touchpoint}, customer, stands)
			g.stand(thing{Area, c.Area}, customer, stands)
			g.stand(thing{Supplier, c.Supplier}, customer, stands)
		}
		return nil
	})
	for of := range g.stands {
		g.names[of] = g.named(of)
	}
	return err
}

// named is how the model calls a touchpoint, an area or a supplier.
func (g *gathering) named(of thing) model.Text {
	switch of.by {
	case Touchpoint:
		if t, ok := g.m.Touchpoint(of.key); ok {
			return t.Name
		}
	case Area:
		if a, ok := g.m.Area(of.key); ok {
			return a.Name
		}
	case Supplier:
		if s, ok := g.m.Supplier(of.key); ok {
			return s.Name
		}
	case Promise, Reason: // they bring their names
	}
	return model.Text{ES: of.key, EN: of.key, PT: of.key}
}

// promised finds to whom which promise was broken, and to whom it was kept. Promises that
// who asks may not see are left out.
func (g *gathering) promised(ctx context.Context, p cx.Principal, promises Promises) error {
	of := make(map[cx.ProfileNo]cx.CustomerNo, len(g.edition.Merged))
	for _, c := range g.edition.Merged {
		of[c.Profile] = c.Customer
	}
	for _, one := range g.m.Promises {
		if one.Serves != "" || g.q.Area != "" && one.Area != g.q.Area {
			continue
		}
		t := thing{Promise, one.Slug}
		g.names[t] = one.Name
		err := promises.Outcomes(ctx, p, one.Slug, g.window, func(profile cx.ProfileNo, _ cx.Time, _ string, kept bool) {
			customer, merged := of[profile]
			if !merged {
				customer = profile
			}
			stands := uint8(spared)
			if !kept {
				stands = touched
			}
			g.stand(t, customer, stands)
		})
		if kind := cx.KindOf(err); err != nil && kind != cx.NotFound && kind != cx.Forbidden {
			return err
		}
	}
	return nil
}

// reasons finds who lived the reasons of low scores.
func (g *gathering) reasons(ctx context.Context, p cx.Principal, reasons Reasons) error {
	q := reason.Query{}
	if g.q.Area != "" {
		q.Where = []history.Condition{{By: history.Area, In: []string{g.q.Area}}}
	}
	all, err := reasons.Touched(ctx, p, q, g.window, g.chosen)
	for _, one := range all {
		t := thing{Reason, one.Reason.ID}
		g.names[t] = one.Reason.Name
		for _, c := range one.Others {
			g.stand(t, c, spared)
		}
		for _, c := range one.Lived {
			g.stand(t, c, touched)
		}
	}
	return err
}

// things returns what anybody could have lived, in a fixed order.
func (g *gathering) things() []thing {
	return slices.SortedFunc(maps.Keys(g.stands), func(a, b thing) int {
		return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.key, b.key))
	})
}
