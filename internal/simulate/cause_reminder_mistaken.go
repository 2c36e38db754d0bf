package simulate

import (
	"math/rand/v2"
	"time"
)

// reminderMistaken: from a day on, many who ordered on a Sunday are reminded on
// Monday of a payment that they had made: the bank's file of that day is not read.
func reminderMistaken(w *world) cause {
	const share = .35
	since := w.daysBefore(110)
	return cause{
		journey: TruthJourney{
			Slug: "reminder-mistaken", What: "who orders on a Sunday is reminded of a payment that was made",
			Journey: "online-order", Kind: "unexpected", Step: "Payment Reminded@receivables", Where: map[string]string{"weekday": "sunday"},
			Since: utc(since), Share: share, Valence: -2,
		},
		verbs: []verb{ordered},
		change: func(w *world, _ *person, f *fact, r *rand.Rand) {
			n, _ := w.cal.clockOf(f.at, madrid)
			if f.at >= since && w.cal.date(n).Weekday() == time.Sunday {
				f.yes = r.Float64() < share
			}
		},
	}
}
