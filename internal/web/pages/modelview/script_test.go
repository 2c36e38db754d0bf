package modelview_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
)

// lived is how runs were lived, whatever the journey.
type lived struct{ journey.Learned }

func (l lived) Learn(_ context.Context, _ cx.Principal, _ string, q journey.LearnQuery) (journey.Learned, error) {
	if q.Coverage != .8 {
		return journey.Learned{}, cx.Errorf(cx.Conflict, "test", "nobody lived it")
	}
	return l.Learned, nil
}

var learner = lived{journey.Learned{
	Script: []model.Node{
		{Step: &model.Step{Slug: "paid", Touchpoint: "till", Events: []string{"Checkout Paid"}, Within: 2 * time.Hour, Valence: -.4, HasValence: true}},
		{Step: &model.Step{Slug: "thanked", Touchpoint: "till", Events: []string{"Thanked"}}, Optional: true},
	},
	YAML: "script: …\n",
	Runs: journey.Share{K: 812, N: 1013, Low: .776, High: .825},
	Ways: 12,
}}

const order = company + `
journeys:
  - slug: order
    name: {es: Compra, en: Purchase, pt: Compra}
    case: {key: order_id, before: 2h}
    end: [Thanked]
    script:
      # at the till
      - {slug: pay, touchpoint: till, events: [Checkout Paid], truth: true, within: 30m, valence: 0.5} # by card
      - choice:
          - - {slug: thank, touchpoint: till, name: Gracias, events: [Thanked]}
          - - {slug: review, touchpoint: till, events: [Review Posted], optional: true}
`

// TestScript goes the way of a person who designs a journey: sees it drawn, adds
// a step and another way, moves and removes, and puts it in force.
func TestScript(t *testing.T) {
	t.Parallel()
	site, models := open(t, order)
	v := site.As(cx.Admin)
	const path = "/model/edit/journeys/order"
	r := v.Get(path)
	if got := r.All(".model-script b"); !slices.Equal(got, []string{"Caja", "El cliente elige un camino", "Gracias", "Caja"}) {
		t.Errorf("drawn: %q", got)
	}
	if got := r.All("#step-0 .chip"); !slices.Equal(got, []string{"Momento de la verdad", "A gusto +0,5", "Lo siguiente, en 30 minutos"}) {
		t.Errorf("the first step: %q", got)
	}
	if got := r.All(".model-band h3"); !slices.Equal(got, []string{"Durante"}) {
		t.Errorf("bands: %q", got)
	}
	if got := form(t, r, "/model/source/journeys/order").Get("text"); !strings.Contains(got, "# at the till") {
		t.Errorf("beside: %q", got)
	}

	// A step at the end, by its touchpoint alone, in its own stage.
	add := r.Attr(`.model-form a[href$="at=2"]`, "href")
	blank := form(t, v.Get(add), "/model/new/journeys/order/steps")
	if r := v.Post("/model/new/journeys/order/steps", blank); !strings.HasPrefix(r.Header.Get("Location"), "/model/new/journeys/order/steps") || !strings.Contains(v.Get(add).Body, "Elige primero un punto de contacto") {
		t.Errorf("without a touchpoint: %d %s", r.Status, r.Header.Get("Location"))
	}
	v.Header.Set("HX-Request", "true")
	events := v.Get(add + "&touchpoint=till")
	v.Header.Del("HX-Request")
	if got := events.All(".check"); !slices.Equal(got, []string{"Checkout Paid", "Review Posted", "Thanked"}) {
		t.Errorf("the events of a touchpoint: %q", got)
	}
	r = v.Post("/model/new/journeys/order/steps", with(blank, "touchpoint", "till", "name.es", "Vuelve a por más", "stage", "after", "optional", "1"))
	if got := r.Header.Get("Location"); got != path+"/steps/2" {
		t.Fatalf("added at %q: %d", got, r.Status)
	}
	step := form(t, v.Get(path+"/steps/2"), path+"/steps/2")
	if step.Get("mark") != "vuelve-a-por-mas" || step.Get("touchpoint") != "till" || step.Get("optional") != "1" {
		t.Errorf("the new step: %v", step)
	}
	if r := v.Post(path+"/steps/2", with(step, "events.0.on", "1", "within.n", "2", "within.unit", "d", "valence", "1")); r.Header.Get("Location") != path+"/steps/2" {
		t.Errorf("saved: %d", r.Status)
	}

	// Another way of it; then one up, one away.
	another := form(t, v.Get("/model/new/journeys/order/steps?at=2&as=choice"), "/model/new/journeys/order/steps")
	if r := v.Post("/model/new/journeys/order/steps", with(another, "touchpoint", "till", "name.es", "Reseña", "stage", "after")); r.Header.Get("Location") != path+"/steps/2.1.0" {
		t.Errorf("another way at %q", r.Header.Get("Location"))
	}
	review := form(t, v.Get(path+"/steps/2.1.0"), path+"/steps/2.1.0")
	v.Post(path+"/steps/2.1.0", with(review, "events.1.on", "1"))
	moved := form(t, v.Get(path), path+"/steps/2/move")
	if r := v.Post(path+"/steps/2/move", with(moved, "mark", "another")); !strings.Contains(v.Get(path).Body, "Tu borrador ha cambiado") {
		t.Errorf("a step that is another by now: %d", r.Status)
	}
	v.Post(path+"/steps/0/move", with(moved, "mark", "pay", "to", "down"))
	v.Post(path+"/steps/1/remove", with(moved, "mark", "pay"))
	const want = `    script:
      - choice:
          - - {slug: thank, touchpoint: till, name: Gracias, events: [Thanked]}
          - - {slug: review, touchpoint: till, events: [Review Posted], optional: true}
      - choice:
          - - slug: vuelve-a-por-mas
              name: {es: Vuelve a por más}
              touchpoint: till
              optional: true
              stage: after
              events: [Checkout Paid]
              valence: 1
              within: 2d
          - - {slug: resena, name: {es: Reseña}, touchpoint: till, stage: after, events: [Review Posted]}
`
	if _, got, _ := strings.Cut(unix(draftOf(t, v)), "end: [Thanked]\n"); got != want {
		t.Errorf("the draft:\n%s", got)
	}

	// What it changes, in words, and in force.
	r = v.Get("/model/draft")
	if got := strings.Join(r.All(".model-changes > li"), "\n"); !strings.Contains(got, "Viaje «Compra» · orden de los pasos") || !strings.Contains(got, "Caja → (Gracias | Caja?)") || !strings.Contains(got, "«Compra › Reseña»") {
		t.Errorf("what it changes: %s", got)
	}
	v.Post("/model/draft/apply", form(t, r, "/model/draft/apply"))
	if j, _ := models.Current().Model.Journey("order"); models.Current().Number != 2 || len(j.Steps()) != 4 {
		t.Errorf("in force: %+v", j)
	}
	if len(v.Get(path+"/steps/1.1.0").All("[name=slug]")) != 0 {
		t.Error("the slug of a step in force can be changed")
	}
	if got := v.Get("/model").Text("main"); !strings.Contains(got, "4 pasos") {
		t.Error("the model does not show its journeys")
	}
}

// TestScriptFaults shows what is wrong at the step that it is about.
func TestScriptFaults(t *testing.T) {
	t.Parallel()
	site, _ := open(t, order)
	v := site.As(cx.Admin)
	const path = "/model/edit/journeys/order"
	step := form(t, v.Get(path+"/steps/0"), path+"/steps/0")
	v.Post(path+"/steps/0", with(step, "events.2.on", "1", "within.n", "many"))
	r := v.Get(path)
	if got := strings.Join(r.All("#model-state li"), "\n"); !strings.Contains(got, "no es un tiempo") || !strings.Contains(got, "Compra") {
		t.Errorf("state: %s", got)
	}
	if got := r.Attr("#model-state li a", "href"); got != "/model/edit/journeys/@0/steps/0" {
		t.Errorf("mended at %q", got)
	}
	if got := r.All("#step-0 .fault"); len(got) != 1 {
		t.Errorf("at its step: %q", got)
	}
	if got := v.Get(path + "/steps/0").Text(".model-age .fault"); !strings.Contains(got, "manym") {
		t.Errorf("at its field: %q", got)
	}
	v.Post("/model/draft/drop", url.Values{})
	text := form(t, v.Get("/model/draft/text"), "/model/draft/text")
	v.Post("/model/draft/text", with(text, "yaml", strings.Replace(text.Get("yaml"), "slug: pay,", "slug: thank,", 1)))
	r = v.Get(path)
	if got := r.All("#step-1-0-0 .fault"); len(got) != 1 || !strings.Contains(got[0], "declarado dos veces") || len(r.All("#step-1 > .model-branching > .model-step .fault")) != 0 {
		t.Errorf("two steps of one name: %q", got)
	}
}

// TestNewJourney makes a journey from nothing, and another from what is lived.
func TestNewJourney(t *testing.T) {
	t.Parallel()
	site, models := open(t, company)
	v := site.As(cx.Admin)
	blank := form(t, v.Get("/model/new/journeys"), "/model/new/journeys")
	v.Post("/model/new/journeys", with(blank, "name.es", "Visita", "case.gap.n", "45", "case.gap.unit", "m", "end.0.event", "Checkout Paid", "end.0.when.property", "total", "end.0.when.op", "yes"))
	const path = "/model/edit/journeys/visita"
	r := v.Get(path)
	if got := form(t, r, "/model/source/journeys/visita").Get("text"); unix(got) != `  - slug: visita
    name: {es: Visita}
    case: {gap: 45m}
    end:
      - {event: Checkout Paid, when: properties.total}` {
		t.Errorf("beside:\n%s", got)
	}
	if len(r.All("[name='silence.n']")) != 0 || !strings.Contains(r.Text(".model-form"), "Aún no dice ningún paso") {
		t.Error("an empty journey is not told so")
	}
	if got := v.Get(path + "/lived"); got.Header.Get("Location") != path || !strings.Contains(v.Get(path).Body, "Pon primero el viaje en vigor") {
		t.Errorf("learned before it is in force: %d", got.Status)
	}
	v.Post("/model/draft/apply", form(t, v.Get("/model/draft"), "/model/draft/apply"))
	r = v.Get(path + "/lived")
	if got := r.Text("h1"); got != "Así lo vive el 80 % de los recorridos: 812 de 1.013" {
		t.Errorf("%q", got)
	}
	if got := r.Text("main"); !strings.Contains(got, "en general será entre el 78 % y el 82 %") || !strings.Contains(got, "12 formas") {
		t.Errorf("%q", got)
	}
	if got := v.Get(path + "/lived?coverage=95"); got.Header.Get("Location") != path {
		t.Errorf("nothing to learn from: %d", got.Status)
	}
	if r := v.Post(path+"/lived", form(t, r, path+"/lived")); r.Status != http.StatusSeeOther {
		t.Errorf("%d", r.Status)
	}
	v.Post("/model/draft/apply", form(t, v.Get("/model/draft"), "/model/draft/apply"))
	if j, _ := models.Current().Model.Journey("visita"); len(j.Script) != 2 || j.Script[0].Step.Within != 2*time.Hour || !j.Script[1].Optional {
		t.Errorf("%s", models.Current().YAML)
	}
}

// TestUntouchedSteps sends the form of every step of Candil's journeys as it was
// opened: nothing changes.
func TestUntouchedSteps(t *testing.T) {
	t.Parallel()
	candil, err := os.ReadFile("../../../simulate/candil/model.yaml")
	if err != nil {
		t.Fatal(err)
	}
	site, models := open(t, string(candil))
	v := site.As(cx.Admin)
	sent := 0
	for _, j := range models.Current().Model.Journeys {
		page := v.Get("/model/edit/journeys/" + j.Slug)
		root, err := html.Parse(strings.NewReader(page.Body))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range cascadia.QueryAll(root, cascadia.MustCompile(".model-step p a")) {
			href := attr(a, "href")
			if r := v.Post(href, form(t, v.Get(href), href)); r.Status != http.StatusSeeOther {
				t.Errorf("%s: %d", href, r.Status)
			}
			sent++
		}
	}
	if got := unix(draftOf(t, v)); got != string(candil) || sent < 30 {
		t.Errorf("%d untouched forms change the text", sent)
	}
}
