package improve_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
)

func TestTheNextEuroComesFirst(t *testing.T) {
	t.Parallel()
	w := open(t)
	v := w.site.As(cx.Admin)
	r := v.Get("/improve")
	if got := r.Text("h1"); got != "El próximo euro rinde más aquí: Que llegue el día que dijimos" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.Text(".improve-worth"); !strings.Contains(got, "Ganaría unos 2.400") || !strings.Contains(got, "por día de trabajo") || !strings.Contains(got, "seguro") {
		t.Errorf("it is worth %q", got)
	}
	if got := w.site.As(cx.Member).Get("/improve").Text(".improve-worth summary"); got != "Ver cifras" {
		t.Errorf("who serves reads figures at once: %q", got)
	}

	path := r.Attr(".improve-one h2 a", "href")
	if to := v.Post(path+"/vote", url.Values{"on": {"1"}, "back": {"/improve"}}).Header.Get("Location"); to != "/improve" {
		t.Errorf("a vote leads to %q", to)
	}
	if got := v.Get("/improve").Text(".improve-vote button"); got != "1 voto" {
		t.Errorf("after a vote: %q", got)
	}
	if to := v.Post(path+"/vote", url.Values{"on": {"0"}, "back": {"https://elsewhere.example/"}}).Header.Get("Location"); strings.Contains(to, "elsewhere") {
		t.Errorf("a vote leads elsewhere: %q", to)
	}
	v.Post(path+"/size", url.Values{"effort": {"small"}})
	if got := v.Get(path).Text(".improve-forms option[selected]"); got != "una semana de trabajo" {
		t.Errorf("it takes %q", got)
	}
	v.Post(path+"/dismiss", url.Values{"why": {"El año que viene"}})
	if got := v.Get("/improve?state=dismissed").All(".improve-one h2 a"); len(got) != 1 {
		t.Errorf("dismissed: %q", got)
	}
	if got := v.Get(path).Text(".notice"); !strings.Contains(got, "El año que viene") {
		t.Errorf("why it was dismissed: %q", got)
	}
	v.Post(path+"/reopen", nil)
	if csv := v.Get("/improve/opportunities.csv"); !strings.Contains(csv.Body, "Que llegue el día que dijimos") || csv.Status != http.StatusOK {
		t.Errorf("%d %s", csv.Status, csv.Body)
	}
}

func TestAnybodyProposes(t *testing.T) {
	t.Parallel()
	w := open(t)
	v := w.site.As(cx.Member)
	if r := v.Post("/improve/opportunities/new", url.Values{}); r.Status != http.StatusUnprocessableEntity || r.Text(".fault") == "" {
		t.Errorf("nothing at all: %d %q", r.Status, r.Text(".fault"))
	}
	r := v.Post("/improve/opportunities/new", url.Values{"title.es": {"Un banco <b>para</b> esperar"}, "text.es": {"La cola cansa"}, "touchpoint": {"pay"}})
	if r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Text("main"))
	}
	if got := v.Get(r.Header.Get("Location")).Text("h1"); got != "Un banco <b>para</b> esperar" {
		t.Errorf("it is called %q", got)
	}
}

// The whole way of an initiative, from the opportunity to what it taught.
func TestAnInitiativeFromPlanToLesson(t *testing.T) {
	t.Parallel()
	w := open(t)
	v := w.site.As(cx.Admin)
	from := v.Get(v.Get("/improve").Attr(".improve-one h2 a", "href")).Attr(`a[href^="/improve/new"]`, "href")
	r := v.Get(from)
	form := r.Form("form.improve-plan")
	if form.Get("title.es") != "Que llegue el día que dijimos" || form.Get("opportunity") == "" {
		t.Fatalf("the form begins with %v", form)
	}
	for field, value := range map[string]string{
		"hypothesis.es": "Si avisamos antes, vuelven más", "metric.kind": "return", "metric.days": "60", "expected": "5", "least": "1", "share": "50", "kind": "random", "sample": "400",
		"budget": "1.200,50", "milestone.0": "Escribir el aviso", "milestone.0.due": "2026-02-01", "from": "2026-01-10",
	} {
		form.Set(field, value)
	}
	form.Set("owner", r.Attr("#f-owner option:nth-child(2)", "value"))
	bad := url.Values{}
	for field, values := range form {
		bad[field] = values
	}
	bad.Set("expected", "mucho")
	bad.Set("from", "mañana")
	if r := v.Post("/improve/new", bad); r.Status != http.StatusUnprocessableEntity || len(r.All(".field .fault")) < 2 {
		t.Errorf("bad input: %d %q", r.Status, r.All(".fault"))
	}
	r = v.Post("/improve/new", form)
	if r.Status != http.StatusSeeOther {
		t.Fatalf("planning it answers %d: %s", r.Status, r.Text("main"))
	}
	path := r.Header.Get("Location")
	if got := v.Get(path + "/power").Text(".improve-power"); !strings.Contains(got, "400") || !strings.Contains(got, "40") {
		t.Errorf("it takes %q", got)
	}
	if got := v.Get(path).Text("#plan + .lead"); got != "Si avisamos antes, vuelven más" {
		t.Errorf("the hypothesis is %q", got)
	}
	facts := strings.Join(v.Get(path).All(".improve-facts dd"), " | ")
	for _, want := range []string{"quién vuelve a comprar, en 60 días", "+5,0 puntos", "400 en cada grupo", "de 1.201"} {
		if !strings.Contains(facts, want) {
			t.Errorf("the plan does not say %q: %s", want, facts)
		}
	}

	do := func(what string, more url.Values) {
		t.Helper()
		f := url.Values{"revision": {v.Get(path).Attr(`input[name="revision"]`, "value")}}
		for k, x := range more {
			f[k] = x
		}
		if r := v.Post(path+"/"+what, f); r.Status != http.StatusSeeOther {
			t.Fatalf("%s answers %d: %s", what, r.Status, r.Text("main"))
		}
	}
	do("start", nil)
	if got := v.Get(path).Text(".improve-frozen"); !strings.HasPrefix(got, "Plan cerrado") {
		t.Errorf("the plan is %q", got)
	}
	do("reach", url.Values{"milestone": {"m1"}, "done": {"1"}})
	do("spend", url.Values{"spent": {"300"}})
	if r := v.Post(path+"/start", url.Values{"revision": {"1"}}); r.Status == http.StatusSeeOther {
		t.Error("it starts twice")
	}

	slug := strings.TrimPrefix(path, "/improve/of/")
	effect := impact.Effect{Arm: impact.Treated, Value: .082, Low: .021, High: .143, P: .009, N: 420, Control: 415}
	found := impact.Evaluation{
		ID: "e1", Initiative: slug, Number: 1, At: w.Clock.Now(), Final: true, Method: impact.ByDraw, Verdict: impact.Worked, Why: impact.Proven, Sure: impact.Certain,
		Effect: &effect, Effects: []impact.Effect{effect}, SRM: &impact.Ratio{P: .7}, Planned: 400, Share: 1, InputsHash: "0123456789abcdef",
		Arms:    []impact.ArmSum{{Arm: impact.Control, Exposed: 430, Known: 415, Mean: .30, Low: .26, High: .34}, {Arm: impact.Treated, Exposed: 431, Known: 420, Mean: .382, Low: .34, High: .43}},
		Money:   &impact.Money{Currency: "EUR", Earned: 250_000, Cost: 30_000, Net: 220_000, Low: 26_000, High: 414_000, N: 835, Reached: 420, Margin: true, Days: 60},
		ForWhom: []impact.Group{{By: impact.BoughtBefore, Key: "true", Within: effect, Others: effect, More: impact.Effect{Value: .01, Low: -.02, High: .04}, Told: false}},
		Series:  []impact.Look{{At: w.Clock.Now() - 2e12, N: 300, Value: .05, Low: -.04, High: .14}, {At: w.Clock.Now(), N: 835, Value: .082, Low: .021, High: .143}},
	}
	w.evaluations = append(w.evaluations, found)
	w.must(w.Cycle.Judged().Evaluated(t.Context(), slug, found))
	r = v.Get(path)
	if got := r.Text("h1"); got != "«Que llegue el día que dijimos» funcionó" {
		t.Errorf("the finding is %q", got)
	}
	for _, want := range []string{"+8,2 puntos", "entre +2,1 puntos y +14,3 puntos", "n = 835", "2.200", "quienes ya habían comprado", "sin cambio", "con la mejora"} {
		if got := r.Text(".improve-impact"); !strings.Contains(got, want) {
			t.Errorf("the evidence does not say %q: %s", want, got)
		}
	}
	if len(r.All("svg.chart")) != 1 {
		t.Error("how it was known over time is not drawn")
	}
	if csv := v.Get(path + "/impact.csv").Body; !strings.Contains(csv, "0.082") || !strings.Contains(csv, "0123456789abcdef") {
		t.Errorf("the file says %s", csv)
	}
	if svg := v.Get(path + "/impact.svg"); svg.Status != http.StatusOK || !strings.Contains(svg.Body, "<svg") || !strings.Contains(svg.Body, "+8,2 puntos") {
		t.Errorf("the picture: %d %.200s", svg.Status, svg.Body)
	}
	if got := w.site.As(cx.Lead).Get(path).Text(".improve-impact .chip"); got != "seguro" {
		t.Errorf("who serves reads %q", got)
	}
	if got := v.Get("/improve/board").Text("h1"); got != "De las 1 que ya se pueden juzgar, funcionó 1" {
		t.Errorf("the board says %q", got)
	}
	if r := v.Post(path+"/tell", url.Values{"said.es": {"Nunca sé cuándo llegáis"}, "public": {"1"}}); r.Status != http.StatusUnprocessableEntity || len(r.All(".fault")) == 0 {
		t.Errorf("half a story is public: %d %q", r.Status, r.All(".fault"))
	}
	said := url.Values{"public": {"1"}}
	for _, lang := range []string{"es", "en", "pt"} {
		said.Set("said."+lang, "Nunca sé cuándo llegáis")
		said.Set("did."+lang, "Ahora avisamos antes")
	}
	if r := v.Post(path+"/tell", said); r.Status != http.StatusSeeOther {
		t.Errorf("a story: %d %s", r.Status, r.Text("main"))
	}
	if r := v.Get(path + "/tell"); r.Attr(`a[href="/said-done"]`, "href") == "" || !strings.Contains(r.Text("textarea"), "Nunca") {
		t.Errorf("the story: %s", r.Text("main"))
	}
	do("decide", url.Values{"choice": {"adopt"}, "into": {"promise"}, "why": {"Vuelven más"}, "learned.es": {"Avisar antes de llegar hace volver"}})
	do("close", nil)
	if got := v.Get("/improve/learned?q=avisar").Text(".improve-list h2"); got != "Que llegue el día que dijimos" {
		t.Errorf("what was learned: %q", got)
	}
	if got := v.Get("/improve/learned?q=nada").Text("h1"); got != "Nada aprendido sobre «nada»" {
		t.Errorf("what was not: %q", got)
	}
	story := strings.Join(v.Get(path).All(".improve-story li"), " | ")
	for _, want := range []string{"planificó", "el plan quedó cerrado", "Escribir el aviso", "Se evaluó: Funcionó", "300"} {
		if !strings.Contains(story, want) {
			t.Errorf("the story lacks %q: %s", want, story)
		}
	}
}

// Who is read only sees no button, and no address does what no button offers.
func TestTheBoardReads(t *testing.T) {
	t.Parallel()
	w := open(t)
	v := w.site.As(cx.Board)
	if r := v.Get("/improve/new"); r.Status != http.StatusForbidden {
		t.Errorf("the board plans: %d", r.Status)
	}
	if got := v.Get("/improve/board").All(`a[href="/improve/new"]`); len(got) > 0 {
		t.Errorf("the board is offered %q", got)
	}
	if r := v.Get("/improve/of/nothing"); r.Status != http.StatusNotFound {
		t.Errorf("no such initiative: %d", r.Status)
	}
	for _, path := range []string{"/improve/calendar", "/improve/learned", "/improve/board?as=list", "/improve/initiatives.csv"} {
		if r := v.Get(path); r.Status != http.StatusOK {
			t.Errorf("%s answers %d", path, r.Status)
		}
	}
}
