package simulate

import "math/rand/v2"

// oneTap has no effect: from a day on, half of the orders are paid by a button
// that leaves out the page where the checkout starts.
func oneTap(w *world) cause {
	const share = .5
	since := w.daysBefore(190)
	return cause{
		journey: TruthJourney{
			Slug: "one-tap", What: "half of the orders skip the page where the checkout starts, which changes nothing",
			Journey: "online-order", Kind: "skipped", Step: "checkout", Since: utc(since), Share: share, Null: true,
		},
		verbs: []verb{checkoutStarted},
		change: func(w *world, _ *person, f *fact, _ *rand.Rand) {
			if f.at >= since && w.lot(7, f.object) < share {
				f.verb = none
			}
		},
	}
}
