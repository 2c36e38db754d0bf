package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/card"
	casespage "github.com/vivencia-cx/vivencia/internal/web/pages/cases"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/casestest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/day"
	"github.com/vivencia-cx/vivencia/internal/web/pages/voices"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// desk is the desk of who serves, with the cases of a shop.
func desk(t *testing.T) (*webtest.Site, *casestest.World, cases.Case) {
	w := casestest.New(t)
	id := w.Marta()
	about := map[string]string{"order_id": "P-100"}
	first := w.Open(cases.New{Key: "a", Customer: id, Kind: "made-right", Place: "goya", Touchpoint: "courier", Promise: "on-date", Title: "Apartar «El infinito en un junco» para Marta", Words: "El libro es para un cumpleaños y no llega hoy", About: about})
	w.Open(cases.New{Key: "b", Customer: id, Kind: "call", Title: "Llamar: pregunta por qué no avisamos"})
	w.Open(cases.New{Key: "c", Title: "La máquina del café no funciona", Place: "goya", Area: "stores", Due: w.Clock.Now().Add(-time.Hour)})
	site := webtest.Serve(t, w.Accounts, w.Clock,
		day.New(w.Cases, w.Promises, w.Voice, w.Reasons, w.Memory, w.Models),
		casespage.New(w.Cases, w.Memory, w.Promises, w.Voice, w.Models, nil),
		card.New(w.Cases, w.Dialogue, w.Promises, w.Memory, w.Voice, w.Models),
		voices.New(w.Voice, w.Models),
		customer.New(w.Memory, w.Models, nil, customertest.NobodyForgotten))
	return site, w, first
}

// enter signs a member in, at an address.
func enterAs(t *testing.T, site *webtest.Site, role cx.Role, width int, theme e2e.Theme) *e2e.Page {
	p := chrome.Open(t, site.Link(role), width, theme)
	p.Submit("main .button-primary")
	return p
}

// TestTheDeskOfWhoServes looks at Mi día, Casos, a case, a new one and Ficha at
// every width and theme.
func TestTheDeskOfWhoServes(t *testing.T) {
	t.Parallel()
	site, _, c := desk(t)
	site.Link(cx.Member)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := enterAs(t, site, cx.Member, width, theme)
		p.WaitFor(`location.pathname === "/day"`)
		for name, path := range map[string]string{
			"day": "/day", "cases": "/cases", "cases-late": "/cases?queue=late", "cases-none": "/cases?q=nada", "case": "/cases/" + c.ID, "case-new": "/cases/new?customer=" + string(c.Customer),
			"card-start": "/card", "card": "/card?q=P-100", "card-several": "/card?q=777",
		} {
			p.Go(site.URL + path)
			p.Check()
			p.Picture("desk-" + name)
		}
		p.Go(site.URL + "/card?q=nobody")
		p.Forgive("404")
		p.Check()
	})
}

// TestACaseFromQueueToSolvedOnAPhone does in a few taps what a day in a shop is:
// take the most urgent, say what was done; what colleagues do shows live.
func TestACaseFromQueueToSolvedOnAPhone(t *testing.T) {
	t.Parallel()
	site, w, c := desk(t)
	p := enterAs(t, site, cx.Member, e2e.Phone, e2e.Light)
	p.Submit(`.tabbar a[href="/cases"]`)
	p.Submit("#case-" + c.ID + " .case-link")
	p.Submit(`form[action$="/take"] button`)
	p.WaitFor(`document.querySelector("#case-state").innerText.includes("tú")`)
	p.Click(".case-fold summary.button-primary")
	p.Type(`form[action$="/solve"] textarea`, "Está apartado en Goya, envuelto y con una nota")
	p.Window("desk-solve")
	p.Submit(`form[action$="/solve"] button`)
	p.WaitFor(`document.querySelector("h1").innerText.includes("falta la palabra del cliente")`)
	p.Check()

	p.Submit(`.tabbar a[href="/cases"]`)
	p.WaitFor(`document.querySelectorAll("#cases-list .case").length === 3`)
	if _, err := w.Cases.Open(context.Background(), cx.System(), cases.New{Key: "d", Title: "Falta papel de regalo", Area: "stores"}); err != nil {
		t.Fatal(err)
	}
	p.WaitFor(`document.querySelector("#cases-list").innerText.includes("Falta papel de regalo")`)
	p.Click(".case-pick input")
	p.WaitFor(`getComputedStyle(document.querySelector(".cases-bulk")).display === "flex"`)
	p.Window("desk-bulk")
	p.Submit(`.cases-bulk button[value="take"]`)
	p.WaitFor(`document.querySelector("#toasts").innerText.includes("1 caso es tuyo")`)
}
