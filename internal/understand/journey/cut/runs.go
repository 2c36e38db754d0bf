package cut

import (
	"context"
	"errors"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Journey is a journey whose runs are cut.
type Journey struct {
	model.Journey
	Currency string // of what customers spend afterwards
	Bytes    int64  // that its runs may take
}

// Runs are the runs of a journey as history knew them. They are immutable, but
// only one may ask for those that are Next at a time.
type Runs struct {
	Log        *eventlog.Log
	StepOf     []int // by activity number: the first of the journey's steps that it can be; −1: none
	WithoutKey int64 // facts of no run for want of a key, though others of their activity have one; as it was when all were read

	loader *loader
	of     history.Edition
	merged map[cx.ProfileNo]cx.CustomerNo
}

// ErrAnew tells that the runs that were touched are too many, or that facts were
// rewritten: all have to be read again.
var ErrAnew = errors.New("read all again")

// Read cuts the runs of a journey of the facts that p may see. The error is
// cx.TooLarge when they take more than they may, or have too many activities.
func Read(ctx context.Context, facts history.Teller, p cx.Principal, j Journey, now cx.Time) (*Runs, error) {
	l := newLoader(j)
	var m *material
	var of history.Edition
	err := facts.Snapshot(ctx, p, func(facts history.Snapshot) (err error) {
		of = facts.Edition()
		m, err = l.load(facts, l.query(), nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	log, withoutKey := l.cut(m, now)
	r := Runs{WithoutKey: withoutKey, loader: l, of: of, merged: mergedOf(of)}
	return r.with(log), nil
}

// Next returns the runs as they are now: those that were touched since are cut
// anew. Their Log is the same when none was. It wants the same principal as Read;
// the error is ErrAnew, or one of Read's.
func (r *Runs) Next(ctx context.Context, facts history.Teller, p cx.Principal, now cx.Time) (next *Runs, err error) {
	err = facts.Snapshot(ctx, p, func(facts history.Snapshot) error {
		t, err := r.touchedSince(facts)
		if err != nil {
			return err
		}
		log := r.Log
		if len(t.objects)+len(t.customers) > 0 {
			if log, err = r.recut(facts, t, now); err != nil {
				return err
			}
		}
		next = r.with(log)
		next.of, next.merged = facts.Edition(), t.merged
		return nil
	})
	return next, err
}

// Bytes returns what the runs take in memory.
func (r *Runs) Bytes() int64 { return sizeOf(r.Log.Events(), r.Log.Cases(), len(r.Log.Answers)) }

func (r *Runs) with(log *eventlog.Log) *Runs {
	next := *r
	next.Log, next.StepOf = log, r.loader.stepOf[:len(log.Activities)]
	return &next
}

func mergedOf(e history.Edition) map[cx.ProfileNo]cx.CustomerNo {
	merged := make(map[cx.ProfileNo]cx.CustomerNo, len(e.Merged))
	for _, c := range e.Merged {
		merged[c.Profile] = c.Customer
	}
	return merged
}
