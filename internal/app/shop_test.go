package app

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/deliver/delivertest"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// asking is a shop that asks how a delivery was an hour after it, in the day, and
// nobody twice in ten days.
const asking = `
company: {slug: shop, name: Librería Candil, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: home, name: Home}]
touchpoints:
  - {slug: door, name: Puerta, stage: after, channel: home, medium: physical, area: home, events: [{name: Order Delivered}, {name: Order Placed}], surveys: [entrega, espera]}
segments: [{slug: todos, name: Todos, when: count() >= 0}]
asking: {rest: 10d, quiet: "21:00-09:00"%s, holdout: %s}
surveys:
  - slug: entrega
    name: Entrega
    purpose: transactional
    pages: [{questions: [{id: nota, type: csat, text: "¿Qué tal la entrega?", required: true}]}]
    ask: {event: Order Delivered, when: 'properties.late != false && count("Order Delivered") >= 1', delay: 1h%s}
  - slug: espera
    name: Espera
    purpose: relationship
    pages: [{questions: [{id: nota, type: csat, text: "¿Qué esperas?", required: true}]}]
    ask: {event: Order Placed}
`

// shop is a house with a clock of its own and a mail server.
type shop struct {
	house
	clock *cxtest.Clock
	mail  *delivertest.Server
	n     int
}

func openShop(t *testing.T, dir string, clock *cxtest.Clock, mail *delivertest.Server) *shop {
	t.Helper()
	mail.Start(t)
	c := configOf(dir)
	c.clock, c.URL = clock, "https://cx.candil.example"
	c.Mail.SMTP = deliver.SMTP{Addr: mail.Addr(), Security: deliver.Plain, From: "hola@candil.example", PerMin: 60_000}
	a, err := Open(t.Context(), c, quietly)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return &shop{house: house{a, t}, clock: clock, mail: mail}
}

// newShop opens one that asks whom it may. The clock stands at noon.
func newShop(t *testing.T) *shop {
	t.Helper()
	s := openShop(t, t.TempDir(), cxtest.NewClock(), &delivertest.Server{})
	s.clock.Advance(2 * time.Hour) // noon in Madrid
	s.apply(fmt.Appendf(nil, asking, "", "0", ""), "")
	return s
}

// somebody makes a customer with an address, and returns their id.
func (s *shop) somebody(user string, traits string) cx.CustomerID {
	s.t.Helper()
	s.send(fmt.Sprintf(`{"type":"identify","userId":%[1]q,"messageId":"i-%[1]s","timestamp":%[2]q,"traits":{"email":"%[1]s@example.com"%[3]s}}`, user, s.clock.Now(), traits))
	return s.id(user)
}

func (s *shop) id(user string) cx.CustomerID {
	s.t.Helper()
	s.settled()
	id, err := s.Memory.Lookup(s.t.Context(), cx.System(), "userId", user)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *shop) lives(user, event, properties string) {
	s.t.Helper()
	s.n++
	s.send(fmt.Sprintf(`{"type":"track","userId":%q,"event":%q,"messageId":"e-%d","timestamp":%q,"properties":{"order_id":"o-%[3]d"%[5]s}}`, user, event, s.n, s.clock.Now(), properties))
}

// told waits until a customer's line tells a decision that fits, and returns it.
func (s *shop) told(id cx.CustomerID, name string, fits func(ask.Decision) bool) (d ask.Decision) {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, d := range s.decisions(id, name) {
			if fits(d) {
				return d
			}
		}
	}
	s.t.Fatalf("%s tells no such decision: %+v", id, s.decisions(id, name))
	return d
}

func (s *shop) decisions(id cx.CustomerID, name string) (all []ask.Decision) {
	s.t.Helper()
	page, err := s.Memory.Timeline(s.t.Context(), cx.System(), id, remember.TimelineQuery{Kinds: []cx.Kind{cx.Decision}, Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, i := range page.Items {
		var d ask.Decision
		if i.Name == name {
			if err := json.Unmarshal(i.Properties, &d); err != nil {
				s.t.Fatal(err)
			}
			all = append(all, d)
		}
	}
	return all
}

func asked(d ask.Decision) bool { return d.Asked }

func notAsked(why ask.Reason) func(ask.Decision) bool {
	return func(d ask.Decision) bool { return !d.Asked && d.Reason == why }
}

// later lets time pass for the timers.
func (s *shop) later(d time.Duration) {
	s.clock.Advance(d)
	s.Jobs.Wake()
}

// idle waits until no job is due.
func (s *shop) idle() {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		st, err := s.Jobs.State(s.t.Context(), cx.System())
		if err != nil || time.Now().After(deadline) {
			s.t.Fatalf("%+v, %v", st, err)
		}
		if st.Working == 0 && st.Oldest == 0 {
			return
		}
		s.Jobs.Wake()
	}
}

// request asks as a browser does.
func (s *shop) request(method, path string, form url.Values) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

var surveyLink = regexp.MustCompile(`https://cx\.candil\.example(/r/[A-Za-z0-9_-]+)`)

// followed waits until the log is decided to its end.
func (s *shop) followed() {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		at, err := s.Asks.Position(s.t.Context())
		if err != nil || time.Now().After(deadline) {
			s.t.Fatal(at, err)
		}
		if at >= s.Log.LastSeq() {
			return
		}
	}
}
