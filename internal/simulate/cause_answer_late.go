package simulate

import "math/rand/v2"

// answerLate: from a day on, Candil Fuencarral takes more than a week to say
// whether it can get a book.
func answerLate(w *world) cause {
	const share = .8
	since := w.daysBefore(200)
	return cause{
		journey: TruthJourney{
			Slug: "answer-late", What: "Candil Fuencarral takes more than a week to answer special orders",
			Journey: "special-order", Kind: "late", Step: "place", Where: map[string]string{"place": "madrid-fuencarral"},
			Since: utc(since), Share: share, Otherwise: .1, Valence: -2,
		},
		verbs: []verb{specialAnswered},
		change: func(w *world, _ *person, f *fact, r *rand.Rand) {
			if f.at < since || shops[f.shop].slug != "madrid-fuencarral" || r.Float64() >= share {
				return
			}
			days := 5 + r.IntN(4)
			f.at = w.cal.workingHours(f.at+int64(days)*day, madrid, 10*minute+r.Int64N(2*hour))
			f.amount += float32(days)
			f.feel = float32(max(-2, -1.2+.3*r.NormFloat64()))
		},
	}
}
