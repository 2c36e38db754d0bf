package api_test

import (
	"strings"
	"testing"
)

// cases uses what is asked of them, of a company that has none.
func (j *judge) cases() {
	j.ask("GET", "/api/v1/cases", nil).status(200).is("total", 0)
	j.ask("GET", "/api/v1/cases/queues", nil).status(200)
	j.ask("GET", "/api/v1/cases/figures?by=area", nil).status(200).is("opened", 0).is("in_time.value", nil)
	j.ask("GET", "/api/v1/cases/none", nil).status(404)
	j.ask("POST", "/api/v1/cases/none/note", map[string]any{"text": "x"}).status(404)
	j.ask("POST", "/api/v1/cases/bulk", map[string]any{"ids": []string{"none"}, "what": "closed", "text": "x"}).status(200).is("done", 0).is("failed.0.id", "none")
	c := j.ask("POST", "/api/v1/cases", map[string]any{"words": "Se cayó una estantería"}).status(201).is("number", 1).is("state", "open").is("due", "2026-03-03T09:00:00Z")
	id := strings.TrimPrefix(c.Header().Get("Location"), "/api/v1/cases/")
	j.ask("GET", "/api/v1/cases/"+id+"?language=en", nil).status(200).is("story.0.what", "opened").is("link", nil)
	j.ask("GET", "/api/v1/cases/links", nil).status(200)
	j.ask("POST", "/api/v1/cases/links", map[string]any{"kind": "round", "name": "Ruta norte"}).status(201).is("kind", "round")
	j.ask("DELETE", "/api/v1/cases/links/none", nil).status(404)
}

const casesYAML = `
company: {slug: x, name: X, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: stores, name: Tiendas}]
choices: [{slug: ways, question: ¿Qué prefieres?, options: [{id: shop, text: Recogerlo}, {id: wait, text: Esperar}]}]
cases:
  area: stores
  kinds: [{slug: late, name: Llega tarde, within: 4h, checklist: [{slug: call, text: Llamar}]}]
  give: [{role: admin, each: 10, month: 20}]
`

func TestACaseIsWorkedOn(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	j.ask("POST", "/api/v1/model", map[string]any{"yaml": casesYAML}).status(201)
	j.ask("POST", "/api/v1/import?source=caja&wait=true", lines(`{"type":"identify","messageId":"i1","userId":"ana","traits":{"name":"Ana Ruiz","email":"ana@example.com"}}`)).status(200)
	found := j.ask("GET", "/api/v1/customers?search=ana", nil).status(200)
	customer, _ := found.json("items.0.id").(string)
	open := map[string]any{"key": "7", "customer": customer, "kind": "late", "words": "El pedido no llega", "about": map[string]any{"order_id": "7"}}
	c := j.ask("POST", "/api/v1/cases", open).status(201).is("area", "stores").is("title", "Llega tarde").is("about.order_id", "7")
	at := c.Header().Get("Location")
	if again := j.ask("POST", "/api/v1/cases", open).status(201).Header().Get("Location"); again != at {
		t.Errorf("the same key opened %s and %s", at, again)
	}
	other := j.ask("POST", "/api/v1/cases", map[string]any{"customer": customer, "kind": "late"}).status(201).Header().Get("Location")
	id, from := strings.TrimPrefix(at, "/api/v1/cases/"), strings.TrimPrefix(other, "/api/v1/cases/")
	for _, do := range []struct {
		action string
		body   map[string]any
		status int
	}{
		{"assign", map[string]any{"person": "person:99"}, 400},
		{"note", map[string]any{"text": "Mirad esto"}, 200},
		{"check", map[string]any{"item": "call", "done": true}, 200},
		{"give", map[string]any{"amount": 500, "text": "Un vale"}, 200},
		{"give", map[string]any{"amount": 600, "text": "Otro"}, 403},
		{"write", map[string]any{"text": "Hola"}, 200},
		{"offer", map[string]any{"choice": "ways"}, 200},
		{"merge", map[string]any{"from": from}, 200},
		{"move", map[string]any{"area": "none"}, 400},
		{"postpone", map[string]any{"due": "2026-12-01T10:00:00Z", "text": "Falta"}, 200},
		{"cause", map[string]any{"text": "Courier late"}, 200},
		{"solve", map[string]any{"text": "Entregado"}, 200},
		{"reopen", map[string]any{"text": "No llegó"}, 200},
		{"close", map[string]any{"text": "Lo tiene"}, 200},
	} {
		if got := j.ask("POST", at+"/"+do.action, do.body); got.Code != do.status {
			t.Errorf("%s: %d %s", do.action, got.Code, got.Body)
		}
	}
	j.ask("GET", at, nil).status(200).is("state", "closed").is("cause", "courier late").is("given", 500).is("joined.0", from).is("checklist.0.done", true).is("offers.0.state", "open").is("customer_name", "Ana Ruiz")
	j.ask("GET", "/api/v1/cases?state=any&customer="+customer+"&text=pedido", nil).status(200).is("total", 1).is("items.0.id", id)
	if csv := j.ask("GET", "/api/v1/cases?state=any&format=csv", nil).status(200).Body.String(); !strings.Contains(csv, id) || strings.Count(csv, "\n") != 3 {
		t.Errorf("%s", csv)
	}
}
