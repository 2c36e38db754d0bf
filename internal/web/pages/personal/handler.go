package personal

import (
	"context"
	"embed"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/api"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Forgetter is what the page asks of forget.Service.
type Forgetter interface {
	Export(ctx context.Context, p cx.Principal, id cx.CustomerID) (forget.Export, error)
	Forget(ctx context.Context, p cx.Principal, id cx.CustomerID) (forget.Receipt, error)
	Wait(ctx context.Context, id int64) (forget.Receipt, error)
	Receipts(ctx context.Context, p cx.Principal, before int64, limit int) ([]forget.Receipt, error)
}

// Customers tells who a customer is; remember.Memory does.
type Customers interface {
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
}

// Models tells the model in force.
type Models interface{ Current() model.Version }

// New returns the page.
func New(forgetter Forgetter, customers Customers, models Models, who customer.Who) web.Page {
	p := page{forgetter, customers, models, who}
	return web.Page{
		Name:     "personal",
		Messages: messages,
		Routes: func(r *web.Router) {
			r.Get("/customers/{id}/everything", account.ExportCustomer, p.everything)
			r.Get("/customers/{id}/everything.json", account.ExportCustomer, p.download)
			r.Get("/customers/{id}/forget", account.ForgetCustomers, p.ask)
			r.Post("/customers/{id}/forget", account.ForgetCustomers, p.forget)
			r.Get("/customers/forgotten", account.ForgetCustomers, p.receipts)
		},
	}
}

type page struct {
	forgetter Forgetter
	customers Customers
	models    Models
	who       customer.Who
}

func (p page) teller(q *web.Request) customer.Teller {
	return customer.NewTeller(q.L, p.models.Current().Model)
}

func (p page) customer(q *web.Request) (remember.Customer, error) {
	return p.customers.Customer(q.Context(), q.Principal, cx.CustomerID(q.PathValue("id")))
}

// everything shows all that is known of somebody.
func (p page) everything(q *web.Request) error {
	c, err := p.customer(q)
	if err != nil {
		return err
	}
	all, err := p.forgetter.Export(q.Context(), q.Principal, c.ID)
	if err != nil {
		return err
	}
	t := p.teller(q)
	v := everything{t: t, c: c, company: q.Company.Name, madeAt: cx.TimeOf(all.MadeAt), by: q.Session.Person.Name}
	if v.sections, err = sectionsOf(t, all); err != nil {
		return err
	}
	return q.Render(q.T("personal.everything.title", "name", t.Name(c.Name)), everythingView(v))
}

// download hands the same over for programs.
func (p page) download(q *web.Request) error {
	all, err := p.forgetter.Export(q.Context(), q.Principal, cx.CustomerID(q.PathValue("id")))
	if err != nil {
		return err
	}
	h := q.W.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="`+string(all.Customer)+`.json"`)
	enc := json.NewEncoder(q.W)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(api.ShapeExport(all)) // who asked may have left
	return nil
}

// ask says what forgetting means before it is done.
func (p page) ask(q *web.Request) error { return p.askAgain(q, http.StatusOK, "") }

func (p page) askAgain(q *web.Request, status int, message string) error {
	c, err := p.customer(q)
	if err != nil {
		return err
	}
	t := p.teller(q)
	return q.RenderStatus(status, q.T("personal.forget.title", "name", t.Name(c.Name)), askView(t, c, message))
}

// patience is how long somebody waits for the end of a forgetting before they
// are told that it is under way.
const patience = 15 * time.Second

func (p page) forget(q *web.Request) error {
	if q.PostFormValue("sure") == "" {
		return p.askAgain(q, http.StatusUnprocessableEntity, q.T("personal.forget.unsure"))
	}
	r, err := p.forgetter.Forget(q.Context(), q.Principal, cx.CustomerID(q.PathValue("id")))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(q.Context(), patience)
	defer cancel()
	if r, err = p.forgetter.Wait(ctx, r.ID); err != nil {
		return err
	}
	if r.Done() {
		q.Flash(ui.Positive, q.T("personal.forgotten.done"))
	} else {
		q.Flash(ui.Neutral, q.T("personal.forgotten.under-way"))
	}
	return q.Redirect("/customers/forgotten")
}

const receiptsPage = 100

func (p page) receipts(q *web.Request) error {
	before, _ := strconv.ParseInt(q.URL.Query().Get("before"), 10, 64)
	found, err := p.forgetter.Receipts(q.Context(), q.Principal, before, receiptsPage)
	if err != nil {
		return err
	}
	v := receipts{t: p.teller(q), receipts: found, by: func(id string) string {
		switch id {
		case cx.System().ID:
			return q.T("personal.by-itself")
		case "customer": // by a link of theirs
			return q.T("personal.by-themselves")
		}
		return p.who(q.Context(), id)
	}}
	if len(found) == receiptsPage {
		v.older = "/customers/forgotten?before=" + strconv.FormatInt(found[len(found)-1].ID, 10)
	}
	n := 0
	for _, r := range found {
		if r.Customer != "" {
			n++
		}
	}
	title := q.T("personal.receipts.title", "n", n)
	if n == 0 {
		title = q.T("personal.receipts.none")
	}
	return q.Render(title, receiptsView(title, v))
}
