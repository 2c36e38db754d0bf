package simulate

import "math/rand/v2"

// shortRoster: on some days a shop has one person fewer than it needs, and
// advice comes later or not at all.
func shortRoster(w *world) cause {
	const share = .06
	short := func(w *world, shop uint8, n int) bool {
		return w.cal.date(n).open && w.chance(100+uint64(shop), n) < share
	}
	return cause{
		truth: TruthCause{
			Slug: "short-roster", What: "one person too few in a shop for a day",
			Since: utc(w.from), Where: map[string]string{"circumstance": "short-roster"},
			Touchpoint: "bookseller", Property: "wait_min", Share: 1, Valence: -1.1,
		},
		verbs: []verb{advised},
		change: func(w *world, _ *person, f *fact, r *rand.Rand) {
			n, _ := w.cal.clockOf(f.at, shops[f.shop].zone)
			if !short(w, f.shop, n) {
				return
			}
			f.amount += 4 + 6*float32(r.Float64())
			f.worsen(-.5)
			if r.Float64() < .4 {
				f.yes, f.feel, f.topic = false, -1, noTheme
			}
		},
		circumstances: func(w *world, n int) (list []circumstance) {
			for i, s := range shops {
				if short(w, uint8(i), n) {
					list = append(list, circumstance{
						source: "pos", kind: "short-roster", place: s.slug,
						from: w.cal.local(n, s.zone, 10*hour), until: w.cal.local(n, s.zone, 20*hour+30*minute), value: "-1",
					})
				}
			}
			return list
		},
	}
}
