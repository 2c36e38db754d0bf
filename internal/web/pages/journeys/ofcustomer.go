package journeys

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
)

// livedBy is a journey that a customer lives or lived: their last run of it.
type livedBy struct {
	name, href string
	last       journey.RunSummary
	n          int
}

// ofCustomer answers the part of a customer's page that tells which journeys
// they live.
func (p page) ofCustomer(q *web.Request) error {
	r := p.reader(q)
	id := cx.CustomerID(q.PathValue("id"))
	var all []livedBy
	for _, j := range r.Model.Journeys {
		found, err := p.journeys.Runs(q.Context(), q.Principal, j.Slug, journey.RunsQuery{Customer: id, Limit: 1})
		switch {
		case cx.KindOf(err) == cx.TooLarge || err == nil && found.N == 0:
			continue
		case err != nil:
			return err
		}
		ask := reading.Question{Journey: j, Customer: id}
		x := livedBy{name: r.Journey(j), href: ask.At("runs"), last: found.Runs[0], n: found.N}
		if x.n == 1 {
			x.href = ask.Path("runs/" + x.last.Case)
		}
		all = append(all, x)
	}
	return q.Fragment(ofCustomerView(r, all))
}
