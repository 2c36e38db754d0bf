package simulate

import "math/rand/v2"

// paymentLoop: for some weeks, until it is mended, the web's payment by phone
// sends back to its beginning, two to four times.
func paymentLoop(w *world) cause {
	const share = .25 // pay by phone
	from, until := w.daysBefore(75), w.daysBefore(9)
	return cause{
		journey: TruthJourney{
			Slug: "payment-loop", What: "the web's payment by phone fails again and again",
			Journey: "online-order", Kind: "repeated", Step: "pay-failed", Where: map[string]string{"source": "web"},
			Since: utc(from), Until: pointer(utc(until)), Share: share, Valence: -1.5,
		},
		verbs: []verb{checkoutStarted},
		change: func(_ *world, _ *person, f *fact, r *rand.Rand) {
			if f.device != phoneApp && f.at >= from && f.at < until {
				f.also = r.Float64() < share
			}
		},
	}
}
