package programme_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	domain "github.com/vivencia-cx/vivencia/internal/improve/programme"
	"github.com/vivencia-cx/vivencia/internal/improve/programme/programmetest"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web/pages/programme"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func site(t *testing.T) (*programmetest.World, *webtest.Site) {
	t.Helper()
	w := programmetest.New(t, nil)
	return w, webtest.Serve(t, w.Accounts, w.Clock, programme.New(w, w))
}

func TestWhetherItIsAlive(t *testing.T) {
	t.Parallel()
	w, s := site(t)
	v := s.As(cx.Lead)
	if got := v.Get("/programme").Text("h1"); got != "El programa empieza con el primer compromiso" {
		t.Errorf("the finding is %q", got)
	}
	w.Steps = func(window cx.Window) (c cycle.Cadence) {
		if window.To <= w.Week().Before(8).Window(time.UTC).To { // weeks ago
			c.Started = 1
		}
		return c
	}
	w.InTime = func(window cx.Window) cases.Share {
		if window.To == w.Clock.Now() {
			return cases.Share{K: 90, N: 100}
		}
		return cases.Share{K: 60, N: 100}
	}
	r := v.Get("/programme")
	if got := r.Text("h1"); got != "Llevamos 7 semanas sin nada: que no fueran dos semanas en el cartel" {
		t.Errorf("the finding is %q", got)
	}
	for _, want := range []string{"90 %", "83–94 %", "100 casos resueltos", "30 puntos", "0 de 2", "Nadie ha vivido nada aún"} {
		if !strings.Contains(strings.ReplaceAll(r.Body, "\u00a0", " "), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := len(r.All(".programme-rows li")); n != domain.Weeks {
		t.Errorf("%d weeks as a table", n)
	}
	if csv := v.Get("/programme/weeks.csv"); csv.Status != http.StatusOK || strings.Count(csv.Body, "\n") != domain.Weeks+1 {
		t.Errorf("%d %q", csv.Status, csv.Body)
	}
}

func TestCommitting(t *testing.T) {
	t.Parallel()
	w, s := site(t)
	v := s.As(cx.Lead)
	done := 0
	w.Counted = func(account.Person, domain.Kind, cx.Window) int { return done }
	day := w.Clock.Now().Add(72 * time.Hour).Std().Format(time.DateOnly)
	r := v.Post("/programme/commitments", url.Values{"kind": {"calls"}, "target": {"3"}, "due": {"ayer"}})
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "es el día, por ejemplo 2026-11-30") {
		t.Errorf("%d %s", r.Status, r.Text("#f-due-fault"))
	}
	if r = v.Post("/programme/commitments", url.Values{"kind": {"calls"}, "target": {"tres"}, "due": {day}}); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "va de 1 a 500") {
		t.Errorf("%d %s", r.Status, r.Text("#f-target-fault"))
	}
	for _, form := range []url.Values{
		{"kind": {"calls"}, "target": {"3"}, "due": {day}},
		{"kind": {"other"}, "target": {"1"}, "words": {"<b>Un día</b> en la caja"}, "due": {day}},
	} {
		if r := v.Post("/programme/commitments", form); r.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
	}
	done = 2
	r = v.Get("/programme")
	for _, want := range []string{"Hablar con 3 clientes", "2 de 3, por los casos en que habló", "&lt;b&gt;Un día", "en marcha"} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if got := len(r.All(`form[action$="/fulfil"]`)); got != 1 {
		t.Errorf("%d can be said to be done", got)
	}
	if r := s.As(cx.Member).Post("/programme/commitments/2/fulfil", nil); r.Status != http.StatusNotFound {
		t.Errorf("of somebody else: %d", r.Status)
	}
	if r := v.Post("/programme/commitments/2/fulfil", nil); r.Status != http.StatusSeeOther {
		t.Errorf("%d", r.Status)
	}
	if r := v.Post("/programme/commitments/1/dance", nil); r.Status != http.StatusNotFound {
		t.Errorf("%d", r.Status)
	}
	csv := v.Get("/programme/commitments.csv").Body
	if !strings.Contains(csv, "cumplido") || !strings.Contains(csv, "Hablar con 3 clientes") {
		t.Error(csv)
	}
}

func TestMaturityIsToldInFives(t *testing.T) {
	t.Parallel()
	w, s := site(t)
	v := s.As(cx.Member)
	r := v.Get("/programme/maturity")
	if got := r.Text("h1"); got != "¿Cuánto hemos madurado?" {
		t.Errorf("the finding is %q", got)
	}
	if got := len(r.All(`input[type="radio"]`)); got != 25 {
		t.Errorf("%d sentences to choose from", got)
	}
	if r := v.Post("/programme/maturity", url.Values{"strategy": {"2"}}); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "elige la frase que más se parece") {
		t.Errorf("%d", r.Status)
	}
	all := url.Values{}
	for _, side := range domain.Sides() {
		all.Set(side, "3")
	}
	all.Set("people", "1")
	if r := v.Post("/programme/maturity", all); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := v.Get("/programme/maturity"); len(r.All(`input[type="radio"]`)) != 0 || !strings.Contains(r.Body, "se verá cuando sean cinco más") {
		t.Error("it can be said twice, or one is told")
	}
	for i := range 4 {
		if err := w.Assess(t.Context(), w.Person(fmt.Sprint("P", i), cx.Member), map[string]int{"strategy": 3, "culture": 4, "processes": 3, "measurement": 3, "people": 1}); err != nil {
			t.Fatal(err)
		}
	}
	r = v.Get("/programme/maturity")
	if got := r.Text("h1"); got != "Donde más queda por crecer: Personas" {
		t.Errorf("the finding is %q", got)
	}
	if !strings.Contains(r.Body, "Una persona empuja sola") {
		t.Error("the next step is not told")
	}
}

func TestFiveMinutes(t *testing.T) {
	t.Parallel()
	w, s := site(t)
	w.Said = func(touchpoint string, window cx.Window) []voice.Quote {
		if touchpoint != "till" {
			return nil
		}
		return []voice.Quote{{Ref: voice.Ref{Seq: 9}, At: window.From.Add(35 * time.Hour), Language: "es", Words: "Esperé 25 minutos <b>de pie</b> y nadie me dijo nada"}}
	}
	w.Path = []string{"shop", "till"}
	v := s.As(cx.Member)
	r := v.Get("/programme/five")
	if !strings.Contains(r.Body, "Antes pasó por: La web → La caja") {
		t.Error("the way is not told")
	}
	if got := r.Text("h1"); got != "Cajas: ¿qué habrías hecho? Semana del 2 mar" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.Text("blockquote"); got != "Esperé … minutos <b>de pie</b> y nadie me dijo nada" || r.Text("article .kicker") != "Un martes por la mañana, en «La caja»" {
		t.Errorf("%q, %q", r.Text("article .kicker"), got)
	}
	if got := r.Text(`article a`); got != "Pagas en cinco minutos" {
		t.Errorf("the promise is %q", got)
	}
	form := url.Values{"week": {r.Attr(`input[name="week"]`, "value")}, "area": {"tills"}, "words": {" "}}
	if r := v.Post("/programme/five", form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "qué habrías hecho") {
		t.Errorf("%d %s", r.Status, r.Text("#f-words-fault"))
	}
	form.Set("words", "Avisarle de cuánto faltaba")
	if r := v.Post("/programme/five", form); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	r = s.As(cx.Lead).Get("/programme/five?area=tills")
	if got := r.Text(".programme-answers li"); got != "Avisarle de cuánto faltaba" {
		t.Errorf("the others read %q", got)
	}
	if got := r.Text(`.programme-areas a[aria-current]`); got != "Cajas 1 persona lo hizo" {
		t.Errorf("the area is %q", got)
	}
	if r := v.Get("/programme/five?area=web"); !strings.Contains(r.Body, "Ningún cliente ha dejado palabras") {
		t.Error("an area without words says nothing")
	}
	if r := v.Get("/programme/five?area=tills&week=" + string(w.Week().Before(3))); len(r.All("textarea")) != 0 {
		t.Error("an old sheet can be answered")
	}
	for address, status := range map[string]int{"/programme/five?week=soon": http.StatusUnprocessableEntity, "/programme/five?area=moon": http.StatusNotFound, "/programme/five?area=tills&week=2031-W01": http.StatusNotFound} {
		if r := v.Get(address); r.Status != status {
			t.Errorf("%s: %d", address, r.Status)
		}
	}
}
