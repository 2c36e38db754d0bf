package simulate

import (
	"math/rand/v2"
	"time"
)

// tillQueue: on Saturdays in Candil Fuencarral there is nobody for two of the
// three tills, and people queue. The other shops and the other days are fine.
func tillQueue(w *world) cause {
	const share = .8
	busy := func(w *world, f *fact) bool {
		n, ofDay := w.cal.clockOf(f.at, madrid)
		return shops[f.shop].slug == "madrid-fuencarral" && w.cal.date(n).Weekday() == time.Saturday &&
			(ofDay >= 11*hour && ofDay < 15*hour || ofDay >= 17*hour)
	}
	return cause{
		truth: TruthCause{
			Slug: "till-queue", What: "the till queue in Candil Fuencarral on Saturdays (11–15 h and from 17 h)",
			Since: utc(w.from), Where: map[string]string{"place": "madrid-fuencarral", "weekday": "saturday"},
			Touchpoint: "till", Property: "queue", Share: share, Otherwise: .02, Valence: -2,
		},
		verbs: []verb{paid},
		change: func(w *world, _ *person, f *fact, r *rand.Rand) {
			if !busy(w, f) || r.Float64() >= share {
				return
			}
			f.amount = float32(min(10.5+r.ExpFloat64()*7, 40))
			f.at += int64(f.amount) * minute
			f.feel = -1.4 - .02*(f.amount-10) + .3*float32(r.NormFloat64())
			f.feel = max(f.feel, -2)
			f.promise = -1
			f.topic = tillQueueTheme
		},
		circumstances: func(w *world, n int) []circumstance {
			d := w.cal.date(n)
			if d.Weekday() != time.Saturday || !d.open {
				return nil
			}
			till := func(from, until int64, which string) circumstance {
				return circumstance{
					source: "pos", kind: "till-closed", place: "madrid-fuencarral", touchpoint: "till",
					from: w.cal.local(n, madrid, from), until: w.cal.local(n, madrid, until), value: which,
				}
			}
			return []circumstance{
				till(11*hour, 15*hour, "2"), till(11*hour, 15*hour, "3"),
				till(17*hour, 20*hour+30*minute, "3"),
			}
		},
	}
}
