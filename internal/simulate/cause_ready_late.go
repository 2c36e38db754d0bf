package simulate

import "math/rand/v2"

// readyLate: from a day on, many orders are ready days late in Candil Gràcia,
// whose storeroom was let.
func readyLate(w *world) cause {
	const share = .6
	since := w.daysBefore(128)
	return cause{
		journey: TruthJourney{
			Slug: "ready-late", What: "orders are ready days late in Candil Gràcia since its storeroom was let",
			Journey: "online-order", Kind: "late", Step: "pay", Where: map[string]string{"place": "barcelona-gracia"},
			Since: utc(since), Share: share, Valence: -1.8,
		},
		verbs: []verb{ready},
		change: func(w *world, _ *person, f *fact, r *rand.Rand) {
			if f.at < since || shops[f.shop].slug != "barcelona-gracia" || r.Float64() >= share {
				return
			}
			days := 3 + r.IntN(3)
			f.at = w.cal.workingHours(f.at+int64(days)*day, madrid, 10*minute+r.Int64N(2*hour))
			f.amount += float32(10 * days) // the hours that the shop is open
			f.promise = -1
			f.feel = float32(max(-2, -1.3+.3*r.NormFloat64()))
		},
	}
}
