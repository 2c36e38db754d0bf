package relation

import (
	"context"
	"embed"
	"math"
	"net/http"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

//go:embed messages.*.yaml
var messages embed.FS

// Worth tells what a customer is worth. worth.Service does.
type Worth interface {
	OfCustomer(ctx context.Context, p cx.Principal, id cx.CustomerID) (worth.Customer, error)
	Fit(ctx context.Context, p cx.Principal) (worth.Fit, error)
}

// Retention tells whether a customer may leave. retention.Service does.
type Retention interface {
	Of(ctx context.Context, p cx.Principal, id cx.CustomerID) (retention.Leaver, error)
}

// New returns the part.
func New(w Worth, r Retention) web.Page {
	p := page{w, r}
	return web.Page{
		Name:     "relation",
		Messages: messages,
		Routes: func(r *web.Router) {
			r.Get("/customers/{id}/worth", account.ViewCustomers, p.show)
		},
	}
}

type page struct {
	worth     Worth
	retention Retention
}

// view is what is told of one customer.
type view struct {
	*i18n.Locale
	worth.Customer
	leaver   retention.Leaver
	currency string
	margin   bool
}

func (p page) show(q *web.Request) error {
	id := cx.CustomerID(q.PathValue("id"))
	if !q.HTMX() {
		return q.Redirect("/customers/" + string(id))
	}
	v := view{Locale: q.L}
	var err error
	if v.Customer, err = p.worth.OfCustomer(q.Context(), q.Principal, id); err != nil {
		return err
	}
	if v.leaver, err = p.retention.Of(q.Context(), q.Principal, id); err != nil {
		return err
	}
	fit, err := p.worth.Fit(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v.currency, v.margin = fit.Currency, fit.Margin
	return q.FragmentStatus(http.StatusOK, relationView(v))
}

func (v view) money(minor int64) string {
	return v.Money(cx.Money{Minor: minor, Currency: v.currency})
}

// bought says what they brought so far.
func (v view) bought() string {
	return v.T("relation.bought", "n", v.Purchases, "money", v.money(v.Brought), "since", v.date(v.First), "last", v.date(v.Last))
}

func (v view) date(day int32) string {
	return v.Date(cx.TimeOf(purchases.Date(day).Add(12 * time.Hour)))
}

// known tells whether it was learned how likely they leave.
func (v view) known() bool { return !math.IsNaN(v.leaver.P) }

// expected says what they bring in a year, as they are.
func (v view) expected() string {
	key := "relation.expected.revenue"
	if v.margin {
		key = "relation.expected.margin"
	}
	return v.T(key, "purchases", v.Number(v.Expected, 1), "money", v.money(v.Value), "low", v.money(v.Interval.Low), "high", v.money(v.Interval.High))
}

// chance says how likely they leave.
func (v view) chance() string {
	key := "relation.chance"
	if v.leaver.Contract {
		key = "relation.chance.contract"
	}
	return v.T(key, "p", v.Percent(v.leaver.P, 0), "low", v.Percent(v.leaver.Interval.Low, 0), "high", v.Percent(v.leaver.Interval.High, 0), "n", v.leaver.N)
}

// odds says how leaving goes with a reason.
func (v view) odds(r retention.Reason) string {
	n := func(x float64) string { return v.Number(x, 1) }
	return v.T("relation.odds", "odds", n(r.Odds), "low", n(r.Interval.Low), "high", n(r.Interval.High), "n", r.N)
}
