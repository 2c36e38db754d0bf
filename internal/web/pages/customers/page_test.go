package customers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customers"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func open(t *testing.T) (*customertest.World, *webtest.Site) {
	w := customertest.New(t)
	return w, webtest.New(t, customers.New(w, w), customer.New(w, w, nil, customertest.NobodyForgotten))
}

func TestNobodyYet(t *testing.T) {
	t.Parallel()
	_, site := open(t)
	r := site.As(cx.Admin).Get("/customers")
	if r.Text("h1") != "Aún no hay clientes" || r.Text(".empty h2") == "" || len(r.All("table")) != 0 {
		t.Errorf("got %q", r.Text("main"))
	}
}

func TestSearchListsAndGoesOn(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	for i := range 60 {
		w.Named(fmt.Sprintf("u%d", i), fmt.Sprintf("Persona %c%d", 'A'+i%3, i), fmt.Sprintf("p%d@example.com", i))
	}
	w.Live(cxtest.Track("u7", "Checkout Paid", time.Hour, cxtest.Object{"wait_min": 1.0}))
	site.Clock.Advance(2 * time.Hour)
	v := site.As(cx.Member)
	r := v.Get("/customers")
	if got := r.Text("h1"); got != "60 clientes; 60 vivieron algo hoy" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.Text("#customers tbody th a"); got != "Persona B7" {
		t.Errorf("the first is %q", got)
	}
	rows := len(r.All("#customers tbody th"))
	more := v.Get(r.Attr("#customers tr[hx-get]", "hx-get"))
	if n := rows + strings.Count(more.Body, `<th scope="row">`); n != 60 {
		t.Errorf("%d customers are listed", n)
	}
	if len(r.All(`a[href^="/customers/export"]`)) != 0 {
		t.Error("a member may take the list away")
	}
	site.Clock.Advance(48 * time.Hour)
	if got := v.Get("/customers").Text("h1"); got != "60 clientes; hoy nadie ha vivido nada todavía" {
		t.Errorf("the finding is %q", got)
	}
	for query, want := range map[string]int{"p7@example.com": 1, "persona+b": 20, "u59": 1, "nadie": 0} {
		if got := len(v.Get("/customers?q=" + query).All("#customers tbody th")); got != want {
			t.Errorf("%s: %d found, want %d", query, got, want)
		}
	}
	r = v.Get("/customers?q=nadie")
	if r.Text(".empty h2") != "Nadie coincide con «nadie»" || r.Attr(`input[name="q"]`, "value") != "nadie" {
		t.Errorf("nobody found: %q", r.Text("main"))
	}
	v.Header.Set("HX-Request", "true")
	if r := v.Get("/customers?q=u59"); len(r.All("h1")) != 0 || len(r.All("#customers tbody th")) != 1 {
		t.Errorf("htmx got %.300s", r.Body)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	for i := range 501 {
		w.Live(cxtest.Identify(fmt.Sprintf("u%d", i), "", 0, cxtest.Object{"name": "=1+1"}))
	}
	r := site.As(cx.Analyst).Get("/customers/export?q=")
	if got := strings.Count(r.Body, "\n"); r.Status != http.StatusOK || got != 502 || !strings.Contains(r.Body, "'=1+1") {
		t.Errorf("got %d with %d lines: %.200s", r.Status, got, r.Body)
	}
	if r := site.As(cx.Member).Get("/customers/export"); r.Status != http.StatusForbidden {
		t.Errorf("a member got %d", r.Status)
	}
}

func TestPairsToDecide(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	v := site.As(cx.Lead)
	if got := v.Get("/customers/suggestions").Text(".empty h2"); got != "No hay parejas por decidir" {
		t.Errorf("without any: %q", got)
	}
	for i := range 22 {
		w.Named(fmt.Sprintf("a%d", i), customertest.Hostile, fmt.Sprintf("p%d@example.com", i))
		w.Named(fmt.Sprintf("b%d", i), "B", fmt.Sprintf("p%d@example.com", i))
	}
	r := v.Get("/customers/suggestions")
	if len(r.All(".pair")) != 20 || strings.Contains(r.Body, customertest.Hostile) {
		t.Errorf("%d pairs, or markup that runs", len(r.All(".pair")))
	}
	if more := v.Get(r.Attr("li[hx-get]", "hx-get")); len(more.All(".pair")) != 2 {
		t.Errorf("%d more pairs", len(more.All(".pair")))
	}
	if got := r.Text(`.tabs [aria-current]`); got != "Más de 20 posibles repetidos" {
		t.Errorf("the tab says %q", got)
	}
	if r := site.As(cx.Member).Get("/customers/suggestions"); len(r.All(".pair form")) != 0 {
		t.Error("a member may decide")
	}
}

func TestWrongAddresses(t *testing.T) {
	t.Parallel()
	_, site := open(t)
	v := site.As(cx.Member)
	for _, path := range []string{"/customers/rows?cursor=nonsense", "/customers/suggestions/more?cursor=nonsense"} {
		if r := v.Get(path); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Text("main"), "Vuelve a la página") {
			t.Errorf("%s: %d %q", path, r.Status, r.Text("main"))
		}
	}
}
