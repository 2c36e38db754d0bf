package surveys_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/segment/segmenttest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/surveys"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const declared = `
surveys:
  # Asked of everybody.
  - slug: nps
    name: {es: Recomendación, en: Recommendation}
    purpose: relationship
    pages:
      - questions: [{id: score, type: nps, text: {es: "¿Nos recomendarías?", en: Would you?}, required: true}]
      - when: answers.score < 7
        questions: [{id: why, type: single, text: ¿Por qué?, options: [{id: wait, text: La espera}, {id: price, text: El precio}]}]
  - {slug: crew, name: Equipo, purpose: team, pages: [{questions: [{id: ease, type: ces, text: ¿Fácil?}]}]}
asking: {rest: 2w} # for all
`

type nobody struct{}

func (nobody) Person(context.Context, cx.Principal, cx.CustomerID) (survey.Person, error) {
	return survey.Person{}, cx.Errorf(cx.NotFound, "test", "there is no such customer")
}

type world struct {
	*segmenttest.House
	surveys *survey.Service
	site    *webtest.Site
}

func open(t *testing.T) *world {
	facts, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 2})
	must(t, err)
	t.Cleanup(func() { must(t, facts.Close()) })
	w := &world{House: segmenttest.New(t, history.Store(facts), declared)}
	logger := slog.New(slog.DiscardHandler)
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Logger: logger})
	must(t, err)
	t.Cleanup(func() { must(t, log.Close()) })
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	w.surveys, err = survey.Open(t.Context(), survey.Config{
		DB: db, Log: log, Models: w.Models, Customers: nobody{}, Secret: []byte(strings.Repeat("s", 32)), BaseURL: "https://cx.acme.example", Clock: w.Clock, Logger: logger,
	})
	must(t, err)
	t.Cleanup(func() { must(t, w.surveys.Close()) })
	w.site = webtest.New(t, surveys.New(surveys.Config{
		Surveys: w.surveys, Outcomes: outcome.New(facts, w.Models, w.Clock), Facts: facts, Segments: w.Segments, Memory: w.Memory, Models: w.Models,
		Mail: func() bool { return false }, Base: "https://cx.acme.example",
		Preview: func(rw http.ResponseWriter, _ *http.Request, f survey.Form) {
			for _, q := range f.Questions {
				_, _ = io.WriteString(rw, q.Text+"|")
			}
		},
	}))
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestListWaysAndResults(t *testing.T) {
	t.Parallel()
	w := open(t)
	v := w.site.As(cx.Analyst)
	r := v.Get("/surveys")
	if got := r.Text("h1"); got != "Nadie ha respondido en 13 semanas" || len(r.All(".surveys-list li")) != 2 || len(r.All(".surveys-new")) != 0 {
		t.Errorf("%q with %d surveys", got, len(r.All(".surveys-list li")))
	}
	link, err := w.surveys.Link(t.Context(), cx.System(), survey.LinkRequest{Survey: "nps", Way: survey.ByKiosk})
	must(t, err)
	for _, value := range []string{"3", "10"} {
		form, err := w.surveys.Receive(t.Context(), survey.Ref{Token: link.Token}, 1, survey.Values{"score": {value}}, "es")
		must(t, err)
		if value == "3" {
			_, err = w.surveys.Receive(t.Context(), survey.Ref{Token: link.Token, Response: form.Response}, 2, survey.Values{"why": {"wait"}}, "es")
			must(t, err)
		}
	}
	r = v.Get("/surveys/nps")
	if got := r.Text("h1"); got != "«Recomendación» tiene 2 respuestas" {
		t.Errorf("the finding is %q", got)
	}
	if got := strings.Join(r.All(".surveys-bars li"), "; "); !strings.Contains(got, "La espera 100 % 1") || !strings.Contains(got, "El precio 0 % 0") {
		t.Errorf("bars: %s", got)
	}
	if file := v.Get("/surveys/nps/results.csv"); !strings.Contains(file.Body, "La espera") {
		t.Errorf("the file is %q", file.Body)
	}
	r = v.Get("/surveys/nps/ways?lang=en")
	if got := r.Text(".surveys-message"); got != "Acme: Would you? Answer here, it takes a minute: https://cx.acme.example/s/nps" {
		t.Errorf("for WhatsApp: %q", got)
	}
	if got := r.Text(".codeblock code"); !strings.Contains(got, `src="https://cx.acme.example/v.js"`) {
		t.Errorf("the snippet is %q", got)
	}
	if r := v.Get("/surveys/crew"); !strings.Contains(r.Text("main"), "grupos de cinco") {
		t.Errorf("the team's answers: %q", r.Text("main"))
	}
	for _, path := range []string{"/surveys/nothing", "/surveys/nothing/ways", "/surveys/nothing/versions"} {
		if r := v.Get(path); r.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
	if r := v.Get("/surveys/nps/edit"); r.Status != http.StatusForbidden {
		t.Errorf("an analyst edits: %d", r.Status)
	}
}

// fields is what a browser would send of the part's form, with some changed.
func fields(r webtest.Response, more url.Values) url.Values {
	v := url.Values{}
	for _, name := range []string{"base", "part", "id", "text.es", "text.en", "text.pt", "scale", "options.n", "options.0.id", "options.0.es", "options.1.id", "options.1.es", "when.0.value", "when.was"} {
		if value := r.Attr(`.surveys-form input[name="`+name+`"]`, "value"); value != "" {
			v.Set(name, value)
		}
	}
	for name, values := range more {
		v[name] = values
	}
	return v
}

func TestEditWithoutScript(t *testing.T) {
	t.Parallel()
	w := open(t)
	v := w.site.As(cx.Admin)
	r := v.Get("/surveys/nps/edit?part=q&id=score")
	if got := r.All(".surveys-lacks"); len(got) != 0 {
		t.Errorf("the company speaks Spanish alone, and it says %q", got)
	}
	v.Post("/surveys/nps/edit", fields(r, url.Values{"text.es": {""}, "required": {"1"}}))
	r = v.Get("/surveys/nps/edit?part=q&id=score")
	if got := r.Text(".surveys-lacks"); got != "Falta en: español" {
		t.Errorf("languages: %q", got)
	}
	// A brace alone is told beside its field; the preview shows what can be read.
	v.Post("/surveys/nps/edit", fields(r, url.Values{"text.es": {"¿Hola {"}, "required": {"1"}}))
	r = v.Get("/surveys/nps/edit?part=q&id=score")
	if got := r.Text(".surveys-words .fault"); !strings.Contains(got, "llave suelta") || len(r.All(`form[action$="/apply"]`)) != 0 {
		t.Errorf("the fault is %q", got)
	}
	v.Post("/surveys/nps/edit", fields(r, url.Values{"text.es": {"¿Nos recomendarías, {customer.first_name ?? tú}?"}, "required": {"1"}}))
	if r := v.Get("/surveys/nps/preview/1"); r.Body != "¿Nos recomendarías, tú?|" {
		t.Errorf("the preview is %q", r.Body)
	}
	if r := v.Get("/surveys/nps/preview/2"); r.Body != "¿Por qué?|" {
		t.Errorf("a page with a condition: %q", r.Body)
	}
	// One more option; the others keep their identifiers.
	r = v.Get("/surveys/nps/edit?part=q&id=why")
	v.Post("/surveys/nps/edit", fields(r, url.Values{"options.2.es": {"El trato"}, "options.0.es": {"La cola"}, "options.0.en": {"The queue"}}))
	r = v.Get("/surveys/nps/edit?part=page&id=1")
	v.Post("/surveys/nps/edit", fields(r, url.Values{"when.0.of": {"score"}, "when.0.op": {"<="}, "when.0.value": {"8"}, "when.source": {"answers.score < 7"}}))
	if s, _ := w.Models.Current().Model.Survey("nps"); s.Questions()[1].Options[0].Text.ES != "La espera" {
		t.Error("a draft is in force")
	}
	r = v.Get("/surveys/nps/edit")
	v.Post("/surveys/nps/apply", url.Values{"revision": {r.Attr(`form[action$="/apply"] [name=revision]`, "value")}})
	now := w.Models.Current()
	s, _ := now.Model.Survey("nps")
	options := s.Questions()[1].Options
	if len(options) != 3 || options[0] != (model.Option{ID: "wait", Text: model.Text{ES: "La cola", EN: "The queue"}}) || options[2].ID != "el-trato" {
		t.Errorf("the options are %+v", options)
	}
	if got := s.Pages[1].When.Source(); got != "answers.score <= 8" {
		t.Errorf("the page is asked when %q", got)
	}
	for _, comment := range []string{"# Asked of everybody.", "# for all"} {
		if !strings.Contains(string(now.YAML), comment) {
			t.Errorf("%q is lost", comment)
		}
	}
	// Its versions, and the first again.
	r = v.Get("/surveys/nps/versions")
	if got := r.All("ol .card h2"); len(got) != 2 || !strings.Contains(r.Text(".surveys-changes"), "cuándo aparece") && !strings.Contains(r.Text(".surveys-changes"), "¿Por qué?") {
		t.Errorf("versions: %q %q", got, r.Text(".surveys-changes"))
	}
	v.Post("/surveys/nps/versions/1", url.Values{"base": {"2"}})
	if r := v.Get("/surveys/nps/preview/1"); r.Body != "¿Nos recomendarías?|" {
		t.Errorf("restored: %q", r.Body)
	}
	v.Post("/surveys/nps/discard", url.Values{"base": {"2"}})
	if r := v.Get("/surveys/nps/preview/1"); r.Body != "¿Nos recomendarías, tú?|" {
		t.Errorf("left as it was: %q", r.Body)
	}
	// Somebody else puts a version in force: this form is of another one.
	_, err := w.Models.Apply(t.Context(), cx.System(), []byte(strings.Replace(string(now.YAML), "name: Tienda", "name: Local", 1)), "")
	must(t, err)
	if r := v.Get("/surveys/nps/edit"); len(r.All(`#survey-state a[href="/model/draft"]`)) != 1 {
		t.Errorf("a conflict is not told: %q", r.Text("#survey-state"))
	}
}

func TestNewImportAndLimits(t *testing.T) {
	t.Parallel()
	w := open(t)
	v := w.site.As(cx.Admin)
	base := v.Get("/surveys").Attr(`.surveys-new [name=base]`, "value")
	r := v.Post("/surveys/new", url.Values{"base": {base}, "name": {"Al salir <b>"}, "type": {"csat"}, "purpose": {"transactional"}, "touchpoint": {"shop"}})
	if to := r.Header.Get("Location"); to != "/surveys/al-salir-b/edit" {
		t.Fatalf("made at %q: %s", to, r.Text("body"))
	}
	if r := v.Get("/surveys"); !strings.Contains(r.Text("main"), "Al salir <b>") || strings.Contains(r.Body, "salir <b>") {
		t.Error("the draft is not in the list, or it runs")
	}
	for _, kind := range model.QuestionTypes() {
		if r := v.Post("/surveys/al-salir-b/edit/add", url.Values{"base": {base}, "type": {kind}, "page": {"9"}}); !strings.Contains(r.Header.Get("Location"), "part=q") {
			t.Errorf("%s: %s", kind, r.Header.Get("Location"))
		}
	}
	r = v.Get("/surveys/al-salir-b/edit")
	if n := len(r.All("#survey-outline li")); n != 2+len(model.QuestionTypes()) || len(r.All(`form[action$="/apply"]`)) != 1 {
		t.Fatalf("%d questions: %s", n, r.Text("#survey-state"))
	}
	v.Post("/surveys/al-salir-b/edit/remove", url.Values{"base": {base}, "id": {"matrix"}})
	v.Post("/surveys/al-salir-b/apply", url.Values{"revision": {v.Get("/surveys/al-salir-b/edit").Attr(`[name=revision]`, "value")}})
	made, ok := w.Models.Current().Model.Survey("al-salir-b")
	if t2, _ := w.Models.Current().Model.SurveyTouchpoint("al-salir-b"); !ok || t2.Slug != "shop" {
		t.Fatalf("published: %v at %q", ok, t2.Slug)
	}
	if r := v.Get("/surveys/al-salir-b/survey.json"); r.Body != string(made.JSON()) {
		t.Errorf("the JSON is %s", r.Body)
	}
	v.Post("/surveys/nps/edit/json", url.Values{"base": {"2"}, "json": {string(made.JSON())}})
	if r := v.Get("/surveys/nps/preview/1"); !strings.HasPrefix(r.Body, "¿Cómo te fue con nosotros?") {
		t.Errorf("brought: %q", r.Body)
	}
	if r := v.Post("/surveys/nps/edit/json", url.Values{"base": {"2"}, "json": {"{"}}); r.Status != http.StatusSeeOther {
		t.Errorf("no JSON: %d", r.Status)
	}
	v.Post("/surveys/nps/discard", url.Values{"base": {"2"}})
	v.Post("/asking", url.Values{"base": {"2"}, "rest": {"45"}, "from": {"22:00"}, "to": {"08:00"}, "holdout": {"5"}, "sites": {"https://shop.example/ https://b.example"}})
	if d, err := w.Models.Draft(t.Context(), cx.System()); err != nil || d.Revision != 0 {
		t.Errorf("somebody else's draft: %+v %v", d, err)
	}
}

func TestLimitsComeIntoForce(t *testing.T) {
	t.Parallel()
	w := open(t)
	v := w.site.As(cx.Admin)
	limits := url.Values{"base": {"1"}, "rest": {"45"}, "from": {"22:00"}, "to": {"08:00"}, "holdout": {"5"}, "sites": {"https://shop.example/ https://b.example"}}
	if r := v.Post("/asking", limits); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Text("body"))
	}
	now := w.Models.Current()
	a := now.Model.Asking
	if a.Rest.Hours() != 45*24 || a.Quiet.String() != "22:00-08:00" || a.Holdout != .05 || strings.Join(a.Sites, " ") != "https://shop.example https://b.example" || !strings.Contains(string(now.YAML), "# Asked of everybody.") {
		t.Errorf("in force: %+v\n%s", a, now.YAML)
	}
	limits.Set("base", "2")
	limits.Set("to", "22:00")
	v.Post("/asking", limits)
	if n := w.Models.Current().Number; n != 2 {
		t.Errorf("hours without end came into force in version %d", n)
	}
	limits.Set("from", "")
	limits.Set("to", "")
	v.Post("/asking", limits)
	if m := w.Models.Current(); m.Number != 3 || m.Model.Asking.Quiet != (model.Hours{}) {
		t.Errorf("no quiet hours: version %d with %v", m.Number, m.Model.Asking.Quiet)
	}
}
