package simulate

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Live goes on after the past until ctx ends, then returns nil. It returns
// earlier only with yield's error.
//
// What the past had begun (a parcel under way) goes on at its own pace, with
// its own messageIds. Everything new happens faster than in life, so that about
// one message a second comes whatever the size of the company and the hour of
// the day (more of a company in which more happens in life): all its times, also
// what is promised, are mapped together, so that late stays late. Timestamps are the clock's present. Every call lives another
// future: its messageIds and order numbers are its own.
func (s *Simulation) Live(ctx context.Context, clock cx.Clock, yield Yield) error {
	e, err := newEngine(s.cfg, func(string, []byte) error { return ctx.Err() })
	if err != nil {
		return err
	}
	if err := e.run(e.w.until); err != nil {
		return ignoreEnd(ctx, err)
	}
	e.yield, e.grows = yield, true
	start := clock.Now().Std().UnixMilli()
	began := e.lane
	fresh := &lane{queue: began.queue, salt: mix(uint64(start)) | 1}
	began.queue = fresh.queue.takeFacts()
	ahead, err := e.forecast(fresh)
	if err != nil {
		return err
	}
	fresh.warp = func(ms int64) int64 { return start + ahead.until(ms) }
	for {
		at := e.nearer(began, fresh)
		if !sleepUntil(ctx, clock, at) {
			return nil
		}
		if err := e.step(); err != nil {
			return err
		}
	}
}

// nearer gives the turn to the lane whose next comes first, and returns when;
// it opens the days of both as far as needed.
func (e *engine) nearer(began, fresh *lane) int64 {
	e.lane = fresh
	at, ok := fresh.queue.peek()
	for ; !ok; at, ok = fresh.queue.peek() {
		e.nextDay()
	}
	at = fresh.warp(at)
	for began.queue.length > 0 {
		if first, ok := began.queue.peek(); !ok {
			began.queue.nextDay()
		} else if first <= at {
			e.lane = began
			return first
		} else {
			break
		}
	}
	return at
}

// forecast knows how many messages each hour after the past will bring: it has
// a twin of the company live ahead, which says nothing. Exact it need not be.
type forecast struct {
	twin  *engine
	hours []int64 // the ms of present time that have passed at the end of each
}

func (e *engine) forecast(fresh *lane) (*forecast, error) {
	w, err := newWorld(e.w.cfg)
	if err != nil {
		return nil, err
	}
	f := &forecast{twin: &engine{
		w: w, customers: slices.Clone(e.customers), brought: e.brought, codes: slices.Clone(e.codes), grows: true,
		lane:  &lane{queue: fresh.queue.copyWakes(), salt: fresh.salt},
		yield: func(string, []byte) error { return nil },
	}}
	f.twin.r = rand.New(&f.twin.src)
	w.pending = slices.Clone(e.w.pending)
	return f, nil
}

// until returns the ms of present time that pass between the end of the past
// and a time after it: a second for each message, but never more than in life.
// It never falls.
func (f *forecast) until(ms int64) int64 {
	const least = 100 // of an hour without messages
	past := f.twin.w.until
	n := int((ms - past) / hour)
	for len(f.hours) <= n {
		before, sent := int64(0), f.twin.sent
		if k := len(f.hours); k > 0 {
			before = f.hours[k-1]
		}
		if err := f.twin.run(past + int64(len(f.hours)+1)*hour); err != nil {
			panic(err) // its yield has no error, and nothing else can fail
		}
		f.hours = append(f.hours, before+min(max(int64(f.twin.sent-sent)*second, least), hour))
	}
	before := int64(0)
	if n > 0 {
		before = f.hours[n-1]
	}
	return before + (f.hours[n]-before)*((ms-past)%hour)/hour
}

// newcomers founds the customers who come for the first time tomorrow, as many
// as came in the past.
func (e *engine) newcomers() {
	cal := e.w.cal
	span := cal.activity(e.w.until) - cal.activity(e.w.from)
	tomorrow := cal.date(e.lane.queue.day + 1)
	expected := .34 * float64(e.w.cfg.Customers) / max(span, 1) * tomorrow.season
	n := int(expected)
	if e.w.chance(5, e.lane.queue.day) < expected-float64(n) {
		n++
	}
	for range n {
		i := uint32(len(e.customers))
		e.customers = append(e.customers, customer{number: i, asked: -1})
		e.customers[i].pcg.Seed(e.w.cfg.Seed^e.lane.salt, uint64(i)+1)
		e.turnOf(i)
		e.wakeAt(tomorrow.before + tomorrow.season*e.r.Float64())
	}
}

// ignoreEnd drops the error with which the end of ctx ended something.
func ignoreEnd(ctx context.Context, err error) error {
	if errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// sleepUntil waits for an instant; it returns false when ctx ends first.
func sleepUntil(ctx context.Context, clock cx.Clock, ms int64) bool {
	wait := time.UnixMilli(ms).Sub(clock.Now().Std())
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
