package improve

import (
	"context"
	"embed"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Opportunities keeps what would be worth doing; cycle.Service does.
type Opportunities interface {
	Opportunities(ctx context.Context, p cx.Principal, q cycle.OpportunityQuery) ([]cycle.Opportunity, error)
	Opportunity(ctx context.Context, p cx.Principal, id string) (cycle.Detail, error)
	Propose(ctx context.Context, p cx.Principal, x cycle.Proposal) (cycle.Opportunity, error)
	Vote(ctx context.Context, p cx.Principal, id string, on bool) (cycle.Opportunity, error)
	Size(ctx context.Context, p cx.Principal, id string, e cycle.Effort) (cycle.Opportunity, error)
	Dismiss(ctx context.Context, p cx.Principal, id, why string) (cycle.Opportunity, error)
	Reopen(ctx context.Context, p cx.Principal, id string) (cycle.Opportunity, error)
}

// Initiatives keeps what is done; cycle.Service does.
type Initiatives interface {
	Board(ctx context.Context, p cx.Principal, q cycle.Query) (cycle.Board, error)
	List(ctx context.Context, p cx.Principal, q cycle.Query) ([]cycle.Initiative, error)
	Calendar(ctx context.Context, p cx.Principal, w cx.Window) ([]cycle.Day, error)
	Learned(ctx context.Context, p cx.Principal, text string, limit int) ([]cycle.Lesson, error)
	Initiative(ctx context.Context, p cx.Principal, slug string) (cycle.Full, error)
	Prefill(ctx context.Context, p cx.Principal, opportunity string) (cycle.Draft, error)
	Plan(ctx context.Context, p cx.Principal, d cycle.Draft) (cycle.Initiative, error)
	Edit(ctx context.Context, p cx.Principal, slug string, revision int64, d cycle.Draft) (cycle.Initiative, error)
	Power(ctx context.Context, p cx.Principal, slug string) (impact.Power, error)
	Start(ctx context.Context, p cx.Principal, slug string, revision int64) (cycle.Initiative, error)
	Reach(ctx context.Context, p cx.Principal, slug string, revision int64, milestone string, done bool) (cycle.Initiative, error)
	Spend(ctx context.Context, p cx.Principal, slug string, revision, spent int64) (cycle.Initiative, error)
	End(ctx context.Context, p cx.Principal, slug string, revision int64) (cycle.Initiative, error)
	Stop(ctx context.Context, p cx.Principal, slug string, revision int64, why string) (cycle.Initiative, error)
	Decide(ctx context.Context, p cx.Principal, slug string, revision int64, d cycle.Decision) (cycle.Initiative, error)
	Close(ctx context.Context, p cx.Principal, slug string, revision int64) (cycle.Initiative, error)
}

// Impact tells how far it was known whether an initiative works; impact.Service does.
type Impact interface {
	Evaluations(ctx context.Context, p cx.Principal, slug string) ([]impact.Evaluation, error)
}

// Colleagues tells who works here; cases.Service does.
type Colleagues interface {
	Colleagues(ctx context.Context, p cx.Principal, area string) ([]cases.Colleague, error)
}

// Models gives the model in force; model.Service does.
type Models interface{ Current() model.Version }

// New returns the page.
func New(o Opportunities, i Initiatives, e Impact, s Stories, c Colleagues, m Models) web.Page {
	p := page{o, i, e, s, c, m}
	return web.Page{
		Name:     "improve",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/improve", Icon: "sprout", Label: "improve.menu", Group: ui.MenuImprove, Order: 62, Key: "i"},
			Action:   account.ViewImprovement,
		}},
		Routes: func(r *web.Router) {
			r.Get("/improve", account.ViewImprovement, p.list)
			r.Get("/improve/opportunities.csv", account.ViewImprovement, p.listCSV)
			r.Get("/improve/opportunities/new", account.JoinImprovement, p.proposing)
			r.Post("/improve/opportunities/new", account.JoinImprovement, p.propose)
			r.Get("/improve/opportunities/of/{id}", account.ViewImprovement, p.opportunity)
			r.Post("/improve/opportunities/of/{id}/vote", account.JoinImprovement, p.vote)
			r.Post("/improve/opportunities/of/{id}/size", account.PlanImprovement, p.size)
			r.Post("/improve/opportunities/of/{id}/dismiss", account.PlanImprovement, p.dismiss)
			r.Post("/improve/opportunities/of/{id}/reopen", account.PlanImprovement, p.reopen)
			r.Get("/improve/board", account.ViewImprovement, p.board)
			r.Get("/improve/initiatives.csv", account.ViewImprovement, p.initiativesCSV)
			r.Get("/improve/calendar", account.ViewImprovement, p.calendar)
			r.Get("/improve/learned", account.ViewImprovement, p.learned)
			r.Get("/improve/new", account.PlanImprovement, p.planning)
			r.Post("/improve/new", account.PlanImprovement, p.plan)
			r.Get("/improve/of/{slug}", account.ViewImprovement, p.show)
			r.Get("/improve/of/{slug}/impact.csv", account.ViewImprovement, p.impactCSV)
			r.Get("/improve/of/{slug}/impact.svg", account.ViewImprovement, p.impactSVG)
			r.Get("/improve/of/{slug}/power", account.PlanImprovement, p.power)
			r.Get("/improve/of/{slug}/edit", account.PlanImprovement, p.editing)
			r.Post("/improve/of/{slug}/edit", account.PlanImprovement, p.edit)
			r.Post("/improve/of/{slug}/start", account.LeadImprovement, p.start)
			r.Post("/improve/of/{slug}/reach", account.PlanImprovement, p.reach)
			r.Post("/improve/of/{slug}/spend", account.PlanImprovement, p.spend)
			r.Post("/improve/of/{slug}/end", account.LeadImprovement, p.end)
			r.Post("/improve/of/{slug}/stop", account.LeadImprovement, p.stop)
			r.Post("/improve/of/{slug}/decide", account.LeadImprovement, p.decide)
			r.Get("/improve/of/{slug}/tell", account.LeadImprovement, p.telling)
			r.Post("/improve/of/{slug}/tell", account.LeadImprovement, p.tell)
			r.Post("/improve/of/{slug}/close", account.LeadImprovement, p.close)
		},
	}
}

type page struct {
	opportunities Opportunities
	initiatives   Initiatives
	impact        Impact
	stories       Stories
	colleagues    Colleagues
	models        Models
}

func (p page) reader(q *web.Request) reader {
	return reader{reading.NewReader(q, p.models.Current().Model)}
}
