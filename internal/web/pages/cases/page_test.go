package cases_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	casespage "github.com/vivencia-cx/vivencia/internal/web/pages/cases"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/casestest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// site serves the page of a company; ana is its member of the shops.
func site(t *testing.T, w *casestest.World) *webtest.Site {
	t.Helper()
	return webtest.Serve(t, w.Accounts, w.Clock,
		casespage.New(w.Cases, w.Memory, w.Promises, w.Voice, w.Models, nil),
		customer.New(w.Memory, w.Models, nil, customertest.NobodyForgotten))
}

func TestAQueueOnAPhoneIsThreeTapsFromDone(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	id := w.Marta()
	first := w.Open(cases.New{Key: "a", Customer: id, Kind: "made-right", Place: "goya", Title: "Apartar el libro", About: map[string]string{"order_id": "P-100"}})
	w.Open(cases.New{Key: "b", Kind: "call", Area: "logistics", Title: casestest.Hostile, Words: casestest.Hostile})
	v := site(t, w).As(cx.Member)

	r := v.Get("/cases")
	if got := r.Text("h1"); got != "2 casos abiertos: 2 no los lleva nadie" {
		t.Errorf("the finding is %q", got)
	}
	if r.Attr(`.tabbar a[href="/cases"]`, "aria-current") != "page" {
		t.Error("Casos is not on the phone's bar")
	}
	if got := r.Text("#case-" + first.ID + " .chip"); got != "vence en 4 h" {
		t.Errorf("the case is due %q", got)
	}
	if got := r.Text("#case-" + first.ID + " .case-line"); got != "Marta <b>Llorente</b> · Arreglar · Candil Goya" {
		t.Errorf("its line is %q", got)
	}
	path := r.Attr("#case-"+first.ID+" a", "href")
	r = v.Get(path)
	if got := r.Text("h1"); got != "Apartar el libro: vence en 4 h y nadie lo lleva" && got != "Apartar el libro: vence en 4 h y no lo lleva nadie" {
		t.Errorf("the finding is %q", got)
	}
	if to := v.Post(path+"/take", nil).Header.Get("Location"); to != path {
		t.Errorf("taking it leads to %q", to)
	}
	if got := v.Post(path+"/solve", url.Values{"solve": {"Está apartado en Goya"}}); got.Status != http.StatusSeeOther {
		t.Errorf("solving it answers %d: %s", got.Status, got.Text("main"))
	}
	r = v.Get(path)
	if got := r.Text("h1"); got != "Apartar el libro: resuelto; falta la palabra del cliente" {
		t.Errorf("the finding is %q", got)
	}
	if got := strings.Join(r.All("#case-story li"), "|"); !strings.Contains(got, "Tú: lo cogió") || !strings.Contains(got, "Está apartado en Goya") {
		t.Errorf("the story is %s", got)
	}
}

func TestACaseHasItsCustomerBesideIt(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	id := w.Marta()
	c := w.Open(cases.New{Key: "a", Customer: id, Kind: "made-right", Touchpoint: "courier", Title: "Apartar el libro", Words: casestest.Hostile, Promise: "on-date", About: map[string]string{"order_id": "P-100"}})
	v := site(t, w).As(cx.Member)
	r := v.Get("/cases/" + c.ID)
	aside := r.Text("aside")
	for _, want := range []string{"Marta <b>Llorente</b>", "Mensajero", "Molesto −2,0", "Llega el día que dijimos", "Pedido P-090", "rota el"} {
		if !strings.Contains(aside, want) {
			t.Errorf("%q is not beside the case: %s", want, aside)
		}
	}
	if got := r.Text(".case-frame"); !strings.Contains(got, "Avisar antes de fallar") || !strings.Contains(got, "El envío siguiente") {
		t.Errorf("the frame is %q", got)
	}
	if got := r.Text(".case-words"); got != casestest.Hostile {
		t.Errorf("the words are %q", got)
	}
	if strings.Contains(r.Body, "<script>alert") {
		t.Error("the customer's words run")
	}
}

func TestWhatIsDoneInACase(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	id := w.Marta()
	c := w.Open(cases.New{Key: "a", Customer: id, Kind: "made-right", Title: "Apartar el libro"})
	twin := w.Open(cases.New{Key: "b", Customer: id, Kind: "made-right", Title: "Otra vez"})
	v := site(t, w).As(cx.Lead)
	path := "/cases/" + c.ID
	for _, do := range []struct {
		name string
		form url.Values
		want string // in the page afterwards
	}{
		{"assign", url.Values{"to": {"me"}}, "Lo lleva: tú"},
		{"note", url.Values{"note": {"Mañana llama ella"}}, "Mañana llama ella"},
		{"check", url.Values{"item": {"aside"}, "done": {"1"}}, "1 de 2"},
		{"give", url.Values{"amount": {"12,50"}, "give": {"un vale"}}, "dio 12,50"},
		{"write", url.Values{"write": {"Hola, Marta: te lo apartamos"}}, "te lo apartamos"},
		{"offer", url.Values{"choice": {"late-options"}}, "Recogerlo en tienda"},
		{"postpone", url.Values{"due": {"2026-03-05T18:00"}, "postpone": {"llega el jueves"}}, "cambió el plazo al 5 mar, 18:00"},
		{"cause", url.Values{"cause": {"promise.on-date"}}, "Es el primer caso con esta causa en 90 días."},
		{"escalate", url.Values{"escalate": {"no queda en ninguna tienda"}}, "no queda en ninguna tienda"},
		{"move", url.Values{"area": {"logistics"}}, "Reparto"},
		{"merge", url.Values{"into": {twin.ID}}, "le unió otro caso"},
	} {
		r := v.Post(path+"/"+do.name, do.form)
		if r.Status != http.StatusSeeOther {
			t.Errorf("%s answers %d: %s", do.name, r.Status, r.All(".notice"))
			continue
		}
		if got := v.Get(r.Header.Get("Location")).Text("main"); !strings.Contains(strings.ReplaceAll(got, "\u00a0", " "), do.want) {
			t.Errorf("after %s nothing says %q: %s", do.name, do.want, got)
		}
	}
	if to := v.Get(path).Header.Get("Location"); to != "/cases/"+twin.ID {
		t.Errorf("a merged case leads to %q", to)
	}
	if got := v.Post("/cases/"+twin.ID+"/dance", nil); got.Status != http.StatusNotFound {
		t.Errorf("what cannot be done answers %d", got.Status)
	}
}

func TestWhatCannotBeDoneSaysWhy(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	c := w.Open(cases.New{Key: "a", Customer: w.Marta(), Kind: "made-right"})
	v := site(t, w).As(cx.Member)
	path := "/cases/" + c.ID
	for do, form := range map[string]url.Values{
		"give":     {"amount": {"diez"}, "give": {"un vale"}},
		"solve":    {"solve": {" "}},
		"note":     {"note": {strings.Repeat("a", 9000)}},
		"postpone": {"due": {"mañana"}, "postpone": {"x"}},
	} {
		r := v.Post(path+"/"+do, form)
		if r.Status != http.StatusUnprocessableEntity || r.Text("[role=alert]") == "" {
			t.Errorf("%s answers %d: %v", do, r.Status, r.All("[role=alert]"))
		}
		for _, said := range r.All("[role=alert]") {
			if strings.ContainsAny(said, "{}") || strings.Contains(said, "write ") || strings.Contains(said, "the ") {
				t.Errorf("%s says %q to who reads Spanish", do, said)
			}
		}
	}
	// More than may be given is refused, with what is left.
	if r := v.Post(path+"/give", url.Values{"amount": {"16"}, "give": {"un vale"}}); r.Status != http.StatusUnprocessableEntity || !strings.Contains(strings.ReplaceAll(r.Text("[role=alert]"), "\u00a0", " "), "15") {
		t.Errorf("giving too much answers %d: %v", r.Status, r.All("[role=alert]"))
	}
}

func TestSeveralAtOnce(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	id := w.Marta()
	a, b := w.Open(cases.New{Key: "a", Customer: id, Kind: "made-right"}), w.Open(cases.New{Key: "b", Kind: "call"})
	v := site(t, w).As(cx.Lead)
	v.Post("/cases", url.Values{"id": {a.ID, b.ID}, "do": {"take"}, "back": {"/cases?queue=mine"}})
	r := v.Get("/cases?queue=mine")
	if got := r.Text("h1"); got != "Llevas 2 casos y todos van a tiempo" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.Text("#toasts"); got != "2 casos son tuyos." {
		t.Errorf("it says %q", got)
	}
	v.Post("/cases", url.Values{"id": {a.ID, b.ID}, "do": {"close"}, "text": {"era una prueba"}})
	if got := v.Get("/cases").Text("h1"); got != "Nadie espera que arreglemos nada" {
		t.Errorf("the finding is %q", got)
	}
	if got := len(v.Get("/cases?queue=closed").All(".case")); got != 2 {
		t.Errorf("%d are closed", got)
	}
	if got := v.Get("/cases.csv?queue=closed").Body; strings.Count(got, "\n") != 3 || !strings.Contains(got, "made-right,closed") {
		t.Errorf("the CSV is %s", got)
	}
}

func TestTheQuestionIsInTheAddress(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	id := w.Marta()
	w.Open(cases.New{Key: "a", Customer: id, Kind: "made-right", Place: "goya", Due: cxtest.Epoch.Add(-time.Hour)})
	w.Open(cases.New{Key: "b", Kind: "call", Title: "El paquete está mojado", Due: cxtest.Epoch.Add(50 * time.Hour)})
	v := site(t, w).As(cx.Analyst)
	for query, want := range map[string]int{
		"": 2, "queue=late": 1, "queue=today": 1, "queue=nobody": 2, "queue=mine": 0, "queue=solved": 0, "area=logistics": 1, "kind=call": 1, "place=goya": 1,
		"q=mojado": 1, "q=nada": 0, "sort=due": 2, "sort=newest&area=stores": 1,
	} {
		r := v.Get("/cases?" + query)
		if got := len(r.All(".case")); got != want {
			t.Errorf("%s: %d cases, want %d", query, got, want)
		}
		if live := r.Attr("[hx-sse\\:connect]", "hx-sse:connect"); strings.Count(live, "=") != strings.Count(query, "=") {
			t.Errorf("%s is kept live by %s", query, live)
		}
	}
	for _, query := range []string{"queue=none", "sort=ugly", "page=-1", "page=x"} {
		if got := v.Get("/cases?" + query).Status; got != http.StatusBadRequest && got != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", query, got)
		}
	}
	if got := v.Get("/cases?queue=late").Text(".case .chip"); got != "venció hace 1 h" {
		t.Errorf("a late case is %q", got)
	}
}

func TestANewCase(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	id := w.Marta()
	v := site(t, w).As(cx.Member)
	r := v.Get("/cases/new?customer=" + string(id))
	if got := r.Text("h1"); got != "¿Qué hay que arreglar con Marta <b>Llorente</b>?" {
		t.Errorf("the title is %q", got)
	}
	form := url.Values{"key": {r.Attr("input[name=key]", "value")}, "customer": {string(id)}, "kind": {"made-right"}, "words": {"El libro vino roto"}, "mine": {"1"}}
	first, again := v.Post("/cases/new", form), v.Post("/cases/new", form)
	if to := first.Header.Get("Location"); to == "" || to != again.Header.Get("Location") {
		t.Errorf("the same form sent twice leads to %q and %q: %s", to, again.Header.Get("Location"), first.All("[role=alert]"))
	}
	if got := v.Get(first.Header.Get("Location")).Text("#case-state"); !strings.Contains(got, "Lo lleva: tú") {
		t.Errorf("it is %q", got)
	}
	// Whose it is may be typed; who is not found is said, with what was typed.
	by := v.Post("/cases/new", url.Values{"key": {"k2"}, "who": {"P-100"}, "words": {"Pregunta por su pedido"}, "solved": {"1"}, "done": {"Le dije cuándo llega"}})
	if got := v.Get(by.Header.Get("Location")).Text("main"); !strings.Contains(got, "Marta") || !strings.Contains(got, "Le dije cuándo llega") {
		t.Errorf("the case by an order's number is %s", got)
	}
	none := v.Post("/cases/new", url.Values{"key": {"k3"}, "who": {"P-999"}, "words": {"Algo"}})
	if none.Status != http.StatusUnprocessableEntity || !strings.Contains(none.Text("[role=alert]"), "P-999") || none.Text("textarea") != "Algo" {
		t.Errorf("nobody's number answers %d: %s", none.Status, none.Text("main"))
	}
	if r := v.Post("/cases/new", url.Values{"key": {"k4"}, "words": {""}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a case of nothing answers %d", r.Status)
	}
}

func TestACaseOfWhatSomebodySaid(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	id := w.Marta()
	found, err := w.Voice.Search(t.Context(), cx.System(), voiceQuery("semana"))
	if err != nil || len(found.Lines) != 1 {
		t.Fatal(found, err)
	}
	r := site(t, w).As(cx.Member).Get("/cases/new?voice=" + found.Lines[0].Ref.String())
	if got := r.Text("textarea"); !strings.Contains(got, "semana de retraso") || r.Attr("input[name=customer]", "value") != string(id) {
		t.Errorf("the words are %q, the customer %q", got, r.Attr("input[name=customer]", "value"))
	}
}

func TestACustomersPageHasTheirCasesAndPromises(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	id := w.Marta()
	w.Open(cases.New{Key: "a", Customer: id, Kind: "made-right", Title: "Apartar el libro"})
	v := site(t, w).As(cx.Member)
	if got := v.Get(customer.Path(id)).Attr(`[hx-get$="/cases"]`, "hx-get"); got != "/customers/"+string(id)+"/cases" {
		t.Errorf("the page asks for %q", got)
	}
	v.Header.Set("HX-Request", "true")
	got := v.Get("/customers/" + string(id) + "/cases").Text("body")
	for _, want := range []string{"Apartar el libro", "en riesgo, vence en 2 h", "rota el", "Probablemente desconfía"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing: %s", want, got)
		}
	}
}

func TestWhoMay(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	c := w.Open(cases.New{Key: "a", Customer: w.Marta(), Kind: "made-right"})
	s := site(t, w)
	board := s.As(cx.Board)
	if r := board.Get("/cases/" + c.ID); r.Status != http.StatusOK || len(r.All(".case-do")) > 0 {
		t.Errorf("the board sees %d, with %d things to do", r.Status, len(r.All(".case-do")))
	}
	if r := board.Post("/cases/"+c.ID+"/take", nil); r.Status != http.StatusForbidden {
		t.Errorf("the board takes a case: %d", r.Status)
	}
	for _, lang := range []string{"en", "pt"} {
		v := s.As(cx.Admin)
		v.Post("/language", url.Values{"language": {lang}})
		for _, path := range []string{"/cases", "/cases?queue=late", "/cases/" + c.ID, "/cases/new"} {
			if r := v.Get(path); r.Status != http.StatusOK {
				t.Errorf("%s in %s: %d", path, lang, r.Status)
			}
		}
	}
}

func voiceQuery(words string) voice.Query { return voice.Query{Filter: voice.Filter{Words: words}} }

// working is what is being done about causes.
type working map[string][]cycle.Initiative

func (w working) OfCause(_ context.Context, _ cx.Principal, cause string) ([]cycle.Initiative, error) {
	return w[cause], nil
}

// A cause leads to what is being done about it.
func TestACauseShowsItsInitiative(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	c := w.Open(cases.New{Key: "a", Customer: w.Marta(), Kind: "made-right"})
	s := webtest.Serve(t, w.Accounts, w.Clock,
		casespage.New(w.Cases, w.Memory, w.Promises, w.Voice, w.Models, working{"promise.on-date": {{Slug: "arrival-notice", Draft: cycle.Draft{Title: model.Text{ES: "Avisar antes"}}}}}),
		customer.New(w.Memory, w.Models, nil, customertest.NobodyForgotten))
	v := s.As(cx.Analyst)
	const link = `a[href="/improve/of/arrival-notice"]`
	if got := v.Get("/cases/" + c.ID).All(link); len(got) != 0 {
		t.Errorf("without a cause: %q", got)
	}
	v.Post("/cases/"+c.ID+"/cause", url.Values{"cause": {"promise.on-date"}})
	if got := v.Get("/cases/" + c.ID).Text(link); got != "Avisar antes" {
		t.Errorf("its initiative: %q", got)
	}
}
