package customers

import (
	"context"
	"embed"
	"net/url"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Memory is what the page asks of remember.Memory.
type Memory interface {
	Search(ctx context.Context, p cx.Principal, query, cursor string, limit int) (remember.CustomerPage, error)
	Totals(ctx context.Context, p cx.Principal) (remember.Totals, error)
	Suggestions(ctx context.Context, p cx.Principal, id cx.CustomerID, cursor string, limit int) (remember.SuggestionPage, error)
}

// Models tells the model in force.
type Models interface{ Current() model.Version }

const (
	pageSize  = 50
	atOnce    = 500  // customers read at once, for files and for counting
	mostToday = 1500 // how many of today's are counted; beyond, "more than"
	mostPairs = 20
)

// New returns the page.
func New(memory Memory, models Models) web.Page {
	p := page{memory, models}
	return web.Page{
		Name:     "customers",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/customers", Icon: "users", Label: "customers.menu", Group: ui.MenuMain, Order: 20, Key: "c", Also: "/organizations"},
			Action:   account.ViewCustomers,
		}},
		Routes: func(r *web.Router) {
			r.Get("/customers", account.ViewCustomers, p.list)
			r.Get("/customers/rows", account.ViewCustomers, p.rows)
			r.Get("/customers/export", account.ExportCustomers, p.export)
			r.Get("/customers/suggestions", account.ViewCustomers, p.suggestions)
			r.Get("/customers/suggestions/more", account.ViewCustomers, p.moreSuggestions)
		},
	}
}

type page struct {
	memory Memory
	models Models
}

func queryOf(q *web.Request) string { return strings.TrimSpace(q.URL.Query().Get("q")) }

// list answers the whole page, or what was found when htmx asks as somebody
// types.
func (p page) list(q *web.Request) error {
	query := queryOf(q)
	found, err := p.memory.Search(q.Context(), q.Principal, query, "", pageSize)
	if err != nil {
		return err
	}
	v := listPage{
		t: customer.NewTeller(q.L, p.models.Current().Model), query: query, found: found,
		export: account.Check(q.Principal, account.ExportCustomers) == nil, start: startOf(q),
	}
	if q.HTMX() && q.Header.Get("HX-History-Restore-Request") != "true" {
		return q.Fragment(foundView(v))
	}
	totals, err := p.memory.Totals(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	own := p.models.Current().Model.OwnOnly(q.Principal.Areas)
	everybody := q.T("customers.count", "n", totals.Customers)
	if own {
		everybody = q.T("customers.own")
	}
	if v.none = totals.Customers == 0; own {
		v.none = query == "" && len(found.Customers) == 0 && found.Next == ""
	}
	if v.title, err = p.title(q, v.none, everybody); err != nil {
		return err
	}
	if v.tabs, err = p.tabs(q, "/customers"); err != nil {
		return err
	}
	return q.Render(v.title, listView(v))
}

// title is the finding: how many there are (everybody, in words), and how many
// lived something today.
func (p page) title(q *web.Request, none bool, everybody string) (string, error) {
	if none {
		return q.T("customers.title.none"), nil
	}
	now := q.L.Now()
	midnight := cx.TimeOf(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()))
	today := 0
	for cursor := ""; today < mostToday; {
		found, err := p.memory.Search(q.Context(), q.Principal, "", cursor, atOnce)
		if err != nil {
			return "", err
		}
		n := 0
		for n < len(found.Customers) && found.Customers[n].LastAt >= midnight {
			n++
		}
		today += n
		if cursor = found.Next; n < len(found.Customers) || cursor == "" {
			break
		}
	}
	switch {
	case today == 0:
		return q.T("customers.title.quiet", "customers", everybody), nil
	case today >= mostToday:
		return q.T("customers.title.many", "customers", everybody, "n", mostToday), nil
	}
	return q.T("customers.title", "customers", everybody, "n", today), nil
}

// tabs lead to the customers, the organizations and the open suggestions.
func (p page) tabs(q *web.Request, current string) ([]ui.Tab, error) {
	open, err := p.memory.Suggestions(q.Context(), q.Principal, "", "", mostPairs)
	if err != nil {
		return nil, err
	}
	waiting := q.T("customers.suggestions.none")
	switch n := len(open.Suggestions); {
	case open.Next != "":
		waiting = q.T("customers.suggestions.many", "n", n)
	case n > 0:
		waiting = q.T("customers.suggestions.count", "n", n)
	}
	tabs := []ui.Tab{
		{Href: "/customers", Text: q.T("customers.menu")},
		{Href: "/organizations", Text: q.T("customer.organizations")},
		{Href: "/customers/suggestions", Text: waiting},
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].Href == current
	}
	return tabs, nil
}

// startOf is an address with the first step for who has no customers yet: the
// page that says how to send data, when there is one; "" otherwise.
func startOf(q *web.Request) string {
	for _, path := range []string{"/developers", "/settings/sources", "/settings"} {
		for _, m := range q.Menu() {
			if m.Href == path {
				return path
			}
		}
	}
	return ""
}

func (p page) rows(q *web.Request) error {
	query := queryOf(q)
	found, err := p.memory.Search(q.Context(), q.Principal, query, q.URL.Query().Get("cursor"), pageSize)
	if err != nil {
		return err
	}
	t := customer.NewTeller(q.L, p.models.Current().Model)
	return q.Fragment(ui.TableRows(table(t, query, found)))
}

func rowsPath(query, cursor string) string {
	if cursor == "" {
		return ""
	}
	return "/customers/rows?" + url.Values{"q": {query}, "cursor": {cursor}}.Encode()
}

// export answers a file of everybody found.
func (p page) export(q *web.Request) error {
	query := queryOf(q)
	found, err := p.memory.Search(q.Context(), q.Principal, query, "", atOnce)
	if err != nil {
		return err
	}
	columns := []string{
		"id", q.T("customers.column.customer"), q.T("customer.identifier.email"), q.T("customers.column.first"),
		q.T("customers.column.last"), q.T("customer.events"), q.T("customer.answers"),
	}
	return q.CSV(q.T("customers.file"), columns, func(yield func([]string, error) bool) {
		for {
			for _, c := range found.Customers {
				row := []string{
					string(c.ID), c.Name, c.Email, stamp(q, c.FirstAt), stamp(q, c.LastAt), itoa(c.Events), itoa(c.Answers),
				}
				if !yield(row, nil) {
					return
				}
			}
			if found.Next == "" {
				return
			}
			if found, err = p.memory.Search(q.Context(), q.Principal, query, found.Next, atOnce); err != nil {
				yield(nil, err)
				return
			}
		}
	})
}

// stamp writes a time that spreadsheets understand, in the company's zone.
func stamp(q *web.Request, at cx.Time) string { return q.L.In(at).Format(time.DateTime) }

func (p page) suggestions(q *web.Request) error {
	found, err := p.memory.Suggestions(q.Context(), q.Principal, "", "", mostPairs)
	if err != nil {
		return err
	}
	tabs, err := p.tabs(q, "/customers/suggestions")
	if err != nil {
		return err
	}
	title := q.T("customers.suggestions.title.none")
	switch n := len(found.Suggestions); {
	case found.Next != "":
		title = q.T("customers.suggestions.title.many", "n", n)
	case n > 0:
		title = q.T("customers.suggestions.title", "n", n)
	}
	return q.Render(title, suggestionsView(p.pairs(q, found), title, tabs))
}

func (p page) moreSuggestions(q *web.Request) error {
	found, err := p.memory.Suggestions(q.Context(), q.Principal, "", q.URL.Query().Get("cursor"), mostPairs)
	if err != nil {
		return err
	}
	return q.Fragment(pairItems(p.pairs(q, found)))
}

func (p page) pairs(q *web.Request, found remember.SuggestionPage) pairsPage {
	v := pairsPage{
		t: customer.NewTeller(q.L, p.models.Current().Model), pairs: found.Suggestions,
		may: account.Check(q.Principal, account.MergeCustomers) == nil,
	}
	if found.Next != "" {
		v.next = "/customers/suggestions/more?cursor=" + url.QueryEscape(found.Next)
	}
	return v
}
