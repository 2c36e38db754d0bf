package customer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func open(t *testing.T) (*customertest.World, *webtest.Site) {
	w := customertest.New(t)
	who := func(_ context.Context, id string) string {
		if strings.HasPrefix(id, "person:") {
			return "Ana Ruiz"
		}
		return ""
	}
	return w, webtest.New(t, customer.New(w, w, who, customertest.NobodyForgotten))
}

func TestTheMemoryOfACustomer(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	id := w.Named("u1", "Marta Gil", "marta@example.com")
	w.Live(customertest.TillClosed("3"),
		cxtest.Track("u1", "Product Viewed", time.Minute, cxtest.Object{"title": "El mago de Oz"}),
		cxtest.Track("u1", "Checkout Paid", 20*time.Minute, cxtest.Object{"wait_min": 9.5, "shop": "goya", "revenue": 12.5, "paid_at": "2026-03-02T09:20:00Z"}),
		cxtest.Track("u1", "Checkout Paid", 26*time.Hour, cxtest.Object{"wait_min": 1.0, "shop": "goya"}),
		customertest.Answer("u1", 26*time.Hour+time.Minute, 4, "Me atendieron enseguida"))
	site.Clock.Advance(27 * time.Hour)
	r := site.As(cx.Member).Get(customer.Path(id))
	want := map[string]string{
		"h1":                   "Marta Gil",
		".customer-summary":    "Cliente desde marzo de 2026; lo último: respondió cómo quedó",
		".story-day h3":        "martes, 3 de marzo",
		".moment-head h4":      "Caja",
		".moment-head .chip":   "Encantado +1,0",
		".moment-where .stage": "Durante",
		"blockquote":           "«Me atendieron enseguida»",
		".answer .chip":        "Satisfacción 4 de 5",
		".moment-circumstance": "Mientras tanto: la caja 3 estaba cerrada · Candil Goya",
		".curve-read":          "Lo mejor: Caja (+1,0). Lo que más dolió: Caja (−1,0).",
		".traits dd":           "marta@example.com test · 2 mar",
	}
	for selector, text := range want {
		if got := r.Text(selector); got != text {
			t.Errorf("%s: got %q, want %q", selector, got, text)
		}
	}
	if got := strings.Join(r.All(".moment-head h4"), ", "); got != "Caja, Caja, Web" {
		t.Errorf("the episodes are %s", got)
	}
	if got := strings.Join(r.All(".fact-detail dd"), " | "); !strings.Contains(got, "2 mar, 10:20 | 12,5 | Candil Goya | 9,5") {
		t.Errorf("the properties are %s", got)
	}
	for lang, want := range map[string]string{"en": "Customer since March 2026; latest: said how satisfied they were", "pt": "Cliente desde março de 2026; o mais recente: respondeu se ficou satisfeito"} {
		v := site.As(cx.Board)
		v.Post("/language", url.Values{"language": {lang}})
		if got := v.Get(customer.Path(id)).Text(".customer-summary"); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

func TestFiltersAreInTheAddress(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	id := w.Named("u1", "Marta Gil", "marta@example.com")
	w.Live(cxtest.Track("u1", "Product Viewed", time.Minute, nil), cxtest.Track("u1", "Checkout Paid", 30*time.Hour, cxtest.Object{"wait_min": 1.0}),
		customertest.Answer("u1", 31*time.Hour, 5, ""))
	v := site.As(cx.Member)
	for query, want := range map[string]int{
		"": 3, "stage=during": 2, "stage=before": 1, "touchpoint=web": 1, "channel=store": 2, "medium=digital": 1,
		"kind=answers": 1, "kind=events": 2, "kind=profile": 0, "from=2026-03-03": 2, "to=2026-03-02": 1, "stage=after": 0,
	} {
		r := v.Get(customer.Path(id) + "?" + query)
		got := len(r.All(".moment:not(.moment-plain) .fact"))
		if got != want {
			t.Errorf("%s: %d facts, want %d", query, got, want)
		}
		if empty := len(r.All("#line-empty .empty")) == 1; empty != (query == "stage=after") {
			t.Errorf("%s: an empty state is shown: %v", query, empty)
		}
		if query != "" && !strings.Contains(r.Attr("[hx-sse\\:connect]", "hx-sse:connect"), query) {
			t.Errorf("%s: live goes to %s", query, r.Attr("[hx-sse\\:connect]", "hx-sse:connect"))
		}
	}
	v.Header.Set("HX-Request", "true")
	if r := v.Get(customer.Path(id) + "?stage=before"); len(r.All("html > body > h1")) > 0 || len(r.All("header")) > 0 || len(r.All(".moment")) != 1 {
		t.Errorf("htmx got a whole page: %.300s", r.Body)
	}
}

func TestTheLineGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	id := w.Named("u1", "Marta Gil", "marta@example.com")
	for i := range 100 {
		w.Live(cxtest.Track("u1", "Checkout Paid", time.Duration(i)*time.Minute, cxtest.Object{"wait_min": float64(i % 10)}))
	}
	v := site.As(cx.Member)
	r := v.Get(customer.Path(id))
	facts, headings, days := len(r.All(".fact")), len(r.All(".moment-head")), len(r.All(".story-day"))
	for next, pages := r.Attr("#line > li[hx-get]", "hx-get"), 0; next != ""; pages++ {
		if pages > 5 {
			t.Fatal("the line has no end")
		}
		r = v.Get(next)
		facts, headings, days = facts+len(r.All(".fact")), headings+len(r.All(".moment-head")), days+len(r.All(".story-day"))
		next = r.Attr("li[hx-get]", "hx-get")
	}
	if facts != 101 || headings != 1 || days != 1 {
		t.Errorf("got %d facts under %d headings on %d days, want 101 under 1 on 1", facts, headings, days)
	}
}

func TestIdentitiesMergeAndUndo(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	a, b := w.Named("u1", "Marta Gil", "marta@example.com"), w.Named("u2", "M. Gil", "marta@example.com")
	w.Live(cxtest.Track("u2", "Checkout Paid", time.Minute, cxtest.Object{"wait_min": 1.0}))
	v := site.As(cx.Lead)

	r := v.Get(customer.Path(a) + "/identities?q=M.")
	if got := r.Text(".pair-why"); !strings.HasPrefix(got, "Comparten correo: marta@example.com") {
		t.Errorf("the suggestion says %q", got)
	}
	if got := r.Attr("#others a.button", "href"); got != customer.Path(a)+"/merge?with="+string(b) {
		t.Errorf("merging leads to %q", got)
	}
	if got := v.Get(customer.Path(a) + "/merge?with=" + string(b)).Text("h1"); got != "¿Marta Gil y M. Gil son la misma persona?" {
		t.Errorf("it asks %q", got)
	}
	r = v.Post(customer.Path(a)+"/merge", url.Values{"with": {string(b)}, "evidence": {"Lo dijo " + customertest.Hostile}})
	if to := r.Header.Get("Location"); r.Status != http.StatusSeeOther || to != customer.Path(a)+"/identities" {
		t.Fatalf("merging answered %d to %q: %s", r.Status, to, r.Text("body"))
	}
	r = v.Get(customer.Path(a) + "/identities")
	if got := r.Text("h2"); got != "2 perfiles que son la misma persona, por una unión" {
		t.Errorf("the finding is %q", got)
	}
	if !strings.Contains(r.Text(".graph"), "Lo dijo "+customertest.Hostile) || !strings.Contains(r.Text(".graph"), "Lo decidió Ana Ruiz") {
		t.Errorf("the graph says %q", r.Text(".graph"))
	}
	if r := v.Get(customer.Path(b) + "/identities?q=x"); r.Header.Get("Location") != customer.Path(a)+"/identities?q=x" {
		t.Errorf("the old id leads to %q", r.Header.Get("Location"))
	}
	if r := v.Get(customer.Path(b)); r.Header.Get("Location") != customer.Path(a) {
		t.Errorf("the old id leads to %q", r.Header.Get("Location"))
	}
	if r := v.Post(customer.Path(a)+"/merge", url.Values{"with": {string(b)}}); r.Status != http.StatusUnprocessableEntity || r.Text(".notice") != "Ya son el mismo cliente." {
		t.Errorf("merging twice answered %d %q", r.Status, r.Text(".notice"))
	}

	merge := r.Attr(`input[name="merge"]`, "value")
	if member := site.As(cx.Member); member.Post(customer.Path(a)+"/unmerge", url.Values{"merge": {merge}}).Status != http.StatusForbidden ||
		len(member.Get(customer.Path(a)+"/identities").All(".graph .button")) > 0 {
		t.Error("a member may undo")
	}
	r = v.Post(customer.Path(a)+"/unmerge", url.Values{"merge": {merge}})
	r = v.Get(r.Header.Get("Location"))
	if got := r.Text(".graph"); !strings.Contains(got, "La unión se deshizo") || !strings.Contains(got, "Ahora es otro cliente") {
		t.Errorf("the graph says %q", got)
	}
	if r := v.Get(customer.Path(b)); r.Status != http.StatusOK || r.Text("h1") != "M. Gil" {
		t.Errorf("after the undo: %d %s", r.Status, r.Text("h1"))
	}
}

func TestKeepApart(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	a := w.Named("u1", "Marta Gil", "marta@example.com")
	w.Named("u2", "M. Gil", "marta@example.com")
	v := site.As(cx.Lead)
	apart := v.Get(customer.Path(a)+"/identities").Attr(`form[action$="/apart"]`, "action")
	if r := v.Post(apart, url.Values{"back": {customer.Path(a) + "/identities"}}); r.Header.Get("Location") != customer.Path(a)+"/identities" {
		t.Errorf("deciding leads to %q", r.Header.Get("Location"))
	}
	if r := v.Get(customer.Path(a) + "/identities"); len(r.All(".pair")) != 0 {
		t.Error("the suggestion is still there")
	}
	if r := v.Post(apart, url.Values{"back": {"https://evil.example"}}); r.Status != http.StatusNotFound {
		t.Errorf("deciding twice answered %d", r.Status)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	id := w.Named("u1", "Marta Gil", "marta@example.com")
	v := site.As(cx.Lead)
	for path, want := range map[string]int{
		"/customers/c_nobody":                           http.StatusNotFound,
		"/customers/c_nobody/line":                      http.StatusNotFound,
		"/customers/c_nobody/live":                      http.StatusNotFound,
		"/customers/c_nobody/profile":                   http.StatusNotFound,
		"/customers/c_nobody/identities":                http.StatusNotFound,
		customer.Path(id) + "/merge?with=c_nobody":      http.StatusNotFound,
		customer.Path(id) + "/line?cursor=nonsense":     http.StatusUnprocessableEntity,
		customer.Path(id) + "?from=yesterday":           http.StatusUnprocessableEntity,
		customer.Path(id) + "?touchpoint=no-such-thing": http.StatusOK,
		customer.Path(id) + "/profile":                  http.StatusOK,
	} {
		r := v.Get(path)
		if r.Status != want {
			t.Errorf("%s: %d, want %d", path, r.Status, want)
		}
		if strings.Contains(path, "yesterday") && r.Text("main p") == "" {
			t.Error("it does not say what to do")
		}
	}
	if r := v.Post(customer.Path(id)+"/unmerge", url.Values{"merge": {"x"}}); r.Status != http.StatusNotFound {
		t.Errorf("undoing nothing answered %d", r.Status)
	}
}

// TestNothingSentRuns puts markup into everything that a source may send.
func TestNothingSentRuns(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	x := customertest.Hostile
	id := w.Named(x, x, x+"@example.com")
	group := cxtest.Fill(cx.Event{Kind: cx.Group, Name: "Group", Source: x, UserID: x, GroupID: x, MessageID: "g", At: cxtest.Epoch, ReceivedAt: cxtest.Epoch}, nil, cxtest.Object{"name": x})
	page := cxtest.Fill(cx.Event{Kind: cx.Page, Name: x, Source: x, UserID: x, MessageID: "p", At: cxtest.Epoch, ReceivedAt: cxtest.Epoch}, cxtest.Object{x: x, "title": x, "o": cxtest.Object{x: x}}, nil)
	answer := customertest.Answer(x, time.Minute, 1, x)
	answer.Body = fmt.Appendf(nil, `{"type":"answer","survey":%[1]s,"answers":[{"question":"text","text":%[1]s},{"question":"c","choice":%[1]s}],"touchpoint":%[1]s}`, quote(x))
	w.Live(group, page, answer, customertest.TillClosed(x), cxtest.Identify(x, "", time.Hour, cxtest.Object{x: x, "title": x}),
		cxtest.Track(x, x, time.Minute, cxtest.Object{x: x, "title": x, "shop": x}),
		cxtest.Track(x, "Checkout Paid", time.Minute, cxtest.Object{"wait_min": 1.0, "shop": "goya", "title": x}))
	v := site.As(cx.Lead)
	for _, path := range []string{"", "/profile", "/identities", "/identities?q=" + url.QueryEscape(x), "?stage=" + url.QueryEscape(x), "?from="} {
		r := v.Get(customer.Path(id) + path)
		if r.Status != http.StatusOK || strings.Contains(r.Body, x) {
			i := max(strings.Index(r.Body, x), 0)
			t.Errorf("%q: %d, markup is not escaped: %.200s", path, r.Status, r.Body[max(i-100, 0):])
		}
	}
	if r := v.Get(customer.Path(id)); !strings.Contains(r.Text("main"), x) {
		t.Error("what was sent is not shown")
	}
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
