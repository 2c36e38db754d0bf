package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// TestTheDemosMinute plays Marta's story on the simulated company without the page
// that tells it: events in, her own pages, the API. At its end it stands on one line.
func TestTheDemosMinute(t *testing.T) {
	t.Parallel()
	h, _ := candilOf(t, 100)
	ctx := t.Context()
	var marta struct{ ID cx.CustomerID }
	h.read("/customers/lookup?userId=cl-marta-llorente", &marta)
	var before, after struct {
		Trust struct {
			Value, Low, High float64
			N                int
		}
		Items []struct{ Promise, State, Supplier string }
	}
	h.read("/customers/"+string(marta.ID)+"/promises", &before)

	now := h.clock.Now()
	due := now.Add(3 * time.Second)
	says := func(event string, at cx.Time, properties string) {
		h.send(fmt.Sprintf(`{"type":"track","event":%q,"userId":"cl-marta-llorente","messageId":"minute %s","timestamp":%q,"properties":{"order_id":"P-MINUTE",%s}}`, event, event, at, properties))
	}
	says("Order Completed", now.Add(-20*time.Hour), fmt.Sprintf(`"delivery":"home","region":"andalucia","promised_at":%q`, due))
	says("Delivery Failed", now, `"carrier":"azahar","region":"andalucia","reason":"no_time"`)

	var offer dialogue.Offer
	h.until("she is offered a choice", func() bool {
		talk, err := h.Dialogue.Conversation(ctx, cx.System(), marta.ID, "es")
		i := slices.IndexFunc(talk.Offers, func(o dialogue.Offer) bool { return o.About["order_id"] == "P-MINUTE" })
		if err == nil && i >= 0 {
			offer = talk.Offers[i]
		}
		return i >= 0 && len(talk.Messages) > 0
	})
	h.post(offer.Path, url.Values{"option": {"shop"}})

	var open cases.Case
	h.until("the shop has a case", func() bool {
		list, err := h.Cases.List(ctx, cx.System(), cases.Query{Customer: marta.ID})
		i := slices.IndexFunc(list.Cases, func(c cases.Case) bool { return c.Offer == offer.ID })
		if err == nil && i >= 0 {
			open = list.Cases[i]
		}
		return i >= 0
	})
	if open.Area != "stores" || open.By != "rule:chosen-shop" {
		t.Errorf("the case is %+v", open)
	}
	says("Order Ready", h.clock.Now(), `"shop":"sevilla-triana","hours":0.1`)
	h.ask("POST", "/cases/"+open.ID+"/solve", `{"text":"Apartado a tu nombre."}`)
	link, err := h.Dialogue.CaseLink(ctx, open.ID, marta.ID)
	if err != nil {
		t.Fatal(err)
	}
	h.post(link.Path+"/right", url.Values{"right": {"yes"}})

	// The delivery breaks, what she chose is kept, and all of it is told of her.
	h.until("the promises have ended", func() bool {
		h.read("/customers/"+string(marta.ID)+"/promises", &after)
		return after.Trust.N == before.Trust.N+2
	})
	if one := after.Items[0]; one.Promise != "chosen-way" || one.State != "kept" {
		t.Errorf("her last promise is %+v", one)
	}
	if i := slices.IndexFunc(after.Items, func(i struct{ Promise, State, Supplier string }) bool { return i.Promise == "delivery-on-date" }); after.Items[i].State != "broken" || after.Items[i].Supplier != "azahar" {
		t.Errorf("the delivery is %+v", after.Items[i])
	}
	if after.Trust.Value <= before.Trust.Value {
		t.Errorf("her trust was %+v and is %+v", before.Trust, after.Trust)
	}
	h.until("it stands on one line", func() bool {
		var line struct {
			Items []struct {
				Name       string
				Properties struct{ State, What, Rule, Order string }
			}
		}
		h.read("/customers/"+string(marta.ID)+"/timeline?limit=60", &line)
		var told []string
		for _, i := range slices.Backward(line.Items) {
			told = append(told, strings.TrimSpace(strings.TrimPrefix(i.Name, "vivencia.")+" "+i.Properties.State+i.Properties.What))
		}
		at := 0
		for _, next := range []string{
			"Delivery Failed", "promise.changed at-risk", "Choice Offered", "Choice Made", "case.changed opened", "Order Ready", "case.changed solved", "case.changed closed", "promise.changed broken",
		} {
			i := slices.Index(told[at:], next)
			if i < 0 {
				return false
			}
			at += i
		}
		return slices.Contains(told, "Message Sent") && slices.Contains(told, "promise.changed kept") && slices.Contains(told, "rule.decided")
	})
}

// post sends a form of a customer's page, as her browser would.
func (h house) post(path string, form url.Values) {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if h.handler.ServeHTTP(w, r); w.Code >= 400 {
		h.t.Fatalf("POST %s: %d %s", path, w.Code, w.Body)
	}
}

// until waits for something, at most ten seconds.
func (h house) until(what string, so func() bool) {
	h.t.Helper()
	for began := time.Now(); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			h.t.Fatalf("after ten seconds it is not so that %s", what)
		}
	}
}
