package simulate

import (
	"context"
	"errors"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Live goes on after the past until ctx ends, then returns nil. It returns
// earlier only with yield's error.
//
// What the past had begun (a parcel under way) goes on at its own pace, with
// its own messageIds. Everything new happens faster than in life, so that about
// one message a second comes whatever the size of the company and the hour of
// the day: all its times, also what is promised, are mapped together, so that
// late stays late. Timestamps are the clock's present. Every call lives another
// future: its messageIds and order numbers are its own.
func (s *Simulation) Live(ctx context.Context, clock cx.Clock, yield Yield) error {
	e, err := newEngine(s.cfg, func(string, []byte) error { return ctx.Err() })
	if err != nil {
		return err
	}
	if err := e.run(e.w.until); err != nil {
		return ignoreEnd(ctx, err)
	}
	e.yield = yield
	start := clock.Now().Std().UnixMilli()
	began, told := e.lane, e.lane.queue.takeFacts()
	fresh := &lane{queue: began.queue, salt: mix(uint64(start)) | 1, warp: e.faster(start)}
	began.queue = told
	for {
		e.lane = e.nearer(began, fresh)
		if e.lane == nil {
			<-ctx.Done()
			return nil
		}
		at, _ := e.lane.queue.peek()
		if !sleepUntil(ctx, clock, e.instant(at)) {
			return nil
		}
		if err := e.step(); err != nil {
			return err
		}
	}
}

// faster returns how the times after the past become present ones: a
// millisecond for each thousandth of a message that is to be expected.
func (e *engine) faster(start int64) func(int64) int64 {
	cal := e.w.cal
	end := cal.activity(e.w.until)
	perUnit := float64(e.sent) / max(end-cal.activity(e.w.from), 1) * float64(second)
	perUnit = min(max(perUnit, float64(second)), float64(day))
	return func(ms int64) int64 { return start + int64((cal.activity(ms)-end)*perUnit) }
}

// nearer opens the days of the lanes as far as needed and returns the one whose
// next comes first; nil when nothing is to come.
func (e *engine) nearer(began, fresh *lane) *lane {
	for began.queue.length > 0 {
		if _, ok := began.queue.peek(); ok {
			break
		}
		began.queue.nextDay()
	}
	e.lane = fresh
	for dull := 0; dull < 1000; dull++ {
		if _, ok := fresh.queue.peek(); ok {
			break
		}
		fresh.queue.nextDay()
		e.circumstances(fresh.queue.day)
		e.newcomers()
	}
	a, first := began.queue.peek()
	b, second := fresh.queue.peek()
	switch {
	case first && (!second || a <= fresh.warp(b)):
		return began
	case second:
		return fresh
	}
	return nil
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
