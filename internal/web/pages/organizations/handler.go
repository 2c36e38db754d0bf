package organizations

import (
	"context"
	"embed"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
)

//go:embed messages.*.yaml
var messages embed.FS

// Memory is what the page asks of remember.Memory.
type Memory interface {
	Organization(ctx context.Context, p cx.Principal, id string) (remember.Organization, error)
	Organizations(ctx context.Context, p cx.Principal, query, cursor string, limit int) (remember.OrganizationPage, error)
	OrganizationTimeline(ctx context.Context, p cx.Principal, id string, q remember.TimelineQuery) (remember.TimelinePage, error)
}

// Models tells the model in force.
type Models interface{ Current() model.Version }

const (
	pageSize   = 50
	atOnce     = 500 // organizations read at once, for a file
	lineSize   = 40  // facts of a stretch of the line
	fewMembers = 8   // shown beside the line
)

// New returns the page. It stands beside the page customers, whose tabs lead
// here, and needs the words of the page customer.
func New(memory Memory, models Models) web.Page {
	p := page{memory, models}
	return web.Page{
		Name:     "organizations",
		Messages: messages,
		Routes: func(r *web.Router) {
			r.Get("/organizations", account.ViewCustomers, p.list)
			r.Get("/organizations/rows", account.ViewCustomers, p.rows)
			r.Get("/organizations/export", account.ExportCustomers, p.export)
			r.Get("/organizations/{id}", account.ViewCustomers, p.show)
			r.Get("/organizations/{id}/line", account.ViewCustomers, p.line)
			r.Get("/organizations/{id}/people", account.ViewCustomers, p.people)
		},
	}
}

type page struct {
	memory Memory
	models Models
}

func (p page) teller(q *web.Request) customer.Teller {
	return customer.NewTeller(q.L, p.models.Current().Model)
}

func queryOf(q *web.Request) string { return strings.TrimSpace(q.URL.Query().Get("q")) }

// list answers the whole page, or what was found when htmx asks as somebody
// types.
func (p page) list(q *web.Request) error {
	query := queryOf(q)
	found, err := p.memory.Organizations(q.Context(), q.Principal, query, "", pageSize)
	if err != nil {
		return err
	}
	v := listPage{t: p.teller(q), query: query, found: found, export: account.Check(q.Principal, account.ExportCustomers) == nil}
	if q.HTMX() && q.Header.Get("HX-History-Restore-Request") != "true" {
		return q.Fragment(foundView(v))
	}
	v.none = query == "" && len(found.Organizations) == 0
	switch n := len(found.Organizations); {
	case v.none:
		v.title = q.T("organizations.title.none")
	case query != "":
		v.title = q.T("organizations.title.search")
	case found.Next != "":
		v.title = q.T("organizations.title.many", "n", n, "name", found.Organizations[0].Name)
	default:
		v.title = q.T("organizations.title", "n", n, "name", found.Organizations[0].Name)
	}
	return q.Render(v.title, listView(v))
}

func (p page) rows(q *web.Request) error {
	query := queryOf(q)
	found, err := p.memory.Organizations(q.Context(), q.Principal, query, q.URL.Query().Get("cursor"), pageSize)
	if err != nil {
		return err
	}
	return q.Fragment(tableRows(p.teller(q), query, found))
}

func rowsPath(query, cursor string) string {
	if cursor == "" {
		return ""
	}
	return "/organizations/rows?" + url.Values{"q": {query}, "cursor": {cursor}}.Encode()
}

// export answers a file of all that are found.
func (p page) export(q *web.Request) error {
	query := queryOf(q)
	found, err := p.memory.Organizations(q.Context(), q.Principal, query, "", atOnce)
	if err != nil {
		return err
	}
	columns := []string{"id", q.T("organizations.column.name"), q.T("organizations.people"), q.T("customer.events"), q.T("customer.answers"), q.T("organizations.column.last")}
	return q.CSV(q.T("organizations.file"), columns, func(yield func([]string, error) bool) {
		for {
			for _, o := range found.Organizations {
				row := []string{
					o.ID, o.Name, strconv.Itoa(o.MemberCount), strconv.Itoa(o.Events), strconv.Itoa(o.Answers), q.L.In(o.LastAt).Format(time.DateTime),
				}
				if !yield(row, nil) {
					return
				}
			}
			if found.Next == "" {
				return
			}
			if found, err = p.memory.Organizations(q.Context(), q.Principal, query, found.Next, atOnce); err != nil {
				yield(nil, err)
				return
			}
		}
	})
}

func (p page) show(q *web.Request) error {
	o, err := p.memory.Organization(q.Context(), q.Principal, q.PathValue("id"))
	if err != nil {
		return err
	}
	story, err := p.story(q, o.ID, customer.Beginning)
	if err != nil {
		return err
	}
	return q.Render(o.Name, showView(p.teller(q), o, story))
}

func (p page) story(q *web.Request, id string, after customer.After) (customer.Story, error) {
	found, err := p.memory.OrganizationTimeline(q.Context(), q.Principal, id, remember.TimelineQuery{Cursor: after.Cursor, Limit: lineSize})
	return customer.StoryOf(found, after, q.L.In), err
}

// line answers the stretch of the line after a place.
func (p page) line(q *web.Request) error {
	id := q.PathValue("id")
	story, err := p.story(q, id, customer.AfterOf(q.URL.Query()))
	if err != nil {
		return err
	}
	return q.Fragment(customer.Moments(p.teller(q), story, story.Href(linePath(id))))
}

func linePath(id string) string { return customer.OrganizationPath(id) + "/line" }

func (p page) people(q *web.Request) error {
	o, err := p.memory.Organization(q.Context(), q.Principal, q.PathValue("id"))
	if err != nil {
		return err
	}
	return q.Render(q.T("organizations.people.title", "name", o.Name), peopleView(p.teller(q), o))
}
