package cases

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/telling"
)

// How much of a customer stands beside a case.
const (
	episodesShown = 4
	lookedBack    = 60 // facts in which they are sought
	promisesShown = 4
)

// sideView is what one should know of the customer of a case.
type sideView struct {
	telling.Reader
	known    bool // false: it is of nobody known, or out of the reader's reach
	customer remember.Customer
	episodes []remember.Episode // the newest first
	trust    promise.Trust
	promises []promise.Instance // all: what can still be kept first, then the newest
}

// side reads what stands beside a case.
func (p page) side(q *web.Request, id cx.CustomerID) (v sideView, err error) {
	v.Reader = p.reader(q)
	if id == "" {
		return v, nil
	}
	ctx, who := q.Context(), q.Principal
	if v.customer, err = p.memory.Customer(ctx, who, id); err != nil {
		if k := cx.KindOf(err); k == cx.NotFound || k == cx.Forbidden {
			return v, nil
		}
		return v, err
	}
	v.known = true
	line, err := p.memory.Timeline(ctx, who, id, remember.TimelineQuery{Limit: lookedBack})
	if err != nil {
		return v, err
	}
	v.episodes = telling.Newest(line.Episodes, episodesShown)
	if v.trust, err = p.promises.Trust(ctx, who, id); err != nil {
		return v, err
	}
	all, err := p.promises.OfCustomer(ctx, who, id)
	v.promises = telling.Foremost(all, len(all))
	return v, err
}

// promiseOf is the promise that a case is about.
func (v sideView) promiseOf(instance string) (promise.Instance, bool) {
	i := slices.IndexFunc(v.promises, func(i promise.Instance) bool { return string(i.ID) == instance })
	if i < 0 {
		return promise.Instance{}, false
	}
	return v.promises[i], true
}
