package choices_test

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
	"github.com/vivencia-cx/vivencia/internal/web/pages/choices"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const company = `
company: {slug: candil, name: Candil, timezone: Europe/Madrid, currency: EUR, languages: [es, pt]}
areas: [{slug: stores, name: Tiendas}]
touchpoints: [{slug: shelf, name: Estantería, stage: before, channel: store, medium: physical, area: stores, events: [Shelf Browsed]}]
choices:
  # When a book is late.
  - slug: late
    question: {es: <b>Llega tarde</b>, pt: Chega tarde}
    options: [{id: shop, text: {es: En la tienda, pt: Na loja}}, {id: wait, text: {es: Espero, pt: Espero}}]
    expires: 36h
rules:
  - {slug: tell, name: Decirlo, area: stores, when: {event: Shelf Browsed}, then: [{wait: {until: {event: Shelf Browsed}, most: 1d, else: [{choice: late}]}}, {notify: {text: Vaya}}]}
`

func open(t *testing.T) (*model.Service, *webtest.Site) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: t.TempDir() + "/state.db", Synchronous: "NORMAL"})
	must(err)
	t.Cleanup(func() { must(db.Close()) })
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	must(err)
	t.Cleanup(func() { must(log.Close()) })
	models, err := model.OpenService(t.Context(), db, log, cxtest.NewClock())
	must(err)
	_, err = models.Apply(t.Context(), cx.System(), []byte(company), "")
	must(err)
	return models, webtest.New(t, choices.New(models))
}

func TestChoices(t *testing.T) {
	t.Parallel()
	models, site := open(t)
	v := site.As(cx.Admin)
	r := v.Get("/rules/choices")
	if got := r.Text("#late"); !strings.Contains(got, "<b>Llega tarde</b>") || !strings.Contains(got, "En la tienda") || !strings.Contains(got, "Decirlo") {
		t.Errorf("the list: %q", got)
	}
	r = v.Get("/rules/choices/of/late")
	if r.Attr("#f-option\\.0\\.pt", "value") != "Na loja" || r.Attr("#f-expires\\.n", "value") != "36" || r.Text("#f-expires\\.unit [selected]") != "horas" {
		t.Errorf("the form: %s", r.Text("form.choices-form"))
	}
	form := url.Values{
		"base": {r.Attr("[name=base]", "value")}, "question.es": {"Tu libro no llega: ¿qué prefieres?"}, "question.pt": {"O teu livro não chega"}, "expires.n": {"3"}, "expires.unit": {"d"},
		"option.0.id": {"shop"}, "option.0.es": {""}, "option.0.pt": {""}, "option.1.id": {"wait"}, "option.1.es": {"Sí, espero"}, "option.1.pt": {"Espero"},
		"option.2.es": {"Devolvedme el dinero: # todo"}, "option.2.pt": {"Quero o dinheiro"},
	}
	if r := v.Post("/rules/choices/of/late", form); r.Status != http.StatusSeeOther {
		t.Fatalf("saving: %d %s", r.Status, r.Text("main"))
	}
	now := models.Current()
	c, _ := now.Model.Choice("late")
	if len(c.Options) != 2 || c.Options[0].ID != "wait" || c.Options[0].Text.ES != "Sí, espero" || c.Options[1].ID != "devolvedme-el-dinero-todo" || c.Expires.Hours() != 72 {
		t.Errorf("it is %+v", c)
	}
	if !strings.Contains(string(now.YAML), "# When a book is late.") {
		t.Error("a comment of the model is lost")
	}

	form.Set("base", v.Get("/rules/choices/new").Attr("[name=base]", "value"))
	if r := v.Post("/rules/choices/new", form); r.Status != http.StatusSeeOther {
		t.Fatalf("a new one: %d %s", r.Status, r.Text("main"))
	}
	if c, ok := models.Current().Model.Choice("tu-libro-no-llega-que-prefieres"); !ok || len(c.Options) != 2 {
		t.Errorf("the new one is %+v", c)
	}

	form.Set("base", v.Get("/rules/choices/new").Attr("[name=base]", "value"))
	form.Set("option.2.es", "")
	form.Set("option.2.pt", "")
	if r := v.Post("/rules/choices/new", form); r.Status != http.StatusUnprocessableEntity || len(r.All(".notice-negative")) != 1 || r.Attr("#f-option\\.1\\.es", "value") != "Sí, espero" {
		t.Errorf("one way only: %d %s", r.Status, r.Text("main"))
	}
	if r := v.Post("/rules/choices/new", url.Values{}); r.Status == http.StatusSeeOther || r.Status >= 500 {
		t.Errorf("an empty form: %d", r.Status)
	}
	if r := v.Get("/rules/choices/of/none"); r.Status != http.StatusNotFound {
		t.Errorf("one that is none: %d", r.Status)
	}
	if r := site.As(cx.Member).Get("/rules/choices/new"); r.Status != http.StatusForbidden {
		t.Errorf("a member makes one: %d", r.Status)
	}
}

// Beside other changes that are not in force yet, a choice waits with them.
func TestChoiceWaitsInADraft(t *testing.T) {
	t.Parallel()
	models, site := open(t)
	v := site.As(cx.Admin)
	put := func(question string) {
		t.Helper()
		form := url.Values{"base": {v.Get("/rules/choices/new").Attr("[name=base]", "value")}, "question.es": {question}, "expires.n": {"1"}, "expires.unit": {"d"}, "option.0.es": {"Esto"}, "option.1.es": {"Aquello"}}
		if r := v.Post("/rules/choices/new", form); r.Status != http.StatusSeeOther {
			t.Fatalf("saving: %d %s", r.Status, r.Text("main"))
		}
	}
	put("¿Una?")
	p := cx.Principal{ID: models.Current().AppliedBy, Role: cx.Admin}
	if _, err := models.EditDraft(t.Context(), p, models.Current().Number, model.AnyRevision, func(src []byte) ([]byte, error) {
		return []byte(strings.Replace(string(src), "name: Tiendas", "name: Las tiendas", 1)), nil
	}); err != nil {
		t.Fatal(err)
	}
	put("¿Qué prefieres?")
	if _, ok := models.Current().Model.Choice("que-prefieres"); ok {
		t.Error("it came into force with what was not asked for")
	}
	if d, err := models.Draft(t.Context(), p); err != nil || model.IndexOf(d.YAML, "choices", "que-prefieres") < 0 || !strings.Contains(string(d.YAML), "Las tiendas") {
		t.Errorf("the draft lacks it, or the rest: %v", err)
	}
}
