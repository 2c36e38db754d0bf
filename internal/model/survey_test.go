package model_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
)

const asking = `
company: {slug: candil, name: Candil, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: logistics, name: Reparto}]
touchpoints:
  - {slug: courier, name: Reparto, stage: during, channel: home, medium: physical, area: logistics, events: [Order Delivered], surveys: [delivery]}
`

// candil is the model of the simulated company: its surveys use nearly all there
// is.
func candil(tb testing.TB) *model.Model {
	tb.Helper()
	src, err := os.ReadFile("../simulate/candil/model.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	m, err := model.Parse(src)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestSurveyFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ survey, want string }{
		"no page":          {`{slug: a, name: A, purpose: relationship}`, "7:5 surveys[0].pages: is missing: write at least one page with a question"},
		"a word":           {`{slug: a, name: A, purpose: relation, pages: [{questions: [{id: q, type: nps, text: Q}]}]}`, `7:33 surveys[0].purpose: "relation" is none of transactional, relationship, before, team, quiz`},
		"a type":           {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: npss, text: Q}]}]}`, `did you mean "nps"?`},
		"ids twice":        {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: nps, text: Q}, {id: q, type: nps, text: Q}]}]}`, `"q" is declared twice`},
		"a key of another": {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: nps, text: Q, options: [{id: a, text: A}, {id: b, text: B}]}]}]}`, "is for questions of type single, multiple, ranking, matrix: leave it out"},
		"no options":       {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: single, text: Q}]}]}`, "surveys[0].pages[0].questions[0].options: is too short"},
		"its own answer":   {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: single, text: Q, options: [{id: a, text: A}, {id: other, text: B}]}]}]}`, `use other: true, or another id`},
		"a scale":          {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: csat, text: Q, scale: 1-50}]}]}`, `"1-50" is no scale to answer on`},
		"same page":        {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: nps, text: Q}, {id: r, type: text, text: R, when: answers.q < 7}]}]}`, `no page before this asks "q"`},
		"no condition":     {`{slug: a, name: A, purpose: relationship, pages: [{when: properties.x +, questions: [{id: q, type: nps, text: Q}]}]}`, "surveys[0].pages[0].when"},
		"unknown variable": {`{slug: a, name: A, purpose: relationship, pages: [{when: event.name == "x", questions: [{id: q, type: nps, text: Q}]}]}`, "use answers.QUESTION, properties, traits and now"},
		"a piping":         {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: nps, text: "Hola {customer.first_name}"}]}]}`, `"{customer.first_name}" cannot be read: write {customer.first_name ?? what to say when it is not known}`},
		"a brace":          {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: nps, text: "Hola } tú"}]}]}`, "a brace stands alone"},
		"a path":           {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: nps, text: "{customer.firstname ?? x}"}]}]}`, `nothing is known as "customer.firstname"; did you mean "customer.first_name"?`},
		"a format":         {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: nps, text: "{event.at|weekdays ?? x}"}]}]}`, `did you mean "weekday"?`},
		"a later answer":   {`{slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: nps, text: "{answers.r ?? x}"}]}, {questions: [{id: r, type: nps, text: R}]}]}`, `no page before this asks "r"`},
		"no pair":          {`{slug: a, name: A, purpose: before, pages: [{questions: [{id: q, type: nps, text: Q}]}]}`, "surveys[0].pair: is missing"},
		"a pair of none":   {`{slug: a, name: A, purpose: before, pair: {survey: b}, pages: [{questions: [{id: q, type: nps, text: Q}]}]}`, `survey "b" is not declared`},
		"the team's mail":  {`{slug: a, name: A, purpose: team, ask: {event: Order Delivered}, pages: [{questions: [{id: q, type: nps, text: Q}]}]}`, "the team finds its surveys on its own page"},
		"another audience": {`{slug: a, name: A, purpose: quiz, audience: customers, pages: [{questions: [{id: q, type: nps, text: Q}]}]}`, "is answered by team"},
		"no such event":    {`{slug: a, name: A, purpose: relationship, ask: {event: Order Deliverd}, pages: [{questions: [{id: q, type: nps, text: Q}]}]}`, `did you mean "Order Delivered"?`},
		"hours":            {`{slug: a, name: A, purpose: relationship, ask: {event: Order Delivered, at: noon}, pages: [{questions: [{id: q, type: nps, text: Q}]}]}`, `"noon" is no stretch of the day`},
		"a sample":         {`{slug: a, name: A, purpose: relationship, ask: {event: Order Delivered, sample: 2}, pages: [{questions: [{id: q, type: nps, text: Q}]}]}`, "above 0 and up to 1"},
		"a redirect":       {`{slug: a, name: A, purpose: relationship, redirect: "javascript:alert(1)", pages: [{questions: [{id: q, type: nps, text: Q}]}]}`, "is no https address"},
	} {
		_, err := model.Parse([]byte(asking + "surveys:\n  - " + c.survey + "\n"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
	_, err := model.Parse([]byte(asking + "asking: {quiet: 9-10, holdout: 0.9, sites: ['https://shop.example/path'], rest: soon}\n"))
	if faults := cx.FaultsOf(err); len(faults) != 4 {
		t.Errorf("asking: %v", err)
	}
}

func TestPairsAskTheSame(t *testing.T) {
	t.Parallel()
	pair := func(scale string) error {
		_, err := model.Parse([]byte(asking + `surveys:
  - {slug: expect, name: E, purpose: before, pair: {survey: delivery, object: order}, pages: [{questions: [{id: score, type: csat, text: E}]}]}
  - {slug: delivery, name: D, purpose: transactional, pages: [{questions: [{id: how, type: csat, text: D, scale: ` + scale + `}]}]}
`))
		return err
	}
	if err := pair("1-5"); err != nil {
		t.Error(err)
	}
	if err := pair("1-7"); err == nil || !strings.Contains(err.Error(), "cannot be compared") {
		t.Errorf("another scale: %v", err)
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	known := func(path string) (any, bool) {
		v, ok := map[string]any{
			"customer.first_name": "Ana\n{x}", "event.at": cx.TimeOf(time.Date(2026, 3, 3, 23, 40, 0, 0, time.UTC)), "properties.n": 3.0,
			"properties.promised_at": "2026-03-05T09:00:00Z", "traits.long": strings.Repeat("a", 200), "traits.empty": "",
		}[path]
		return v, ok
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"Hola {customer.first_name ?? tú}":                 "Hola Ana {x}",
		"Hola {customer.name ?? de nuevo}":                 "Hola de nuevo",
		"Hola {customer.name ??}":                          "Hola",
		"la entrega del {event.at|weekday ?? pedido}":      "la entrega del miércoles", // past midnight in Madrid
		"el {event.at|date ?? otro día}":                   "el 4 de marzo",
		"a las {event.at|time ?? nunca}":                   "a las 00:40",
		"para el {properties.promised_at|weekday ?? día}":  "para el jueves",
		"{properties.n ?? muchos} veces, {traits.empty??}": "3 veces,",
		"{properties.n|weekday ?? un día}":                 "un día",
		"{traits.long ?? x}":                               strings.Repeat("a", 80) + "…",
	} {
		if got := (model.Text{ES: text}).Fill("es-419", madrid, known); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := (model.Text{EN: "on {event.at|date ?? that day}"}).Fill("en", madrid, known); got != "on 4 March" {
		t.Error(got)
	}
}

func TestSurveysGoThroughJSON(t *testing.T) {
	t.Parallel()
	m := candil(t)
	for _, s := range m.Surveys {
		src := s.JSON()
		back, err := model.ParseSurvey(src, m)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		if diff := cmp.Diff(s, back, cmp.AllowUnexported(model.Survey{}), cmp.Comparer(sameProgram)); diff != "" {
			t.Errorf("%s is another after JSON:\n%s", s.Slug, diff)
		}
		if !slices.Equal(src, back.JSON()) {
			t.Errorf("%s is written in another way the second time", s.Slug)
		}
	}
	s := m.Surveys[0]
	version := s.Version()
	for name, change := range map[string]func(string) string{
		"its name":  func(j string) string { return strings.Replace(j, s.Name.ES, "Otro nombre", 1) },
		"its text":  func(j string) string { return strings.Replace(j, "¿Recomendarías", "Recomendarías", 1) },
		"when":      func(j string) string { return strings.Replace(j, `"13w"`, `"9w"`, 1) },
		"an id too": func(j string) string { return strings.Replace(j, `"id": "text"`, `"id": "words"`, 1) },
	} {
		other, err := model.ParseSurvey([]byte(change(string(s.JSON()))), m)
		seen := name == "its text" || name == "an id too"
		if err != nil || (other.Version() != version) != seen {
			t.Errorf("%s: %s, before %s; %v", name, other.Version(), version, err)
		}
	}
}

func sameProgram(a, b *expr.Program) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Source() == b.Source()
}

func TestPutSurveyLeavesTheRest(t *testing.T) {
	t.Parallel()
	src := []byte(asking + `surveys:
  # What is asked after a delivery.
  - slug: delivery
    name: {es: Entrega, en: Delivery}
    purpose: transactional
    pages:
      - questions: # one is enough
          - id: score
            type: csat
            text: How did it go?
            required: true
      - when: answers.score <= 3
        questions: [{id: why, type: multiple, text: Why?, options: [{id: a, text: A}, {id: b, text: B}]}]
    thanks: Thank you
    ask: {event: Order Delivered, delay: 3h} # by mail
  - {slug: nps, name: NPS, purpose: relationship, pages: [{questions: [{id: score, type: nps, text: Q}]}]}
asking: {rest: 2w} # for all
`)
	m, err := model.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := m.Surveys[rapid.IntRange(0, len(m.Surveys)-1).Draw(t, "survey")]
		same, err := model.PutSurvey(src, s)
		if err != nil || string(same) != string(src) {
			t.Fatalf("%s put as it is changes the file: %v", s.Slug, err)
		}
		text := rapid.StringMatching(`[a-zñ"': #-]{1,30}`).Filter(func(x string) bool { return strings.TrimSpace(x) == x && x != "" }).Draw(t, "text")
		s.Thanks = model.Text{ES: text, EN: text, PT: text}
		if rapid.Bool().Draw(t, "new") {
			s.Slug = "brand-new"
		}
		s.Ask = nil
		out, err := model.PutSurvey(src, s)
		if err != nil {
			t.Fatal(err)
		}
		now, err := model.Parse(out)
		if err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		kept, _ := now.Survey(s.Slug)
		if kept.Thanks.ES != text || kept.Ask != nil {
			t.Fatalf("%q is read as %q", text, kept.Thanks.ES)
		}
		for _, c := range model.Diff(m, now) {
			if !strings.HasPrefix(c.Path, "surveys."+s.Slug) {
				t.Fatalf("%s changed too: %+v", c.Path, c)
			}
		}
		for _, comment := range []string{"# What is asked after a delivery.", "# one is enough", "# for all"} {
			if !strings.Contains(string(out), comment) {
				t.Fatalf("%q was lost in\n%s", comment, out)
			}
		}
	})
}

func TestSurveyChanges(t *testing.T) {
	t.Parallel()
	with := func(survey string) *model.Model {
		m, err := model.Parse([]byte(asking + "surveys:\n" + survey + "asking: {rest: 2w}\n"))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	before := with("  - {slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: csat, text: Q}, {id: r, type: text, text: R}]}]}\n")
	after := with("  - {slug: a, name: A, purpose: relationship, pages: [{questions: [{id: q, type: csat, text: Q, scale: 1-7}]}], ask: {event: Order Delivered, delay: 3h}}\n  - {slug: b, name: B, purpose: relationship, pages: [{questions: [{id: q, type: nps, text: Q}]}]}\n")
	var paths []string
	for _, c := range model.Diff(before, after) {
		paths = append(paths, c.Path+" "+string(c.Kind))
	}
	want := []string{"surveys.a.pages changed", "surveys.a.ask added", "surveys.a.questions.q.scale changed", "surveys.b added", "surveys.a.questions.r removed"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func FuzzParseSurvey(f *testing.F) {
	m := candil(f)
	for _, s := range m.Surveys {
		f.Add(s.JSON())
	}
	f.Add([]byte(`{"slug":"a","name":"\ud83d\ude00\u0085 # x: [","purpose":"quiz","pages":[{"questions":[{"id":"q","type":"number","text":"a","min":1e300}]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := model.ParseSurvey(src, m)
		if err != nil {
			return
		}
		back, err := model.ParseSurvey(s.JSON(), m)
		if err != nil {
			t.Fatalf("%s cannot be read again: %v", s.JSON(), err)
		}
		if string(back.JSON()) != string(s.JSON()) || back.Version() != s.Version() {
			t.Fatalf("%s became %s", s.JSON(), back.JSON())
		}
	})
}
