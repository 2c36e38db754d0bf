package simulate

import (
	"math/rand/v2"
	"time"
)

// reminderMistaken: from a day on, who orders a book on a Saturday is reminded of
// its payment the next morning, though it is paid when it is fetched.
func reminderMistaken(w *world) cause {
	const share = .75
	since := w.daysBefore(170)
	return cause{
		journey: TruthJourney{
			Slug: "reminder-mistaken", What: "who orders a book on a Saturday is reminded of a payment that is not due",
			Journey: "special-order", Kind: "unexpected", Step: "Payment Reminded@receivables", Where: map[string]string{"weekday": "saturday"},
			Since: utc(since), Share: share, Valence: -2,
		},
		verbs: []verb{specialPlaced},
		change: func(w *world, _ *person, f *fact, r *rand.Rand) {
			n, _ := w.cal.clockOf(f.at, madrid)
			if f.at >= since && w.cal.date(n).Weekday() == time.Saturday {
				f.also = r.Float64() < share
			}
		},
	}
}
