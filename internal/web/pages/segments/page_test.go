package segments_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/understand/segment/segmenttest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/segments"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const declared = `
segments:
  # Who comes often.
  - {slug: buyers, name: {es: Compran, en: Buyers, pt: Compram}, when: 'count("Order Completed") >= 2'}
  - {slug: called, name: Llamaron, when: 'visits("help") > 0'}
`

func facts(t *testing.T) history.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func open(t *testing.T) (*segmenttest.House, *webtest.Site) {
	h := segmenttest.New(t, facts(t), declared)
	for i := range 60 {
		user := fmt.Sprint("u", i)
		h.Live(cxtest.Identify(user, "", 0, cxtest.Object{"name": "Persona " + user, "city": "Quito"}), cxtest.Track(user, "Order Completed", 0, nil), cxtest.Track(user, "Order Completed", time.Hour, nil))
	}
	h.Live(cxtest.Identify("hostile", "", 0, cxtest.Object{"name": "=1+1" + customertest.Hostile}), cxtest.Track("hostile", "Support Called", 0, nil))
	return h, webtest.New(t, segments.New(h.Segments, h.Models), customer.New(h.Memory, h.Models, nil, customertest.NobodyForgotten))
}

func TestListAndMembers(t *testing.T) {
	t.Parallel()
	h, site := open(t)
	v := site.As(cx.Analyst)
	r := v.Get("/segments")
	if got := r.Text("h1"); got != "60 clientes están en «Compran», el segmento más grande: 98 %" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.All(".segments-list h2"); len(got) != 2 || got[1] != "Llamaron" {
		t.Errorf("segments: %q", got)
	}
	if len(r.All(`a[href="/segments/new"]`)) != 0 {
		t.Error("an analyst may change the model")
	}
	r = v.Get("/segments/of/buyers")
	rows := len(r.All("#members tbody th"))
	more := v.Get(r.Attr("#members tr[hx-get]", "hx-get"))
	if n := rows + strings.Count(more.Body, `<th scope="row">`); r.Text("h1") != "60 clientes: Compran" || n != 60 {
		t.Errorf("%q with %d rows", r.Text("h1"), n)
	}
	file := v.Get("/segments/of/called/export")
	if !strings.Contains(file.Body, "'=1+1") || strings.Count(file.Body, "\n") != 2 {
		t.Errorf("the file is %q", file.Body)
	}
	if r := v.Get("/segments/of/called"); strings.Contains(r.Body, customertest.Hostile) {
		t.Error("a name runs")
	}
	id := string(h.ID("u1"))
	if r := v.Get("/segments/containing/" + id); strings.Contains(r.Body, "Llamaron") || !strings.Contains(r.Body, `href="/segments/of/buyers"`) {
		t.Errorf("u1 is in %q", r.Body)
	}
	if r := v.Get("/customers/" + id); r.Attr(`[hx-get^="/segments/containing/"]`, "hx-trigger") != "load" {
		t.Error("the customer's page does not ask for the segments")
	}
	// Deleted while its page was open.
	h.Model("")
	for _, path := range []string{"/segments/of/buyers", "/segments/of/buyers/rows", "/segments/of/buyers/export"} {
		if r := v.Get(path); r.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
	if got := v.Get("/segments").Text(".empty h2"); got != "Grupos de clientes que se forman solos" {
		t.Errorf("without segments: %q", got)
	}
	if r := site.As(cx.Member).Get("/segments/of/called/export"); r.Status != http.StatusForbidden {
		t.Errorf("a member takes the list away: %d", r.Status)
	}
}

// form is what a browser would send of the form on the page.
func form(r webtest.Response, more url.Values) url.Values {
	v := url.Values{}
	for _, name := range []string{"slug", "base", "composed", "name", "description", "when"} {
		v.Set(name, r.Attr(`main form[action="/segments/preview"] input[name="`+name+`"]`, "value"))
	}
	v.Set("when", r.Text(`main form[action="/segments/preview"] textarea`))
	for name, values := range more {
		v[name] = values
	}
	return v
}

func TestComposeAndSave(t *testing.T) {
	t.Parallel()
	h, site := open(t)
	v := site.As(cx.Admin)
	r := v.Get("/segments/new")
	r = v.Post("/segments/preview", form(r, url.Values{
		"name": {"Fieles de Quito"}, "event": {"Order Completed"}, "times": {"1"}, "days": {"30"}, "trait": {"city"}, "value": {"Quito"},
	}))
	if got := r.Text("h1"); got != "Serían 60 clientes ahora mismo: 98 %" || len(r.All(".segments-first li")) != 10 {
		t.Fatalf("tried: %q %.900s", got, r.Text("main"))
	}
	if got := r.Text(".segments-changes"); got != "Se añade Fieles de Quito" {
		t.Errorf("what changes: %q", got)
	}
	save := form(r, nil)
	r = v.Post("/segments/save", save)
	if r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/segments/of/fieles-de-quito" {
		t.Fatalf("saved: %d %q %.300s", r.Status, r.Header.Get("Location"), r.Text("main"))
	}
	s, ok := h.Models.Current().Model.Segment("fieles-de-quito")
	if want := `count("Order Completed", days(30)) >= 1 && string(traits["city"]) == "Quito"`; !ok || s.When.Source() != want {
		t.Errorf("the model says %q", s.When.Source())
	}
	if !strings.Contains(string(h.Models.Current().YAML), "# Who comes often.") {
		t.Error("a comment is lost")
	}
	// The same form again: somebody saved meanwhile.
	if r := v.Post("/segments/save", save); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Text("main [role=alert]"), "Alguien cambió la empresa") {
		t.Errorf("again: %d %q", r.Status, r.Text("main [role=alert]"))
	}
	// Another condition by hand; the other languages stay.
	r = v.Get("/segments/new?slug=buyers")
	r = v.Post("/segments/preview", form(r, url.Values{"name": {"Compradores"}, "when": {`count("Order Completed") >= 3`}}))
	if got := r.Text("h1"); got != "Serían 0 clientes ahora mismo: 0 %" {
		t.Errorf("by hand: %q", got)
	}
	v.Post("/segments/save", form(r, nil))
	if s, _ := h.Models.Current().Model.Segment("buyers"); s.Name.ES != "Compradores" || s.Name.EN != "Buyers" || s.When.Source() != `count("Order Completed") >= 3` {
		t.Errorf("changed to %+v %s", s.Name, s.When.Source())
	}
	v.Post("/segments/of/buyers/remove", nil)
	if _, ok := h.Models.Current().Model.Segment("buyers"); ok {
		t.Error("it is still there")
	}
}

func TestWrongConditions(t *testing.T) {
	t.Parallel()
	_, site := open(t)
	v := site.As(cx.Admin)
	r := v.Get("/segments/new")
	for name, c := range map[string]struct {
		with url.Values
		want string
	}{
		"nothing":   {url.Values{}, "Completa al menos una frase"},
		"no name":   {url.Values{"name": {""}, "times": {"1"}}, "Ponle un nombre"},
		"half":      {url.Values{"event": {"Order Completed"}}, "al menos cuántas veces"},
		"no number": {url.Values{"times": {"x"}}, "número entero"},
		"unknown":   {url.Values{"when": {"counts() > 1"}}, "counts"},
		"too long":  {url.Values{"when": {strings.Repeat("x", 10_000)}}, "4096"},
		"wrong":     {url.Values{"when": {`count("x") > "many"`}}, "1:12"},
	} {
		with := url.Values{"name": {"N"}}
		for k, values := range c.with {
			with[k] = values
		}
		got := v.Post("/segments/preview", form(r, with))
		if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Text("main [role=alert]"), c.want) {
			t.Errorf("%s: %d %q", name, got.Status, got.Text("main [role=alert]"))
		}
	}
	if r := v.Get("/segments/new?slug=unheard-of"); r.Status != http.StatusNotFound {
		t.Errorf("got %d", r.Status)
	}
}
