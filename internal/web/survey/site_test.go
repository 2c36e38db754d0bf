package survey_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/survey"
)

// everyType is a page with a question of each type.
func everyType() listen.Form {
	options := []listen.Option{{ID: "price", Text: "El precio"}, {ID: "staff", Text: "La atención"}, {ID: "wait", Text: "La espera en caja"}}
	scale := func(from, to int) (points []int) {
		for n := from; n <= to; n++ {
			points = append(points, n)
		}
		return points
	}
	var emotions []listen.Option
	for _, e := range []string{"joy", "trust", "surprise", "calm", "sadness", "disappointment", "fear", "anger"} {
		emotions = append(emotions, listen.Option{ID: e})
	}
	return listen.Form{
		State: listen.Asking, Survey: "all", Version: "0123456789", Language: "es", Page: 1, Step: 1, Steps: 2, Response: "r-1",
		Questions: []listen.Question{
			{ID: "ease", Type: "ces", Text: "¿Te resultó fácil pagar hoy en caja?", Help: "Librería Centro, el martes a las 19:10", Required: true, Scale: scale(1, 5)},
			{ID: "nps", Type: "nps", Text: "¿Nos recomendarías a alguien cercano?", Scale: scale(0, 10)},
			{ID: "csat", Type: "csat", Text: "¿Qué te pareció la atención?", Scale: scale(1, 7), Low: "Mala", High: "Buena"},
			{ID: "stars", Type: "rating", Text: "¿Cuántas estrellas le das al libro?", Scale: scale(1, 5), Given: []string{"3"}},
			{ID: "feel", Type: "emotion", Text: "¿Qué sentiste al abrir el paquete?", Options: emotions},
			{ID: "why", Type: "single", Text: "¿Qué pesó más?", Options: options, Other: true},
			{ID: "what", Type: "multiple", Text: "¿Qué cambiarías?", Options: options, Other: true, Given: []string{"wait"}},
			{ID: "order", Type: "ranking", Text: "¿Qué te importa más?", Options: options},
			{ID: "grid", Type: "matrix", Text: "¿Cómo fue cada parte?", Scale: scale(1, 5), Rows: options},
			{ID: "words", Type: "text", Text: "¿Qué deberíamos cambiar?"},
			{ID: "books", Type: "number", Text: "¿Cuántos libros lees al año?"},
			{ID: "day", Type: "date", Text: "¿Qué día viniste?"},
			{ID: "may", Type: "consent", Text: "¿Podemos escribirte si queremos saber más?"},
		},
	}
}

// canned answers with the forms that a test gives it: what the service of
// surveys does with them is listen/survey's to test.
type canned struct {
	mu       sync.Mutex
	form     listen.Form // that every page shows
	next     listen.Form // that every post leads to
	ref      listen.Ref  // of the last request
	page     int
	values   listen.Values
	received int
	lang     string
}

func (c *canned) Page(_ context.Context, ref listen.Ref, lang string) (listen.Form, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ref, c.lang = ref, lang
	f := c.form
	f.Questions = slices.Clone(f.Questions)
	if lang != "" {
		f.Language = lang
	}
	return f, nil
}

func (c *canned) Receive(_ context.Context, ref listen.Ref, page int, values listen.Values, lang string) (listen.Form, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ref, c.page, c.values, c.lang = ref, page, values, lang
	c.received++
	return c.next, nil
}

// site is the pages of one canned service.
type site struct {
	*canned
	*contacts
	handler *survey.Handler
	t       testing.TB
}

func newSite(t testing.TB, form, next listen.Form) *site {
	t.Helper()
	s := &site{canned: &canned{form: form, next: next}, contacts: &contacts{}, t: t}
	h, err := survey.New(survey.Config{
		Surveys: s.canned, Contacts: s.contacts,
		Company: func() web.Company { return web.Company{Name: "Librerías Candil"} },
		Sites:   func() []string { return []string{"https://shop.example"} },
		Speaker: func(*http.Request) cx.Principal { return cx.Principal{} },
		Address: func(*http.Request) string { return "203.0.113.7" },
		Clock:   cxtest.NewClock(), Logger: slog.New(slog.DiscardHandler), Secure: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.handler = h
	return s
}

// contacts is one customer who may be written to.
type contacts struct{ ways []string }

func (c *contacts) Contact(_ context.Context, token string) (deliver.Contact, error) {
	if token != "good" {
		return deliver.Contact{}, cx.Errorf(cx.NotFound, "deliver", "no")
	}
	return deliver.Contact{To: "m…@example.com", Language: "es", Unsubscribed: len(c.ways) > 0}, nil
}

func (c *contacts) Unsubscribe(_ context.Context, _, way string) error {
	c.ways = append(c.ways, way)
	return nil
}

func (c *contacts) Resubscribe(context.Context, string) error { c.ways = nil; return nil }

// answer is what a request was answered.
type answer struct {
	*httptest.ResponseRecorder
	root *html.Node
	t    testing.TB
}

func (s *site) do(method, address string, form url.Values, headers ...string) answer {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return s.read(w)
}

// record asks one of the handler's ways for an address.
func (s *site) record(way http.HandlerFunc, address string) answer {
	w := httptest.NewRecorder()
	way(w, httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, address, http.NoBody))
	return s.read(w)
}

func (s *site) read(w *httptest.ResponseRecorder) answer {
	s.t.Helper()
	root, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		s.t.Fatal(err)
	}
	if i := strings.Index(w.Body.String(), "⟦"); i >= 0 {
		s.t.Errorf("a text is missing: %.60s", w.Body.String()[i:])
	}
	return answer{w, root, s.t}
}

// all returns the elements that a selector matches.
func (a answer) all(selector string) []*html.Node {
	a.t.Helper()
	return cascadia.QueryAll(a.root, cascadia.MustCompile(selector))
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
