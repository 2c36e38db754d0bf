package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

const noticing = `
company: {slug: shop, name: Librería Candil, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: home, name: Entregas}, {slug: stores, name: Tiendas}]
touchpoints:
  - {slug: door, name: Puerta, stage: after, channel: home, medium: physical, area: home, events: [{name: Order Delivered}], surveys: [entrega]}
  - {slug: till, name: Caja, stage: during, channel: store, medium: physical, area: stores, events: [{name: Paid}]}
surveys:
  - slug: entrega
    name: Entrega
    purpose: transactional
    pages: [{questions: [{id: nota, type: csat, text: "¿Qué tal?"}, {id: why, type: text, text: "¿Por qué?"}]}]
`

// TestWhatMustBeKnownReachesItsAreaWithinFiveSeconds has a complaint spread, a
// promise burn and a case be escalated, with all that is real about it, and
// measures from the event that decides it until it is on the screen of who answers
// for it.
func TestWhatMustBeKnownReachesItsAreaWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.apply([]byte(noticing), "first")
	h.settled()
	person := func(name, area string) cx.Principal {
		t.Helper()
		p, err := h.Accounts.CreatePerson(t.Context(), cx.System(), account.NewPerson{Email: name + "@candil.example", Name: name, Role: cx.Lead, Areas: []string{area}})
		if err != nil {
			t.Fatal(err)
		}
		return p.Principal()
	}
	luis, eva := person("luis", "home"), person("eva", "stores")
	live, err := h.Notices.Live(t.Context(), luis)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	say := func() {
		t.Helper()
		n++
		h.send(fmt.Sprintf(`{"type":"answer","survey":"entrega","userId":"u%[1]d","messageId":"m%[1]d","answers":[{"question":"nota","metric":"csat","scale":"1-5","value":1},{"question":"why","text":"Llegó tarde y roto, un desastre %[1]d"}]}`, n))
	}
	decide := func(name, properties string) {
		t.Helper()
		if _, err := h.Log.Append(t.Context(), []cx.Event{cx.NewDecision(name, name+"-1", h.clock.Now(), []byte(properties))}); err != nil {
			t.Fatal(err)
		}
	}
	within := func(kind notify.Kind, what func()) {
		t.Helper()
		began := time.Now()
		what()
		patience := time.After(time.Minute)
		for {
			select {
			case i := <-live:
				if i.Kind != kind {
					continue
				}
				took := time.Since(began)
				t.Logf("%s: %q on the screen after %v", kind, i.Title.ES, took)
				if took > 5*time.Second {
					t.Errorf("%s was told after %v", kind, took)
				}
				return
			case <-patience:
				t.Fatalf("nobody was told of %s", kind)
			}
		}
	}
	within(notify.Voice, func() {
		for range 12 {
			say()
		}
	})
	within(notify.Promise, func() {
		decide("vivencia.promise.burning", `{"promise":"on-time","area":"home","burning":true,"broken":9,"of":10,"hours":1,"rate":18}`)
	})
	within(notify.Case, func() {
		decide("vivencia.case.changed", `{"case":"k1","what":"escalated","area":"home","kind":"made-right"}`)
	})
	page, err := h.Notices.Mine(t.Context(), eva, notify.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range page.Items {
		if i.Kind != notify.Digest {
			t.Errorf("who does not answer for it was told: %+v", i)
		}
	}
}
