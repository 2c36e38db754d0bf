package rules

import (
	"context"
	"embed"
	"net/url"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Rules tells what rules do, and tries them; rule.Service does.
type Rules interface {
	Rules(ctx context.Context, p cx.Principal) ([]rule.Summary, error)
	Rule(ctx context.Context, p cx.Principal, slug string) (rule.Detail, error)
	Runs(ctx context.Context, p cx.Principal, q rule.Query) (rule.Page, error)
	Conflicts(ctx context.Context, p cx.Principal, draft model.Rule) ([]rule.Conflict, error)
	Backtest(ctx context.Context, p cx.Principal, r model.Rule, w cx.Window) (rule.Tested, error)
	Try(ctx context.Context, p cx.Principal, r model.Rule, d time.Duration) (rule.Trial, error)
	Trial(ctx context.Context, p cx.Principal, id string) (rule.Trial, error)
	Failed(ctx context.Context, p cx.Principal) ([]rule.Run, error)
	Replay(ctx context.Context, p cx.Principal, id string) error
	Discard(ctx context.Context, p cx.Principal, id string) error
}

// Hooks tells how other programs are told; deliver.Service does.
type Hooks interface {
	Endpoints(ctx context.Context, p cx.Principal) ([]deliver.EndpointState, error)
	Rotate(ctx context.Context, p cx.Principal, slug string) (secret string, err error)
	Enable(ctx context.Context, p cx.Principal, slug string) error
	TestEndpoint(ctx context.Context, p cx.Principal, slug string) (id string, err error)
	Hooks(ctx context.Context, p cx.Principal, q deliver.HookQuery) (deliver.HookPage, error)
	ReplayHook(ctx context.Context, p cx.Principal, id string) error
}

// Memory names customers; remember.Memory does.
type Memory interface {
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
}

// Models has the model and its drafts; model.Service does.
type Models interface {
	Current() model.Version
	Draft(ctx context.Context, p cx.Principal) (model.Draft, error)
	EditDraft(ctx context.Context, p cx.Principal, base, revision int, change func(yaml []byte) ([]byte, error)) (model.Draft, error)
	ApplyDraft(ctx context.Context, p cx.Principal, revision int, note string) (model.Version, error)
}

type page struct {
	rules  Rules
	hooks  Hooks
	memory Memory
	models Models
}

// New returns the page.
func New(rules Rules, hooks Hooks, memory Memory, models Models) web.Page {
	p := page{rules, hooks, memory, models}
	return web.Page{
		Name:     "rules",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/rules", Icon: "zap", Label: "rules.menu", Group: ui.MenuPromises, Order: 48},
			Action:   account.ViewRules,
		}},
		Routes: func(r *web.Router) {
			r.Get("/rules", account.ViewRules, p.list)
			r.Get("/rules.csv", account.ViewRules, p.listCSV)
			r.Post("/rules/new", account.ApplyModel, p.create)
			r.Get("/rules/failed", account.ContactCustomers, p.failed)
			r.Post("/rules/failed/{id}", account.ContactCustomers, p.mend)
			r.Get("/rules/programs", account.ViewStatus, p.programs)
			r.Post("/rules/programs/{slug}", account.ManageHooks, p.program)
			r.Post("/rules/sent/{id}", account.ManageHooks, p.again)
			r.Get("/rules/of/{slug}", account.ViewRules, p.show)
			r.Post("/rules/of/{slug}/switch", account.ApplyModel, p.turn)
			r.Get("/rules/of/{slug}/edit", account.ApplyModel, p.edit)
			r.Post("/rules/of/{slug}/edit", account.ApplyModel, p.save)
			r.Post("/rules/of/{slug}/apply", account.ApplyModel, p.apply)
			r.Post("/rules/of/{slug}/discard", account.ApplyModel, p.discard)
			r.Get("/rules/of/{slug}/trial/{id}", account.ContactCustomers, p.trial)
		},
	}
}

func (p page) reader(q *web.Request, m *model.Model) reader { return reader{reading.NewReader(q, m)} }

func may(q *web.Request, a account.Action) bool { return account.Check(q.Principal, a) == nil }

func path(slug string) string { return "/rules/of/" + url.PathEscape(slug) }

// told says why something was refused, on the page that it was asked on.
func (p page) told(q *web.Request, err error, back string) error {
	message, faults, failure := q.Explain(err)
	if failure != nil {
		return failure
	}
	for i, f := range faults {
		if i == 3 {
			break
		}
		message += " " + f.Message
	}
	q.Flash(ui.Negative, message)
	return q.Redirect(back)
}

// name is what a customer is called, when they are known still.
func (p page) name(q *web.Request, r reader, id cx.CustomerID) string {
	c, err := p.memory.Customer(q.Context(), q.Principal, id)
	if err != nil {
		return r.Name("")
	}
	return r.Name(c.Name)
}
