package referrals

import (
	"context"
	"embed"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Referrals knows who brought whom; referral.Service does.
type Referrals interface {
	Overview(ctx context.Context, p cx.Principal) (referral.Overview, error)
	Claims(ctx context.Context, p cx.Principal, q referral.ClaimsQuery) (referral.ClaimsPage, error)
	Ledger(ctx context.Context, p cx.Principal, before int64, limit int) (referral.LedgerPage, error)
	Code(ctx context.Context, p cx.Principal, id cx.CustomerID) (referral.Link, error)
}

// Memory names customers; remember.Memory does.
type Memory interface {
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
}

// Models gives the model in force; model.Service does.
type Models interface{ Current() model.Version }

// New returns the page.
func New(r Referrals, m Memory, models Models) web.Page {
	p := page{r, m, models}
	return web.Page{
		Name:     "referrals",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/referrals", Icon: "megaphone", Label: "referrals.menu", Group: ui.MenuImprove, Order: 66},
			Action:   account.ViewReferrals,
		}},
		Routes: func(r *web.Router) {
			r.Get("/referrals", account.ViewReferrals, p.overview)
			r.Get("/referrals.csv", account.ViewReferrals, p.overviewCSV)
			r.Get("/referrals/claims", account.ViewReferrals, p.claims)
			r.Get("/referrals/claims.csv", account.ViewReferrals, p.claimsCSV)
			r.Get("/referrals/ledger", account.ViewReferrals, p.ledger)
			r.Get("/referrals/ledger.csv", account.ViewReferrals, p.ledgerCSV)
			r.Get("/customers/{id}/referral-link", account.ShareReferrals, p.offer)
			r.Post("/customers/{id}/referral-link", account.ShareReferrals, p.link)
		},
	}
}

type page struct {
	referrals Referrals
	memory    Memory
	models    Models
}

func (p page) reader(q *web.Request) reader {
	m := p.models.Current().Model
	return reader{reading.NewReader(q, m), m, m.Company.Currency}
}

func (p page) overview(q *web.Request) error {
	o, err := p.referrals.Overview(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v := overview{p.reader(q), o}
	return q.Render(v.finding(), overviewOf(v))
}

// overviewCSV are the groups of the page, one below the other.
func (p page) overviewCSV(q *web.Request) error {
	o, err := p.referrals.Overview(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v := overview{p.reader(q), o}
	type line struct {
		what, key string
		claims    int
		share     referral.Share
	}
	var all []line
	for _, s := range o.Spoken {
		all = append(all, line{q.T("referrals.spoken"), q.T("referrals.spoken." + s.Group), s.Brought.N, s.Brought})
	}
	for _, g := range v.groups() {
		for _, x := range g.all {
			all = append(all, line{g.title, g.name(x.Key), x.Claims, x.Proven})
		}
	}
	header := []string{q.T("referrals.csv.what"), q.T("referrals.csv.group"), "n", q.T("referrals.csv.brought"), q.T("referrals.csv.of"), q.T("referrals.csv.share"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high")}
	return q.CSV("quien-trae-clientes", header, sheet.Rows(all, func(l line) []string {
		cells := []string{"", "", ""}
		if l.share.N > 0 {
			cells = []string{sheet.Figure(l.share.Value), sheet.Figure(l.share.Low), sheet.Figure(l.share.High)}
		}
		return slices.Concat([]string{l.what, l.key, strconv.Itoa(l.claims), strconv.Itoa(l.share.K), strconv.Itoa(l.share.N)}, cells)
	}))
}

// asked reads which claims are asked for.
func asked(q *web.Request) referral.ClaimsQuery {
	of := func(name string, among []string) string {
		v := q.URL.Query().Get(name)
		if !slices.Contains(among, v) {
			return ""
		}
		return v
	}
	reasons := []string{}
	for _, r := range referral.Refusals() {
		reasons = append(reasons, string(r))
	}
	return referral.ClaimsQuery{
		State: referral.State(of("state", states())), Reason: referral.Reason(of("reason", reasons)), Before: number(q.URL.Query().Get("before")),
	}
}

// states are those by which claims are told apart, in the order of a claim's life.
func states() []string {
	return []string{
		string(referral.Pending), string(referral.Proven), string(referral.Expired), string(referral.TakenBack), string(referral.Refused), string(referral.Said), string(referral.Repeated),
	}
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (p page) claims(q *web.Request) error {
	a := asked(q)
	found, err := p.referrals.Claims(q.Context(), q.Principal, a)
	if err != nil {
		return err
	}
	v := claimed{reader: p.reader(q), asked: a, ClaimsPage: found, names: map[cx.CustomerID]string{}}
	for _, c := range found.Claims {
		for _, id := range []cx.CustomerID{c.Friend, c.Referrer} {
			if err := p.name(q, v.names, id); err != nil {
				return err
			}
		}
	}
	return q.Render(v.finding(), claimsOf(v))
}

// name finds what a customer is called, once.
func (p page) name(q *web.Request, names map[cx.CustomerID]string, id cx.CustomerID) error {
	if _, known := names[id]; known || id == "" {
		return nil
	}
	c, err := p.memory.Customer(q.Context(), q.Principal, id)
	if err != nil && cx.KindOf(err) != cx.NotFound {
		return err
	}
	names[id] = c.Name
	return nil
}

func (p page) claimsCSV(q *web.Request) error {
	a, r := asked(q), p.reader(q)
	a.Limit = 500
	found, err := p.referrals.Claims(q.Context(), q.Principal, a)
	if err != nil {
		return err
	}
	header := []string{"id", q.T("referrals.claim.at"), q.T("referrals.claim.friend"), q.T("referrals.claim.referrer"), q.T("referrals.claim.code"), q.T("referrals.claim.state"), q.T("referrals.claim.why"), q.T("referrals.claim.anyway"), q.T("referrals.claim.proven")}
	return q.CSV("quien-trajo-a-quien", header, func(yield func([]string, error) bool) {
		for {
			for _, c := range found.Claims {
				if !yield([]string{c.ID, r.moment(c.At), string(c.Friend), string(c.Referrer), c.Code, r.state(c.State), r.why(c.Reason), r.anyway(c.Anyway), r.moment(c.ProvenAt)}, nil) {
					return
				}
			}
			if a.Before = found.Next; a.Before == 0 {
				return
			}
			if found, err = p.referrals.Claims(q.Context(), q.Principal, a); err != nil {
				yield(nil, err)
				return
			}
		}
	})
}

func (p page) ledger(q *web.Request) error {
	found, err := p.referrals.Ledger(q.Context(), q.Principal, number(q.URL.Query().Get("before")), 0)
	if err != nil {
		return err
	}
	v := written{reader: p.reader(q), LedgerPage: found, names: map[cx.CustomerID]string{}}
	for _, e := range found.Entries {
		if err := p.name(q, v.names, e.Customer); err != nil {
			return err
		}
	}
	return q.Render(q.T("referrals.ledger.title"), ledgerOf(v))
}

func (p page) ledgerCSV(q *web.Request) error {
	found, err := p.referrals.Ledger(q.Context(), q.Principal, 0, 500)
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := []string{"n", q.T("referrals.ledger.at"), q.T("referrals.ledger.customer"), q.T("referrals.ledger.what"), q.T("referrals.ledger.amount"), q.T("referrals.ledger.currency"), q.T("referrals.claim.why")}
	return q.CSV("libro-de-premios", header, func(yield func([]string, error) bool) {
		for {
			for _, e := range found.Entries {
				if !yield([]string{strconv.FormatInt(e.N, 10), r.moment(e.At), string(e.Customer), r.what(e), strconv.FormatFloat(r.whole(e.Amount), 'f', -1, 64), e.Currency, r.why(e.Why)}, nil) {
					return
				}
			}
			if found.Next == 0 {
				return
			}
			if found, err = p.referrals.Ledger(q.Context(), q.Principal, found.Next, 500); err != nil {
				yield(nil, err)
				return
			}
		}
	})
}

// offer shows, on a customer's page, that they can have a link.
func (p page) offer(q *web.Request) error {
	if !q.HTMX() {
		return q.Redirect("/customers/" + q.PathValue("id") + "/profile")
	}
	c, err := p.memory.Customer(q.Context(), q.Principal, cx.CustomerID(q.PathValue("id")))
	if err != nil {
		return err
	}
	return q.Fragment(linkCard(c.ID, referral.Link{}))
}

// link makes it, or shows the one that they have.
func (p page) link(q *web.Request) error {
	id := cx.CustomerID(q.PathValue("id"))
	l, err := p.referrals.Code(q.Context(), q.Principal, id)
	if err != nil {
		return err
	}
	return q.Fragment(linkCard(id, l))
}
