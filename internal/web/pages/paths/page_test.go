package paths_test

import (
	"context"
	"encoding/csv"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/journeystest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/paths"
	"github.com/vivencia-cx/vivencia/internal/web/pages/today"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// site shows the paths of a world, with the pages whose words they share.
func site(t testing.TB, w *journeystest.World) *webtest.Site {
	t.Helper()
	return webtest.New(t, paths.New(w.Journeys, w), journeys.New(w.Journeys, w.Memory, w, nil), today.New(nil, nil, nil, nil, w, today.Led{}),
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

func TestPaths(t *testing.T) {
	t.Parallel()
	v := site(t, journeystest.Lived(t, store(t))).As(cx.Analyst)
	r := v.Get("/journeys/order/paths")
	if got := r.Text("h1"); got != "8 de cada 10 recorridos de «Pedido» se viven como los diseñamos; lo que más cuesta: se salta «Aviso»" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.All(".flow-node.designed .flow-label"); !slices.Equal(got, []string{"Ficha", "Pago", "Aviso", "Entrega"}) {
		t.Errorf("the graph's steps: %q", got)
	}
	if got := r.All(".hurt h3"); len(got) == 0 || got[0] != "Se salta «Aviso»" {
		t.Errorf("departures: %q", got)
	}
	ways := r.All("#ways .way")
	if len(ways) < 2 || !strings.Contains(ways[0], "Ficha Pago Aviso Entrega") || !strings.Contains(ways[1], "Aviso falta") {
		t.Errorf("ways: %q", ways)
	}
	if got := r.Text("#funnel"); !strings.Contains(got, "hasta «Entrega»") || !strings.Contains(got, "después de «Pago»") {
		t.Errorf("the funnel: %q", got)
	}
	if got := r.Text("#waits"); !strings.Contains(got, "De cada 100 horas") || !strings.Contains(got, "No se sabe cuánto es trabajo") {
		t.Errorf("the waits: %q", got)
	}
	compared := v.Get("/journeys/order/paths?a=supplier:veloz&b=supplier:azahar")
	if got := compared.All(".mirrors b"); !slices.Contains(got, "Pasan por «Aviso»") || !slices.Contains(got, "Cómo se vive") {
		t.Errorf("what differs: %q", got)
	}
	if got := v.Get("/journeys/order/paths?a=state:stuck&b=state:running").Text("#compare"); !strings.Contains(got, "muy pocos recorridos") {
		t.Errorf("one against one: %q", got)
	}
	all := v.Get("/journeys/order/paths?coverage=100")
	if got := all.All(".flow-node.unplanned text"); len(got) == 0 || !strings.Contains(strings.Join(got, " "), "no previsto") {
		t.Errorf("what was not planned: %q", got)
	}
	if got := all.Attr("form.filters [name=coverage]", "value"); got != "100" {
		t.Errorf("the filters forget the coverage: %q", got)
	}

	// What lies behind a node, an edge and a way.
	for _, css := range []string{"a.flow-node", "a.flow-edge", ".way-facts a"} {
		behind := v.Get(all.Attr(css, "href"))
		if behind.Status != http.StatusOK || len(behind.All("#runs tbody tr")) == 0 {
			t.Errorf("behind %s (%s): %d", css, all.Attr(css, "href"), behind.Status)
		}
	}
	if got := v.Get("/journeys/order/runs?after=pay&then=deliver").Text("h1"); !strings.Contains(got, "Después de «Pago», Luego «Entrega»") {
		t.Errorf("the runs of an edge: %q", got)
	}
	for _, lang := range []string{"en", "pt"} {
		v.Header.Set("Accept-Language", lang)
		if r := v.Get("/journeys/order/paths?funnel=pay&funnel=deliver&within=24"); r.Status != http.StatusOK || !strings.Contains(r.Text("#funnel"), "24") && !strings.Contains(r.Text("#funnel"), "1") {
			t.Errorf("in %s: %d", lang, r.Status)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	v := site(t, journeystest.Lived(t, store(t))).As(cx.Analyst)
	for path, want := range map[string]int{
		"graph.csv": 3, "variants.csv": 4, "deviations.csv": 2, "comparison.csv?a=supplier:veloz&b=supplier:azahar": 5, "funnel.csv": 3, "waits.csv": 3,
	} {
		r := v.Get("/journeys/order/paths/" + path)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.Body, "\ufeff"))).ReadAll()
		if err != nil || len(rows)-1 < want || r.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
			t.Errorf("%s: %v, %d rows, want %d: %.300s", path, err, len(rows)-1, want, r.Body)
		}
	}
	svg := v.Get("/journeys/order/paths/graph.svg?coverage=100")
	if !strings.HasPrefix(svg.Body, "<svg xmlns") || !strings.Contains(svg.Body, ">Aviso<") || !strings.Contains(svg.Body, "Pedido · 26 semanas · ") || svg.Header.Get("Content-Type") != "image/svg+xml; charset=utf-8" {
		t.Errorf("the picture: %.500s", svg.Body)
	}
}

// TestInPart: who sees only some areas is told nothing of the design.
func TestInPart(t *testing.T) {
	t.Parallel()
	s := site(t, journeystest.Lived(t, store(t)))
	_, err := s.Accounts.CreatePerson(t.Context(), cx.System(), account.NewPerson{
		Email: "lead@candil.example", Name: "Ana Ruiz", Role: cx.Lead, Areas: []string{"logistics"}, Language: "es", Password: webtest.Password,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := s.As(cx.Lead).Get("/journeys/order/paths")
	if r.Status != http.StatusOK || !strings.Contains(r.Text(".notice"), "solo lo que se vivió en tus áreas") || len(r.All("#departures")) > 0 {
		t.Errorf("%d %q", r.Status, r.Text("main"))
	}
	if r := s.As(cx.Lead).Get("/journeys/order/paths/deviations.csv"); r.Status != http.StatusOK {
		t.Errorf("deviations: %d", r.Status)
	}
}

func TestNothingYet(t *testing.T) {
	t.Parallel()
	v := site(t, journeystest.New(t, store(t), journeystest.Company)).As(cx.Analyst)
	for _, path := range []string{"/journeys/order/paths", "/journeys/order/paths?weeks=0"} {
		if r := v.Get(path); r.Status != http.StatusOK || r.Text(".empty") == "" {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
	for path, want := range map[string]int{
		"/journeys/nowhere/paths":                   http.StatusNotFound,
		"/journeys/order/paths?coverage=5":          http.StatusUnprocessableEntity,
		"/journeys/order/paths?coverage=many":       http.StatusUnprocessableEntity,
		"/journeys/order/paths?a=supplier:%3Cb>":    http.StatusUnprocessableEntity,
		"/journeys/order/paths?within=5":            http.StatusUnprocessableEntity,
		"/journeys/order/paths?funnel=pay&funnel=x": http.StatusUnprocessableEntity,
		"/journeys/order/paths/graph.svg?b=x":       http.StatusUnprocessableEntity,
	} {
		if r := v.Get(path); r.Status != want {
			t.Errorf("%s: %d %q, want %d", path, r.Status, r.Text("main"), want)
		}
	}
}

// TestAdvanced tells analysts the field's figures.
func TestAdvanced(t *testing.T) {
	t.Parallel()
	v := site(t, journeystest.Lived(t, store(t))).As(cx.Analyst)
	r := v.Get("/journeys/order/advanced")
	if got := r.Text("h1"); !strings.HasPrefix(got, "Lo vivido en «Pedido» se ajusta al diseño en un 9") {
		t.Errorf("the title is %q", got)
	}
	if got := r.All("#model .flow-label"); !slices.Contains(got, "Recibió su pedido") {
		t.Errorf("the net: %q", got)
	}
	if got := r.Text("#model .code"); !strings.Contains(got, "Order Completed@pay") {
		t.Errorf("the tree: %q", got)
	}
	if got := r.All("#alignments .align"); len(got) < 3 || !strings.Contains(got[1], "≫") {
		t.Errorf("alignments: %q", got)
	}
	if got := r.All("#attributed tbody th"); !slices.Contains(got, "Pago") {
		t.Errorf("attribution: %q", got)
	}
	if got := r.Text("#prediction"); !strings.Contains(got, "Calidad de las predicciones") {
		t.Errorf("prediction: %q", got)
	}
	if got := r.Attr("form.filters", "action"); got != "/journeys/order/advanced" {
		t.Errorf("the filters lead to %q", got)
	}
	for _, lang := range []string{"en", "pt"} {
		v.Header.Set("Accept-Language", lang)
		if r := v.Get("/journeys/order/advanced?noise=0&outcome=abandoned"); r.Status != http.StatusOK {
			t.Errorf("in %s: %d", lang, r.Status)
		}
	}
	for path, want := range map[string]int{"fitness.csv": 15, "alignments.csv": 4, "attribution.csv": 3} {
		r := v.Get("/journeys/order/advanced/" + path)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.Body, "\ufeff"))).ReadAll()
		if err != nil || len(rows)-1 < want {
			t.Errorf("%s: %v, %d rows, want %d: %.300s", path, err, len(rows)-1, want, r.Body)
		}
	}
	if svg := v.Get("/journeys/order/advanced/net.svg"); !strings.Contains(svg.Body, "Recibió su") || !strings.Contains(svg.Body, "<circle") {
		t.Errorf("the net as a file: %.500s", svg.Body)
	}
	for path, want := range map[string]int{
		"/journeys/order/advanced?noise=5":        http.StatusUnprocessableEntity,
		"/journeys/order/advanced?outcome=stuck":  http.StatusUnprocessableEntity,
		"/journeys/nowhere/advanced/net.svg":      http.StatusNotFound,
		"/journeys/order/advanced?step=nowhere":   http.StatusNotFound,
		"/journeys/order/advanced/net.svg?noise=": http.StatusOK,
	} {
		if r := v.Get(path); r.Status != want {
			t.Errorf("%s: %d %q, want %d", path, r.Status, r.Text("main"), want)
		}
	}
}
