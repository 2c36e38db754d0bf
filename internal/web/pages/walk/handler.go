package walk

import (
	"bytes"
	"context"
	"embed"
	"io"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Memory is what the page asks of remember.Memory.
type Memory interface {
	Lookup(ctx context.Context, p cx.Principal, kind, value string) (cx.CustomerID, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	Timeline(ctx context.Context, p cx.Principal, id cx.CustomerID, q remember.TimelineQuery) (remember.TimelinePage, error)
}

// Promises is what the page asks of promise.Service.
type Promises interface {
	OfCustomer(ctx context.Context, p cx.Principal, id cx.CustomerID) ([]promise.Instance, error)
	Trust(ctx context.Context, p cx.Principal, id cx.CustomerID) (promise.Trust, error)
	By(ctx context.Context, p cx.Principal, slug string, by promise.Dimension, q promise.Query) ([]promise.Group, error)
}

// Dialogue is what the page asks of dialogue.Service.
type Dialogue interface {
	Conversation(ctx context.Context, p cx.Principal, id cx.CustomerID, lang string) (dialogue.Conversation, error)
	CaseLink(ctx context.Context, id string, customer cx.CustomerID) (dialogue.Link, error)
	Choose(ctx context.Context, token, option, lang string) (dialogue.OfferPage, error)
}

// Cases is what the page asks of cases.Service.
type Cases interface {
	List(ctx context.Context, p cx.Principal, q cases.Query) (cases.List, error)
	Case(ctx context.Context, p cx.Principal, id, lang string) (cases.Full, error)
	Take(ctx context.Context, p cx.Principal, id string) (cases.Case, error)
	Check(ctx context.Context, p cx.Principal, id, item string, done bool) (cases.Case, error)
	Solve(ctx context.Context, p cx.Principal, id, done string) (cases.Case, error)
	Confirm(ctx context.Context, token string, right bool, words string) error
}

// Team is what the page asks of team.Service.
type Team interface {
	Obstruct(ctx context.Context, p cx.Principal, r team.ObstacleReport) error
}

// Policies is what the page asks of policy.Service.
type Policies interface {
	Conflicts(ctx context.Context, p cx.Principal, q policy.Query) (policy.Answer, error)
	Decide(ctx context.Context, p cx.Principal, id string, d policy.Decision) error
}

// Models gives the model in force.
type Models interface{ Current() model.Version }

// Config is what the page stands on.
type Config struct {
	Demo     func(context.Context) bool // whether this is one
	Send     func(ctx context.Context, source string, message []byte) error
	Person   func(ctx context.Context, email string) (cx.Principal, error) // a colleague of the simulated company
	Memory   Memory
	Promises Promises
	Dialogue Dialogue
	Cases    Cases
	Team     Team
	Policies Policies
	Models   Models
}

// Path is the page's address.
const Path = "/demo/recorrido"

// New returns the page.
func New(c Config) web.Page {
	p := page{c}
	return web.Page{
		Name: "walk", Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: Path, Icon: "play", Label: "walk.menu", Group: ui.MenuMain, Order: 5},
			Action:   account.ApplyModel, Only: c.Demo,
		}},
		Routes: func(r *web.Router) {
			r.Get(Path, account.ApplyModel, p.show)
			r.Get(Path+"/live", account.ApplyModel, p.live)
			r.Post(Path+"/{step}", account.ApplyModel, p.take)
		},
	}
}

type page struct{ c Config }

// asked reads which run a request is about. There is none but in a demo.
func (p page) asked(q *web.Request) (run, error) {
	if !p.c.Demo(q.Context()) {
		return run{}, cx.Errorf(cx.NotFound, "walk", "there is no such page")
	}
	if err := q.ParseForm(); err != nil {
		return run{}, cx.Errorf(cx.Invalid, "walk", "this form cannot be read: send it again")
	}
	return runOf(q.Form)
}

func (p page) show(q *web.Request) error {
	r, err := p.asked(q)
	if err != nil {
		return err
	}
	s, err := p.look(q.Context(), q.Principal, q.L.Lang, r)
	if err != nil {
		return err
	}
	v := p.viewOf(q, s)
	return q.Render(v.Title, walkView(v))
}

// take takes a step; the page then tells what came of it.
func (p page) take(q *web.Request) error {
	r, err := p.asked(q)
	if err != nil {
		return err
	}
	s, err := p.look(q.Context(), q.Principal, q.L.Lang, r)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(r.tale.steps, func(t step) bool { return t.key == q.PathValue("step") })
	if i < 0 {
		return cx.Errorf(cx.NotFound, "walk", "there is no such step")
	}
	next := r.tale.steps[i]
	if i == 0 {
		s.run = s.before(q.Now())
	} else if next.done(&s) || next.may != nil && !next.may(&s) {
		return q.Redirect(Path + "?" + r.values().Encode()) // somebody was quicker, or it is not yet time
	}
	if err := next.do(p, q, &s); err != nil {
		return err
	}
	q.Record("demo.step", "step:"+r.tale.key+"."+next.key)
	return q.Redirect(Path + "?" + s.run.values().Encode())
}

// lookEvery is how often a page that somebody has open looks again.
const lookEvery = 400 * time.Millisecond

// live tells each part of the page again when it has changed.
func (p page) live(q *web.Request) error {
	r, err := p.asked(q)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	told := map[string][]byte{}
	return web.Stream(q, p.looks(ctx, q.Principal, q.L.Lang, r), func(s state) (parts []templ.Component) {
		v := p.viewOf(q, s)
		for _, part := range []struct {
			target string
			of     templ.Component
		}{{"#walk-steps", stepsView(v)}, {"#walk-phone", phoneView(v)}, {"#walk-company", companyView(v)}} {
			var now bytes.Buffer
			if err := part.of.Render(ctx, &now); err != nil {
				continue // the next look tells it
			}
			if before, ok := told[part.target]; ok && !bytes.Equal(before, now.Bytes()) || !ok {
				told[part.target] = now.Bytes()
				parts = append(parts, replace(part.target, part.of))
			}
		}
		return parts
	})
}

func (p page) looks(ctx context.Context, who cx.Principal, lang string, r run) <-chan state {
	out := make(chan state)
	go func() {
		defer close(out)
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			s, err := p.look(ctx, who, lang, r)
			if err == nil {
				select {
				case out <- s:
				case <-ctx.Done():
					return
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// replace puts a component in a place of the page.
func replace(target string, c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Partial(target, "innerMorph").Render(templ.WithChildren(ctx, c), w)
	})
}
