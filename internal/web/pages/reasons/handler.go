package reasons

import (
	"context"
	"embed"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Reasons tells why customers score as they do; reason.Service does.
type Reasons interface {
	Reasons(ctx context.Context, p cx.Principal, q reason.Query) (reason.Answer, error)
	Reason(ctx context.Context, p cx.Principal, q reason.Query, id string) (reason.Detail, error)
	Changed(ctx context.Context, p cx.Principal, q reason.ChangedQuery) (reason.Changes, error)
	Picture(ctx context.Context, p cx.Principal, q reason.Query) (reason.Picture, error)
	SetWhy(ctx context.Context, p cx.Principal, w model.Why) error
	RemoveWhy(ctx context.Context, p cx.Principal, slug string) error
}

// Outcomes tells what is remembered and who is silent; outcome.Service does.
type Outcomes interface {
	Scores(ctx context.Context, p cx.Principal, q outcome.Query) (outcome.Result, error)
	Silent(ctx context.Context, p cx.Principal, q outcome.MemoryQuery) (outcome.Inferred, error)
	Represented(ctx context.Context, p cx.Principal, q outcome.RepresentedQuery) (outcome.Represented, error)
}

// Segments tells who is in a segment; segment.Service does.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
	Partition(ctx context.Context, p cx.Principal) ([]segment.Part, error)
}

// Models gives the model in force.
type Models interface{ Current() model.Version }

// New returns the page.
func New(r Reasons, o Outcomes, s Segments, models Models) web.Page {
	p := page{r, o, s, models}
	return web.Page{
		Name:     "reasons",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/reasons", Icon: "lightbulb", Label: "reasons.menu", Group: ui.MenuListen, Order: 24, Key: "r"},
			Action:   account.ViewScores,
		}},
		Routes: func(r *web.Router) {
			r.Get("/reasons", account.ViewScores, p.list)
			r.Get("/reasons.csv", account.ViewScores, p.listCSV)
			r.Get("/reasons/changed", account.ViewScores, p.changed)
			r.Get("/reasons/memory", account.ViewScores, p.memory)
			r.Get("/reasons/first", account.ViewScores, p.first)
			r.Get("/reasons/of/{id}", account.ViewScores, p.show)
			r.Get("/reasons/of/{id}/answers.csv", account.ExportCustomers, p.answersCSV)
			r.Post("/reasons/whys", account.ApplyModel, p.addWhy)
			r.Post("/reasons/whys/{slug}/remove", account.ApplyModel, p.removeWhy)
		},
	}
}

type page struct {
	reasons  Reasons
	outcomes Outcomes
	segments Segments
	models   Models
}
