package today_test

import (
	"bufio"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func TestHowItGoes(t *testing.T) {
	t.Parallel()
	v := aCompany(t).site.As(cx.Analyst)
	if r := v.Get("/"); r.Header.Get("Location") != "/today" {
		t.Errorf("home leads to %q", r.Header.Get("Location"))
	}
	r := v.Get("/today")
	if got := r.Text("h1"); got != "Mejora la recomendación; lo que más duele es «Caja»" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.Text(".kicker"); got != "4 semanas · 2 feb – 2 mar · 162 hechos · 40 clientes" {
		t.Errorf("the kicker is %q", got)
	}
	if got := r.Text(".stat"); !strings.HasPrefix(got, "Recomendación (NPS)¿Nos recomendarías? De −100 a 10065 ±") || !strings.Contains(got, "mejor que hace 4 sem.") || !strings.Contains(got, "40 respuestas") {
		t.Errorf("the first card says %q", got)
	}
	if got := r.All(".stat h2"); !slices.Equal(got, []string{"Recomendación (NPS)", "Satisfacción (CSAT)"}) {
		t.Errorf("cards: %q", got)
	}
	if got := r.All(".today-worst .felt-name a"); !slices.Equal(got, []string{"Caja", "Ficha", "Club"}) {
		t.Errorf("worst first: %q", got)
	}
	if got := r.Text(".today-worst .felt"); !strings.Contains(got, "Caja") || !strings.Contains(got, "Tienda · Cajas") || !strings.Contains(got, "Molesto −1,2") || !strings.Contains(got, "40 hechos · 40 clientes") || !strings.Contains(got, "Satisfacción 0 %") {
		t.Errorf("the till: %q", got)
	}
	if got := r.All(".as-table tbody tr"); len(got) < 8 {
		t.Errorf("the chart's table has %d rows", len(got))
	}
	if got := r.Attr("[hx-sse\\:connect]", "hx-sse:connect"); got != "/today/live" {
		t.Errorf("the stream is %q", got)
	}
	if got := r.All("#now-list li"); len(got) != 7 || !strings.Contains(got[0], "Ana <b>1</b>") || strings.Contains(r.Body, "<b>1</b>") {
		t.Errorf("now: %q", got)
	}
	for _, lang := range []string{"en", "pt"} {
		v.Header.Set("Accept-Language", lang)
		v.Post("/language", url.Values{"language": {lang}})
		for _, path := range []string{"/today?view=stage", "/today/lived?metric=nps", "/today/lived?touchpoint=till"} {
			if r := v.Get(path); r.Status != http.StatusOK {
				t.Errorf("%s in %s: %d", path, lang, r.Status)
			}
		}
	}
}

func TestControls(t *testing.T) {
	t.Parallel()
	v := aCompany(t).site.As(cx.Analyst)
	r := v.Get("/today?view=stage&area=tills&weeks=13&live=off")
	if got := r.All(".today-stage h3"); !slices.Equal(got, []string{"Durante"}) {
		t.Errorf("stages of the tills: %q", got)
	}
	if got := r.Attr("#f-weeks option[selected]", "value") + r.Attr("#f-area option[selected]", "value"); got != "13tills" {
		t.Errorf("chosen: %q", got)
	}
	if r.Attr("[hx-sse\\:connect]", "hx-sse:connect") != "" {
		t.Error("it is paused, and still streams")
	}
	if got := r.Attr(".felt-name a", "href"); got != "/today/lived?area=tills&touchpoint=till&weeks=13" {
		t.Errorf("the drill-down is %q", got)
	}
	if r := v.Get("/today?chart=csat"); r.Text(".today-weeks .tabs [aria-current]") != "Satisfacción" {
		t.Errorf("the chart's tab is %q", r.Text(".today-weeks .tabs [aria-current]"))
	}
	if r := v.Get("/today/weeks.csv"); !strings.HasPrefix(r.Body, "\ufeffQué se mide,Desde,Hasta,Valor,") || !strings.Contains(r.Body, "Recomendación (NPS),2026-02-23,2026-03-01,") {
		t.Errorf("weeks: %.300s", r.Body)
	}
	if r := v.Get("/today/touchpoints.csv"); !strings.Contains(r.Body, "\nCaja,Durante,Cajas,40,40,-1.2") {
		t.Errorf("touchpoints: %.300s", r.Body)
	}
}

// TestSegment asks of the customers of a segment only.
func TestSegment(t *testing.T) {
	t.Parallel()
	w := aCompany(t)
	w.inForce.Model = parsed(t, company+`
segments:
  - {slug: joined, name: Del club, when: 'count("Joined") > 0'}
  - {slug: nobody, name: Nadie, when: 'count("Unheard Of") > 0'}
`)
	v := w.site.As(cx.Analyst)
	all, some := v.Get("/today"), v.Get("/today?segment=joined")
	if some.Status != http.StatusOK || some.Attr("#f-segment option[selected]", "value") != "joined" || some.Text(".kicker") == "" {
		t.Errorf("%d %q", some.Status, some.Text(".kicker"))
	}
	if all.Attr("#f-segment option[selected]", "value") != "" || v.Get("/today?segment=unheard-of").Status != http.StatusNotFound {
		t.Error("the segment is not optional, or guessed")
	}
	if got := v.Get("/today?segment=nobody").Text("h1"); strings.Contains(got, "duele") {
		t.Errorf("of nobody: %q", got)
	}
	if got := v.Get("/today/lived?segment=nobody&touchpoint=till").All("#lived tbody tr"); len(got) != 0 {
		t.Errorf("%d things behind nobody", len(got))
	}
}

func TestWhatLiesBehind(t *testing.T) {
	t.Parallel()
	v := aCompany(t).site.As(cx.Analyst)
	r := v.Get("/today/lived?touchpoint=till")
	if got := r.Text("h1"); got != "41 veces se vivió: Caja" {
		t.Errorf("title %q", got)
	}
	first := r.Text("#lived tbody tr")
	if !strings.Contains(first, "Respondió a csat-till") || !strings.Contains(first, `«<script>alert("cola")</script>»`) || !strings.Contains(first, "2 de 5") || strings.Contains(r.Body, "<script>alert") {
		t.Errorf("newest first: %q", first)
	}
	if href := r.Attr("#lived tbody a", "href"); !strings.HasPrefix(href, "/customers/c_") {
		t.Errorf("the customer is %q", href)
	}
	next := r.Attr("#lived [hx-get]", "hx-get")
	if rows := v.Get(next); rows.Status != http.StatusOK || strings.Count(rows.Body, "<tr") != 1 {
		t.Errorf("what follows %q: %d %.500s", next, rows.Status, rows.Body)
	}
	if got := v.Get("/today/lived?touchpoint=till&only=answers").All("#lived tbody tr"); len(got) != 1 {
		t.Errorf("answers: %q", got)
	}
	if got := v.Get("/today/lived?metric=nps").Text("h1"); got != "40 respuestas: Recomendación (NPS)" {
		t.Errorf("nps: %q", got)
	}
	if got := v.Get("/today/lived?stage=before&area=tills").Text(".empty"); !strings.Contains(got, "Nada en este período") {
		t.Errorf("nothing: %q", got)
	}
	if r := v.Get("/today/lived.csv?touchpoint=till"); strings.Count(r.Body, "\n") != 42 || !strings.Contains(r.Body, "Candil Goya") {
		t.Errorf("csv: %.300s", r.Body)
	}
	if r := aCompany(t).site.As(cx.Member).Get("/today/lived.csv"); r.Status != http.StatusForbidden {
		t.Errorf("a member takes customers away: %d", r.Status)
	}
}

func TestBadParameters(t *testing.T) {
	t.Parallel()
	v := newWorld(t, company).site.As(cx.Board)
	for path, want := range map[string]string{
		"/today?weeks=5":                   "No hay tal período",
		"/today?weeks=x":                   "No hay tal período",
		"/today?area=%3Cb%3E":              "No hay un área «<b>»",
		"/today?view=map":                  "No hay tal vista",
		"/today?chart=mean":                "Eso no se mide",
		"/today/lived?touchpoint=nowhere":  "El modelo no tiene un punto de contacto «nowhere»",
		"/today/lived?stage=never":         "No hay tal etapa",
		"/today/lived?metric=x":            "Eso no se mide",
		"/today/lived?only=x":              "No hay tal vista",
		"/today/lived?to=-3":               "El enlace no está entero",
		"/today/lived/rows?before=zz--":    "El enlace no está entero",
		"/today/touchpoints.csv?weeks=1e9": "No hay tal período",
	} {
		if r := v.Get(path); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Text("main"), want) {
			t.Errorf("%s: %d %q", path, r.Status, r.Text("main"))
		}
	}
}

// TestFrontLine reads how sure it is, with the figures on a tap.
func TestFrontLine(t *testing.T) {
	t.Parallel()
	w := aCompany(t)
	_, err := w.site.Accounts.CreatePerson(t.Context(), cx.System(), account.NewPerson{
		Email: "lead@candil.example", Name: "Ana Ruiz", Role: cx.Lead, Areas: []string{"tills"}, Language: "es", Password: webtest.Password,
	})
	w.must(err)
	r := w.site.As(cx.Lead).Get("/today")
	if got := r.All(".today-worst .felt-name a"); !slices.Equal(got, []string{"Caja"}) {
		t.Errorf("a lead of the tills sees %q", got)
	}
	if got := r.All("#now-list li"); slices.ContainsFunc(got, func(s string) bool { return !strings.Contains(s, "Caja") }) {
		t.Errorf("a lead of the tills sees %q", got)
	}
	r = w.site.As(cx.Member).Get("/today")
	if got := r.Text(".stat"); !strings.Contains(got, "Mejora seguroVer cifras65 ±") {
		t.Errorf("the first card says %q", got)
	}
	if got := r.Text(".today-worst .felt"); !strings.Contains(got, "Caja Tienda · CajasMolesto seguro−1,2") {
		t.Errorf("the till: %q", got)
	}
	if got := r.All(".felt-badge"); slices.ContainsFunc(got, func(s string) bool { return strings.ContainsAny(s, "0123456789") }) {
		t.Errorf("figures before they are asked for: %q", got)
	}
}

func TestNothingYet(t *testing.T) {
	t.Parallel()
	r := newWorld(t, "").site.As(cx.Admin).Get("/today")
	if got := r.Text("h1"); got != "Aún no ha llegado nada de tus clientes" || len(r.All(".today-steps li")) != 3 {
		t.Errorf("%q %q", got, r.All(".today-steps li"))
	}
	if got := newWorld(t, company).site.As(cx.Admin).Get("/today").All(".today-steps .chip"); len(got) != 1 {
		t.Errorf("the model is declared, and the steps say %q", got)
	}
	w := newWorld(t, "")
	w.live(cxtest.Track("u1", "Checkout Paid", -day, nil))
	r = w.site.As(cx.Board).Get("/today")
	if got := r.Text("h1"); got != "Aún no se sabe cómo se está viviendo" || !strings.Contains(r.Text(".notice"), "aún no sabe en qué puntos de contacto") {
		t.Errorf("without a model: %q", got)
	}
	w = newWorld(t, company)
	w.live(cxtest.Track("u1", "Checkout Paid", -day, cxtest.Object{"wait": 1.0}))
	if got := w.site.As(cx.Board).Get("/today?area=web").Text("h1"); got != "En este período no se vivió nada aquí" {
		t.Errorf("an area without news: %q", got)
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	w := aCompany(t)
	v := w.site.As(cx.Analyst)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.site.URL+"/today/live", nil)
	w.must(err)
	req.AddCookie(v.Cookie())
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && lines.Text() != ": " {
	}
	w.live(cxtest.Track("nuevo@candil.example", "Checkout Paid", 0, cxtest.Object{"wait": 30.0}))
	for lines.Scan() {
		if s := lines.Text(); strings.Contains(s, "#now-list") {
			if !strings.Contains(s, "nuevo@candil.example") || !strings.Contains(s, "Molesto") {
				t.Errorf("the stream says %.1500s", s)
			}
			return
		}
	}
	t.Error("the stream ended")
}
