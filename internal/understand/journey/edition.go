package journey

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// edition is the runs of a journey as they were when history was asked. It is
// immutable but for what the service's mu guards.
type edition struct {
	version int // of the model
	loader  *loader
	read    cx.Time // when all of it was read
	of      history.Edition
	merged  map[cx.ProfileNo]cx.CustomerNo
	whole   *lived
	picked  *memos // runs that filters let through
	bytes   int64

	checked time.Time     // when it was last found to be all; guarded by mu
	cost    time.Duration // what that took; guarded by mu
}

const (
	// statesFor is how long it is not looked whether a run has waited too long.
	statesFor = time.Minute
	// readFor is after how long all is read again, to learn of those who came
	// back.
	readFor = 24 * time.Hour
	// manyEvents is how many are worth a collection of garbage after them.
	manyEvents = 1_000_000
	// mostPicked is of how many filters the runs are kept; fewer when they could
	// take more than pickedShare of the memory.
	mostPicked  = 8
	pickedShare = 4
)

// errAnew tells that touched runs are too many, or that facts were rewritten:
// all is read again.
var errAnew = errors.New("read all again")

// renewed returns the edition that knows everything that history knows now.
func (s *Service) renewed(ctx context.Context, before *edition, p cx.Principal, version model.Version, j model.Journey) (*edition, error) {
	now := s.c.Clock.Now()
	if before != nil && before.version == version.Number && now.Sub(before.read) < readFor {
		var e *edition
		err := s.c.Facts.Snapshot(ctx, p, func(facts history.Snapshot) (err error) {
			e, err = before.next(facts, now)
			return err
		})
		if !errors.Is(err, errAnew) {
			return e, err
		}
	}
	started := time.Now()
	l := newLoader(s, version.Model, j)
	var m *material
	var of history.Edition
	err := s.c.Facts.Snapshot(ctx, p, func(facts history.Snapshot) (err error) {
		of = facts.Edition()
		m, err = l.load(facts, l.query(), nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	log, withoutKey := l.cut(m, now)
	s.c.Logger.DebugContext(ctx, "runs of a journey are read", slog.String("journey", j.Slug), slog.Int("runs", log.Cases()),
		slog.Int("events", log.Events()), slog.Duration("took", time.Since(started)))
	if log.Events() > manyEvents {
		debug.FreeOSMemory() // to read them took about as much as they take
	}
	e := &edition{version: version.Number, loader: l, read: now, of: of, merged: mergedOf(of)}
	whole := &lived{
		journey: j, model: version.Model, steps: l.steps, zone: version.Model.Company.Zone(), limited: p.Areas != nil, withoutKey: withoutKey,
		held: &alignments{}, lately: &latelies{known: map[string]*telling{}},
	}
	return e.with(whole, log, now), nil
}

func mergedOf(e history.Edition) map[cx.ProfileNo]cx.CustomerNo {
	merged := make(map[cx.ProfileNo]cx.CustomerNo, len(e.Merged))
	for _, c := range e.Merged {
		merged[c.Profile] = c.Customer
	}
	return merged
}

// with returns the edition with other runs, as they stand now.
func (e *edition) with(as *lived, log *eventlog.Log, now cx.Time) *edition {
	next, whole := *e, *as
	whole.log, whole.now, whole.stepOf, whole.memos = log, now, e.loader.stepOf[:len(log.Activities)], &memos{}
	whole.states = statesOf(log, whole.journey, whole.steps, whole.stepOf, now)
	next.bytes = sizeOf(log.Events(), log.Cases(), len(log.Answers))
	next.whole, next.picked = &whole, &memos{most: int(min(max(e.loader.bytes/pickedShare/(next.bytes+1), 1), mostPicked))}
	return &next
}

// next returns the edition after this one: the same when nothing happened.
func (e *edition) next(facts history.Snapshot, now cx.Time) (*edition, error) {
	t, err := e.touchedSince(facts)
	if err != nil {
		return nil, err
	}
	after := *e
	after.of, after.merged = facts.Edition(), t.merged
	log := e.whole.log
	if len(t.objects)+len(t.customers) > 0 {
		if log, err = after.recut(facts, t, now); err != nil {
			return nil, err
		}
	}
	if log == e.whole.log && now.Sub(e.whole.now) < statesFor && now >= e.whole.now {
		return &after, nil
	}
	return after.with(e.whole, log, now), nil
}

// touched is what happened after an edition.
type touched struct {
	merged    map[cx.ProfileNo]cx.CustomerNo
	objects   map[uint64]struct{}
	customers map[uint32]struct{}
}

// touchedSince asks history what came, and who became somebody else's.
func (e *edition) touchedSince(facts history.Snapshot) (touched, error) {
	t := touched{merged: e.merged, objects: map[uint64]struct{}{}, customers: map[uint32]struct{}{}}
	of := facts.Edition()
	if of.Rewritten != e.of.Rewritten {
		return t, errAnew
	}
	q := e.loader.query()
	q.After = e.of.Position
	touch := func(f *history.Lived, i int) {
		switch {
		case e.loader.rules.byKey && f.Object[i] != 0:
			t.objects[f.Object[i]] = struct{}{}
		case !e.loader.rules.byKey || e.loader.rules.attaches():
			t.customers[uint32(f.Customer[i])] = struct{}{}
		}
	}
	err := e.loader.lived(facts, q, func(f *history.Lived, i int, _ uint16, _ uint32, _ mark) error {
		touch(f, i)
		return nil
	})
	if err == nil {
		err = facts.Lived(e.loader.answersTo(q), func(f *history.Lived) error {
			for i := range f.Seq {
				touch(f, i)
			}
			return nil
		})
	}
	if err != nil || len(of.Merged) == len(e.of.Merged) && (len(of.Merged) == 0 || &of.Merged[0] == &e.of.Merged[0]) {
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
	moved(e.merged, t.merged)
	moved(t.merged, e.merged)
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
func (e *edition) recut(facts history.Snapshot, t touched, now cx.Time) (*eventlog.Log, error) {
	l, log := e.loader, e.whole.log
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
			return nil, errAnew
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
	return nil, errAnew
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
