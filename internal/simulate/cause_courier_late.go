package simulate

import "math/rand/v2"

// courierLate: from a day on, Azahar brings parcels late in Andalucía, after it
// joined two of its routes in one. Veloz in Andalucía and Azahar elsewhere go
// on as before.
func courierLate(w *world) cause {
	const (
		share = .62
		worse = -2.2 // a delivery in time feels +1, these −1 to −2
	)
	since := w.daysBefore(118)
	return cause{
		truth: TruthCause{
			Slug: "courier-late", What: "Azahar Envíos delivers late in Andalucía since it joined two routes",
			Since: utc(since), Where: map[string]string{"supplier": "azahar", "region": "andalucia"},
			Touchpoint: "courier", Property: "late", Share: share, Otherwise: usuallyLate, Valence: worse,
		},
		verbs: []verb{delivered},
		change: func(w *world, p *person, f *fact, r *rand.Rand) {
			if f.at < since || f.carrier != azahar || p.town.region != "andalucia" || r.Float64() >= share {
				return
			}
			f.delay(w, r, 1+r.IntN(3)+r.IntN(3))
		},
		circumstances: func(w *world, n int) []circumstance {
			// The depot says so itself, on some of the days.
			d := w.cal.date(n)
			at := w.cal.local(n, madrid, 8*hour)
			if at < since || !d.open || w.chance(1, n) > .35 {
				return nil
			}
			return []circumstance{{
				source: "couriers", kind: "depot-overload", touchpoint: "courier", supplier: "azahar", place: "",
				from: at, until: at + 12*hour, value: "andalucia",
			}}
		},
	}
}

// usuallyLate is the share of parcels that come late for no reason of note.
const usuallyLate = .05

// delay makes a delivery late by whole days after what was promised.
func (f *fact) delay(w *world, r *rand.Rand, days int) {
	if f.amount >= 1 {
		return // it was late already
	}
	f.at = max(f.at, f.due) + int64(days)*day - 9*hour + r.Int64N(6*hour)
	f.at, _ = w.cal.opening(f.at, madrid) // couriers work when shops do
	f.at += r.Int64N(20 * minute)
	f.amount = float32(days)
	f.feel = -1 - .35*float32(days-1) + .3*float32(r.NormFloat64())
	f.feel = min(max(f.feel, -2), -.4)
	f.promise = -1
	f.topic = courierLateTheme
}
