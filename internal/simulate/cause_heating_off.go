package simulate

import "math/rand/v2"

// heatingOff: the heating of Candil Santiago, in Valladolid, fails for nine days in
// winter.
func heatingOff(w *world) cause {
	const worse = -.7
	from := int64(0)
	for n := w.cal.day(w.from); n < w.cal.day(w.until); n++ {
		if d := w.cal.date(n); d.Month() == 1 && d.Day() == 14 {
			from = w.cal.local(n, madrid, 10*hour)
			break
		}
	}
	if from == 0 {
		return cause{} // no winter in this past
	}
	until := from + 9*day
	return cause{
		truth: TruthCause{
			Slug: "heating-off", What: "no heating in Candil Santiago for nine days of January",
			Since: utc(from), Until: pointer(utc(until)), Where: map[string]string{"place": "valladolid-santiago"},
			Touchpoint: "shelf", Property: "circumstance", Share: 1, Valence: worse,
		},
		verbs: []verb{browsed, advised, paid, wrapped},
		change: func(_ *world, _ *person, f *fact, _ *rand.Rand) {
			if f.at >= from && f.at < until && shops[f.shop].slug == "valladolid-santiago" {
				f.worsen(worse)
			}
		},
		circumstances: func(w *world, n int) []circumstance {
			if w.cal.day(from) != n {
				return nil
			}
			return []circumstance{{source: "pos", kind: "heating-off", place: "valladolid-santiago", from: from, until: until, value: "12 °C"}}
		},
	}
}
