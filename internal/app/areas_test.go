package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
)

// secretWord is in everything that is known of the customer whom only the area
// online reaches.
const secretWord = "zzsecret"

// world is what twoAreas made: a customer of each area and what belongs to them.
type twoWorlds struct {
	ana, bea   string // customers' ids
	suggestion string
	merge      string
	item       string // of the quarantine
}

// twoAreas gives the house two areas, each with a customer who lived something
// only there. customers is what the areas reach: all or own.
func (h house) twoAreas(customers string) (w twoWorlds) {
	h.t.Helper()
	h.apply(fmt.Appendf(nil, `
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: stores, name: Stores, customers: %[1]s}, {slug: online, name: Online, customers: %[1]s}]
touchpoints:
  - {slug: till, name: Till, stage: during, channel: store, medium: physical, area: stores, events: [{name: Paid, valence: 1}], surveys: [csat]}
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: online, events: [{name: Viewed, valence: -1}], surveys: [nps]}
identifiers: [{slug: card, name: Card, from: traits.card, merges: false}]
segments: [{slug: everyone, name: Everyone, when: count() + visits("till") >= 0}]
journeys: [{slug: order, name: Order, case: {key: order_id}}]
`, customers), "")
	at := h.clock.Now()
	h.send(
		`{"type":"track","userId":"ana","event":"Paid","messageId":"a1","context":{"groupId":"acme"},"properties":{"order_id":"1"}}`,
		`{"type":"identify","userId":"ana","messageId":"a2","traits":{"name":"Ana Amable","email":"ana@example.com","card":"77"}}`,
		`{"type":"track","userId":"bea-zzsecret","event":"Viewed","messageId":"b1-zzsecret","context":{"groupId":"acme"},"properties":{"note":"zzsecret","order_id":"zzsecret-2"}}`,
		`{"type":"identify","userId":"bea-zzsecret","messageId":"b2","traits":{"name":"Beatriz Zzsecret","email":"beatriz@zzsecret.example","card":"77"}}`,
		`{"type":"answer","userId":"bea-zzsecret","messageId":"b3","survey":"nps","answers":[{"question":"score","metric":"nps","scale":"0-10","value":2},{"question":"why","text":"zzsecret"}]}`,
		`{"type":"group","userId":"bea-zzsecret","groupId":"only-zzsecret","messageId":"b4","traits":{"name":"Zzsecret S.A."}}`,
		`{"type":"track","userId":"carl-zzsecret","event":"Viewed","messageId":"c1"}`,
	)
	item := []quarantine.Item{{Source: "web", Way: "v1/track", Reason: "no event", ReceivedAt: at, MessageID: "q1", Raw: []byte(`{"userId":"zzsecret"}`)}}
	if err := h.Quarantine.Put(h.t.Context(), item); err != nil {
		h.t.Fatal(err)
	}
	h.settled()
	id := func(user string) string {
		id, err := h.Memory.Lookup(h.t.Context(), cx.System(), "userId", user)
		if err != nil {
			h.t.Fatal(err)
		}
		return string(id)
	}
	w.ana, w.bea, w.item = id("ana"), id("bea-zzsecret"), fmt.Sprint(item[0].ID)
	if _, err := h.Memory.Merge(h.t.Context(), cx.System(), cx.CustomerID(w.bea), cx.CustomerID(id("carl-zzsecret")), "zzsecret"); err != nil {
		h.t.Fatal(err)
	}
	graph, err := h.Memory.Graph(h.t.Context(), cx.System(), cx.CustomerID(w.bea))
	if err != nil {
		h.t.Fatal(err)
	}
	w.merge = fmt.Sprint(graph.Merges[0].ID)
	open, err := h.Memory.Suggestions(h.t.Context(), cx.System(), "", "", 10)
	if err != nil || len(open.Suggestions) != 1 {
		h.t.Fatalf("suggestions %+v, %v", open, err)
	}
	w.suggestion = fmt.Sprint(open.Suggestions[0].ID)
	h.settled()
	return w
}

// questions are addresses with what they are asked, beside every plain one.
func (w twoWorlds) questions() []string {
	return []string{
		"/customers?q=beatriz", "/customers/rows?q=beatriz", "/customers/export?q=beatriz", "/customers?q=" + w.bea, "/palette?q=beatriz",
		"/organizations?q=only", "/organizations/export", "/organizations/acme", "/organizations/acme/people", "/organizations/acme/line", "/organizations/only-" + secretWord,
		"/customers/" + w.ana, "/customers/" + w.ana + "/identities?q=beatriz", "/customers/" + w.ana + "/merge?with=" + w.bea, "/customers/suggestions",
		"/today?weeks=4", "/today/lived", "/today/lived?only=answers", "/today/lived.csv", "/developers?from=demo",
		"/api/v1/customers?search=beatriz", "/api/v1/customers?search=" + w.bea, "/api/v1/customers/lookup?userId=bea-zzsecret", "/api/v1/customers/lookup?email=beatriz@zzsecret.example",
		"/api/v1/events?customer=" + w.bea, "/api/v1/events?limit=500", "/api/v1/suggestions", "/api/v1/organizations?search=only",
		"/api/v1/organizations/acme", "/api/v1/organizations/acme/timeline", "/api/v1/customers/" + w.ana + "/identities",
		"/api/v1/scores?metric=nps", "/api/v1/scores?metric=nps&by=trait.name", "/api/v1/scores?metric=nps&by=property.note",
		"/segments/of/everyone", "/segments/of/everyone/rows", "/segments/of/everyone/export", "/today?segment=everyone", "/today/lived?segment=everyone",
		"/journeys/order/paths", "/journeys/order/paths/variants.csv", "/journeys/order/advanced", "/journeys/order/advanced/attribution.csv",
		"/journeys/order", "/journeys/order/runs", "/journeys/order/runs/rows", "/journeys/order/runs.csv", "/api/v1/journeys/order", "/api/v1/journeys/order/moments",
		"/api/v1/journeys/order/cases", "/api/v1/journeys/order/cases?format=csv", "/api/v1/journeys/order/export?format=xes", "/api/v1/journeys/order/export?format=ocel",
		"/api/v1/segments/everyone/customers", "/api/v1/customers?segment=everyone", "/api/v1/scores?metric=nps&segment=everyone",
	}
}

// tell asks everything there is to read as the visitor, with bea in every place
// holder, and calls heard with each answer.
func (h house) tell(v visitor, w twoWorlds, heard func(address string, r *recorder)) {
	fill := func(a access) func(string) string {
		return func(string) string {
			switch {
			case strings.Contains(a.pattern, "quarantine"):
				return w.item
			case strings.Contains(a.pattern, "suggestion"):
				return w.suggestion
			case strings.Contains(a.pattern, "organizations"):
				return "only-" + secretWord
			}
			return w.bea
		}
	}
	for _, a := range h.everyAccess() {
		if a.method() == http.MethodGet {
			heard(a.pattern, h.askFor(v, a, fill(a)))
		}
	}
	for _, q := range w.questions() {
		if strings.HasPrefix(q, "/api/") {
			heard(q, h.call(v.token, http.MethodGet, q, ""))
		} else {
			heard(q, h.visit(v, http.MethodGet, q, ""))
		}
	}
}

// TestNoWayLeadsToAnotherAreasCustomers asks everything there is as a lead of
// one area about a customer whom only the other area reaches: nothing of them
// comes back, and their addresses answer as those of nobody do. A lead of both
// areas hears of them, so that the walk has teeth.
func TestNoWayLeadsToAnotherAreasCustomers(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	w := h.twoAreas("own")
	stores := h.person("stores", cx.Lead, []string{"stores"})
	both := h.person("both", cx.Lead, []string{"stores", "online"})

	h.tell(stores, w, func(address string, r *recorder) {
		body := strings.ToLower(r.Body.String())
		if strings.Contains(body, secretWord) || strings.Contains(body, w.bea) && !strings.Contains(address, w.bea) && !strings.Contains(address, "{") { // an address may be told again
			t.Errorf("%s tells of another area's customer: %d %s", address, r.Code, r.Body)
		}
		if r.Code >= 500 {
			t.Errorf("%s: %d %s", address, r.Code, r.Body)
		}
	})
	heard := 0
	h.tell(both, w, func(_ string, r *recorder) {
		if strings.Contains(strings.ToLower(r.Body.String()), secretWord) {
			heard++
		}
	})
	if heard < 25 {
		t.Errorf("only %d addresses tell of the customer at all", heard)
	}

	for _, a := range h.everyAccess() {
		if !strings.Contains(a.pattern, "{") || !a.may(stores.principal) {
			continue
		}
		var there string
		switch {
		case strings.Contains(a.pattern, "/customers/{id}"):
			there = w.bea
		case strings.Contains(a.pattern, "/organizations/{id}"):
			there = "only-" + secretWord
		case strings.Contains(a.pattern, "suggestion"):
			there = w.suggestion
		default:
			continue
		}
		absent := "c_zzzzzzzz"
		if there == w.suggestion {
			absent = missing
		}
		unreached, nobody := h.askFor(stores, a, func(string) string { return there }), h.askFor(stores, a, func(string) string { return absent })
		if unreached.Code != nobody.Code {
			t.Errorf("%s: %d out of reach, %d when there is none", a.pattern, unreached.Code, nobody.Code)
		}
	}

	for address, body := range map[string]string{
		"/api/v1/customers/" + w.ana + "/merge":   fmt.Sprintf(`{"from":%q,"evidence":""}`, w.bea),
		"/api/v1/customers/" + w.bea + "/merge":   fmt.Sprintf(`{"from":%q,"evidence":""}`, w.ana),
		"/api/v1/customers/" + w.bea + "/unmerge": fmt.Sprintf(`{"merge_id":%s}`, w.merge),
	} {
		if r := h.call(stores.token, http.MethodPost, address, body); r.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", address, r.Code, r.Body)
		}
	}
	if got := h.call(stores.token, http.MethodGet, "/api/v1/totals", "").Body.String(); !strings.Contains(got, `"customers":1`) || !strings.Contains(got, `"quarantined":0`) {
		t.Errorf("totals of one area: %s", got)
	}
}
