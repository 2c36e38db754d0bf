package cut

import (
	"maps"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// touched is what happened after the runs were cut.
type touched struct {
	merged    map[cx.ProfileNo]cx.CustomerNo
	objects   map[uint64]struct{}
	customers map[uint32]struct{}
}

// touchedSince asks history what came, and who became somebody else's.
func (r *Runs) touchedSince(facts history.Snapshot) (touched, error) {
	t := touched{merged: r.merged, objects: map[uint64]struct{}{}, customers: map[uint32]struct{}{}}
	of := facts.Edition()
	if of.Rewritten != r.of.Rewritten {
		return t, ErrAnew
	}
	q := r.loader.query()
	q.After = r.of.Position
	touch := func(f *history.Lived, i int) {
		switch {
		case r.loader.rules.byKey && f.Object[i] != 0:
			t.objects[f.Object[i]] = struct{}{}
		case !r.loader.rules.byKey || r.loader.rules.attaches():
			t.customers[uint32(f.Customer[i])] = struct{}{}
		}
	}
	err := r.loader.lived(facts, q, func(f *history.Lived, i int, _ uint16, _ uint32, _ mark) error {
		touch(f, i)
		return nil
	})
	if err == nil {
		err = facts.Lived(r.loader.answersTo(q), func(f *history.Lived) error {
			for i := range f.Seq {
				touch(f, i)
			}
			return nil
		})
	}
	if err != nil || len(of.Merged) == len(r.of.Merged) && (len(of.Merged) == 0 || &of.Merged[0] == &r.of.Merged[0]) {
		return t, err
	}
	t.merged = mergedOf(of)
	moved := func(from, to map[cx.ProfileNo]cx.CustomerNo) {
		for profile, customer := range from {
			if is, ok := to[profile]; !ok || is != customer {
				t.customers[uint32(profile)], t.customers[uint32(customer)] = struct{}{}, struct{}{}
			}
		}
	}
	moved(r.merged, t.merged)
	moved(t.merged, r.merged)
	return t, nil
}

const (
	// mostTouched bounds the runs that are cut anew one by one.
	mostTouched = 20_000
	// rounds is how many times runs are cut anew since, cut, they turn out to be
	// somebody else's.
	rounds = 4
)

// recut cuts the touched runs anew and returns the log with them; the same log
// when there is none. What belongs to a run without its key depends on all runs of
// the customer, so that these are cut together.
func (r *Runs) recut(facts history.Snapshot, t touched, now cx.Time) (*eventlog.Log, error) {
	l, log := r.loader, r.Log
	for range rounds {
		if l.rules.attaches() {
			for key := range t.objects {
				if c, ok := slices.BinarySearch(log.Key, key); ok {
					t.customers[log.Customer[c]] = struct{}{}
				}
			}
		}
		gone := maps.Clone(t.objects)
		if len(t.customers) > 0 {
			for c, customer := range log.Customer {
				if _, ok := t.customers[customer]; ok {
					gone[log.Key[c]] = struct{}{}
				}
			}
		}
		if len(gone)+len(t.customers) > mostTouched {
			return nil, ErrAnew
		}
		q := l.query()
		q.Customers = []cx.CustomerNo{}
		if !l.rules.byKey || l.rules.attaches() {
			for customer := range t.customers {
				q.Customers = append(q.Customers, cx.CustomerNo(customer))
			}
		}
		if l.rules.byKey {
			q.Objects = slices.Collect(maps.Keys(gone))
		}
		m, err := l.load(facts, q, func(key uint64, customer uint32) bool {
			if _, ok := gone[key]; l.rules.byKey && key != 0 {
				return ok
			}
			_, ok := t.customers[customer]
			return ok
		})
		if err != nil {
			return nil, err
		}
		patch, _ := l.cut(m, now)
		known := len(t.customers)
		if l.rules.attaches() {
			for _, customer := range patch.Customer {
				t.customers[customer] = struct{}{}
			}
		}
		if len(t.customers) == known {
			if patch.Cases() == 0 && !hasAny(log, gone) {
				return log, nil
			}
			out := splice(log, patch, gone)
			return out, l.fits(out.Events(), out.Cases(), len(out.Answers))
		}
	}
	return nil, ErrAnew
}

// hasAny tells whether one of the keys is a case's.
func hasAny(l *eventlog.Log, keys map[uint64]struct{}) bool {
	for key := range keys {
		if _, ok := slices.BinarySearch(l.Key, key); ok {
			return true
		}
	}
	return false
}
