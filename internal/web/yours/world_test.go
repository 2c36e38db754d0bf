package yours_test

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/improve/told"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/yours"
)

// company answers with what a test gives it, and remembers what it was asked to
// do: what the services do with it is theirs to test.
type company struct {
	offer   dialogue.OfferPage
	yours   cases.Yours
	help    cases.Help
	round   cases.Round
	own     yours.Own
	friends referral.Own
	landing referral.Landing
	lived   remember.TimelinePage
	changed []told.Story
	allowed cases.Allowance
	speaker cx.Principal
	err     error // of what is shown
	refusal error // of what is done

	did []any // in order
}

func (c *company) do(what ...any) error {
	c.did = append(c.did, what...)
	return c.refusal
}

func (c *company) Offered(_ context.Context, _, lang string) (dialogue.OfferPage, error) {
	o := c.offer
	if lang != "" {
		o.Language = lang
	}
	return o, c.err
}

func (c *company) Land(_ context.Context, _, lang string) (referral.Landing, error) {
	l := c.landing
	l.Language = cmp.Or(lang, l.Language)
	return l, c.err
}

func (c *company) Public(context.Context) ([]told.Story, error) { return c.changed, c.err }

func (c *company) Choose(_ context.Context, _, option, _ string) (dialogue.OfferPage, error) {
	o := c.offer
	if o.State == dialogue.Offering || o.State == dialogue.Chosen && o.Changeable {
		o.State, o.Option = dialogue.Chosen, option
	}
	return o, c.do("chose", option)
}

func (c *company) Reply(_ context.Context, _, key, text string) (dialogue.Message, error) {
	return dialogue.Message{}, c.do("wrote", key, text)
}

func (c *company) Yours(_ context.Context, _, lang string) (cases.Yours, error) {
	y := c.yours
	if lang != "" {
		y.Language = lang
	}
	return y, c.err
}

func (c *company) Confirm(_ context.Context, _ string, right bool, words string) error {
	return c.do("confirmed", right, words)
}

func (c *company) Thank(_ context.Context, _, text string) error { return c.do("thanked", text) }

func (c *company) Help(context.Context, string, string) (cases.Help, error) { return c.help, c.err }

func (c *company) OpenAt(_ context.Context, _ string, p cx.Principal, r cases.Request) (cases.Case, error) {
	return cases.Case{Number: 12}, c.do("opened", p.ID, r)
}

func (c *company) MayGive(context.Context, cx.Principal) (cases.Allowance, error) {
	return c.allowed, nil
}

func (c *company) Round(context.Context, string, string) (cases.Round, error) { return c.round, c.err }

func (c *company) Report(_ context.Context, _ string, r cases.Report) error {
	return c.do("reported", r)
}

func (c *company) Own(context.Context, cx.CustomerID, string) (yours.Own, error) { return c.own, nil }

func (c *company) Lived(context.Context, cx.CustomerID, string, int) (remember.TimelinePage, error) {
	return c.lived, nil
}

func (c *company) Correct(_ context.Context, _ cx.CustomerID, in string, said yours.Correction) error {
	return c.do("corrected", in, said)
}

func (c *company) Knows(_ context.Context, _ cx.CustomerID, address string) (bool, error) {
	return address == "marta@example.com", nil
}

func (c *company) Everything(_ context.Context, id cx.CustomerID) (forget.Export, error) {
	return forget.Export{Customer: id}, c.do("everything")
}

func (c *company) SetUnsubscribed(_ context.Context, _ cx.CustomerID, is bool) error {
	return c.do("unsubscribed", is)
}

func (c *company) Forget(_ context.Context, id cx.CustomerID) (int64, error) {
	return 7, c.do("forgot", id)
}

// Current implements yours.Models.
func (c *company) Current() model.Version {
	return model.Version{Model: &model.Model{Company: model.Company{Name: "Librerías Candil", Currency: "EUR"}}}
}

// now is when all of it happens.
var now = cxtest.Epoch

// late is a company whose book comes late.
func late() *company {
	offer := dialogue.Offer{
		ID: "o1", Choice: "late-options", Question: "¿Cómo lo prefieres?", State: dialogue.Offering, ExpiresAt: now.Add(48 * time.Hour), Path: "/o/offer",
		Options: []dialogue.Option{{ID: "shop", Text: "Recogerlo hoy en Candil Goya"}, {ID: "wait", Text: "Esperar al jueves, sin gastos de envío"}, {ID: "refund", Text: "Que me devuelvan el dinero"}},
	}
	return &company{
		offer: dialogue.OfferPage{
			Offer: offer, Language: "es", Address: "tu", Company: "Librerías Candil", FirstName: "Marta", CaseToken: "case",
			Message: "Tu libro de cumpleaños llega tarde: el repartidor no sale hoy. Dijimos el viernes, y lo sentimos.",
		},
		yours: cases.Yours{
			Case: "k1", Customer: "c_1", Number: 12, Title: "Un pedido llega tarde", Language: "es", Address: "tu", Company: "Librerías Candil", FirstName: "Marta",
			Steps: []cases.Step{{What: cases.Received, At: now.Add(-3 * time.Hour)}, {What: cases.InHands, At: now.Add(-2 * time.Hour)}, {What: cases.MadeGood}, {What: cases.Confirmed}},
			Who:   "Nuria", Area: "Tiendas", Due: now.Add(4 * time.Hour), State: cases.StateOpen, Promise: "Llega el día que dijimos", PromiseDue: now.Add(8 * time.Hour), Offer: &offer, CanReply: true, CanThank: true,
			Messages: []dialogue.Message{
				{ID: "1", Text: "Hola, Marta: tu libro llega tarde.", At: now.Add(-3 * time.Hour), ByName: "Nuria"},
				{ID: "2", In: true, Text: "Lo necesito para el viernes.", At: now.Add(-2 * time.Hour)},
			},
		},
		help: cases.Help{
			Name: "Caja de Goya", Company: "Librerías Candil", Language: "es", Address: "tu", Place: "Candil Goya", Touchpoint: "Caja",
			Kinds: []cases.Option{{ID: "broken", Text: "Algo no funciona"}, {ID: "waiting", Text: "Alguien espera demasiado"}, {ID: "missing", Text: "Falta lo que se prometió"}},
		},
		round: cases.Round{
			Name: "Ruta norte", Company: "Librerías Candil", Language: "es", Supplier: "Correo Veloz", Object: "order_id",
			Reasons: []cases.Option{{ID: "nobody-home", Text: "No había nadie"}, {ID: "refused", Text: "No lo quiso"}},
		},
		own:   yours.Own{Name: "Marta Llorente", Email: "m…@example.com", Language: "es", Events: 12, Answers: 1, Consents: []yours.Consent{{Trait: "may_ask", Text: "Se me puede preguntar cómo fue", Given: true}}},
		lived: remember.TimelinePage{Items: []remember.Item{{Kind: cx.Track, Name: "Order Completed", At: now.Add(-72 * time.Hour)}}, Next: "more"},
		friends: referral.Own{
			Link: referral.Link{Code: "K7QMX4TN", URL: "https://cx.candil.example/i/K7QMX4TN"}, Language: "es", Waiting: 1, Brought: 2, Balance: 2000, Currency: "EUR", Reward: 1000, Gift: 500, Open: true,
			Milestones: []referral.OwnMilestone{{At: 3, Name: "Tres amigos", Reward: 1500}},
		},
		landing: referral.Landing{Code: "K7QMX4TN", Language: "es", Currency: "EUR", Gift: 500, Site: "https://candil.example/?referral_code=K7QMX4TN"},
		changed: []told.Story{{
			Initiative: "arrival-notice", PublicAt: now,
			Said: model.Text{ES: "No sé a qué hora quedarme en casa.", EN: "I do not know when to stay at home.", PT: "Não sei a que horas ficar em casa."},
			Did:  model.Text{ES: "Avisamos una hora antes de llegar.", EN: "We tell you an hour before we come.", PT: "Avisamos uma hora antes de chegar."},
		}},
		allowed: cases.Allowance{Allowed: true, Each: 1000, Left: 2500, Currency: "EUR"},
	}
}

// friendly opens the pages of who brings others; company.Yours is another.
type friendly struct{ *company }

func (f friendly) Yours(_ context.Context, _, lang string) (referral.Own, error) {
	o := f.friends
	o.Language = cmp.Or(lang, o.Language)
	return o, f.err
}

// site is the pages of a company.
type site struct {
	*company
	handler *yours.Handler
	clock   *cxtest.Clock
	t       testing.TB
}

func open(t testing.TB, c *company) *site {
	t.Helper()
	s := &site{company: c, clock: cxtest.NewClock(), t: t}
	var err error
	s.handler, err = yours.New(yours.Config{
		Dialogue: c, Cases: c, Data: c, Referrals: friendly{c}, Changes: c, Models: c, Company: func() web.Company { return web.Company{Name: "Librerías Candil", Zone: time.UTC, Currency: "EUR"} },
		Speaker: func(*http.Request) cx.Principal { return c.speaker }, Address: func(*http.Request) string { return "203.0.113.7" },
		Clock: s.clock, Logger: slog.New(slog.DiscardHandler), Secure: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answer is what a request was answered.
type answer struct {
	*httptest.ResponseRecorder
	root *html.Node
}

func (s *site) get(address string, headers ...string) answer {
	return s.do(http.MethodGet, address, nil, headers...)
}

func (s *site) post(address string, form url.Values, headers ...string) answer {
	return s.do(http.MethodPost, address, form, headers...)
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
	root, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		s.t.Fatal(err)
	}
	if i := strings.Index(w.Body.String(), "⟦"); i >= 0 {
		s.t.Errorf("%s: a text is missing: %.60s", address, w.Body.String()[i:])
	}
	return answer{w, root}
}

// all returns the elements that a selector matches.
func (a answer) all(selector string) []*html.Node {
	return cascadia.QueryAll(a.root, cascadia.MustCompile(selector))
}

// text is what the elements that a selector matches say.
func (a answer) text(selector string) string {
	var b strings.Builder
	for _, n := range a.all(selector) {
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				b.WriteString(d.Data + " ")
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, name string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}
