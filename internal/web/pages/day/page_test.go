package day_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	casespage "github.com/vivencia-cx/vivencia/internal/web/pages/cases"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/casestest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/day"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func site(t *testing.T, w *casestest.World) *webtest.Site {
	t.Helper()
	return webtest.Serve(t, w.Accounts, w.Clock,
		day.New(w.Cases, w.Promises, w.Voice, w.Reasons, w.Memory, w.Models),
		casespage.New(w.Cases, w.Memory, w.Promises, w.Voice, w.Models, nil),
		customer.New(w.Memory, w.Models, nil, customertest.NobodyForgotten))
}

func TestTheDayOfWhoServes(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	id := w.Marta()
	v := site(t, w).As(cx.Member)
	if to := v.Get("/").Header.Get("Location"); to != "/day" {
		t.Errorf("the home of who serves is %q", to)
	}
	r := v.Get("/day")
	if got := r.Text("h1"); got != "Hoy vence 1 promesa, y nada más" {
		t.Errorf("the finding is %q", got)
	}
	c := w.Open(cases.New{Key: "a", Customer: id, Kind: "made-right", Title: "Apartar el libro"})
	if got := v.Get("/day").Text("h1"); got != "1 caso espera a que alguien lo coja" {
		t.Errorf("the finding is %q", got)
	}
	v.Post("/cases/"+c.ID+"/take", nil)
	r = v.Get("/day")
	if got := r.Text("h1"); got != "1 caso tuyo es para hoy" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.Text("#day-cases .case"); !strings.Contains(got, "Apartar el libro") || !strings.Contains(got, "vence en 4 h") {
		t.Errorf("the case is %q", got)
	}
	main := r.Text("main")
	for _, want := range []string{
		"lunes, 2 de marzo de 2026", "Prometimos para hoy", "Llega el día que dijimos", "Pedido P-100", "en riesgo, vence en 2 h",
		"Lo mejor", "«Muchas gracias, muy amables todos en la tienda»", "Lo peor", "«Llegó tardísimo, una semana de retraso, no vuelvo»",
	} {
		if !strings.Contains(strings.ToLower(main), strings.ToLower(want)) {
			t.Errorf("%q is missing: %s", want, main)
		}
	}
	if got := r.Attr(`.day-said a[href^="/cases/new?voice="]`, "href"); got == "" {
		t.Error("no case can be opened of the worst words")
	}
	w.Clock.Advance(5 * time.Hour)
	if got := v.Get("/day").Text("h1"); got != "1 caso tuyo ya ha vencido" {
		t.Errorf("the finding is %q", got)
	}
}

func TestOneThingToMend(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	v := site(t, w).As(cx.Member)
	v.Header.Set("HX-Request", "true")
	if got := v.Get("/day/mend").Text("#day-mend"); !strings.Contains(got, "Nada vuestro pesa hoy") {
		t.Errorf("without answers it says %q", got)
	}
	for _, lang := range []string{"en", "pt"} {
		v := site(t, casestest.New(t)).As(cx.Admin)
		v.Post("/language", map[string][]string{"language": {lang}})
		if r := v.Get("/day"); r.Status != http.StatusOK {
			t.Errorf("%s: %d", lang, r.Status)
		}
	}
}

func TestExtremes(t *testing.T) {
	t.Parallel()
	line := func(polarity string, sentiment float64, words string) voice.Line {
		return voice.Line{Text: voice.Text{Words: words, Reading: voice.Reading{Polarity: polarity, Sentiment: sentiment}}}
	}
	best, worst := day.Extremes([]voice.Line{
		line("positive", .9, "Bien"), line("positive", .7, "Me atendieron muy bien"), line("positive", .8, "Gracias por todo, de verdad"),
		line("negative", -.2, "Tardaron un poco más"), line("negative", -.9, "Horrible, no vuelvo nunca"), line("neutral", 0, "Compré un libro ayer"),
	})
	if best == nil || worst == nil || best.Words != "Gracias por todo, de verdad" || worst.Words != "Horrible, no vuelvo nunca" {
		t.Errorf("the best is %v, the worst %v", best, worst)
	}
	if best, worst := day.Extremes(nil); best != nil || worst != nil {
		t.Errorf("of nothing %v and %v", best, worst)
	}
}
