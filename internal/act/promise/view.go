package promise

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

var _ stream.View = (*Service)(nil)

// stretch is what a part of the log says.
type stretch struct {
	marks    []found
	clusters []history.Cluster
	told     []toldOf
	burning  []burningOf
	since    []sinceOf
}

// toldOf is a Changed that was read back.
type toldOf struct {
	id    InstanceID
	n     int
	state State
	at    cx.Time
	seq   cx.Seq
}

// burningOf is a Burning that was read back.
type burningOf struct {
	promise string
	burning bool
	at      cx.Time
}

// sinceOf is how a promise is measured from a version of the model on.
type sinceOf struct {
	promise, measure string
	at               cx.Time
}

// Apply follows a batch in one transaction: the marks of every promise that is
// read up to here, and what the log says was told. What memory saw before counts
// once.
func (s *Service) Apply(ctx context.Context, b stream.Batch) error {
	const op = "promise.Apply"
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := s.certain(ctx); err != nil {
		return cx.Wrap(op, err)
	}
	if b.Last <= s.position {
		return nil
	}
	if err := s.adopt(ctx); err != nil {
		return cx.Wrap(op, err)
	}
	events := b.Events
	for len(events) > 0 && events[0].Seq <= s.position {
		events = events[1:]
	}
	var current []*reading
	for _, d := range s.reads.promises {
		if d.done >= s.position {
			current = append(current, d)
		}
	}
	st, err := s.read(ctx, events, s.position, b.Last, current)
	if err != nil {
		return cx.Wrap(op, err)
	}
	for i := range events {
		st.record(&events[i])
	}
	received, now := s.received, s.c.Clock.Now()
	if len(events) > 0 {
		received = max(received, events[len(events)-1].ReceivedAt)
	}
	if b.Last < s.c.Log.LastSeq() {
		now = min(now, received)
	}
	err = s.write(ctx, func(w *writer) error {
		if err := w.stretch(st, current, b.Last); err != nil {
			return err
		}
		return w.exec(`UPDATE promise_state SET position = $1`, int64(b.Last))
	}, now)
	if err != nil {
		return cx.Wrap(op, err)
	}
	for _, t := range st.told {
		delete(s.telling, t.id)
	}
	s.reached(current, b.Last, b.Last, received)
	if len(st.since) > 0 {
		s.signal()
	}
	return nil
}

// read reads the marks of events in (after, last] for some promises.
func (s *Service) read(ctx context.Context, events []cx.Event, after, last cx.Seq, among []*reading) (st stretch, err error) {
	for i := range events {
		if d := s.reads.byEvent[events[i].Name]; d != nil {
			st.marks = append(st.marks, s.reads.marksOf(&events[i], intersect(d, among))...)
		}
	}
	resolved, err := s.c.Memory.Resolve(ctx, after, last)
	if err != nil {
		return st, err
	}
	st.clusters = resolved.Clusters
	who := resolved.Facts
	mine := st.marks[:0]
	for _, m := range st.marks {
		i, seen := slices.BinarySearchFunc(who, m.seq, func(f history.ResolvedFact, seq cx.Seq) int { return int(f.Seq) - int(seq) })
		if !seen || who[i].Profile == 0 || s.gone.has(who[i].Profile, m.seq) {
			continue // a duplicate, or erased since it was read
		}
		m.profile = who[i].Profile
		mine = append(mine, m)
	}
	st.marks = mine
	return st, nil
}

func intersect(a, b []*reading) []*reading {
	out := make([]*reading, 0, len(a))
	for _, d := range a {
		if slices.Contains(b, d) {
			out = append(out, d)
		}
	}
	return out
}

// record reads the product's own records back. What cannot be read says nothing.
func (st *stretch) record(e *cx.Event) {
	if e.Kind != cx.Decision {
		return
	}
	switch e.Name {
	case ChangedEvent:
		var c Changed
		n, err := strconv.Atoi(e.MessageID[strings.LastIndexByte(e.MessageID, ':')+1:])
		if json.Unmarshal(e.Properties, &c) == nil && err == nil && c.Instance.Valid() {
			st.told = append(st.told, toldOf{c.Instance, n, c.State, e.At, e.Seq})
		}
	case BurningEvent:
		var b Burning
		if json.Unmarshal(e.Properties, &b) == nil {
			st.burning = append(st.burning, burningOf{b.Promise, b.Burning, e.At})
		}
	case model.AppliedEvent:
		if v, _, err := model.ModelOf(*e); err == nil {
			for _, p := range v.Model.Promises {
				st.since = append(st.since, sinceOf{p.Slug, newReading(v.Model, p).measure, e.At})
			}
		}
	}
}

// certain finds out after a failed transaction whether it was committed.
func (s *Service) certain(ctx context.Context) error {
	if !s.doubt {
		return nil
	}
	err := s.load(ctx)
	s.doubt = err != nil
	return err
}

// load makes what is in memory from the store. The caller holds applying, or is
// alone.
func (s *Service) load(ctx context.Context) error {
	s.contexts, s.where = map[context4]int{}, map[int]context4{}
	var position cx.Seq
	done := map[string]reading{}
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO promise_state (version, position, model) SELECT $1, 0, -1 WHERE NOT EXISTS (SELECT 1 FROM promise_state)`, version); err != nil {
			return err
		}
		var wrote int
		if err := tx.QueryRow(ctx, `SELECT version, position FROM promise_state`).Scan(&wrote, &position); err != nil {
			return err
		}
		if wrote != version {
			return ErrSchema
		}
		rows, err := tx.Query(ctx, `SELECT no, slug, reading, done FROM promise_promises`)
		if err != nil {
			return err
		}
		all, err := sqldb.Collect(rows, scanReading)
		if err != nil {
			return err
		}
		for _, d := range all {
			done[d.promise.Slug] = d
		}
		rows, err = tx.Query(ctx, `SELECT no, touchpoint, supplier, place, region FROM promise_contexts`)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, s.scanContext)
		return err
	})
	if err != nil {
		return err
	}
	r := newReads(s.c.Models.Current())
	known := len(done) == len(r.promises)
	for _, d := range r.promises {
		was, ok := done[d.promise.Slug]
		known = known && ok && was.digest == d.digest
		d.no, d.done = was.no, was.done
	}
	if !known {
		r.model = -1 // adopt decides
	}
	for _, d := range r.promises {
		if r.byNo == nil {
			r.byNo = map[int]*reading{}
		}
		r.byNo[d.no] = d
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.position, s.reads = position, r
	return nil
}
