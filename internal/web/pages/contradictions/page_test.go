package contradictions_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/web/pages/contradictions"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises"
	"github.com/vivencia-cx/vivencia/internal/web/pages/voices/voicestest"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const declared = `
promises:
  - {slug: delivered, name: {es: Te lo llevamos}, area: logistics, touchpoint: courier, about: order, from: {event: Order Completed}, to: {event: Order Delivered}, within: 2d, objective: 0.95, window: 400d}
policies:
  - slug: no-azahar
    name: {es: Con Azahar no se entrega}
    area: logistics
    touchpoint: courier
    reason: {es: <b>Sale</b> caro}
    on: Order Completed
    about: order
    when: [{properties.order_id: "!= P000"}]
    effect: refuse
    prevents: [Order Delivered]
`

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func site(t *testing.T) (*model.Service, *webtest.Site) {
	t.Helper()
	w := voicestest.New(t)
	_, err := w.Models.Apply(t.Context(), cx.System(), []byte(voicestest.Company+declared), "")
	must(t, err)
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "team.db"), Synchronous: "NORMAL"})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	said, err := team.Open(t.Context(), team.Config{DB: db, State: w.State, Models: w.Models, Facts: w.Facts, Log: w.Log, Key: []byte("0123456789abcdef0123456789abcdef"), Salt: []byte("salt"), Clock: w.Clock})
	must(t, err)
	w.Also = append(w.Also, said)
	w.HalfAYear()
	s := policy.New(policy.Config{Facts: w.Facts, Models: w.Models, Team: said, Voices: w.Voice, Memory: w.Memory, Clock: w.Clock})
	return w.Models, webtest.New(t, contradictions.New(s, w.Models), promises.New(nil, nil, w.Memory, w.Models), customer.New(w.Memory, w.Models, nil, customertest.NobodyForgotten), journeys.New(nil, w.Memory, w.Models, nil))
}

func TestContradictions(t *testing.T) {
	t.Parallel()
	models, s := site(t)
	v := s.As(cx.Board)
	r := v.Get("/contradictions")
	if got := r.Text("h1"); got != "«Con Azahar no se entrega» impide «Te lo llevamos»: 150 clientes lo vivieron" {
		t.Errorf("the finding is %q", got)
	}
	one := r.Text(".contradictions-list > li")
	for _, want := range []string{"PrometemosTe lo llevamos", "Pero nuestra política esCon Azahar no se entrega", "299 veces", "Decide Reparto", "Sin decidir"} {
		if !strings.Contains(one, want) {
			t.Errorf("it does not say %q: %q", want, one)
		}
	}
	path := r.Attr(".contradictions-list h3 a", "href")
	r = v.Get(path)
	if got := r.Text("main"); !strings.Contains(got, "Por qué existe: <b>Sale</b> caro") || !strings.Contains(got, "Ana <b>") || !strings.Contains(got, "Dejarla como está hasta un día") {
		t.Errorf("the detail: %q", got)
	}
	if r := v.Get(path + "/pain"); r.Status != http.StatusOK || !strings.Contains(r.Body, "asociación") {
		t.Errorf("its pain: %d %s", r.Status, r.Body)
	}
	if r := s.As(cx.Member).Get(path); len(r.All("#decide")) != 0 {
		t.Error("who may not decide is asked to")
	}
	file := v.Get("/contradictions.csv")
	if lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body, "\ufeff"))).ReadAll(); err != nil || len(lines) != 2 || lines[1][5] != "150" {
		t.Errorf("the file: %v %q", err, lines)
	}

	for name, form := range map[string]url.Values{
		"no reason":       {"what": {"kept"}, "until": {"2030-01-01"}},
		"a day gone by":   {"what": {"kept"}, "until": {"2001-01-01"}, "why": {"porque sí"}},
		"no day":          {"what": {"kept"}, "why": {"porque sí"}},
		"nothing decided": {"what": {"sold"}, "why": {"porque sí"}},
	} {
		if r := v.Post(path, form); r.Status != http.StatusUnprocessableEntity || len(r.All("#decide .notice-negative")) != 1 || r.Text("#f-why") != form.Get("why") {
			t.Errorf("%s: %d %s", name, r.Status, r.Text("#decide"))
		}
	}
	if r := v.Post(path, url.Values{"what": {"suspended"}, "why": {"Lo prometido va antes"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("suspending: %d %s", r.Status, r.Text("main"))
	}
	if x, _ := models.Current().Model.Policy("no-azahar"); x.Suspended == nil || x.Suspended.Why != "Lo prometido va antes" {
		t.Errorf("the policy is %+v", x.Suspended)
	}
	r = v.Get("/contradictions")
	if got := r.Text("h1"); got != "Ninguna política contradice hoy lo que prometemos" {
		t.Errorf("then the finding is %q", got)
	}
	if got := r.Text(".contradictions-list > li"); !strings.Contains(got, "Suspendida") || !strings.Contains(got, "Lo prometido va antes") {
		t.Errorf("what was decided: %q", got)
	}
	if r := v.Get("/contradictions/of/nothing"); r.Status != http.StatusNotFound {
		t.Errorf("one that is none: %d", r.Status)
	}
	if r := s.As(cx.Member).Post(path, url.Values{"what": {"resumed"}, "why": {"x"}}); r.Status != http.StatusForbidden {
		t.Errorf("a member decides: %d", r.Status)
	}
}
