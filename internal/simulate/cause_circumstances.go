package simulate

import "math/rand/v2"

// The lesser causes: each is a circumstance that makes what is lived under it
// somewhat worse.

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
			Touchpoint: "bookseller", Property: "wait_min", Share: .45, Otherwise: .1, Valence: -.8,
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
			if from == 0 || w.cal.day(from) != n {
				return nil
			}
			return []circumstance{{source: "pos", kind: "heating-off", place: "valladolid-santiago", from: from, until: until, value: "12 °C"}}
		},
	}
}
