package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Sistemas (IT) serves the shops: its customers are the people at their tills.
// It promises that a till that fails works again in two of its hours.

const (
	faultEvery  = 9   // a shop's till fails once in so many days
	mendedLate  = .13 // of the faults
	mendPromise = 2 * hour
	deskOpens   = 9 * hour // IT's desk, from Monday to Saturday, by Madrid's clock
	deskCloses  = 21 * hour
)

// tillsFail is the year of the tills that failed, in time order: each shop is an
// internal customer. A company that is a handful for a test has none.
func (w *world) tillsFail() ([]told, error) {
	if crewSize(w.cfg.Customers) == 0 {
		return nil, nil
	}
	r := rand.New(rand.NewPCG(w.cfg.Seed, 0x7111))
	var out []told
	add := func(at int64, m *message) {
		if at > w.from && at < w.until {
			out = append(out, told{at, "it", m.finish()})
		}
	}
	number := 0
	for i, s := range shops {
		known := false
		for n, _ := w.cal.clockOf(w.from, s.zone); ; n++ {
			at := w.cal.local(n, s.zone, 10*hour) + r.Int64N(9*hour)
			if at >= w.until {
				break
			}
			if !w.cal.date(n).open || r.Float64() > 1./faultEvery {
				continue
			}
			number++
			span := 10*minute + r.Int64N(90*minute)
			if r.Float64() < mendedLate {
				span = mendPromise + 10*minute + r.Int64N(9*hour)
			}
			mended := w.deskHours(at, span)
			what := [...]string{"printer", "card-reader", "network", "drawer"}[r.IntN(4)]
			if at <= w.from {
				continue
			}
			id := fmt.Sprintf("A-%06d", number)
			if !known {
				known = true
				m := internal(at-second, i, "who", id)
				m.object("traits")
				m.text("name", s.name)
				m.text("kind", "internal")
				m.text("shop", s.slug)
				m.end()
				add(at-second, m)
			}
			fails := internal(at, i, "failed", id)
			fails.fault("Till Failed", id, s.slug)
			fails.text("what", what)
			fails.end()
			add(at, fails)
			works := internal(mended, i, "mended", id)
			works.fault("Till Mended", id, s.slug)
			works.decimal("hours", float32(span)/float32(hour))
			works.end()
			add(mended, works)
		}
	}
	slices.SortStableFunc(out, func(a, b told) int { return int(max(-1, min(1, a.at-b.at))) })
	return out, nil
}

// internal begins a message of a shop's till.
func internal(at int64, shop int, what, id string) *message {
	m := &message{b: []byte{'{'}}
	kind := "track"
	if what == "who" {
		kind = "identify"
	}
	m.text("type", kind)
	m.text("messageId", "it-"+what+"-"+id)
	m.time("timestamp", at)
	m.text("userId", "tienda-"+shops[shop].slug)
	return m
}

func (m *message) fault(event, id, shop string) {
	m.text("event", event)
	m.object("properties")
	m.text("till_fault_id", id)
	m.text("shop", shop)
}

// deskHours moves a span of IT's hours on from t.
func (w *world) deskHours(t, span int64) int64 {
	for n, _ := w.cal.clockOf(t, madrid); ; n++ {
		if w.cal.date(n).deskShut() {
			continue
		}
		from, to := max(t, w.cal.local(n, madrid, deskOpens)), w.cal.local(n, madrid, deskCloses)
		if from >= to {
			continue
		}
		if from+span <= to {
			return from + span
		}
		span -= to - from
	}
}

// deskShut tells whether IT's desk is shut all day: on Sundays and on the
// holidays of its calendar in the model.
func (d *date) deskShut() bool {
	return d.Weekday() == 0 || slices.Contains([]string{"01-01", "01-06", "05-01", "08-15", "10-12", "11-01", "12-06", "12-08", "12-25"}, d.Format("01-02"))
}
