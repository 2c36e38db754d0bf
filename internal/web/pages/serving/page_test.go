package serving_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/web/pages/serving"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const company = `
company: {slug: candil, name: Candil, timezone: Europe/Madrid, currency: EUR, languages: [es, pt]}
areas: [{slug: tills, name: Cajas}, {slug: stores, name: {es: Tiendas, pt: Lojas}}]
touchpoints:
  # Where one pays.
  - slug: till
    name: {es: Caja, pt: Caixa}
    stage: during
    channel: store
    medium: physical
    area: tills
    events: [Checkout Paid]
    frame: {purpose: {es: Que pagar no estropee la visita, pt: Que pagar não estrague a visita}, never: [{es: Saludar, pt: Cumprimentar}], helps: stores}
  - {slug: shelf, name: Estantería, stage: before, channel: store, medium: physical, area: stores, events: [Shelf Browsed]}
promises:
  - slug: till-under-5
    name: {es: Menos de cinco minutos en caja, pt: Menos de cinco minutos na caixa}
    why: {es: <b>Nadie</b> viene a hacer cola, pt: Ninguém vem para a fila}
    area: tills
    touchpoint: till
    at: {event: Checkout Paid, holds: properties.wait_min <= 5.0}
    objective: 0.9
`

func open(t *testing.T) (*model.Service, *webtest.Site) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: t.TempDir() + "/state.db", Synchronous: "NORMAL"})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() { must(t, log.Close()) })
	models, err := model.OpenService(t.Context(), db, log, cxtest.NewClock())
	must(t, err)
	_, err = models.Apply(t.Context(), cx.System(), []byte(company), "")
	must(t, err)
	return models, webtest.New(t, serving.New(models))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWordsThatTheCompanyShares(t *testing.T) {
	t.Parallel()
	_, site := open(t)
	v := site.As(cx.Member)
	r := v.Get("/serving")
	if got := r.Text("h1"); got != "Prometemos 1 cosa, y todos la decimos igual" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.Text("#till"); !strings.Contains(got, "Que pagar no estropee la visita") || !strings.Contains(got, "Lo que nunca fallaSaludar") ||
		!strings.Contains(got, "Quién ayuda Tiendas") || !strings.Contains(got, "<b>Nadie</b>") || !strings.Contains(got, "QuiénCajas") {
		t.Errorf("the till: %q", got)
	}
	if len(r.All(".serving-bare")) != 0 || len(r.All(".serving-edit")) != 0 {
		t.Error("who may not change the model is shown what has no frame, or the way to set one")
	}
	r = v.Get("/serving?lang=pt")
	if got := r.Text(".serving"); !strings.Contains(got, "Que pagar não estrague a visita") || !strings.Contains(got, "Quem ajuda Lojas") || r.Attr(".serving", "lang") != "pt" {
		t.Errorf("in Portuguese: %q", got)
	}
	if r := v.Get("/serving?lang=xx"); r.Status != http.StatusOK || r.Attr(".serving", "lang") != "es" {
		t.Errorf("in a language that is none: %d", r.Status)
	}
	if r := v.Get("/serving/frames/till"); r.Status != http.StatusForbidden {
		t.Errorf("a frame's form is shown to who may not: %d", r.Status)
	}
}

func TestFrameIsEdited(t *testing.T) {
	t.Parallel()
	models, site := open(t)
	v := site.As(cx.Admin)
	r := v.Get("/serving/frames/till")
	if r.Attr("#f-purpose\\.es", "value") != "Que pagar no estropee la visita" || r.Text("#f-never\\.pt") != "Cumprimentar" {
		t.Errorf("the form: %s", r.Text("form.serving-form"))
	}
	form := url.Values{
		"purpose.es": {"Que <i>nadie</i> espere: # nunca"}, "purpose.pt": {""},
		"never.es": {"Saludar\n\n  Mirar a los ojos \n"}, "never.pt": {"Cumprimentar"}, "give.es": {"Una bolsa"}, "helps": {""},
	}
	if r := v.Post("/serving/frames/till", form); r.Status != http.StatusSeeOther {
		t.Fatalf("saving: %d %s", r.Status, r.Text("main"))
	}
	now := models.Current()
	till, _ := now.Model.Touchpoint("till")
	want := model.Frame{Purpose: model.Text{ES: "Que <i>nadie</i> espere: # nunca"}, Never: []model.Text{{ES: "Saludar", PT: "Cumprimentar"}, {ES: "Mirar a los ojos"}}, Give: []model.Text{{ES: "Una bolsa"}}}
	if got := till.Frame; got == nil || got.String() != want.String() {
		t.Errorf("the frame is %v, want %v", got, &want)
	}
	if !strings.Contains(string(now.YAML), "# Where one pays.") {
		t.Error("a comment of the model is lost")
	}
	if r := v.Get("/serving"); r.Attr(".serving-bare a", "href") != "/serving/frames/shelf" {
		t.Error("nothing leads to the frame that is not there yet")
	}

	form.Set("give.es", strings.Repeat("algo\n", 9))
	if r := v.Post("/serving/frames/till", form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Text("main"), "9") || r.Attr("#f-purpose\\.es", "value") != form.Get("purpose.es") {
		t.Errorf("nine things: %d %s", r.Status, r.Text("main"))
	}
	if r := v.Post("/serving/frames/till", url.Values{"purpose.es": {" "}}); r.Status != http.StatusSeeOther {
		t.Errorf("taking it out: %d", r.Status)
	}
	if till, _ := models.Current().Model.Touchpoint("till"); till.Frame != nil {
		t.Errorf("the frame is still %v", till.Frame)
	}
	if r := v.Get("/serving/frames/nowhere"); r.Status != http.StatusNotFound {
		t.Errorf("a touchpoint that is none: %d", r.Status)
	}
}
