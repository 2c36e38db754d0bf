package cases

import (
	"context"
	"embed"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Lists finds cases; cases.Service does.
type Lists interface {
	List(ctx context.Context, p cx.Principal, q cases.Query) (cases.List, error)
	Case(ctx context.Context, p cx.Principal, id, lang string) (cases.Full, error)
	Conversation(ctx context.Context, p cx.Principal, id, lang string) (dialogue.Conversation, error)
	Colleagues(ctx context.Context, p cx.Principal, area string) ([]cases.Colleague, error)
	Figures(ctx context.Context, p cx.Principal, q cases.Query, by string) (cases.Figures, error)
	Find(ctx context.Context, p cx.Principal, text string) ([]cx.CustomerID, error)
	Watch(ctx context.Context, p cx.Principal) (<-chan cases.Update, error)
}

// Work changes cases; cases.Service does.
type Work interface {
	Open(ctx context.Context, p cx.Principal, n cases.New) (cases.Case, error)
	Bulk(ctx context.Context, p cx.Principal, ids []string, do cases.Do) (map[string]error, error)
	Write(ctx context.Context, p cx.Principal, id, text string) (cases.Case, error)
	Offer(ctx context.Context, p cx.Principal, id, choice string) (cases.Case, error)
	Note(ctx context.Context, p cx.Principal, id, text string) (cases.Case, error)
	Check(ctx context.Context, p cx.Principal, id, item string, done bool) (cases.Case, error)
	Give(ctx context.Context, p cx.Principal, id string, amount int64, what string) (cases.Case, error)
	Solve(ctx context.Context, p cx.Principal, id, done string) (cases.Case, error)
	Moves
}

// Moves hand cases on; cases.Service does.
type Moves interface {
	Take(ctx context.Context, p cx.Principal, id string) (cases.Case, error)
	Assign(ctx context.Context, p cx.Principal, id, person string) (cases.Case, error)
	Move(ctx context.Context, p cx.Principal, id, area string) (cases.Case, error)
	Postpone(ctx context.Context, p cx.Principal, id string, due cx.Time, why string) (cases.Case, error)
	Cause(ctx context.Context, p cx.Principal, id, cause string) (cases.Case, error)
	Close(ctx context.Context, p cx.Principal, id, why string) (cases.Case, error)
	Reopen(ctx context.Context, p cx.Principal, id, why string) (cases.Case, error)
	Merge(ctx context.Context, p cx.Principal, into, from string) (cases.Case, error)
	Escalate(ctx context.Context, p cx.Principal, id, why string) (cases.Case, error)
}

// Cases are all of it.
type Cases interface {
	Lists
	Work
}

// Memory tells who customers are and what they lived; remember.Memory is one.
type Memory interface {
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	Timeline(ctx context.Context, p cx.Principal, id cx.CustomerID, q remember.TimelineQuery) (remember.TimelinePage, error)
}

// Promises tells what was promised to a customer; promise.Service does.
type Promises interface {
	OfCustomer(ctx context.Context, p cx.Principal, id cx.CustomerID) ([]promise.Instance, error)
	Trust(ctx context.Context, p cx.Principal, id cx.CustomerID) (promise.Trust, error)
}

// Voice finds the words that a case may begin with; voice.Service does.
type Voice interface {
	Search(ctx context.Context, p cx.Principal, q voice.Query) (voice.Page, error)
}

// Models gives the model in force.
type Models interface{ Current() model.Version }

// Initiatives tells what is being done about a cause; cycle.Service does.
type Initiatives interface {
	OfCause(ctx context.Context, p cx.Principal, cause string) ([]cycle.Initiative, error)
}

// New returns the page. Without initiatives (nil) causes lead to none.
func New(c Cases, m Memory, promises Promises, v Voice, models Models, initiatives Initiatives) web.Page {
	p := page{c, m, promises, v, models, initiatives}
	return web.Page{
		Name:     "cases",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/cases", Icon: "inbox", Label: "cases.menu", Group: ui.MenuServe, Order: 10, Key: "a", Tab: true},
			Action:   account.ViewCases,
		}},
		Routes: func(r *web.Router) {
			r.Get("/cases", account.ViewCases, p.list)
			r.Get("/cases/live", account.ViewCases, p.listLive)
			r.Get("/cases.csv", account.ExportCustomers, p.listCSV)
			r.Post("/cases", account.WorkCases, p.bulk)
			r.Get("/cases/new", account.OpenCases, p.form)
			r.Post("/cases/new", account.OpenCases, p.open)
			r.Get("/customers/{id}/cases", account.ViewCases, p.ofCustomer)
			r.Get("/cases/{id}", account.ViewCases, p.show)
			r.Get("/cases/{id}/live", account.ViewCases, p.live)
			r.Post("/cases/{id}/{do}", account.WorkCases, p.do)
		},
	}
}

type page struct {
	cases       Cases
	memory      Memory
	promises    Promises
	voice       Voice
	models      Models
	initiatives Initiatives
}
