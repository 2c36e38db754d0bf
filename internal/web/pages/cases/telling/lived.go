package telling

import (
	"cmp"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Newest returns the last n episodes, the newest first.
func Newest(all []remember.Episode, n int) []remember.Episode {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b remember.Episode) int { return cmp.Compare(b.To, a.To) })
	return all[:min(n, len(all))]
}

// Foremost returns n promises: those that can still be kept first, the soonest
// due before the others, then those that ended last.
func Foremost(all []promise.Instance, n int) []promise.Instance {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b promise.Instance) int {
		switch pa, pb := a.State.Pending(), b.State.Pending(); {
		case pa && pb:
			return cmp.Compare(a.Due, b.Due)
		case pa:
			return -1
		case pb:
			return 1
		}
		return cmp.Compare(b.Since, a.Since)
	})
	return all[:min(n, len(all))]
}

// Stands says how a promise stands: "en riesgo, vence en 2 h", "rota el 3 nov".
func (r Reader) Stands(i promise.Instance) Said {
	switch i.State {
	case promise.AtRisk:
		return Said{ui.Negative, r.L.T("cases.promise.at-risk", "due", r.By(i.Due))}
	case promise.Waiting:
		return Said{ui.Neutral, r.By(i.Due)}
	case promise.Kept:
		return Said{ui.Positive, r.L.T("cases.promise.kept", "day", r.L.Date(i.Since))}
	case promise.Broken:
		return Said{ui.Negative, r.L.T("cases.promise.broken", "day", r.L.Date(i.Since))}
	}
	return Said{ui.Neutral, r.L.T("cases.promise.void")}
}

// OfObject is what a promise is about: "Pedido P-10233"; "" of the customer.
func (r Reader) OfObject(i promise.Instance) string {
	for _, o := range r.Model.Objects {
		if o.Slug == i.About.Type && i.About.ID != "" {
			return r.Property(o.Property) + " " + i.About.ID
		}
	}
	return i.About.ID
}
