package simulate

import "slices"

// circle is three people who name each other's codes in a ring, for the rewards:
// the first passes hers on, the second orders with it, the third with the
// second's, and at last the first with the third's. A company that is a handful
// for a test has none.
func (w *world) circle() ([]told, error) {
	const (
		since = 150 // days before the end of the past
		apart = 6 * day
	)
	at := w.daysBefore(since) + 11*hour
	if crewSize(w.cfg.Customers) == 0 || at <= w.from {
		return nil, nil
	}
	names := [circleSize]string{"Gloria Palacín", "Darío Palacín", "Fermín Arce"}
	var out []told
	for i := range circleSize + 1 {
		number := circleFrom + uint32(i%circleSize)
		order := uint64(9_000_000_000) + uint64(i)
		begin := func(kind, source string, after int64) *message {
			m := &message{b: []byte{'{'}}
			m.text("type", kind)
			m.code("messageId", "circle-", order*1000+uint64(after/second)%1000)
			m.time("timestamp", at+after)
			m.userID(number)
			out = append(out, told{at: at + after, source: source})
			return m
		}
		end := func(m *message) {
			m.end()
			out[len(out)-1].body = m.finish()
		}
		track := func(event, source string, after int64) *message {
			m := begin("track", source, after)
			m.text("event", event)
			m.object("properties")
			return m
		}
		if i < circleSize {
			m := begin("identify", "web", 0)
			m.object("traits")
			m.text("name", names[i])
			m.text("language", "es")
			end(m)
		}
		if i > 0 {
			due := w.cal.workingHours(at+minute, madrid, 2*hour)
			m := track("Order Completed", "web", minute)
			m.code("order_id", "P", order)
			m.number("items", 2)
			m.money("revenue", 2990)
			m.text("currency", "EUR")
			m.code7("referred_by", codeOf(circleFrom+uint32(i-1)))
			m.text("delivery", "collect")
			m.text("shop", "zaragoza-coso")
			m.time("promised_at", due)
			m.text("region", "aragon")
			end(m)
			ready := w.cal.workingHours(at+minute, madrid, hour)
			m = track("Order Ready", "pos", ready-at)
			m.code("order_id", "P", order)
			m.text("shop", "zaragoza-coso")
			m.decimal("hours", 1)
			m.time("promised_at", due)
			end(m)
			m = track("Order Collected", "pos", w.cal.workingHours(ready, madrid, 3*hour+2*second)-at)
			m.code("order_id", "P", order)
			m.text("shop", "zaragoza-coso")
			m.decimal("wait_min", 1)
			m.truth("found", true)
			end(m)
		}
		if i < circleSize {
			m := track("Referral Shared", "web", 5*minute)
			m.code7("code", codeOf(number))
			end(m)
		}
		at += apart
	}
	slices.SortStableFunc(out, func(a, b told) int { return int(max(-1, min(1, a.at-b.at))) })
	return out, nil
}

const (
	circleSize = 3
	circleFrom = 95_900_000 // the number of the first of them
)
