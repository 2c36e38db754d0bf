package day

import (
	"context"
	"embed"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Cases are what somebody must make right; cases.Service does.
type Cases interface {
	Mine(ctx context.Context, p cx.Principal, lang string) (cases.Day, error)
	Watch(ctx context.Context, p cx.Principal) (<-chan cases.Update, error)
}

// Promises tells which are due; promise.Service does.
type Promises interface {
	DueSoon(ctx context.Context, p cx.Principal, area string, until cx.Time, limit int) ([]promise.Instance, error)
}

// Voice finds what was said; voice.Service does.
type Voice interface {
	Search(ctx context.Context, p cx.Principal, q voice.Query) (voice.Page, error)
}

// Reasons tells what weighs on scores; reason.Service does.
type Reasons interface {
	Reasons(ctx context.Context, p cx.Principal, q reason.Query) (reason.Answer, error)
}

// Memory names customers; remember.Memory does.
type Memory interface {
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
}

// Models gives the model in force.
type Models interface{ Current() model.Version }

// New returns the page.
func New(c Cases, promises Promises, v Voice, r Reasons, m Memory, models Models) web.Page {
	p := page{c, promises, v, r, m, models}
	return web.Page{
		Name:     "day",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/day", Icon: "sunrise", Label: "day.menu", Group: ui.MenuServe, Order: 5, Key: "d", Tab: true},
			Action:   account.ViewCases,
			Home:     []cx.Role{cx.Member},
		}},
		Routes: func(r *web.Router) {
			r.Get("/day", account.ViewCases, p.show)
			r.Get("/day/mend", account.ViewScores, p.mend)
			r.Get("/day/live", account.ViewCases, p.live)
		},
	}
}

type page struct {
	cases    Cases
	promises Promises
	voice    Voice
	reasons  Reasons
	memory   Memory
	models   Models
}

func (p page) show(q *web.Request) error {
	v, err := p.day(q)
	if err != nil {
		return err
	}
	return q.Render(v.title, dayPage(v))
}

// live draws what is to be done again when a case changes.
func (p page) live(q *web.Request) error {
	changed, err := p.cases.Watch(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	return web.Stream(q, changed, func(cases.Update) []templ.Component {
		v, err := p.day(q)
		if err != nil {
			return nil // who may not ask any more; the page tells them
		}
		return []templ.Component{dayAgain(v)}
	})
}

// mend answers the one thing to mend, which takes longer than the rest to find.
func (p page) mend(q *web.Request) error {
	if !q.HTMX() {
		return q.Redirect("/day")
	}
	found, err := p.reasons.Reasons(q.Context(), q.Principal, reason.Query{})
	if err != nil {
		return err
	}
	v := view{Reader: p.reader(q)}
	return q.Fragment(mendView(v, worst(found.Reasons, q.Principal.Areas)))
}
