package card

import (
	"context"
	"crypto/rand"
	"embed"
	"net/http"
	"net/url"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Cases are what is to be made right with somebody; cases.Service does.
type Cases interface {
	Find(ctx context.Context, p cx.Principal, text string) ([]cx.CustomerID, error)
	List(ctx context.Context, p cx.Principal, q cases.Query) (cases.List, error)
	MayGive(ctx context.Context, p cx.Principal) (cases.Allowance, error)
	Open(ctx context.Context, p cx.Principal, n cases.New) (cases.Case, error)
	Note(ctx context.Context, p cx.Principal, id, text string) (cases.Case, error)
}

// Dialogue writes to customers; dialogue.Service does.
type Dialogue interface {
	Send(ctx context.Context, p cx.Principal, n dialogue.Note) (dialogue.Message, error)
}

// Promises tells what was promised to a customer; promise.Service does.
type Promises interface {
	OfCustomer(ctx context.Context, p cx.Principal, id cx.CustomerID) ([]promise.Instance, error)
	Trust(ctx context.Context, p cx.Principal, id cx.CustomerID) (promise.Trust, error)
}

// Memory tells who customers are and what they lived; remember.Memory is one.
type Memory interface {
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	Timeline(ctx context.Context, p cx.Principal, id cx.CustomerID, q remember.TimelineQuery) (remember.TimelinePage, error)
}

// Voice counts what somebody speaks of; voice.Service does.
type Voice interface {
	Count(ctx context.Context, p cx.Principal, f voice.Filter, by ...voice.Dimension) (voice.Counts, error)
}

// Models gives the model in force.
type Models interface{ Current() model.Version }

// New returns the page.
func New(c Cases, d Dialogue, promises Promises, m Memory, v Voice, models Models) web.Page {
	p := page{c, d, promises, m, v, models}
	return web.Page{
		Name:     "card",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/card", Icon: "id-card", Label: "card.menu", Group: ui.MenuServe, Order: 15, Key: "f", Tab: true},
			Action:   account.ViewCustomers,
		}},
		Routes: func(r *web.Router) {
			r.Get("/card", account.ViewCustomers, p.show)
			r.Post("/card/thanks", account.WorkCases, p.thank)
			r.Post("/card/note", account.WorkCases, p.note)
		},
	}
}

type page struct {
	cases    Cases
	dialogue Dialogue
	promises Promises
	memory   Memory
	voice    Voice
	models   Models
}

// mostFound is how many customers that one may mean are shown.
const mostFound = 8

func (p page) show(q *web.Request) error {
	ask := q.URL.Query()
	id, typed := cx.CustomerID(ask.Get("customer")), strings.TrimSpace(ask.Get("q"))
	v := view{Reader: p.reader(q), typed: typed}
	if id == "" && typed != "" {
		found, err := p.cases.Find(q.Context(), q.Principal, typed)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return p.several(q, v, found[:min(len(found), mostFound)])
		}
		id = found[0]
	}
	if id == "" {
		return q.Render(q.T("card.title"), startPage(v))
	}
	if err := p.read(q, &v, id); err != nil {
		return err
	}
	return q.Render(v.title, cardPage(v))
}

// several asks which of those found it is; of none it says so.
func (p page) several(q *web.Request, v view, found []cx.CustomerID) error {
	for _, id := range found {
		c, err := p.memory.Customer(q.Context(), q.Principal, id)
		if err != nil {
			return err
		}
		v.found = append(v.found, c)
	}
	status, title := http.StatusOK, q.T("card.several", "n", len(found))
	if len(found) == 0 {
		status, title = http.StatusNotFound, q.T("card.nobody", "typed", v.typed)
	}
	v.title = title
	return q.RenderStatus(status, title, foundPage(v))
}

// back is the card of a customer.
func back(id cx.CustomerID) string { return "/card?customer=" + url.QueryEscape(string(id)) }

// thank writes a thank you to a customer.
func (p page) thank(q *web.Request) error {
	id, text := cx.CustomerID(q.PostFormValue("customer")), strings.TrimSpace(q.PostFormValue("thanks"))
	_, err := p.dialogue.Send(q.Context(), q.Principal, dialogue.Note{
		Key: q.PostFormValue("key"), Customer: id, Text: model.Text{ES: text, EN: text, PT: text}, By: q.Principal.ID, ByName: q.Session.Person.Name,
	})
	return p.did(q, id, "card.thanked", err)
}

// note leaves a note in the customer's open case; without one, it opens one that
// is the reader's, so that nobody's note is lost.
func (p page) note(q *web.Request) error {
	id, text := cx.CustomerID(q.PostFormValue("customer")), strings.TrimSpace(q.PostFormValue("note"))
	open, err := p.cases.List(q.Context(), q.Principal, cases.Query{Customer: id, State: cases.StateOpen, Limit: 1})
	switch {
	case err != nil:
	case len(open.Cases) > 0:
		_, err = p.cases.Note(q.Context(), q.Principal, open.Cases[0].ID, text)
	default:
		_, err = p.cases.Open(q.Context(), q.Principal, cases.New{Key: q.PostFormValue("key"), Customer: id, Words: text, Owner: q.Principal.ID})
	}
	return p.did(q, id, "card.noted", err)
}

// did shows the card again, and how it went.
func (p page) did(q *web.Request, id cx.CustomerID, key string, err error) error {
	if err != nil {
		message, faults, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		if message == "" && len(faults) > 0 {
			message = faults[0].Message
		}
		q.Flash(ui.Negative, message)
		return q.Redirect(back(id))
	}
	q.Flash(ui.Positive, q.T(key))
	return q.Redirect(back(id))
}

// newKey names a form, so that what is sent twice is done once.
func newKey() string { return "card:" + rand.Text() }
