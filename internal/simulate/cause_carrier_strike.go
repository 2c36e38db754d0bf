package simulate

import "math/rand/v2"

// carrierStrike: Veloz does not work for three days, everywhere.
func carrierStrike(w *world) cause {
	from := w.daysBefore(201) + 6*hour
	until := from + 3*day
	return cause{
		truth: TruthCause{
			Slug: "carrier-strike", What: "Veloz is on strike for three days",
			Since: utc(from), Until: pointer(utc(until)), Where: map[string]string{"supplier": "veloz"},
			Touchpoint: "courier", Property: "late", Share: 1, Otherwise: usuallyLate, Valence: -2,
		},
		verbs: []verb{delivered},
		change: func(w *world, _ *person, f *fact, r *rand.Rand) {
			if f.carrier == veloz && f.at >= from && f.at < until {
				f.amount = 0 // also what was late already
				f.delay(w, r, 1+int((until-f.at)/day))
			}
		},
		circumstances: func(w *world, n int) []circumstance {
			if w.cal.day(from) != n {
				return nil
			}
			return []circumstance{{source: "couriers", kind: "strike", touchpoint: "courier", supplier: "veloz", from: from, until: until, value: "huelga"}}
		},
	}
}
