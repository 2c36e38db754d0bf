package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customers"
	"github.com/vivencia-cx/vivencia/internal/web/pages/organizations"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// remembered is a site that remembers Marta, who may be M. Gil, and a school.
func remembered(t *testing.T) (*customertest.World, *webtest.Site, cx.CustomerID) {
	w := customertest.New(t)
	site := webtest.New(t, customers.New(w, w), customer.New(w, w, func(context.Context, string) string { return "Ana Ruiz" }, customertest.NobodyForgotten), organizations.New(w, w))
	marta := w.Named("u1", "Marta Gil", "marta@example.com")
	w.Named("u2", "M. Gil", "marta@example.com")
	for i := range 70 {
		w.Named(fmt.Sprintf("v%d", i), fmt.Sprintf("Vecina %d", i), fmt.Sprintf("v%d@example.com", i))
	}
	group := cx.Event{Kind: cx.Group, Name: "Group", Source: "crm", UserID: "u1", GroupID: "g1", MessageID: "g1", At: cxtest.Epoch, ReceivedAt: cxtest.Epoch}
	w.Live(cxtest.Fill(group, nil, cxtest.Object{"name": "IES El Mirador"}), customertest.TillClosed("3"))
	for i := range 60 {
		e := cxtest.Track("u1", "Checkout Paid", time.Duration(i)*5*time.Hour, cxtest.Object{"wait_min": float64(i % 9), "shop": "goya", "revenue": 12.5})
		e.GroupID = "g1"
		w.Live(e)
	}
	w.Live(customertest.Answer("u1", 296*time.Hour, 4, "Me atendieron enseguida"))
	site.Clock.Advance(300 * time.Hour)
	return w, site, marta
}

func TestCustomers(t *testing.T) {
	t.Parallel()
	_, site, marta := remembered(t)
	site.Link(cx.Lead)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := open(t, site, width, theme)
		for _, page := range [][2]string{
			{"customers", "/customers"},
			{"customers-nobody", "/customers?q=nadie"},
			{"customers-pairs", "/customers/suggestions"},
			{"customer", customer.Path(marta)},
			{"customer-none", customer.Path(marta) + "?stage=after"},
			{"customer-profile", customer.Path(marta) + "/profile"},
			{"customer-identities", customer.Path(marta) + "/identities?q=vecina"},
			{"organizations", "/organizations"},
			{"organization", "/organizations/g1"},
			{"organization-people", "/organizations/g1/people"},
		} {
			p.Go(site.URL + page[1])
			p.Check()
			p.Picture(page[0])
		}
	})
}

func TestFindACustomer(t *testing.T) {
	t.Parallel()
	_, site, _ := remembered(t)
	p := open(t, site, e2e.Desktop, e2e.Light)
	p.Go(site.URL + "/customers")
	p.WaitFor(`document.querySelectorAll("#customers tbody th").length === 50`)
	p.WaitFor(`(document.querySelector("#customers").scrollIntoView(false), document.querySelectorAll("#customers tbody th").length === 72)`)
	p.Type(`main input[type="search"]`, "vecina 42")
	p.WaitFor(`document.querySelectorAll("#customers tbody th").length === 1 && location.search === "?q=vecina+42"`)
	p.Submit("#customers tbody th a")
	if got := p.Text("h1"); got != "Vecina 42" {
		t.Errorf("it leads to %q", got)
	}
}

func TestACustomerIsLive(t *testing.T) {
	t.Parallel()
	w, site, marta := remembered(t)
	p := open(t, site, e2e.Phone, e2e.Light)
	p.Go(site.URL + customer.Path(marta))
	shown := e2e.Eval[int](p, `document.querySelectorAll("#line .moment").length`)
	p.WaitFor(fmt.Sprintf(`(document.querySelector("#line").scrollIntoView(false), document.querySelectorAll("#line .moment").length > %d)`, shown))

	p.WaitFor(`(scrollTo(0, document.querySelectorAll("#line .moment")[6].getBoundingClientRect().top + scrollY), true)`)
	top := e2e.Eval[float64](p, `document.querySelectorAll("#line .moment")[6].getBoundingClientRect().top`)
	p.WaitFor(`(window.watched = document.querySelectorAll("#line .moment")[6], true)`)
	w.Live(cxtest.Track("u1", "Product Viewed", 340*time.Hour, cxtest.Object{"title": "El mago de Oz"}))
	p.WaitFor(`document.querySelector("#line .moment .fact-about")?.textContent === "El mago de Oz"`)
	if now := e2e.Eval[float64](p, `window.watched.getBoundingClientRect().top`); now < top-1 || now > top+1 {
		t.Errorf("what is being read jumped from %.0f to %.0f", top, now)
	}
	w.Live(cxtest.Track("u1", "Product Viewed", 340*time.Hour+time.Minute, cxtest.Object{"title": "La Regenta"}))
	p.WaitFor(`document.querySelectorAll("#line .moment:nth-child(2) .fact").length === 2`)
	if got := e2e.Eval[string](p, `[...document.querySelectorAll("#line > li")].slice(0, 3).map(e => e.className.split(" ")[0]).join(" ")`); got != "story-day moment story-day" {
		t.Errorf("the line begins with %s", got)
	}

	p.WaitFor(`(scrollTo(0, 0), true)`)
	p.Click(".customer-filters summary")
	p.WaitFor(`(() => { const s = document.querySelector("#f-stage"); if (s.value !== "during") { s.value = "during"; s.dispatchEvent(new Event("change", {bubbles: true})); } return location.search.includes("stage=during"); })()`)
	p.WaitFor(`![...document.querySelectorAll("#line .moment-head h4")].some(e => e.textContent === "Web")`)
	w.Live(cxtest.Track("u1", "Product Viewed", 341*time.Hour, nil), cxtest.Track("u1", "Checkout Paid", 341*time.Hour, cxtest.Object{"wait_min": 1.0}))
	p.WaitFor(`document.querySelector("#line .moment-new h4")?.textContent === "Caja"`)
	p.Check()
}

func TestMergeAndUndo(t *testing.T) {
	t.Parallel()
	_, site, marta := remembered(t)
	p := open(t, site, e2e.Desktop, e2e.Dark)
	p.Go(site.URL + customer.Path(marta) + "/identities")
	p.Type(`#others-search`, "m. gil")
	p.WaitFor(`document.querySelectorAll("#others li").length === 1`)
	p.Submit("#others a.button")
	p.Check()
	p.Picture("customer-merge")
	p.Type("#f-evidence", "Lo dijo en la tienda")
	p.Submit("main .button-primary")
	if got := p.Text(".graph"); !strings.Contains(got, "Lo dijo en la tienda") {
		t.Errorf("the graph says %q", got)
	}
	p.Click("[data-open^=undo-]")
	p.WaitFor(`document.querySelector("dialog[open]") !== null`)
	p.Axe()
	p.Window("customer-undo")
	p.Submit("dialog[open] .button-danger")
	if got := p.Text(".graph"); !strings.Contains(got, "La unión se deshizo") {
		t.Errorf("the graph says %q", got)
	}
	p.Check()
	p.Picture("customer-undone")
}
