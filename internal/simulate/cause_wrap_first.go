package simulate

import "math/rand/v2"

// wrapFirst has no effect: from a day on, Candil Triana notes most gift paper
// before the payment, not after it.
func wrapFirst(w *world) cause {
	const share = .8
	since := w.daysBefore(230)
	return cause{
		journey: TruthJourney{
			Slug: "wrap-first", What: "Candil Triana wraps gifts before they are paid, which changes nothing",
			Journey: "shop-visit", Kind: "disordered", Step: "wrap", Where: map[string]string{"place": "sevilla-triana"},
			Since: utc(since), Share: share, Null: true,
		},
		verbs: []verb{wrapped},
		change: func(w *world, _ *person, f *fact, _ *rand.Rand) {
			if f.at >= since && shops[f.shop].slug == "sevilla-triana" && w.lot(8, f.object) < share {
				f.at -= int64(f.amount)*minute + 5*minute // they would be wrapped two to four minutes after paying
			}
		},
	}
}
