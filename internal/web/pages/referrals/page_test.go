package referrals_test

import (
	"encoding/csv"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/referrals"
	"github.com/vivencia-cx/vivencia/internal/web/pages/voices/voicestest"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const programme = `
referrals: {reward: {referrer: 10, friend: 5}, proof: {least: 15}}
outcomes: {margin: 0.5}
`

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// site shows a company whose customers bring others; nobody does anything by itself.
func site(t *testing.T, more string) (*voicestest.World, *webtest.Site) {
	t.Helper()
	w := voicestest.New(t)
	_, err := w.Models.Apply(t.Context(), cx.System(), []byte(voicestest.Company+more), "")
	must(t, err)
	queue, err := jobs.Open(t.Context(), jobs.Config{DB: w.State, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Holder: "test"})
	must(t, err)
	s, err := referral.Open(t.Context(), referral.Config{
		DB: w.State, Jobs: queue, Log: w.Log, Models: w.Models, Memory: w.Memory, Facts: w.Facts, Base: "https://cx.example", Key: []byte("key"), Clock: w.Clock, Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	w.Also = append(w.Also, s)
	w.Live()
	return w, webtest.New(t, referrals.New(s, w.Memory, w.Models), journeys.New(nil, w.Memory, w.Models, nil))
}

// bringing has n friends come by Ana's code, of whom every other would not have come,
// and Ana try it herself.
func bringing(t *testing.T, n int) *webtest.Site {
	t.Helper()
	w, s := site(t, programme)
	const ago = -48 * time.Hour
	events := []cx.Event{
		cxtest.Identify("ana", "", ago, cxtest.Object{"name": "Ana <b>Gil</b>"}),
		cxtest.Track("ana", "Order Delivered", ago, cxtest.Object{"order_id": "a0"}),
		cxtest.Track("ana", "Referral Shared", ago, cxtest.Object{"code": "ANA-1"}),
		cxtest.Track("ana", "Order Completed", ago+time.Hour, cxtest.Object{"order_id": "a1", "total": 20, "currency": "EUR", "referral_code": "ANA-1"}),
		cxtest.Track("luz", "Referral Claimed", ago, cxtest.Object{"said": "press"}),
	}
	for i := range n {
		events = append(events, cxtest.Track(fmt.Sprintf("f%02d", i), "Order Completed", ago+time.Hour, cxtest.Object{
			"order_id": fmt.Sprint("f", i), "total": 140 + i, "currency": "EUR", "referral_code": "ANA-1", "would_have_come": []string{"yes", "no"}[i%2],
		}))
	}
	events = append(events, voicestest.Answer("ana", "csat-delivery", "a0", ago, cxtest.Object{"question": "nps", "metric": "nps", "value": 10}))
	w.Live(events...)
	return s
}

func TestWhoBringsCustomers(t *testing.T) {
	t.Parallel()
	v := bringing(t, 40).As(cx.Board)
	r := v.Get("/referrals")
	if got := r.Text("h1"); got != "1 cliente nos trajo a 40 personas, y el programa se paga" {
		t.Errorf("the finding is %q", got)
	}
	page := r.Text("main")
	for _, want := range []string{
		"Dicen 9 o 10: nos recomendarían", "n = 1", "Seguro: se paga", "son la misma persona", "La prensa", "Traídos por un cliente", "Mensajero", "no vendrían 50 % (entre 35 % y 65 %; n = 40)", "3.190,00", // margin of the 6,380 €
	} {
		if !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
			t.Errorf("%q is not in %q", want, page)
		}
	}
	if strings.Contains(r.Body, "Ana <b>") || strings.Contains(page, "Ana") {
		t.Error("the figures name somebody")
	}
	r = v.Get("/referrals/claims?reason=self")
	if got := r.Text("h1"); got != "No cuentan porque son la misma persona" {
		t.Errorf("%q", got)
	}
	if rows := r.All("tbody tr"); len(rows) != 1 || !strings.Contains(rows[0], "Ana <b>Gil</b>") {
		t.Errorf("%q", rows)
	}
	if rows := v.Get("/referrals/ledger").All("tbody tr"); len(rows) != 50 || !strings.Contains(rows[0], "Vino alguien") {
		t.Errorf("%d entries, %q", len(rows), rows[0])
	}
	for path, lines := range map[string]int{"/referrals.csv": 7, "/referrals/claims.csv?state=proven": 41, "/referrals/ledger.csv": 81} {
		file := v.Get(path)
		got, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body, "\ufeff"))).ReadAll()
		if err != nil || len(got) != lines {
			t.Errorf("%s: %v, %d lines: %q", path, err, len(got), got)
		}
	}
	for _, path := range []string{"/referrals/claims?state=x&reason=%00&before=-1", "/referrals/ledger?before=x", "/referrals/claims?before=1"} {
		if r := v.Get(path); r.Status != http.StatusOK {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
}

func TestTooFewToTell(t *testing.T) {
	t.Parallel()
	r := bringing(t, 4).As(cx.Lead).Get("/referrals")
	if got := r.Text("h1"); !strings.HasSuffix(got, "aún no se sabe si el programa se paga") {
		t.Errorf("%q", got)
	}
	if len(r.All("details")) == 0 {
		t.Error("who leads an area reads figures first")
	}
}

func TestNobodyBringsAnybody(t *testing.T) {
	t.Parallel()
	_, s := site(t, "")
	r := s.As(cx.Analyst).Get("/referrals")
	if r.Text("h1") != "Aún no sabemos quién nos trae clientes" || len(r.All(".empty")) != 1 {
		t.Errorf("%q", r.Text("main"))
	}
	if got := s.As(cx.Member).Get("/referrals").Status; got != http.StatusForbidden {
		t.Errorf("whoever serves sees the rewards: %d", got)
	}
}

func TestACustomersLink(t *testing.T) {
	t.Parallel()
	w, s := site(t, programme)
	w.Live(cxtest.Identify("ana", "", 0, cxtest.Object{"name": "Ana"}))
	id, err := w.Memory.Lookup(t.Context(), cx.System(), "userId", "ana")
	must(t, err)
	path := "/customers/" + string(id) + "/referral-link"
	v := s.As(cx.Member)
	if got := v.Get(path); got.Status != http.StatusSeeOther {
		t.Errorf("alone: %d", got.Status)
	}
	v.Header.Set("HX-Request", "true")
	if got := v.Get(path); got.Status != http.StatusOK || !strings.Contains(got.Body, "Ver su enlace") {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	first, again := v.Post(path, nil), v.Post(path, nil)
	if first.Status != http.StatusOK || !strings.Contains(first.Body, "https://cx.example/i/") || first.Body != again.Body {
		t.Errorf("%d %s", first.Status, first.Body)
	}
	if got := s.As(cx.Board).Post(path, nil).Status; got != http.StatusForbidden {
		t.Errorf("the board makes links: %d", got)
	}
}
