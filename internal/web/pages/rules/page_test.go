package rules_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/casestest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/rules"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const company = casestest.Company + `
webhooks: [{slug: erp, url: "https://erp.candil.example/vivencia", area: logistics}]
rules:
  - slug: late
    name: {es: "Avisar <b>antes</b>", en: To tell before, pt: Avisar antes}
    area: logistics
    when: {promise: on-date, state: at-risk}
    if: properties.about.order_id == "P-100" && count("Order Completed", days(30)) >= 1
    caps: {per_customer: {n: 1, per: 7d}}
    then:
      - {message: {subject: Sobre tu pedido, text: "Tu pedido {properties.order_id ?? tuyo} va tarde"}}
      - {choice: late-options}
  - slug: bought
    name: {es: Quien compra, en: Who buys, pt: Quem compra}
    when: {event: Order Completed}
    then: [{case: {kind: call, title: {es: Llamar, en: Call, pt: Ligar}}}]
  - slug: hello
    name: {es: Gracias, en: Thanks, pt: Obrigado}
    priority: 3
    when: {event: Order Delivered}
    then: [{message: {subject: Gracias, text: Gracias}}]
`

// nobody stands for what these rules do not do.
type nobody struct{}

func (nobody) AskOne(context.Context, cx.Principal, ask.OneRequest) (ask.Reason, error) {
	return "", nil
}

func (nobody) Runs(context.Context, cx.Principal, string, journey.RunsQuery) (journey.RunsPage, error) {
	return journey.RunsPage{}, nil
}

// stumbling opens cases once it is mended.
type stumbling struct {
	*cases.Service
	mended atomic.Bool
}

func (s *stumbling) Open(ctx context.Context, p cx.Principal, n cases.New) (cases.Case, error) {
	if !s.mended.Load() {
		return cases.Case{}, cx.Errorf(cx.Invalid, "cases.Open", "the shelf is full")
	}
	return s.Service.Open(ctx, p, n)
}

type world struct {
	*casestest.World
	rules *rule.Service
	cases *stumbling
	*webtest.Site
}

func site(t *testing.T) *world {
	t.Helper()
	w := &world{World: casestest.New(t)}
	_, err := w.Models.Apply(t.Context(), cx.System(), []byte(company), "")
	must(t, err)
	w.cases = &stumbling{Service: w.World.Cases}
	w.rules, err = rule.Open(t.Context(), rule.Config{
		DB: w.State, Jobs: w.Jobs, Log: w.Log, Models: w.Models, Memory: w.Memory, Facts: w.Facts, Segments: w.Segments, Journeys: nobody{}, Voices: w.Voice,
		Cases: w.cases, Dialogue: w.Dialogue, Asks: nobody{}, Notices: w.Notices, Outbox: w.Deliver, Key: make([]byte, 32), Clock: w.World.Clock, Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	w.Also = append(w.Also, w.rules)
	w.Site = webtest.New(t, rules.New(w.rules, w.Deliver, w.Memory, w.Models), customer.New(w.Memory, w.Models, nil, customertest.NobodyForgotten), journeys.New(nil, w.Memory, w.Models, nil))
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// base is the version that a form of a page is about.
func base(r webtest.Response) string { return r.Attr(`input[name=base]`, "value") }

func TestRules(t *testing.T) {
	t.Parallel()
	w := site(t)
	w.Marta()
	v := w.As(cx.Admin)
	r := v.Get("/rules")
	cards := r.All(".rules-list > li")
	if len(cards) != 3 {
		t.Fatalf("%d rules: %q", len(cards), cards)
	}
	if want := "Cuando «Llega el día que dijimos» está a punto de fallar, si «Pedido» de lo ocurrido es «P-100» y vivió «Hizo un pedido» al menos 1 veces en 30 días, entonces le escribimos «Sobre tu pedido» y le damos a elegir entre 2 salidas."; !strings.Contains(cards[0], want) || !strings.Contains(cards[0], "Avisar <b>antes</b>") {
		t.Errorf("the first rule says %q", cards[0])
	}
	if !strings.Contains(cards[1], "1 vez empezó") {
		t.Errorf("the second rule did %q", cards[1])
	}
	if r := w.As(cx.Member).Get("/rules"); len(r.All(".rules-switch")) != 0 || len(r.All(".rules-list > li")) != 3 {
		t.Error("who serves may switch rules, or does not read them")
	}

	// One is switched off: at once, for nothing else is in the draft.
	if r := v.Post("/rules/of/hello/switch", url.Values{"base": {base(r)}, "off": {"1"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("switched: %d %s", r.Status, r.Text(".toast"))
	}
	if x, _ := w.Models.Current().Model.Rule("hello"); !x.Off {
		t.Error("it is still on")
	}
	one := v.Get("/rules/of/bought")
	if got := one.Text("h1"); got != "«Quien compra» empezó una vez en 30 días" {
		t.Errorf("the finding is %q", got)
	}
	if got := one.All("#rule-runs tbody tr"); len(got) != 1 || !strings.Contains(got[0], "Marta <b>Llorente</b>") || !strings.Contains(got[0], "En marcha") {
		t.Errorf("its runs: %q", got)
	}
	for path, status := range map[string]int{
		"/rules/of/none": http.StatusNotFound, "/rules/of/none/edit": http.StatusNotFound, "/rules/of/late/trial/none": http.StatusNotFound,
		"/rules/of/bought?cursor=x": http.StatusUnprocessableEntity, "/rules.csv": http.StatusOK, "/rules/failed": http.StatusOK, "/rules/of/late/edit?trial=none": http.StatusOK,
	} {
		if r := v.Get(path); r.Status != status {
			t.Errorf("%s: %d, want %d", path, r.Status, status)
		}
	}
	if r := w.As(cx.Member).Get("/rules/of/late/edit"); r.Status != http.StatusForbidden {
		t.Errorf("a member opens the editor: %d", r.Status)
	}
}

func TestComposing(t *testing.T) {
	t.Parallel()
	w := site(t)
	w.Marta()
	v := w.As(cx.Admin)
	if r := v.Post("/rules/new", url.Values{"base": {base(v.Get("/rules"))}, "name": {"Comprar y agradecer"}}); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/rules/of/comprar-y-agradecer/edit" {
		t.Fatalf("created: %d %s", r.Status, r.Header.Get("Location"))
	}
	const at = "/rules/of/comprar-y-agradecer/edit"
	form := url.Values{
		"base": {base(v.Get(at))}, "name.es": {"Agradecer"}, "name.en": {"Thank"}, "name.pt": {"Agradecer"}, "when.kind": {"event"}, "when.event": {"Order Completed"},
		"if.0.kind": {"properties"}, "if.0.name": {"order_id"}, "if.0.op": {"!="}, "if.0.value": {"P-1"}, "holdout": {"0"},
		"then.n": {"1"}, "then.0.kind": {"message"}, "then.0.title.es": {"Gracias"}, "then.0.text.es": {"{customer.first_name ?? Hola}, gracias"},
		"do": {"add:then"}, "then.add": {"case"},
	}
	r := v.Post(at, form)
	if r.Status != http.StatusSeeOther || r.Header.Get("Location") != at+"#then" {
		t.Fatalf("a step was added: %d %s; %s", r.Status, r.Header.Get("Location"), v.Get(at).Text("#toasts"))
	}
	r = v.Get(at)
	if got := r.Text(".rules-sentence"); got != "Cuando ocurre «Hizo un pedido», si «Pedido» de lo ocurrido no es «P-1», entonces le escribimos «Gracias» y abrimos un caso: «Algo que arreglar»." {
		t.Errorf("it says %q", got)
	}
	if got := r.Text(".rules-bubble"); got != "GraciasHola, gracias" {
		t.Errorf("the customer would see %q", got)
	}

	// The last 30 days of it, with who it would have reached.
	r = v.Get(at + "?test=1")
	if got := r.Text(".rules-found"); got != "Habría llegado a un cliente, 2 veces" {
		t.Errorf("tried on the past: %q", got)
	}
	if got := r.All("#tried .lines li"); len(got) != 2 || !strings.HasPrefix(got[0], "Marta <b>Llorente</b>") {
		t.Errorf("examples: %q", got)
	}
	form.Del("do")
	for name, value := range map[string]string{"base": base(r), "then.n": "2", "then.1.kind": "case", "then.1.title.es": "Mirar", "do": "try"} {
		form.Set(name, value)
	}
	if r = v.Post(at, form); !strings.Contains(r.Header.Get("Location"), "?trial=") {
		t.Fatalf("tried live: %d %s", r.Status, r.Header.Get("Location"))
	}
	w.Live(cxtest.Track("marta", "Order Completed", 0, cxtest.Object{"order_id": "P-101"}))
	if got := v.Get(strings.TrimSuffix(r.Header.Get("Location"), "#tried")).Text("#rules-trial .rules-found"); got != "Habría llegado a un cliente, una vez" {
		t.Errorf("the dry run says %q", got)
	}

	// What cannot be is said, and kept; nothing of it can be put in force.
	form.Set("when.kind", "silence")
	form.Set("do", "")
	v.Post(at, form)
	r = v.Get(at)
	if len(r.All(".rules-state .notice-negative li")) == 0 || len(r.All(`form[action$="/apply"]`)) != 0 {
		t.Errorf("a silence of no time: %q", r.Text(".rules-state"))
	}

	// One that starts itself is told as a chain.
	for name, value := range map[string]string{"when.kind": "case", "when.case": "any", "when.case.state": "opened", "if.0.kind": "", "base": base(r)} {
		form.Set(name, value)
	}
	v.Post(at, form)
	r = v.Get(at)
	if got := r.Text(".rules-clashes"); !strings.Contains(got, "se pondría en marcha a sí misma sin fin") && !strings.Contains(got, "Se pondría en marcha a sí misma sin fin") {
		t.Errorf("a circle: %q", got)
	}
	if len(r.All(`form[action$="/apply"]`)) != 0 {
		t.Error("a circle can be put in force")
	}

	form.Set("when.kind", "event")
	v.Post(at, form)
	r = v.Get(at)
	if r = v.Post("/rules/of/comprar-y-agradecer/apply", url.Values{"revision": {r.Attr(`input[name=revision]`, "value")}}); r.Header.Get("Location") != "/rules/of/comprar-y-agradecer" {
		t.Fatalf("put in force: %d %s", r.Status, r.Header.Get("Location"))
	}
	if x, ok := w.Models.Current().Model.Rule("comprar-y-agradecer"); !ok || len(x.Then) != 2 || x.If != nil {
		t.Errorf("the model says %+v", x)
	}
	v.Post(at, url.Values{"base": {base(v.Get(at))}, "name.es": {"Otra"}})
	if r = v.Post("/rules/of/comprar-y-agradecer/discard", url.Values{"base": {base(v.Get(at))}}); r.Status != http.StatusSeeOther || !strings.Contains(v.Get(at).Text("h1"), "Agradecer") {
		t.Errorf("discarded: %d, %q", r.Status, v.Get(at).Text("h1"))
	}
}

func TestWhatFailed(t *testing.T) {
	t.Parallel()
	w := site(t)
	w.Marta()
	w.Jobs.Start()
	t.Cleanup(func() { must(t, w.Jobs.Close()) })
	v := w.As(cx.Admin)
	until := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !is(); {
			if time.Now().After(deadline) {
				t.Fatal(what)
			}
			w.Jobs.Wake()
			time.Sleep(5 * time.Millisecond)
		}
	}
	failed := func() []string { return v.Get("/rules/failed").All(".rules-list > li") }
	until("nothing failed", func() bool { return len(failed()) == 1 })
	r := v.Get("/rules/failed")
	if got := failed()[0]; !strings.Contains(got, "«Quien compra» no pudo seguir") || !strings.Contains(got, "the shelf is full") || !strings.Contains(got, "Marta <b>Llorente</b>") {
		t.Errorf("what failed: %q", got)
	}
	w.cases.mended.Store(true)
	if r := v.Post(r.Attr(".rules-list form", "action"), url.Values{"do": {"replay"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("replayed: %d", r.Status)
	}
	until("it was not done again", func() bool {
		page, err := w.rules.Runs(t.Context(), cx.System(), rule.Query{Rule: "bought", State: rule.Done})
		must(t, err)
		return len(page.Runs) == 1
	})
	if left := failed(); len(left) != 0 {
		t.Errorf("it still waits: %q", left)
	}
	if r := v.Post("/rules/failed/none", url.Values{"do": {"discard"}}); r.Status != http.StatusNotFound {
		t.Errorf("discarding none: %d", r.Status)
	}
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	w := site(t)
	v := w.As(cx.Admin)
	r := v.Get("/rules/programs")
	if got := r.Text("#erp"); !strings.Contains(got, "Sin clave") || !strings.Contains(got, "https://erp.candil.example/vivencia") {
		t.Errorf("the program: %q", got)
	}
	r = v.Post("/rules/programs/erp", url.Values{"do": {"rotate"}})
	if secret := r.Text("#erp [data-text]"); !strings.HasPrefix(secret, "whsec_") || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the secret is %q, %q", secret, r.Header.Get("Cache-Control"))
	}
	if r = v.Get("/rules/programs"); strings.Contains(r.Body, "whsec_") || !strings.Contains(r.Text("#erp"), "En marcha") {
		t.Errorf("afterwards: %q", r.Text("#erp"))
	}
	if r = v.Post("/rules/programs/erp", url.Values{"do": {"test"}}); r.Status != http.StatusSeeOther || !strings.Contains(v.Get("/rules/programs").Text("#erp"), "en espera: 1") {
		t.Errorf("tested: %d, %q", r.Status, v.Get("/rules/programs").Text("#erp"))
	}
	for _, form := range []url.Values{{"do": {"x"}}, {}} {
		if r = v.Post("/rules/programs/erp", form); r.Status != http.StatusSeeOther {
			t.Errorf("%v: %d", form, r.Status)
		}
	}
	if r = w.As(cx.Analyst).Post("/rules/programs/erp", url.Values{"do": {"rotate"}}); r.Status != http.StatusForbidden {
		t.Errorf("an analyst takes the secret: %d", r.Status)
	}
}
