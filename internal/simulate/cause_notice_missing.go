package simulate

import "math/rand/v2"

// unannouncedFails is the share of deliveries that nobody announced for which
// nobody is at home.
const unannouncedFails = .6

// noticeMissing: from a day on, most of what Azahar delivers is not announced in
// the morning. More deliveries fail, and those that do not surprise.
func noticeMissing(w *world) cause {
	const (
		share = .9
		worse = -.5
	)
	since := w.daysBefore(74)
	return cause{
		journey: TruthJourney{
			Slug: "notice-missing", What: "Azahar Envíos announces its deliveries no more",
			Journey: "online-order", Kind: "skipped", Step: "notice", Also: []string{"unexpected:Delivery Failed@courier"}, Where: map[string]string{"supplier": "azahar"},
			Since: utc(since), Share: share, Valence: worse + (unannouncedFails-.04)*-1.5,
		},
		verbs: []verb{notified, delivered},
		change: func(w *world, _ *person, f *fact, _ *rand.Rand) {
			if f.carrier != azahar || f.due < since || w.lot(6, f.object) >= share {
				return
			}
			if f.verb == delivered {
				f.worsen(worse)
			} else {
				f.verb = none
			}
		},
	}
}
