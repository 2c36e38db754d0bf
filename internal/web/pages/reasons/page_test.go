package reasons_test

import (
	"context"
	"encoding/csv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/reasons"
	"github.com/vivencia-cx/vivencia/internal/web/pages/voices/voicestest"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// site shows the reasons of a world, with the pages whose words they share.
func site(t testing.TB, w *voicestest.World) *webtest.Site {
	t.Helper()
	return webtest.New(t, reasons.New(w.Reasons, w.Outcomes, w.Segments, w.Models), journeys.New(nil, w.Memory, w.Models, nil),
		customer.New(w.Memory, w.Models, func(context.Context, string) string { return "" }, customertest.NobodyForgotten))
}

const late = "/reasons/of/late@courier"

func TestReasons(t *testing.T) {
	t.Parallel()
	s := site(t, voicestest.Lived(t))
	v := s.As(cx.Analyst)
	r := v.Get("/reasons")
	if got := r.Text("h1"); !strings.HasPrefix(got, "«Entregado tarde» es lo que más resta: −") || !strings.HasSuffix(got, " puntos de 100") {
		t.Errorf("the finding is %q", got)
	}
	bars := r.All("#reasons .bars > li")
	if len(bars) == 0 || !strings.Contains(bars[0], "Entregado tarde") || !strings.Contains(bars[0], "más a menudo desde el") || !strings.Contains(bars[0], "responde Reparto") {
		t.Errorf("the first reason: %q", bars)
	}
	if got := r.Attr("#reasons .bars a", "href"); got != late {
		t.Errorf("it leads to %q", got)
	}
	if !strings.Contains(r.Text(".reasons-caution"), "no causa") {
		t.Error("nothing says that it is no cause")
	}
	if got := r.All("#picture .as-table tbody tr"); len(got) != len(bars) {
		t.Errorf("the picture's table has %d rows for %d reasons", len(got), len(bars))
	}
	if rows, err := csv.NewReader(strings.NewReader(v.Get("/reasons.csv").Body)).ReadAll(); err != nil || len(rows) != len(bars)+1 || rows[1][0] != "late@courier" {
		t.Errorf("the CSV: %v, %v", rows, err)
	}
	// Who is limited to an area without answers learns nothing of the others'.
	web := webLead(t, s).Get("/reasons")
	if web.Status != http.StatusOK || len(web.All("#reasons .bars > li")) != 0 || strings.Contains(web.Body, "Entregado tarde") {
		t.Errorf("the web's lead reads %q", web.Text("main"))
	}
}

func TestFrontLineReadsHowSure(t *testing.T) {
	t.Parallel()
	v := site(t, voicestest.Lived(t)).As(cx.Member)
	if got := v.Get("/reasons").Text("h1"); got != "«Entregado tarde» es lo que más resta" {
		t.Errorf("the finding is %q", got)
	}
	r := v.Get(late)
	if got := r.Text("#figures .chip"); got != "seguro" {
		t.Errorf("how sure: %q", got)
	}
	if r.Text("#figures details .facts") == "" {
		t.Error("the figures are not on a tap")
	}
}

func TestOneReason(t *testing.T) {
	t.Parallel()
	v := site(t, voicestest.Lived(t)).As(cx.Analyst)
	r := v.Get(late)
	if got := r.Text("h1"); !strings.HasPrefix(got, "«Entregado tarde» resta ") || !strings.Contains(got, "más a menudo desde el") {
		t.Errorf("the finding is %q", got)
	}
	// No text is read as being about it yet: better no quote than one of something else.
	if got := r.Text("#voices"); !strings.Contains(got, "Nadie de quienes lo vivieron") {
		t.Errorf("the words: %q", got)
	}
	if got := r.All("#since .as-table tbody tr"); len(got) < 20 {
		t.Errorf("%d weeks", len(got))
	}
	if got := r.Text("#whom"); !strings.Contains(got, "Con Azahar") {
		t.Errorf("for whom: %q", got)
	}
	if got := r.All(".reasons-chain > li"); len(got) != 3 || !strings.Contains(got[1], "Azahar") || got[2] != "responde Reparto" {
		t.Errorf("the chain: %q", got)
	}
	if got := r.Attr("#answers a", "href"); !strings.HasPrefix(got, "/customers/c_") {
		t.Errorf("who lived it leads to %q", got)
	}
	if rows, err := csv.NewReader(strings.NewReader(v.Get(late + "/answers.csv").Body)).ReadAll(); err != nil || len(rows) < 10 {
		t.Errorf("the CSV has %d rows, %v", len(rows), err)
	}
	for _, path := range []string{"/reasons/of/nothing", "/reasons?metric=joy", "/reasons?weeks=x", "/reasons?segment=x", "/reasons?area=x", "/reasons?touchpoint=x"} {
		if got := v.Get(path).Status; got != http.StatusNotFound && got != http.StatusUnprocessableEntity && got != http.StatusBadRequest {
			t.Errorf("%s: %d", path, got)
		}
	}
}

func TestEveryLanguageAndView(t *testing.T) {
	t.Parallel()
	v := site(t, voicestest.Lived(t)).As(cx.Admin)
	for _, lang := range []string{"es", "en", "pt"} {
		v.Post("/language", url.Values{"language": {lang}})
		for _, path := range []string{"/reasons", "/reasons?metric=nps", "/reasons?metric=csat&weeks=26&segment=all&touchpoint=courier", "/reasons/changed", "/reasons/memory", late} {
			if r := v.Get(path); r.Status != http.StatusOK || strings.Contains(r.Body, "⟦") {
				t.Errorf("%s in %s: %d, a word is missing: %t", path, lang, r.Status, strings.Contains(r.Body, "⟦"))
			}
		}
	}
}

func TestWhysAreAddedAndTakenOut(t *testing.T) {
	t.Parallel()
	w := voicestest.Lived(t)
	s := site(t, w)
	v := s.As(cx.Admin)
	analyst := s.As(cx.Analyst)
	form := url.Values{"of": {"supplier.azahar"}, "because": {"policy"}, "name": {"Una sola ruta para el sur"}, "area": {"logistics"}, "back": {late}}
	if got := analyst.Post("/reasons/whys", maps.Clone(form)).Status; got != http.StatusForbidden {
		t.Errorf("an analyst: %d", got)
	}
	if r := v.Post("/reasons/whys", form); r.Header.Get("Location") != late {
		t.Fatalf("%d, to %q", r.Status, r.Header.Get("Location"))
	}
	if got := v.Get(late).All(".reasons-chain b"); !slices.Equal(got, []string{"Entregado tarde", "Azahar", "Una sola ruta para el sur"}) {
		t.Errorf("the chain: %q", got)
	}
	form.Set("name", "")
	if r := v.Post("/reasons/whys", form); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Text("[role=alert]"), "Di qué hay detrás") {
		t.Errorf("without a name: %d %q", r.Status, r.Text("[role=alert]"))
	}
	added := w.Models.Current().Model.Whys[1]
	v.Post("/reasons/whys/"+added.Slug+"/remove", url.Values{"back": {late}})
	if got := w.Models.Current().Model.Whys; len(got) != 1 || got[0].Slug != "late-azahar" {
		t.Errorf("left: %+v", got)
	}
	if account.Check(cx.Principal{ID: "person:1", Role: cx.Analyst}, account.ApplyModel) == nil {
		t.Error("an analyst may change the model: the refusal above proves nothing")
	}
}

// TestNothingYet: a company without answers reads the next step.
func TestNothingYet(t *testing.T) {
	t.Parallel()
	v := site(t, voicestest.New(t)).As(cx.Admin)
	if r := v.Get("/reasons"); r.Status != http.StatusOK || !strings.Contains(r.Text(".empty"), "Aún no hay razones") {
		t.Errorf("%d %q", r.Status, r.Text("main"))
	}
	if r := v.Get("/reasons/memory"); r.Status != http.StatusOK {
		t.Errorf("memory: %d", r.Status)
	}
}

// webLead is somebody who answers for the web alone.
func webLead(t *testing.T, s *webtest.Site) *webtest.Visitor {
	t.Helper()
	if _, err := s.Accounts.CreatePerson(t.Context(), cx.System(), account.NewPerson{
		Email: "lead@candil.example", Name: "Ana Ruiz", Role: cx.Lead, Areas: []string{"web"}, Language: "es", Password: webtest.Password,
	}); err != nil {
		t.Fatal(err)
	}
	return s.As(cx.Lead)
}
