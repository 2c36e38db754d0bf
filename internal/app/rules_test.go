package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// righting is a shop whose late deliveries are made right as the customer chooses.
const righting = `
company: {slug: shop, name: Librería Candil, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: home, name: Home}, {slug: stores, name: Tiendas}]
objects: {order: order_id}
touchpoints:
  - {slug: door, name: Puerta, stage: after, channel: home, medium: physical, area: home, events: [{name: Order Completed}, {name: Order Delivered}], surveys: [bien]}
asking: {rest: 10d, quiet: "21:00-09:00"}
surveys:
  - {slug: bien, name: Bien, purpose: transactional, pages: [{questions: [{id: nota, type: csat, text: "¿Quedó bien?", required: true}]}]}
promises:
  - {slug: on-time, name: A tiempo, area: home, about: order, from: {event: Order Completed}, to: {event: Order Delivered}, within: 4h, risk: 2h, objective: 0.95}
choices:
  - {slug: late, question: "¿Qué prefieres?", options: [{id: shop, text: Recogerlo en la tienda}, {id: wait, text: Esperarlo}, {id: refund, text: Mi dinero}]}
cases: {kinds: [{slug: right, name: Reparación, area: stores, within: 8h}]}
rules:
  - slug: late
    name: Pedido tarde
    area: home
    when: {promise: on-time, state: at-risk}
    then:
      - message: {subject: Tu pedido, text: "Tu pedido {properties.order_id ?? ''} no llegará hoy. Lo sentimos."}
      - choice: late
  - {slug: shop, name: A la tienda, when: {choice: late, option: shop}, then: [{case: {kind: right, area: stores, title: "Guarda {properties.order_id ?? 'su pedido'}"}}]}
  - {slug: well, name: ¿Quedó bien?, when: {case: right, state: solved}, then: [{survey: bien}]}
`

var choicePage = regexp.MustCompile(`https://cx\.candil\.example(/o/[A-Za-z0-9_.~-]+)`)

// A promise at risk, an honest message with a choice, the choice, a case, and
// whether it was made right: on one line, each step once.
func TestFromAPromiseAtRiskToMadeRight(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.apply([]byte(righting), "")
	ana := s.somebody("ana", `,"first_name":"Ana"`)
	s.lives("ana", "Order Completed", "")
	s.settled()
	s.later(2*time.Hour + time.Second)
	m := s.mail.Next()
	link := choicePage.FindStringSubmatch(m.Text)
	if m.To != "ana@example.com" || !strings.Contains(m.Text, "Tu pedido o-1 no llegará hoy") || link == nil {
		t.Fatalf("%s\n%s", m.To, m.Text)
	}
	if w := s.request(http.MethodPost, link[1], url.Values{"option": {"shop"}}); w.Code >= 400 {
		t.Fatalf("POST %s: %d %s", link[1], w.Code, w.Body)
	}
	var open cases.List
	s.until(func() bool {
		var err error
		open, err = s.Cases.List(t.Context(), cx.System(), cases.Query{})
		return err == nil && len(open.Cases) == 1
	}, "no case was opened")
	if c := open.Cases[0]; c.Area != "stores" || !strings.HasPrefix(c.Title, "Guarda ") || c.By != "rule:shop" || c.Offer == "" {
		t.Errorf("%+v", c)
	}
	if _, err := s.Cases.Solve(t.Context(), cx.System(), open.Cases[0].ID, "Está apartado"); err != nil {
		t.Fatal(err)
	}
	s.until(func() bool { return slices.Contains(s.rulesOf(ana), "0 survey") }, "nobody asks whether it was made right")
	want := []string{"0 message", "0 case", "0 survey"}
	if got := s.rulesOf(ana); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	s.idle()
	all, err := s.Rules.Rules(t.Context(), cx.System())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Entered != 1 || r.Acted != 1 || r.Going != 0 || r.Failed != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// until waits until something is so.
func (s *shop) until(is func() bool, otherwise string) {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatal(otherwise)
		}
		s.Jobs.Wake()
	}
}

// rulesOf lists what a customer's line tells of rules, oldest first.
func (s *shop) rulesOf(id cx.CustomerID) (out []string) {
	s.t.Helper()
	page, err := s.Memory.Timeline(s.t.Context(), cx.System(), id, remember.TimelineQuery{Kinds: []cx.Kind{cx.Decision}, Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, i := range slices.Backward(page.Items) {
		var d rule.Decision
		if i.Name != rule.DecidedEvent {
			continue
		}
		if err := json.Unmarshal(i.Properties, &d); err != nil {
			s.t.Fatal(err)
		}
		text := fmt.Sprint(d.Step, " ", d.Effect)
		if !d.Acted {
			text += ": " + string(d.Reason)
		}
		out = append(out, text)
	}
	return out
}
