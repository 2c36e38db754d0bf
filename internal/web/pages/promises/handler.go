package promises

import (
	"context"
	"embed"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/expectation"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Promises tells how promises are kept; promise.Service does.
type Promises interface {
	Promises(ctx context.Context, p cx.Principal, q promise.Query) ([]promise.Standing, error)
	Promise(ctx context.Context, p cx.Principal, slug string, q promise.Query) (promise.Standing, error)
	By(ctx context.Context, p cx.Principal, slug string, by promise.Dimension, q promise.Query) ([]promise.Group, error)
	Weeks(ctx context.Context, p cx.Principal, slug string, where []promise.Is, weeks int) ([]promise.Week, error)
	Scorecards(ctx context.Context, p cx.Principal, of promise.Dimension, q promise.Query) ([]promise.Scorecard, error)
	Instances(ctx context.Context, p cx.Principal, slug string, f promise.Filter) (promise.Page, error)
	Test(ctx context.Context, p cx.Principal, x model.Promise, w cx.Window) (promise.Tested, error)
	Watch(ctx context.Context) <-chan struct{}
}

// Expectations tells what was expected against what was lived;
// expectation.Service does.
type Expectations interface {
	Gap(ctx context.Context, p cx.Principal, survey string, w cx.Window) (expectation.Gap, error)
}

// Memory names customers; remember.Memory does.
type Memory interface {
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
}

// Models gives the model in force and takes another; model.Service does.
type Models interface {
	Current() model.Version
	Apply(ctx context.Context, p cx.Principal, yaml []byte, note string) (model.Version, error)
}

// New returns the page.
func New(promised Promises, expected Expectations, memory Memory, models Models) web.Page {
	p := page{promised, expected, memory, models}
	return web.Page{
		Name:     "promises",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/promises", Icon: "handshake", Label: "promises.menu", Group: ui.MenuPromises, Order: 45, Key: "p"},
			Action:   account.ViewPromises,
		}},
		Routes: func(r *web.Router) {
			r.Get("/promises", account.ViewPromises, p.list)
			r.Get("/promises.csv", account.ViewPromises, p.listCSV)
			r.Get("/promises/live", account.ViewPromises, p.live)
			r.Get("/promises/kept-by", account.ViewPromises, p.scorecards)
			r.Get("/promises/kept-by.csv", account.ViewPromises, p.scorecardsCSV)
			r.Get("/promises/of/{slug}", account.ViewPromises, p.show)
			r.Get("/promises/of/{slug}/groups.csv", account.ViewPromises, p.groupsCSV)
			r.Get("/promises/of/{slug}/rows", account.ViewPromises, p.rows)
			r.Get("/promises/of/{slug}/instances.csv", account.ExportCustomers, p.instancesCSV)
			r.Get("/promises/new", account.ApplyModel, p.newPromise)
			r.Get("/promises/of/{slug}/edit", account.ApplyModel, p.edit)
			r.Post("/promises/of/{slug}/remove", account.ApplyModel, p.remove)
			r.Post("/promises/try", account.ApplyModel, p.try)
			r.Post("/promises/save", account.ApplyModel, p.save)
			r.Get("/promises/calendars", account.ViewPromises, p.calendars)
			r.Get("/promises/calendars/new", account.ApplyModel, p.newCalendar)
			r.Get("/promises/calendars/of/{slug}", account.ApplyModel, p.calendar)
			r.Post("/promises/calendars/save", account.ApplyModel, p.saveCalendar)
			r.Post("/promises/calendars/of/{slug}/remove", account.ApplyModel, p.removeCalendar)
		},
	}
}

type page struct {
	promises     Promises
	expectations Expectations
	memory       Memory
	models       Models
}

func (p page) reader(q *web.Request) reader {
	return reader{reading.NewReader(q, p.models.Current().Model)}
}

// standings returns how every promise stands, those first that need somebody.
func (p page) standings(q *web.Request) ([]promise.Standing, error) {
	all, err := p.promises.Promises(q.Context(), q.Principal, promise.Query{})
	slices.SortStableFunc(all, worstFirst)
	return all, err
}

func (p page) list(q *web.Request) error {
	all, err := p.standings(q)
	if err != nil {
		return err
	}
	v := listed{reader: p.reader(q), all: all}
	v.title = v.finding(all)
	return q.Render(v.title, listView(v))
}

// pace is how often at most a page that is open is told anew.
const pace = 2 * time.Second

// live tells the list again while promises are kept and broken.
func (p page) live(q *web.Request) error {
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	return web.Stream(q, p.promises.Watch(ctx), func(struct{}) []templ.Component {
		select {
		case <-time.After(pace):
		case <-ctx.Done():
			return nil
		}
		all, err := p.standings(q)
		if err != nil {
			return nil // the next page that is asked for tells
		}
		return []templ.Component{within("#promises-now", standingsView(listed{reader: p.reader(q), all: all}))}
	})
}

// of reads which scorecards are asked for.
func of(q *web.Request) promise.Dimension {
	if q.URL.Query().Get("of") == string(promise.BySupplier) {
		return promise.BySupplier
	}
	return promise.ByArea
}

func (p page) scorecards(q *web.Request) error {
	by := of(q)
	cards, err := p.promises.Scorecards(q.Context(), q.Principal, by, promise.Query{})
	if err != nil {
		return err
	}
	v := kept{reader: p.reader(q), of: by, cards: cards}
	v.title = v.finding()
	return q.Render(v.title, scorecardsView(v))
}
