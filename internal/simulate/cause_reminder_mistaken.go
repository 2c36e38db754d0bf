package simulate

import "math/rand/v2"

// reminderMistaken: from a day on, who orders a book in Candil Gràcia is reminded
// of its payment the next morning, though it is paid when it is fetched.
func reminderMistaken(w *world) cause {
	const share = .75
	since := w.daysBefore(170)
	return cause{
		journey: TruthJourney{
			Slug: "reminder-mistaken", What: "who orders a book in Candil Gràcia is reminded of a payment that is not due",
			Journey: "special-order", Kind: "unexpected", Step: "Payment Reminded@receivables", Where: map[string]string{"place": "barcelona-gracia"},
			Since: utc(since), Share: share, Valence: -2,
		},
		verbs: []verb{specialPlaced},
		change: func(_ *world, _ *person, f *fact, r *rand.Rand) {
			if f.at >= since && shops[f.shop].slug == "barcelona-gracia" {
				f.also = r.Float64() < share
			}
		},
	}
}
