package purchases

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// reading is what was read for some areas. What came since is added; a customer
// whom a merge or its undo touched is read anew; all is, when history was rewritten
// or the model asks for something else.
type reading struct {
	busy  chan struct{} // holds one: who reads; it guards all but table and asked
	table atomic.Pointer[Table]
	asked uint64 // guarded by Service.mu

	wants   wants
	version int
	edition history.Edition
	rows    []row  // by customer, time, seq
	turns   []turn // as rows
	others  []cx.Money
	origins []Origin
	numbers map[Origin]uint32
}

// row is a fact with revenue.
type row struct {
	customer cx.CustomerNo
	origin   uint32
	at       cx.Time
	seq      cx.Seq
	object   uint64 // 0: none
	minor    int64
}

// turn is the beginning or the end of a contract.
type turn struct {
	customer cx.CustomerNo
	ends     bool
	at       cx.Time
	seq      cx.Seq
}

func (r row) key() (cx.CustomerNo, cx.Time, cx.Seq)  { return r.customer, r.at, r.seq }
func (t turn) key() (cx.CustomerNo, cx.Time, cx.Seq) { return t.customer, t.at, t.seq }

// keyed is told by customer, then time, then seq.
type keyed interface {
	key() (cx.CustomerNo, cx.Time, cx.Seq)
}

func inOrder[T keyed](a, b T) int {
	ac, at, as := a.key()
	bc, bt, bs := b.key()
	return cmp.Or(cmp.Compare(ac, bc), cmp.Compare(at, bt), cmp.Compare(as, bs))
}

// wants is what the model asks of history.
type wants struct {
	currency, object string
	contract         model.Contract
	campaign         string
}

func wantsOf(m *model.Model) wants {
	w := wants{currency: m.Company.Currency, contract: m.Outcomes.Contract}
	for _, name := range m.Facts.Campaign {
		w.campaign += name + "\x00"
	}
	for i, o := range m.Objects {
		if i == 0 || o.Slug == "order" {
			w.object = o.Slug
		}
	}
	return w
}

// fresh returns the table if it is younger than an age (0: never), else it reads
// what came since. One reads at a time, and all who wait share it.
func (r *reading) fresh(ctx context.Context, s *Service, p cx.Principal, age time.Duration) (*Table, error) {
	young := func() *Table {
		t, now := r.table.Load(), s.c.Clock.Now()
		if t == nil || now < t.AsOf || now.Sub(t.AsOf) >= age {
			return nil
		}
		return t
	}
	if t := young(); t != nil {
		return t, nil
	}
	select {
	case r.busy <- struct{}{}:
		defer func() { <-r.busy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if t := young(); t != nil {
		return t, nil
	}
	t, err := r.read(ctx, s, p)
	if err != nil {
		r.edition, r.rows, r.turns = history.Edition{}, nil, nil // half read: the next reads all
		return nil, err
	}
	r.table.Store(t)
	return t, nil
}

func (r *reading) read(ctx context.Context, s *Service, p cx.Principal) (*Table, error) {
	version, now := s.c.Models.Current(), s.c.Clock.Now()
	m, w := version.Model, wantsOf(version.Model)
	changed := false
	err := s.c.Facts.Snapshot(ctx, p, func(snap history.Snapshot) error {
		e := snap.Edition()
		if r.rows == nil || e.Rewritten != r.edition.Rewritten || w != r.wants {
			r.rows, r.turns, r.origins, r.numbers = []row{}, nil, []Origin{{}}, map[Origin]uint32{{}: 0}
			r.edition, r.wants = history.Edition{Rewritten: e.Rewritten, Merged: e.Merged}, w
			changed = true
		}
		moved := moved(r.edition.Merged, e.Merged)
		if e.Position == r.edition.Position && len(moved) == 0 {
			return nil
		}
		changed = true
		fresh := &gathering{reading: r, names: m.Facts.Campaign}
		if len(moved) > 0 {
			is := func(c cx.CustomerNo) bool { return moved[c] }
			r.rows = slices.DeleteFunc(r.rows, func(x row) bool { return is(x.customer) })
			r.turns = slices.DeleteFunc(r.turns, func(x turn) bool { return is(x.customer) })
			if err := fresh.gather(snap, history.LivedQuery{Customers: slices.Sorted(maps.Keys(moved))}); err != nil {
				return err
			}
			fresh.but = moved
		}
		if err := fresh.gather(snap, history.LivedQuery{After: r.edition.Position}); err != nil {
			return err
		}
		r.rows, r.turns = join(r.rows, fresh.rows), join(r.turns, fresh.turns)
		r.edition = e
		return nil
	})
	if err != nil {
		return nil, err
	}
	last := r.table.Load()
	if changed {
		if r.others, err = s.others(ctx, p, w.currency); err != nil {
			return nil, err
		}
	}
	if !changed && last != nil && version.Number == r.version && last.Today == dayOf(now, last.Zone) {
		same := *last
		same.AsOf = now
		return &same, nil
	}
	r.version = version.Number
	t := r.lay(m, now)
	t.Edition = s.editions.Add(1)
	return t, nil
}

// moved returns the customers who have not the profiles that they had.
func moved(before, after []history.Cluster) map[cx.CustomerNo]bool {
	if len(before) == len(after) && (len(after) == 0 || &before[0] == &after[0]) {
		return nil
	}
	was := make(map[cx.ProfileNo]cx.CustomerNo, len(before))
	for _, c := range before {
		was[c.Profile] = c.Customer
	}
	out := map[cx.CustomerNo]bool{}
	whose := func(profile, customer cx.CustomerNo) cx.CustomerNo { // 0: their own
		if customer == 0 {
			return profile
		}
		return customer
	}
	for _, c := range after {
		if was[c.Profile] != c.Customer {
			out[whose(c.Profile, was[c.Profile])], out[c.Customer] = true, true
		}
		delete(was, c.Profile)
	}
	for profile, customer := range was { // whose own they are again
		out[profile], out[customer] = true, true
	}
	return out
}

// gathering reads facts into rows.
type gathering struct {
	*reading
	rows  []row
	turns []turn
	names []string               // of properties that hold a campaign
	but   map[cx.CustomerNo]bool // whose facts have been read
}

func (g *gathering) gather(snap history.Snapshot, q history.LivedQuery) error {
	q.Of = history.Events
	if c := g.wants.contract; c.Declared() {
		q := q
		q.Names = []string{c.Start, c.End}
		if err := snap.Lived(q, func(l *history.Lived) error { g.addTurns(l); return nil }); err != nil {
			return err
		}
		slices.SortFunc(g.turns, inOrder[turn])
	}
	if g.wants.currency == "" {
		return nil
	}
	q.All, q.Currency, q.Object, q.Values = true, g.wants.currency, g.wants.object, g.names
	if err := snap.Lived(q, func(l *history.Lived) error { g.addRows(l); return nil }); err != nil {
		return err
	}
	slices.SortFunc(g.rows, inOrder[row])
	g.rows = slices.CompactFunc(g.rows, func(a, b row) bool { return a.seq == b.seq }) // of several orders
	return nil
}

func (g *gathering) addTurns(l *history.Lived) {
	for i, c := range l.Customer {
		if !g.but[c] {
			g.turns = append(g.turns, turn{c, l.Names[l.Name[i]] == g.wants.contract.End, l.At[i], l.Seq[i]})
		}
	}
}

func (g *gathering) addRows(l *history.Lived) {
	for i, c := range l.Customer {
		if l.Revenue[i] == 0 || g.but[c] {
			continue
		}
		x := row{customer: c, at: l.At[i], seq: l.Seq[i], object: l.Object[i], minor: l.Revenue[i]}
		if x.minor > 0 {
			of := l.Contexts[l.Context[i]]
			x.origin = g.origin(Origin{of.Touchpoint, of.Channel, of.Place, l.Values[i]})
		}
		g.rows = append(g.rows, x)
	}
}

// mostOrigins bounds the dictionary: a campaign may hold a number of each mail.
const mostOrigins = 50_000

func (r *reading) origin(o Origin) uint32 {
	n, ok := r.numbers[o]
	if !ok && len(r.origins) >= mostOrigins && o.Campaign != "" {
		o.Campaign = ""
		return r.origin(o)
	}
	if !ok {
		n = uint32(len(r.origins))
		r.origins, r.numbers[o] = append(r.origins, o), n
	}
	return n
}

// join puts what came into what is there; both are in order.
func join[T keyed](all, came []T) []T {
	i, j := len(all)-1, len(came)-1
	all = append(all, came...)
	for at := len(all) - 1; j >= 0; at-- {
		if i >= 0 && inOrder(all[i], came[j]) > 0 {
			all[at] = all[i]
			i--
		} else {
			all[at] = came[j]
			j--
		}
	}
	return all
}

// others adds up the revenue in other currencies.
func (s *Service) others(ctx context.Context, p cx.Principal, currency string) ([]cx.Money, error) {
	groups, err := s.c.Facts.Breakdown(ctx, p, history.Query{Of: history.Events, Revenue: true})
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(groups[0].Revenue), func(m cx.Money) bool { return m.Currency == currency }), nil
}
