package card_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/card"
	casespage "github.com/vivencia-cx/vivencia/internal/web/pages/cases"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/casestest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func site(t *testing.T, w *casestest.World) *webtest.Site {
	t.Helper()
	return webtest.Serve(t, w.Accounts, w.Clock,
		card.New(w.Cases, w.Dialogue, w.Promises, w.Memory, w.Voice, w.Models),
		casespage.New(w.Cases, w.Memory, w.Promises, w.Voice, w.Models, nil),
		customer.New(w.Memory, w.Models, nil, customertest.NobodyForgotten))
}

func TestWhoeverStandsBeforeYou(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	w.Marta()
	v := site(t, w).As(cx.Member)
	for _, typed := range []string{"600111213", "+34 600 11 12 13", "P-100", "p-090", "777", "marta@example.com", "Marta Llo"} {
		began := time.Now()
		r := v.Get("/card?q=" + url.QueryEscape(typed))
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s took %v", typed, took)
		}
		if got := r.Text("h1"); got != "Marta <b>Llorente</b>: en riesgo «Llega el día que dijimos»" {
			t.Errorf("%s finds %q", typed, got)
		}
	}
	main := v.Get("/card?q=777").Text("main")
	for _, want := range []string{
		"Probablemente desconfía", "Mensajero", "Molesto −2,0", "Pedido P-100", "Pedido P-090", "Lo que le importa", "Le dolió: Mensajero", "hasta 15,00 €. Este mes te quedan 300,00 €", "Avisar antes de fallar",
	} {
		if !strings.Contains(strings.ReplaceAll(main, "\u00a0", " "), want) {
			t.Errorf("%q is missing: %s", want, main)
		}
	}
}

func TestNobodyAndSeveral(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	w.Live(cxtest.Identify("a", "", -time.Hour, cxtest.Object{"name": "Ana Ruiz"}), cxtest.Identify("b", "", -time.Hour, cxtest.Object{"name": "Ana Gil"}))
	v := site(t, w).As(cx.Member)
	r := v.Get("/card?q=" + url.QueryEscape(casestest.Hostile))
	if r.Status != http.StatusNotFound || strings.Contains(r.Body, "<script>alert") || r.Attr("main input[type=search]", "value") != casestest.Hostile {
		t.Errorf("nobody answers %d: %s", r.Status, r.Text("main"))
	}
	r = v.Get("/card?q=ana")
	if got := r.Text("h1"); got != "2 personas encajan: ¿quién es?" || len(r.All(".lines a")) != 2 {
		t.Errorf("several are %q: %v", got, r.All(".lines a"))
	}
	if got := v.Get(r.Attr(".lines a", "href")).Text("h1"); !strings.HasSuffix(got, ": nada pendiente con nosotros") {
		t.Errorf("one of them is %q", got)
	}
	if got := v.Get("/card").Text("h1"); got != "¿Quién está contigo?" {
		t.Errorf("it begins with %q", got)
	}
}

func TestOneTap(t *testing.T) {
	t.Parallel()
	w := casestest.New(t)
	id := w.Marta()
	s := site(t, w)
	v := s.As(cx.Member)
	page := "/card?customer=" + string(id)
	r := v.Get(page)
	if got := r.Attr(`.card-acts a[href^="/cases/new"]`, "href"); got != "/cases/new?customer="+string(id) {
		t.Errorf("a case is opened by %q", got)
	}
	key := r.Attr(`form[action="/card/note"] input[name=key]`, "value")
	note := url.Values{"customer": {string(id)}, "key": {key}, "note": {"Prefiere que la llamen por la tarde"}}
	v.Post("/card/note", note)
	v.Post("/card/note", note) // sent twice: the second goes into the case that the first opened
	found, err := w.Cases.List(t.Context(), cx.System(), cases.Query{Customer: id})
	if err != nil || found.Total != 1 || found.Cases[0].Words != "Prefiere que la llamen por la tarde" {
		t.Fatalf("the note is %+v, %v", found, err)
	}
	if to := v.Post("/card/thanks", url.Values{"customer": {string(id)}, "key": {"k"}, "thanks": {"Gracias por venir, Marta"}}).Header.Get("Location"); to != page {
		t.Errorf("thanking leads to %q", to)
	}
	said, err := w.Dialogue.Conversation(t.Context(), cx.System(), id, "es")
	if err != nil || len(said.Messages) != 1 || said.Messages[0].Text != "Gracias por venir, Marta" {
		t.Errorf("she was written %+v, %v", said.Messages, err)
	}
	if r := v.Post("/card/thanks", url.Values{"customer": {string(id)}, "key": {"k2"}, "thanks": {" "}}); v.Get(r.Header.Get("Location")).Text("#toasts") == "Gracias enviadas." {
		t.Error("nothing was sent, and it says that it was")
	}
	if r := s.As(cx.Board).Get(page); r.Status != http.StatusOK || len(r.All(".card-fold")) > 0 {
		t.Errorf("the board sees %d, and may do %d things", r.Status, len(r.All(".card-fold")))
	}
}
