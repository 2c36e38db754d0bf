package journeys_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/journeystest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/today"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// site shows the journeys of a world, with the pages whose words they share.
func site(t testing.TB, w *journeystest.World) *webtest.Site {
	t.Helper()
	return webtest.New(t, journeys.New(w.Journeys, w.Memory, w, nil), today.New(nil, nil, nil, nil, w, today.Led{}),
		customer.New(w.Memory, w, func(context.Context, string) string { return "" }, customertest.NobodyForgotten))
}

func store(t testing.TB) history.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 1})
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

// tight leaves the spaces out, which lie between elements or do not.
func tight(s string) string { return strings.ReplaceAll(s, " ", "") }

const finding = "se salta «Aviso», sobre todo con Azahar, desde el 3"

func TestList(t *testing.T) {
	t.Parallel()
	r := site(t, journeystest.Lived(t, store(t))).As(cx.Analyst).Get("/journeys")
	if got := r.Text("h1"); !strings.HasPrefix(got, "Lo que más duele: en «Pedido», "+finding) {
		t.Errorf("the finding is %q", got)
	}
	card := r.Text(".journey-health")
	for _, want := range []string{"Pedido", "Tener el libro en casa", "2 1 atascado", "100 % ±1", "45 h", "Lo que más duele: " + finding} {
		if !strings.Contains(card, want) {
			t.Errorf("the card lacks %q: %q", want, card)
		}
	}
	if r.Attr(".journey-spark svg", "aria-label") == "" || r.Attr(".journey-name a", "href") != "/journeys/order" || r.Attr(".journey-worst a", "href") != "/journeys/order#f-skipped-notice" {
		t.Errorf("%s", card)
	}
}

// TestWithinAMinute: the page says which step hurts most, for whom, since when
// and what it costs.
func TestWithinAMinute(t *testing.T) {
	t.Parallel()
	v := site(t, journeystest.Lived(t, store(t))).As(cx.Analyst)
	r := v.Get("/journeys/order")
	if got := r.Text("h1"); !strings.HasPrefix(got, "Lo que más duele: "+finding) {
		t.Errorf("the finding is %q", got)
	}
	first := r.Text(".hurt")
	for _, want := range []string{"Se salta «Aviso»", "seguro", "Para quién Con Azahar", "frente a 0 % de los demás", "Desde cuándo Desde el 3", "Qué cuesta La nota baja 3,0 puntos seguro", "Tardan 5 días más"} {
		if !strings.Contains(tight(first), tight(want)) {
			t.Errorf("what hurts most does not say %q: %q", want, first)
		}
	}
	if href := r.Attr(".hurt h3 a", "href"); href != "/journeys/order/runs?deviation=skipped%3Anotice" {
		t.Errorf("what lies behind it: %q", href)
	}
	if got := r.All(".map-step a"); !slices.Equal(got, []string{"Ficha", "Pago", "Aviso", "Entrega"}) {
		t.Errorf("steps %q", got)
	}
	if got := r.All(".map-stage"); !slices.Equal(got, []string{"Antes", "Durante"}) {
		t.Errorf("stages %q", got)
	}
	if got := r.All(".curve [data-point]"); len(got) != 4 {
		t.Errorf("the curve has %d stops", len(got))
	}
	if got := r.All(".journey-narrow h4"); !slices.Equal(got, []string{"Ficha", "Pago", "Aviso", "Entrega"}) {
		t.Errorf("on a phone: %q", got)
	}
	if got := r.All(".journey-states li"); len(got) != 5 || !strings.Contains(got[0], "A gusto") || !strings.Contains(tight(got[2]), "1atascado") {
		t.Errorf("states %q", got)
	}
	if got := v.Get(r.Attr("[hx-trigger=load]", "hx-get")).Text(".journey-sections"); !strings.Contains(got, "¿Depende de quién te atienda?") || !strings.Contains(got, "Azahar") {
		t.Errorf("sections: %q", got)
	}
	for _, lang := range []string{"en", "pt"} {
		v.Post("/language", url.Values{"language": {lang}})
		for _, path := range []string{"/journeys", "/journeys/order", "/journeys/order/runs?deviation=skipped:notice"} {
			if r := v.Get(path); r.Status != http.StatusOK {
				t.Errorf("%s in %s: %d", path, lang, r.Status)
			}
		}
	}
}

func TestRuns(t *testing.T) {
	t.Parallel()
	v := site(t, journeystest.Lived(t, store(t))).As(cx.Analyst)
	r := v.Get("/journeys/order/runs?deviation=skipped:notice")
	if got := r.Text("h1"); !strings.Contains(got, "recorridos de «Pedido»: se salta «Aviso»") {
		t.Errorf("title %q", got)
	}
	if got := r.Text("#runs tbody tr"); !strings.Contains(got, "Terminado") || !strings.Contains(got, "Se salta «Aviso»") {
		t.Errorf("first: %q", got)
	}
	if got := r.Attr(".chosen a", "href"); got != "/journeys/order/runs" {
		t.Errorf("without it: %q", got)
	}
	all := v.Get("/journeys/order/runs")
	if next := all.Attr("#runs [hx-get]", "hx-get"); next == "" || strings.Count(v.Get(next).Body, "<tr") != 41 {
		t.Errorf("what follows is %q", next)
	}
	stuck := v.Get("/journeys/order/runs?state=stuck")
	if got := stuck.All("#runs tbody tr"); len(got) != 1 || !strings.Contains(got[0], "STUCK") {
		t.Errorf("stuck: %q", got)
	}

	run := v.Get(r.Attr("#runs tbody a", "href"))
	if got := run.Text("h1"); !strings.Contains(got, "llegó al final: «Entrega»") {
		t.Errorf("the run: %q", got)
	}
	if got := run.All(".run-moment h3"); !slices.Equal(got, []string{"Ficha", "Pago", "Aviso", "Entrega", "Respondió cómo quedó"}) {
		t.Errorf("its line: %q", got)
	}
	if got := run.All(".run-skipped"); len(got) != 1 || !strings.Contains(got[0], "Aviso") || !strings.Contains(got[0], "Se salta") {
		t.Errorf("skipped: %q", got)
	}
	if got := run.Text(".run-line"); !strings.Contains(got, "«Nadie me avisó y no estaba en casa "+journeystest.Hostile) || !strings.Contains(got, "Satisfacción") || strings.Contains(run.Body, journeystest.Hostile) {
		t.Errorf("their words: %q", got)
	}
	if got := v.Get(stuck.Attr("#runs tbody a", "href")).Text("main"); !strings.Contains(got, "espera desde «Pago»: lo siguiente llega tarde") || !strings.Contains(got, "debía llegar hace 2 días") {
		t.Errorf("who waits: %q", got)
	}
	now := v.Get(v.Get("/journeys/order/runs?state=running").Attr("#runs tbody a", "href"))
	if got := now.Text("main"); !strings.Contains(got, "Lo más probable ahora") || !strings.Contains(got, "Ver al cliente") {
		t.Errorf("what comes next: %q", got)
	}
	href := now.Attr(".head-actions a", "href")
	if !strings.HasPrefix(href, "/customers/c_") {
		t.Errorf("the customer is %q", href)
	}
	theirs := v.Get(href + "/journeys")
	if got := theirs.Text("a"); !strings.Contains(got, "Pedido: En marcha") || !strings.Contains(got, "(3)") {
		t.Errorf("their journeys: %q", got)
	}
	if got := v.Get(theirs.Attr("a", "href")).All("#runs tbody tr"); len(got) != 3 {
		t.Errorf("their runs: %q", got)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	v := site(t, journeystest.Lived(t, store(t))).As(cx.Analyst)
	for path, want := range map[string]int{
		"/journeys.csv":                            1,
		"/journeys/order/map.csv":                  5, // four steps, and the payment that is called off
		"/journeys/order/findings.csv?weeks=0":     2,
		"/journeys/order/relations.csv":            8,
		"/journeys/order/runs.csv?state=completed": 240,
		"/journeys/order/runs.csv?place=nowhere":   0,
	} {
		r := v.Get(path)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.Body, "\ufeff"))).ReadAll()
		if err != nil || len(rows)-1 < want || r.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
			t.Errorf("%s: %v, %d rows, want %d: %.300s", path, err, len(rows)-1, want, r.Body)
		}
	}
	svg := v.Get("/journeys/order/map.svg")
	if !strings.HasPrefix(svg.Body, "<svg xmlns") || !strings.Contains(svg.Body, "se salta «Aviso»") || !strings.Contains(svg.Body, "Pago") || svg.Header.Get("Content-Type") != "image/svg+xml; charset=utf-8" {
		t.Errorf("the picture: %.500s", svg.Body)
	}
}

// TestFrontLine reads how sure it is, with the figures on a tap, and what was
// lived in its areas only.
func TestFrontLine(t *testing.T) {
	t.Parallel()
	w := journeystest.Lived(t, store(t))
	s := site(t, w)
	r := s.As(cx.Member).Get("/journeys/order")
	if got := r.All(".pill text"); !slices.Equal(got, []string{"+", "+", "+", "+"}) {
		t.Errorf("the curve of the front line: %q", got)
	}
	if got := r.Text(".hurt-cost"); tight(got) != "Lanotabajaseguro" {
		t.Errorf("what it costs: %q", got)
	}
	if r := s.As(cx.Member).Get("/journeys/order/runs.csv"); r.Status != http.StatusForbidden {
		t.Errorf("a member takes customers away: %d", r.Status)
	}
	_, err := s.Accounts.CreatePerson(t.Context(), cx.System(), account.NewPerson{
		Email: "lead@candil.example", Name: "Ana Ruiz", Role: cx.Lead, Areas: []string{"logistics"}, Language: "es", Password: webtest.Password,
	})
	if err != nil {
		t.Fatal(err)
	}
	r = s.As(cx.Lead).Get("/journeys/order")
	if got := r.Text(".notice"); !strings.Contains(got, "solo lo que se vivió en tus áreas") {
		t.Errorf("who sees a part is not told: %q", got)
	}
	if strings.Contains(r.Text("#hurts"), "Se salta") {
		t.Errorf("who sees runs in part is told what they lack: %q", r.Text("#hurts"))
	}
}

func TestNothingYet(t *testing.T) {
	t.Parallel()
	v := site(t, journeystest.New(t, store(t), "")).As(cx.Admin)
	if r := v.Get("/journeys"); r.Text("h1") != "Aún no hay ningún viaje" || len(r.All(".journey-next a")) != 3 {
		t.Errorf("%q %q", r.Text("h1"), r.All(".journey-next"))
	}
	v = site(t, journeystest.New(t, store(t), journeystest.Company)).As(cx.Analyst)
	if r := v.Get("/journeys"); r.Text("h1") != "Los viajes están diseñados; aún no se ha vivido ninguno" {
		t.Errorf("%q", r.Text("h1"))
	}
	for _, path := range []string{"/journeys/order", "/journeys/order?weeks=0", "/journeys/order/runs"} {
		if r := v.Get(path); r.Status != http.StatusOK || r.Text(".empty") == "" {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
}

func TestBadParameters(t *testing.T) {
	t.Parallel()
	v := site(t, journeystest.New(t, store(t), journeystest.Company)).As(cx.Analyst)
	for path, want := range map[string]int{
		"/journeys/nowhere":                    http.StatusNotFound,
		"/journeys/nowhere/runs":               http.StatusNotFound,
		"/journeys/order/runs/ffff":            http.StatusNotFound,
		"/journeys/order?weeks=5":              http.StatusUnprocessableEntity,
		"/journeys/order?state=lost":           http.StatusUnprocessableEntity,
		"/journeys/order/map.svg?area=%3Cb%3E": http.StatusUnprocessableEntity,
		"/journeys/order?segment=nobody":       http.StatusNotFound,
	} {
		if r := v.Get(path); r.Status != want {
			t.Errorf("%s: %d %q, want %d", path, r.Status, r.Text("main"), want)
		}
	}
}

// TestLive keeps a list of runs up to date.
func TestLive(t *testing.T) {
	t.Parallel()
	w := journeystest.Lived(t, store(t))
	s := site(t, w)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/journeys/order/runs/live?state=running", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(s.As(cx.Analyst).Cookie())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && lines.Text() != ": " {
	}
	w.Live(cxtest.Track("nueva@candil.example", "Order Completed", -time.Minute, cxtest.Object{"order_id": "FRESH"}))
	for lines.Scan() {
		if strings.Contains(lines.Text(), "FRESH") {
			return
		}
	}
	t.Error("the stream ended")
}

// improving is what the company improves.
type improving []cycle.Initiative

func (i improving) List(context.Context, cx.Principal, cycle.Query) ([]cycle.Initiative, error) {
	return i, nil
}

// The map shows what is being improved where, once, and lets people propose where it
// hurts and nobody does anything.
func TestInitiativesOnTheMap(t *testing.T) {
	t.Parallel()
	w := journeystest.Lived(t, store(t))
	show := func(all improving, role cx.Role) webtest.Response {
		s := webtest.New(t, journeys.New(w.Journeys, w.Memory, w, all), today.New(nil, nil, nil, nil, w, today.Led{}),
			customer.New(w.Memory, w, func(context.Context, string) string { return "" }, customertest.NobodyForgotten))
		return s.As(role).Get("/journeys/order")
	}
	const propose = `.journey-map a[href^="/improve/opportunities/new?touchpoint="]`
	if got := show(improving{}, cx.Member).All(propose); len(got) == 0 || got[0] != "+ Proponer" {
		t.Errorf("where it hurts: %q", got)
	}
	hurts := strings.TrimPrefix(show(improving{}, cx.Member).Attr(propose, "href"), "/improve/opportunities/new?touchpoint=")
	r := show(improving{
		{Slug: "arrival-notice", Draft: cycle.Draft{Title: model.Text{ES: "Avisar antes"}, About: cycle.About{Touchpoint: hurts}}},
		{Slug: "another", Draft: cycle.Draft{Title: model.Text{ES: "Otra"}, About: cycle.About{Touchpoint: hurts}}},
		{Slug: "elsewhere", Draft: cycle.Draft{Title: model.Text{ES: "Sin sitio"}}},
	}, cx.Lead)
	for _, where := range []string{".journey-map", ".journey-narrow"} {
		if got := r.All(where + ` a[href="/improve/of/arrival-notice"]`); !slices.Equal(got, []string{"Avisar antes"}) {
			t.Errorf("%s: %q", where, got)
		}
	}
	if !strings.Contains(r.Text(".journey-map"), "y 1 más") || strings.Contains(r.Body, "Sin sitio") {
		t.Error("how many more there are is not told, or one of no touchpoint is")
	}
}
