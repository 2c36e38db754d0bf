package journeys

import (
	"context"
	"embed"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Journeys answers how journeys are lived; journey.Service does.
type Journeys interface {
	Runs

	List(ctx context.Context, p cx.Principal) ([]journey.Health, error)
	Map(ctx context.Context, p cx.Principal, slug string, q journey.MapQuery) (journey.Map, error)
	Findings(ctx context.Context, p cx.Principal, slug string, q journey.FindingsQuery) ([]journey.Finding, error)
	Moments(ctx context.Context, p cx.Principal, slug string, q journey.MomentsQuery) (journey.Moments, error)
	Handoffs(ctx context.Context, p cx.Principal, slug string, q journey.HandoffsQuery) (journey.Handoffs, error)
	Passages(ctx context.Context, p cx.Principal, slug string, q journey.PassagesQuery) (journey.Passages, error)
	Variation(ctx context.Context, p cx.Principal, slug string, q journey.VariationQuery) (journey.Variation, error)
}

// Runs are the single runs, and what is to be expected of them.
type Runs interface {
	Runs(ctx context.Context, p cx.Principal, slug string, q journey.RunsQuery) (journey.RunsPage, error)
	Run(ctx context.Context, p cx.Principal, slug, id string) (journey.RunDetail, error)
	Next(ctx context.Context, p cx.Principal, slug, id string) (journey.Next, error)
	Risks(ctx context.Context, p cx.Principal, slug string, q journey.RisksQuery) (journey.Risks, error)
}

// News tells what is lived from now on; remember.Memory does.
type News interface {
	Watch(ctx context.Context, p cx.Principal) (<-chan []remember.Lived, error)
}

// Models gives the model in force.
type Models interface{ Current() model.Version }

// Initiatives tells what is being improved; cycle.Service does.
type Initiatives interface {
	List(ctx context.Context, p cx.Principal, q cycle.Query) ([]cycle.Initiative, error)
}

// New returns the page. Without initiatives (nil) maps show none.
func New(j Journeys, news News, models Models, initiatives Initiatives) web.Page {
	p := page{j, news, models, initiatives}
	return web.Page{
		Name:     "journeys",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/journeys", Icon: "route", Label: "journeys.menu", Group: ui.MenuMain, Order: 22, Key: "j"},
			Action:   account.ViewScores,
		}},
		Routes: func(r *web.Router) {
			r.Get("/journeys", account.ViewScores, p.list)
			r.Get("/journeys.csv", account.ViewScores, p.listCSV)
			r.Get("/journeys/{slug}", account.ViewScores, p.show)
			r.Get("/journeys/{slug}/map.svg", account.ViewScores, p.picture)
			r.Get("/journeys/{slug}/map.csv", account.ViewScores, p.mapCSV)
			r.Get("/journeys/{slug}/findings.csv", account.ViewScores, p.findingsCSV)
			r.Get("/journeys/{slug}/relations", account.ViewScores, p.relations)
			r.Get("/journeys/{slug}/relations.csv", account.ViewScores, p.relationsCSV)
			r.Get("/journeys/{slug}/runs", account.ViewScores, p.runs)
			r.Get("/journeys/{slug}/runs/rows", account.ViewScores, p.runsRows)
			r.Get("/journeys/{slug}/runs/live", account.ViewEvents, p.runsLive)
			r.Get("/journeys/{slug}/runs.csv", account.ExportCustomers, p.runsCSV)
			r.Get("/journeys/{slug}/runs/{case}", account.ViewCustomers, p.run)
			r.Get("/customers/{id}/journeys", account.ViewCustomers, p.ofCustomer)
			r.Get("/journeys/{slug}/runs/{case}/live", account.ViewCustomers, p.runLive)
		},
	}
}

type page struct {
	journeys    Journeys
	news        News
	models      Models
	initiatives Initiatives
}

func (p page) model() *model.Model { return p.models.Current().Model }

func (p page) reader(q *web.Request) reading.Reader { return reading.NewReader(q, p.model()) }
