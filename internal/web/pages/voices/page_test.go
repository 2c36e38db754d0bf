package voices_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/voices"
	"github.com/vivencia-cx/vivencia/internal/web/pages/voices/voicestest"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func site(t testing.TB, w *voicestest.World) *webtest.Site {
	t.Helper()
	return webtest.New(t, voices.New(w.Voice, w.Models), journeys.New(nil, w.Memory, w.Models, nil),
		customer.New(w.Memory, w.Models, func(context.Context, string) string { return "" }, customertest.NobodyForgotten))
}

func TestStream(t *testing.T) {
	t.Parallel()
	s := site(t, voicestest.Lived(t))
	v := s.As(cx.Analyst)
	r := v.Get("/voice")
	lines := r.All("#voices .voice")
	if len(lines) != 30 || !strings.Contains(lines[0], `<script>alert("tarde")</script>`) || strings.Contains(r.Body, "<script>alert") {
		t.Fatalf("%d lines, the first %q", len(lines), lines[:1])
	}
	if !strings.Contains(lines[0], "Mensajero · Azahar") || !strings.Contains(lines[0], "de 5") || !strings.Contains(lines[0], "Esto no es así") {
		t.Errorf("the first line: %q", lines[0])
	}
	if got := r.Attr("#voices .voice-who a", "href"); !strings.HasPrefix(got, "/customers/c_") {
		t.Errorf("who said it leads to %q", got)
	}
	more := r.Attr("#voices [hx-get^='/voice/lines']", "hx-get")
	if got := v.Get(more).All(".voice"); len(got) != 30 || got[0] == lines[0] {
		t.Errorf("the next stretch has %d lines", len(got))
	}
	found := v.Get("/voice?q=verg%C3%BCenza&supplier=azahar")
	for _, l := range found.All("#voices .voice") {
		if !strings.Contains(l, "vergüenza") || !strings.Contains(l, "Azahar") {
			t.Errorf("found: %q", l)
		}
	}
	if got := found.All(".voices-picks .chip"); len(got) != 2 || !strings.Contains(got[1], "Proveedor: Azahar") {
		t.Errorf("chosen: %q", got)
	}
	if got := found.Attr(".voices-picks .chip", "href"); got != "/voice?supplier=azahar" {
		t.Errorf("without the word: %q", got)
	}
	if got := v.Get("/voice?q=xyzzy"); !strings.Contains(got.Text(".empty"), "Nadie ha dicho nada así") {
		t.Errorf("nothing found: %q", got.Text("main"))
	}
	if rows, err := csv.NewReader(strings.NewReader(v.Get("/voice.csv?q=verguenza").Body)).ReadAll(); err != nil || len(rows) < 2 {
		t.Errorf("the CSV has %d rows, %v", len(rows), err)
	}
	for _, path := range []string{"/voice?weeks=3", "/voice?segment=x", "/voice/of/x", "/voice/of/999999.0"} {
		if got := v.Get(path).Status; got < 400 || got >= 500 {
			t.Errorf("%s: %d", path, got)
		}
	}
	// Who answers for the web reads nothing of the courier.
	if got := webLead(t, s).Get("/voice").All("#voices .voice"); len(got) != 0 {
		t.Errorf("the web's lead reads %q", got)
	}
}

func TestEveryFacetLeadsToWhatItCounts(t *testing.T) {
	t.Parallel()
	v := site(t, voicestest.Lived(t)).As(cx.Analyst)
	for _, path := range []string{"/voice?polarity=negative", "/voice?touchpoint=courier", "/voice?topic=-", "/voice?supplier=azahar", "/voice?band=low", "/voice?language=es", "/voice?survey=csat-delivery", "/voice?weeks=4", "/voice?segment=all"} {
		r := v.Get(path)
		if r.Status != http.StatusOK || len(r.All(".voices-picks .chip")) != 1 || len(r.All("#voices .voice")) == 0 {
			t.Errorf("%s: %d, %d chips, %d lines", path, r.Status, len(r.All(".voices-picks .chip")), len(r.All("#voices .voice")))
		}
	}
}

// TestCorrection: somebody says that a text reads otherwise, with and without
// script; the reading that they gave stays.
func TestCorrection(t *testing.T) {
	t.Parallel()
	w := voicestest.Lived(t)
	w.Follow()
	s := site(t, w)
	v := s.As(cx.Member)
	one := strings.Split(v.Get("/voice").Attr(".voice-wrong", "href"), "?")[0]
	r := v.Get(one)
	if r.Status != http.StatusOK || r.Attr("form.voice-correct", "action") != one {
		t.Fatalf("%d, the form posts to %q", r.Status, r.Attr("form.voice-correct", "action"))
	}
	if got := s.As(cx.Board).Post(one, url.Values{"polarity": {"positive"}}).Status; got != http.StatusForbidden {
		t.Errorf("the board corrects: %d", got)
	}
	r = v.Post(one, url.Values{"polarity": {"positive"}, "emotion": {"joy"}, "topic": {"staff"}, "back": {"/voice?q=tard"}})
	if r.Header.Get("Location") != "/voice?q=tard" {
		t.Errorf("goes back to %q", r.Header.Get("Location"))
	}
	if got := v.Get(one).Text(".voice"); !strings.Contains(got, "Suena bien") || !strings.Contains(got, "Alegría") || !strings.Contains(got, "El trato") || !strings.Contains(got, "leído por una persona") {
		t.Errorf("it reads %q", got)
	}
	v.Header.Set("HX-Request", "true")
	r = v.Post(one, url.Values{"polarity": {"neutral"}, "emotion": {"joy"}, "topic": {"staff"}})
	if r.Status != http.StatusOK || !strings.Contains(r.Text(".voice"), "Ni bien ni mal") || strings.Contains(r.Body, "<html") {
		t.Errorf("with script: %d %q", r.Status, r.Body)
	}
	if r := v.Post(one, url.Values{"polarity": {"delighted"}}); r.Status != http.StatusUnprocessableEntity || r.Text("[role=alert]") == "" {
		t.Errorf("a reading that is none: %d %q", r.Status, r.Text("[role=alert]"))
	}
}

func TestWordsTopicsAndQuality(t *testing.T) {
	t.Parallel()
	w := voicestest.Lived(t)
	s := site(t, w)
	v := s.As(cx.Admin)
	r := v.Get("/voice/words")
	if r.Status != http.StatusOK || len(r.All(".voices-words li")) == 0 {
		t.Fatalf("words: %d %q", r.Status, r.Text("main"))
	}
	said := v.Get(r.Attr(".voices-words a", "href"))
	if len(said.All("#voices .voice")) == 0 {
		t.Errorf("nobody said %q", r.Attr(".voices-words a", "href"))
	}
	r = v.Get("/voice/topics")
	if got := r.All(".voices-topics > li"); len(got) != 3 || !strings.Contains(got[0], "Aún sin entender") {
		t.Errorf("topics: %q", got)
	}
	v.Post("/voice/topics", url.Values{"slug": {"staff"}, "name": {"La amabilidad"}, "area": {"web"}})
	v.Post("/voice/topics", url.Values{"name": {"La vergüenza"}, "example": {"es:qué vergüenza de reparto"}})
	m := w.Models.Current().Model
	staff, _ := m.Topic("staff")
	shame, ok := m.Topic("la-verguenza")
	if staff.Name.ES != "La amabilidad" || staff.Name.EN != "The staff" || staff.Area != "web" || !ok || len(shame.Examples.ES) != 1 {
		t.Errorf("%+v, %+v", staff, shame)
	}
	v.Post("/voice/topics/delay/split", url.Values{"name": {"La semana"}, "example": {"es:una semana de retraso"}})
	v.Post("/voice/topics/la-verguenza/merge", url.Values{"into": {"delay"}})
	m = w.Models.Current().Model
	week, ok := m.Topic("la-semana")
	if _, left := m.Topic("la-verguenza"); left || !ok || week.Area != "logistics" {
		t.Errorf("after splitting and merging: %+v", m.Topics)
	}
	if r := v.Post("/voice/topics", url.Values{"name": {" "}}); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Text("[role=alert]"), "El tema necesita un nombre") {
		t.Errorf("without a name: %d %q", r.Status, r.Text("[role=alert]"))
	}
	if r := v.Get("/voice/quality"); r.Status != http.StatusOK || !strings.Contains(r.Text("h1"), "Leemos bien") {
		t.Errorf("quality: %d %q", r.Status, r.Text("h1"))
	}
	for _, path := range []string{"/voice/words.csv", "/voice/topics.csv"} {
		if rows, err := csv.NewReader(strings.NewReader(v.Get(path).Body)).ReadAll(); err != nil || len(rows) < 2 {
			t.Errorf("%s: %d rows, %v", path, len(rows), err)
		}
	}
	for _, lang := range []string{"en", "pt"} {
		v.Post("/language", url.Values{"language": {lang}})
		for _, path := range []string{"/voice", "/voice/words", "/voice/topics", "/voice/quality"} {
			if r := v.Get(path); r.Status != http.StatusOK || strings.Contains(r.Body, "⟦") {
				t.Errorf("%s in %s: %d, a word is missing: %t", path, lang, r.Status, strings.Contains(r.Body, "⟦"))
			}
		}
	}
}

// TestLive: what is said while somebody looks appears above the rest, once.
func TestLive(t *testing.T) {
	t.Parallel()
	w := voicestest.Lived(t)
	s := site(t, w)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/voice/live?touchpoint=courier", nil)
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
	w.Live(voicestest.Answer("u001", "csat-delivery", "P001", 0, cxtest.Object{"question": "score", "metric": "csat", "scale": "1-5", "value": 5}, cxtest.Object{"question": "text", "text": "Un paraguas de regalo"}))
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Un paraguas de regalo") {
			return
		}
	}
	t.Errorf("the stream ended: %v", lines.Err())
}

func TestNothingSaidYet(t *testing.T) {
	t.Parallel()
	v := site(t, voicestest.New(t)).As(cx.Analyst)
	if r := v.Get("/voice"); r.Status != http.StatusOK || !strings.Contains(r.Text(".empty"), "en cuanto llegue la primera") {
		t.Errorf("%d %q", r.Status, r.Text("main"))
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
