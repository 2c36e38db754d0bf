package api_test

import (
	"fmt"
	"testing"
)

// promises uses what is asked of them, of a company that has none.
func (j *judge) promises(customer string) {
	j.ask("GET", "/api/v1/promises", nil).status(200)
	j.ask("GET", "/api/v1/promises?format=csv", nil).status(200)
	j.ask("GET", "/api/v1/promises?where=speed:high", nil).status(400).is("faults.0.field", "where")
	j.ask("GET", "/api/v1/promises/none?by=supplier", nil).status(404)
	j.ask("GET", "/api/v1/promises/none/instances?state=open", nil).status(404)
	j.ask("GET", "/api/v1/promises/scorecards?of=supplier", nil).status(200)
	j.ask("GET", fmt.Sprintf("/api/v1/customers/%s/promises", customer), nil).status(200).is("trust.n", 0).is("trust.value", .5)
	j.ask("POST", "/api/v1/promises/test", map[string]any{"promise": map[string]any{"slug": "none"}}).status(400).is("faults.0.field", "name")
}

const courierYAML = `
company: {slug: x, name: X, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: logistics, name: Logística}]
suppliers: [{slug: veloz, name: Veloz}, {slug: sierra, name: Sierra}]
touchpoints:
  - {slug: courier, name: Reparto, stage: after, channel: courier, medium: physical, area: logistics, events: [Order Shipped, Order Delivered]}
promises:
  - {slug: in-two-days, name: Llega en dos días, area: logistics, touchpoint: courier, about: order, from: {event: Order Shipped}, to: {event: Order Delivered}, within: 48h, objective: 0.9}
`

// One carrier is late with a third of what it brings, the other with nothing.
func TestPromisesAreTold(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	j.ask("POST", "/api/v1/model", map[string]any{"yaml": courierYAML}).status(201)
	var messages []string
	for i := range 120 {
		carrier, took := "veloz", 1
		if i%2 == 0 {
			carrier = "sierra"
			if i%6 == 0 {
				took = 3
			}
		}
		for _, e := range []struct {
			name string
			day  int
		}{{"Order Shipped", 1 + i%20}, {"Order Delivered", 1 + i%20 + took}} {
			messages = append(messages, fmt.Sprintf(`{"type":"track","messageId":"%s%d","userId":"u%d","event":%q,"timestamp":"2026-02-%02dT10:00:00Z","properties":{"order_id":"O%d","carrier":%q,"region":"Norte"}}`,
				e.name, i, i, e.name, e.day, i, carrier))
		}
	}
	j.ask("POST", "/api/v1/import?source=caja&wait=true", lines(messages...)).status(200).is("quarantined", 0)

	const one = "/api/v1/promises/in-two-days"
	j.ask("GET", one, nil).status(200).is("kept", 100).is("broken", 20).is("open", 0).is("void", 0).is("n", 120).is("objective", .9).is("verdict", "misses").is("burn.1h", nil).is("burning", false)
	j.ask("GET", "/api/v1/promises", nil).status(200).is("items.0.slug", "in-two-days").is("items.0.name.es", "Llega en dos días")
	by := j.ask("GET", one+"?by=supplier", nil).status(200).is("by.0.key", "sierra").is("by.0.kept", 40).is("by.0.broken", 20).is("by.0.fair.clear", true).is("by.1.key", "veloz").is("by.1.broken", 0)
	if high := by.json("by.0.fair.high").(float64); high > -.15 {
		t.Errorf("sierra keeps a third less, and at most %v is told", high)
	}
	j.ask("GET", one+"?by=supplier&format=csv", nil).status(200)
	j.ask("GET", one+"?where=supplier:veloz", nil).status(200).is("kept", 60).is("broken", 0).is("verdict", "meets")
	j.ask("GET", "/api/v1/promises/scorecards?of=supplier", nil).status(200).is("items.0.slug", "sierra").is("items.0.n", 60).is("items.0.promises.0.key", "in-two-days")
	page := j.ask("GET", one+"/instances?state=broken&limit=15", nil).status(200).is("items.0.state", "broken").is("items.0.supplier", "sierra").is("items.0.object", "order")
	j.ask("GET", one+"/instances?state=broken&limit=15&cursor="+page.json("next").(string), nil).status(200).is("items.4.state", "broken").is("next", nil)
	j.ask("GET", one+"/instances?format=csv", nil).status(200)
	j.ask("GET", fmt.Sprintf("/api/v1/customers/%s/promises", page.json("items.0.customer")), nil).status(200).is("items.0.state", "broken").is("trust.n", 1).is("trust.before", .5)

	// In three days all of it would have come.
	promise := map[string]any{
		"slug": "in-three-days", "name": "Llega en tres días", "area": "logistics", "about": "order", "from": map[string]any{"event": "Order Shipped"}, "to": map[string]any{"event": "Order Delivered"},
		"within": "3d", "objective": .95,
	}
	j.ask("POST", "/api/v1/promises/test", map[string]any{"promise": promise}).status(200).is("kept", 120).is("broken", 0).is("verdict", "meets").is("suggested_within_s", 3*86400).is("months.0.n", 120)
	promise["within"] = "1h"
	j.ask("POST", "/api/v1/promises/test", map[string]any{"promise": promise, "from": "2026-02-10T00:00:00Z"}).status(200).is("kept", 0).is("verdict", "misses").is("examples.0.state", "broken").is("examples.0.object", "order")
}
