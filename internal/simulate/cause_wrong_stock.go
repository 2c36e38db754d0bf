package simulate

import "math/rand/v2"

const cancelledShare = .62 // of the reservations; the others find nothing at the desk

// wrongStock: for some titles the web says that they are in the shop; they are
// not. Who reserves one has the order cancelled or finds nothing at the desk;
// who goes to look for one finds an empty shelf.
func wrongStock(w *world) cause {
	const share = .14 // of what is sold
	sold := 0
	names := ""
	// Titles are marked in an order that the seed shuffles, until the share is
	// reached; the best seller is spared, a demo should show others too.
	order := rand.New(rand.NewPCG(w.cfg.Seed, 3)).Perm(len(w.titles))
	weight := make([]int, len(w.titles))
	for _, t := range w.sold {
		weight[t]++
	}
	for _, t := range order {
		if weight[t] == 0 || weight[t] > 30 || float64(sold+weight[t]) > share*1.02*float64(len(w.sold)) {
			continue
		}
		w.titles[t].phantom = true
		sold += weight[t]
		if names != "" {
			names += ","
		}
		names += w.titles[t].id
	}
	return cause{
		truth: TruthCause{
			Slug: "wrong-stock", What: "the web says that some titles are in the shop; they are not",
			Since: utc(w.from), Where: map[string]string{"products": names},
			Touchpoint: "stock-kept", Property: "cancelled", Share: cancelledShare, Otherwise: .008, Valence: -2.5,
		},
		verbs: []verb{stockChecked, browsed, collected},
		change: func(w *world, _ *person, f *fact, r *rand.Rand) {
			if !w.titles[f.title].phantom {
				return
			}
			switch f.verb {
			case stockChecked:
				f.yes, f.feel = true, .5
			case browsed, collected:
				f.yes, f.also = false, false
				f.feel = max(-2, -1.3+.3*float32(r.NormFloat64()))
				f.promise = -1
				f.topic = wrongStockTheme
			}
		},
		circumstances: func(w *world, n int) []circumstance {
			// Counting the shelves, somebody notices, now and then.
			if d := w.cal.date(n); !d.open || w.chance(3, n) > .12 {
				return nil
			}
			var found []title
			for _, t := range w.titles {
				if t.phantom {
					found = append(found, t)
				}
			}
			t := found[int(w.chance(4, n)*float64(len(found)))]
			at := w.cal.local(n, madrid, 9*hour)
			return []circumstance{{source: "web", kind: "wrong-stock", product: t.id, from: at, until: at + 2*day, value: "0"}}
		},
	}
}
