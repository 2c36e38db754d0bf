package promises_test

import (
	"encoding/csv"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/expectation"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises"
	"github.com/vivencia-cx/vivencia/internal/web/pages/voices/voicestest"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const promised = `
promises:
  - slug: on-date
    name: {es: Llega el día que dijimos, en: It comes on the day, pt: Chega no dia}
    why: {es: Un libro es <b>para alguien</b>}
    area: logistics
    touchpoint: courier
    about: order
    at: {event: Order Delivered, holds: properties.late == false}
    objective: 0.95
    window: 400d
    dimension: reliability
  - {slug: refunds, name: Devolvemos el dinero, area: web, from: {event: Order Completed, when: properties.refund == true}, to: {event: Order Delivered}, within: 2d, about: order, objective: 0.9}
`

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// site shows the promises of a company that lived half a year.
func site(t *testing.T) *webtest.Site {
	t.Helper()
	_, s := lived(t)
	return s
}

func lived(t *testing.T) (*model.Service, *webtest.Site) {
	t.Helper()
	w := voicestest.New(t)
	_, err := w.Models.Apply(t.Context(), cx.System(), []byte(voicestest.Company+promised), "")
	must(t, err)
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "promises.db"), Synchronous: "NORMAL"})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	s, err := promise.Open(t.Context(), promise.Config{DB: db, State: w.State, Log: w.Log, Models: w.Models, Memory: w.Memory, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.Settle(t.Context()))
	w.Also = append(w.Also, s)
	w.HalfAYear()
	return w.Models, webtest.New(t, promises.New(s, expectation.New(w.Facts, w.Models), w.Memory, w.Models), customer.New(w.Memory, w.Models, nil, customertest.NobodyForgotten), journeys.New(nil, w.Memory, w.Models, nil))
}

func TestPromises(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := s.As(cx.Analyst)
	r := v.Get("/promises")
	if got := r.Text("h1"); !strings.HasPrefix(got, "«Llega el día que dijimos» se cumple el ") || !strings.HasSuffix(got, "dijimos 95,0 %") {
		t.Errorf("the finding is %q", got)
	}
	cards := r.All(".promises-list > li")
	if len(cards) != 2 || !strings.Contains(cards[0], "Seguro: no llega") || !strings.Contains(cards[0], "n = 300") || !strings.Contains(cards[0], "margen agotado") || !strings.Contains(cards[1], "Sin casos") {
		t.Errorf("the list: %q", cards)
	}
	if got := r.Attr(".promises-list a", "href"); got != "/promises/of/on-date" {
		t.Errorf("it leads to %q", got)
	}
	member := s.As(cx.Member).Get("/promises")
	if got := member.All(".promises-list > li"); !strings.Contains(got[0], "Seguro: no llega") || len(member.All(".promises-list details")) == 0 {
		t.Errorf("who serves reads figures first: %q", got)
	}

	r = v.Get("/promises/kept-by?of=supplier")
	if got := r.Text("h1"); !strings.HasPrefix(got, "Azahar cumple ") || !strings.Contains(got, "menos que los demás, en igualdad") {
		t.Errorf("the scorecards' finding is %q", got)
	}
	if got := r.Text("#azahar"); !strings.Contains(got, "Seguro: cumple menos") || !strings.Contains(got, "En igualdad de promesa, región y día: −") {
		t.Errorf("Azahar's scorecard: %q", got)
	}
	if got := r.Attr("#azahar .lines a", "href"); got != "/promises/of/on-date?supplier=azahar" {
		t.Errorf("it leads to %q", got)
	}
}

func TestPromise(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := s.As(cx.Analyst)
	r := v.Get("/promises/of/on-date")
	if got := r.Text("#words"); !strings.Contains(got, "Un libro es <b>para alguien</b>") || !strings.Contains(got, "Fiabilidad") {
		t.Errorf("its words: %q", got)
	}
	groups := r.All(".promises-groups > li")
	if len(groups) != 2 || !strings.Contains(groups[0], "Azahar") || !strings.Contains(groups[0], "Seguro: no llega") {
		t.Errorf("by supplier: %q", groups)
	}
	rows := r.All("#instances tbody tr")
	if len(rows) != 26 || !strings.Contains(rows[0], "Ana <b>") {
		t.Fatalf("%d rows with the one that brings more: %q", len(rows), rows[:1])
	}
	if len(r.All("#weeks-of .as-table tbody tr")) != 26 {
		t.Errorf("%d weeks", len(r.All("#weeks-of .as-table tbody tr")))
	}
	if more := v.Get(r.Attr("#instances [hx-get]", "hx-get")); more.Status != http.StatusOK || strings.Count(more.Body, "<tr") < 25 {
		t.Errorf("the next page: %d, %d rows", more.Status, strings.Count(more.Body, "<tr"))
	}

	r = v.Get("/promises/of/on-date?supplier=azahar&state=broken")
	if got := r.Text(".chosen"); got != "Proveedor: Azahar" {
		t.Errorf("chosen: %q", got)
	}
	for _, row := range r.All("#instances tbody tr") {
		if row != "Ver más" && (!strings.Contains(row, "Rota") || !strings.Contains(row, "Azahar")) {
			t.Fatalf("another instance: %q", row)
		}
	}
	file := v.Get("/promises/of/on-date/instances.csv?supplier=azahar&state=broken")
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body, "\ufeff"))).ReadAll()
	if err != nil || len(lines) < 20 || lines[1][3] != "Rota" || lines[1][8] != "Azahar" {
		t.Errorf("the file: %v, %d lines %q", err, len(lines), lines[:min(2, len(lines))])
	}
	for path, status := range map[string]int{
		"/promises/of/nothing":                        http.StatusNotFound,
		"/promises/of/on-date?state=x&by=x&weeks=-1":  http.StatusOK,
		"/promises/of/on-date/rows?cursor=x":          http.StatusUnprocessableEntity,
		"/promises/of/on-date?supplier=nobody":        http.StatusOK,
		"/promises/of/on-date/groups.csv?by=weekday":  http.StatusOK,
		"/promises.csv":                               http.StatusOK,
		"/promises/kept-by.csv?of=supplier":           http.StatusOK,
		"/promises/kept-by?of=nothing":                http.StatusOK,
		"/promises/of/refunds":                        http.StatusOK,
		"/promises/of/on-date?region=&place=%00&by=x": http.StatusOK,
	} {
		if r := v.Get(path); r.Status != status {
			t.Errorf("%s: %d, want %d", path, r.Status, status)
		}
	}
}
