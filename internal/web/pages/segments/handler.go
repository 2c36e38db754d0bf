package segments

import (
	"context"
	"embed"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Segments is what the page asks of segment.Service.
type Segments interface {
	Counts(ctx context.Context, p cx.Principal) (segment.Counts, error)
	Members(ctx context.Context, p cx.Principal, slug, cursor string, limit int) (segment.Page, error)
	Preview(ctx context.Context, p cx.Principal, when string) (segment.Page, error)
	Containing(ctx context.Context, p cx.Principal, id cx.CustomerID) ([]model.Segment, error)
}

// Models is what the page asks of model.Service.
type Models interface {
	Current() model.Version
	Preview(ctx context.Context, p cx.Principal, yaml []byte) ([]model.Change, error)
	Apply(ctx context.Context, p cx.Principal, yaml []byte, note string) (model.Version, error)
}

const (
	pageSize = 50
	// pace is how often the figures are looked at while somebody has the page open.
	pace = 3 * time.Second
)

// New returns the page.
func New(s Segments, m Models) web.Page {
	p := page{s, m}
	return web.Page{
		Name:     "segments",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/segments", Icon: "funnel", Label: "segments.menu", Group: ui.MenuMain, Order: 25},
			Action:   account.ViewScores,
		}},
		Routes: func(r *web.Router) {
			r.Get("/segments", account.ViewScores, p.list)
			r.Get("/segments/live", account.ViewScores, p.live)
			r.Get("/segments/of/{slug}", account.ViewCustomers, p.show)
			r.Get("/segments/of/{slug}/rows", account.ViewCustomers, p.rows)
			r.Get("/segments/of/{slug}/export", account.ExportCustomers, p.export)
			r.Get("/segments/containing/{id}", account.ViewCustomers, p.containing)
			r.Get("/segments/new", account.ApplyModel, p.form)
			r.Post("/segments/preview", account.ApplyModel, p.preview)
			r.Post("/segments/save", account.ApplyModel, p.save)
			r.Post("/segments/of/{slug}/remove", account.ApplyModel, p.remove)
		},
	}
}

type page struct {
	segments Segments
	models   Models
}

func mayApply(q *web.Request) bool { return account.Check(q.Principal, account.ApplyModel) == nil }

// list tells of every segment how many are in it; the finding is the largest.
func (p page) list(q *web.Request) error {
	counts, err := p.segments.Counts(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	var most *segment.Count
	for i := range counts.Counts {
		if c := &counts.Counts[i]; c.N > 0 && (most == nil || c.N > most.N) {
			most = c
		}
	}
	title := q.T("segments.title.none")
	switch {
	case most != nil:
		title = q.T("segments.title", "segment", most.Segment.Name.In(q.L.Lang), "n", most.N, "share", q.L.Percent(most.Share, 0))
	case len(counts.Counts) > 0:
		title = q.T("segments.title.empty")
	}
	return q.Render(title, listView(title, counts, mayApply(q)))
}

// live sends the figures again whenever they were counted anew.
func (p page) live(q *web.Request) error {
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	return web.Stream(q, p.counted(ctx, q.Principal), func(c segment.Counts) []templ.Component {
		return []templ.Component{within("#segments-now", nowView(c))}
	})
}

// counted counts as long as the context lasts, and passes on what is new. An
// error is told by the next page that is asked for.
func (p page) counted(ctx context.Context, who cx.Principal) <-chan segment.Counts {
	out := make(chan segment.Counts)
	go func() {
		defer close(out)
		beat := time.NewTicker(pace)
		defer beat.Stop()
		var told cx.Time
		for {
			if c, err := p.segments.Counts(ctx, who); err == nil && c.At != told {
				select {
				case out <- c:
					told = c.At
				case <-ctx.Done():
					return
				}
			}
			select {
			case <-beat.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// show lists who is in a segment.
func (p page) show(q *web.Request) error {
	found, err := p.segments.Members(q.Context(), q.Principal, q.PathValue("slug"), "", pageSize)
	if err != nil {
		return err
	}
	title := q.T("segments.members.title", "segment", found.Segment.Name.In(q.L.Lang), "n", found.N)
	return q.Render(title, membersView(membersPage{
		title: title, found: found, table: p.table(q, found), mayApply: mayApply(q),
		mayExport: account.Check(q.Principal, account.ExportCustomers) == nil,
	}))
}

func (p page) rows(q *web.Request) error {
	found, err := p.segments.Members(q.Context(), q.Principal, q.PathValue("slug"), q.URL.Query().Get("cursor"), pageSize)
	if err != nil {
		return err
	}
	return q.Fragment(ui.TableRows(p.table(q, found)))
}

// containing is a part of the customer's page: the segments that they are in.
func (p page) containing(q *web.Request) error {
	in, err := p.segments.Containing(q.Context(), q.Principal, cx.CustomerID(q.PathValue("id")))
	if err != nil {
		return err
	}
	return q.Fragment(chips(in))
}

func (p page) table(q *web.Request, found segment.Page) ui.Table {
	t := customer.NewTeller(q.L, p.models.Current().Model)
	out := ui.Table{
		ID: "members", Caption: q.T("segments.customers"),
		Columns: []ui.Column{
			{Label: q.T("segments.customer")},
			{Label: q.T("segments.last")},
			{Label: q.T("customer.events"), Num: true},
			{Label: q.T("customer.answers"), Num: true},
		},
	}
	for _, c := range found.Customers {
		out.Rows = append(out.Rows, []templ.Component{
			ui.Link(customer.Path(c.ID), t.Name(c.Name)), ui.Time(c.LastAt), ui.Text(q.L.Int(int64(c.Events))), ui.Text(q.L.Int(int64(c.Answers))),
		})
	}
	if found.Next != "" {
		out.Next = path(found.Segment.Slug) + "/rows?cursor=" + url.QueryEscape(found.Next)
	}
	return out
}

func path(slug string) string { return "/segments/of/" + url.PathEscape(slug) }

// export answers a file of everybody in a segment.
func (p page) export(q *web.Request) error {
	slug := q.PathValue("slug")
	found, err := p.segments.Members(q.Context(), q.Principal, slug, "", segment.MaxPage)
	if err != nil {
		return err
	}
	columns := []string{"id", q.T("segments.customer"), q.T("customer.identifier.email"), q.T("segments.last"), q.T("customer.events"), q.T("customer.answers")}
	return q.CSV(slug, columns, func(yield func([]string, error) bool) {
		for {
			for _, c := range found.Customers {
				row := []string{
					string(c.ID), c.Name, c.Email, q.L.In(c.LastAt).Format(time.DateTime), strconv.Itoa(c.Events), strconv.Itoa(c.Answers),
				}
				if !yield(row, nil) {
					return
				}
			}
			if found.Next == "" {
				return
			}
			if found, err = p.segments.Members(q.Context(), q.Principal, slug, found.Next, segment.MaxPage); err != nil {
				yield(nil, err)
				return
			}
		}
	})
}
