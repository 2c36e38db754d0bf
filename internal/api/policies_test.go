package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// policies uses what is asked of them, of a company that has none.
func (j *judge) policies() {
	j.ask("GET", "/api/v1/policies", nil).status(200)
	j.ask("GET", "/api/v1/policies/conflicts?from=2026-01-01T00:00:00Z&until=2026-12-01T00:00:00Z", nil).status(200)
	j.ask("GET", "/api/v1/policies/conflicts/x_0/customers", nil).status(404)
	j.ask("POST", "/api/v1/policies/conflicts/x_0/decision", map[string]any{"what": "suspended", "why": "x"}).status(404)
	j.ask("GET", "/api/v1/policies/receipt-needed/pain", nil).status(404)
}

const kingsYAML = `
company: {slug: x, name: X, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: stores, name: Tiendas}, {slug: care, name: Atención}]
objects: {return: return_id, call: case_id}
touchpoints:
  - {slug: desk, name: Cambios, stage: after, channel: store, medium: physical, area: stores, events: [Return Requested, Return Accepted, Checkout Paid], surveys: [ces]}
  - {slug: phone, name: Teléfono, stage: after, channel: phone, medium: digital, area: care, events: [Support Called]}
promises:
  - {slug: gift-exchange, name: Los regalos se cambian sin comprobante, area: stores, about: return, from: {event: Return Requested, when: properties.gift == true}, to: {event: Return Accepted}, within: 2h, objective: 0.97}
  - {slug: first-time, name: Resuelto a la primera, area: care, at: {event: Support Called, holds: properties.solved == true}, objective: 0.8}
policies:
  - {slug: receipt-needed, name: Sin comprobante no hay cambio, area: stores, touchpoint: desk, on: Return Requested, about: return, when: [{properties.receipt: false}], effect: refuse, prevents: [Return Accepted]}
goals:
  - {slug: short-calls, name: Llamadas cortas, area: care, touchpoint: phone, metric: {event: Support Called, property: minutes}, target: "< 4"}
`

// Sixty of two hundred bring back a present without a receipt; they are refused, buy
// nothing more and find it hard. Of calls, the short ones leave more unsolved.
func TestContradictionsAreTold(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	j.ask("POST", "/api/v1/model", map[string]any{"yaml": kingsYAML}).status(201)
	var messages []string
	add := func(format string, args ...any) { messages = append(messages, fmt.Sprintf(format, args...)) }
	for c := range 200 {
		day := 1 + c%20
		refused := c%10 < 3
		add(`{"type":"track","messageId":"b%d","userId":"u%d","event":"Checkout Paid","timestamp":"2026-01-%02dT10:00:00Z","properties":{"revenue":%d,"currency":"EUR"}}`, c, c, day, 20+c%3)
		add(`{"type":"track","messageId":"r%d","userId":"u%d","event":"Return Requested","timestamp":"2026-02-%02dT10:00:00Z","properties":{"return_id":"R%d","receipt":%v,"gift":%v}}`, c, c, day, c, !refused, c%2 == 0 || refused)
		score := 5
		if refused {
			score = 2
		} else {
			add(`{"type":"track","messageId":"a%d","userId":"u%d","event":"Return Accepted","timestamp":"2026-02-%02dT10:10:00Z","properties":{"return_id":"R%d"}}`, c, c, day, c)
			add(`{"type":"track","messageId":"n%d","userId":"u%d","event":"Checkout Paid","timestamp":"2026-03-%02dT10:00:00Z","properties":{"revenue":%d,"currency":"EUR"}}`, c, c, day, 10)
		}
		add(`{"type":"answer","messageId":"s%d","userId":"u%d","timestamp":"2026-02-%02dT12:00:00Z","survey":"ces","answers":[{"metric":"ces","scale":"1-7","value":%d},{"question":"why","text":"pedían el comprobante del regalo número %d"}],"touchpoint":"desk"}`, c, c, day, score+c%2, c)
		add(`{"type":"track","messageId":"c%d","userId":"u%d","event":"Support Called","timestamp":"2026-02-%02dT15:00:00Z","properties":{"case_id":"C%d","topic":%q,"minutes":%d,"solved":%v}}`, c, c, day, c, []string{"order", "return"}[c/2%2], 2+c%2*5, c%2 == 1 || c%4 == 0)
	}
	j.ask("POST", "/api/v1/import?source=caja&wait=true", lines(messages...)).status(200).is("quarantined", 0)

	const when = "?from=2026-01-01T00:00:00Z&until=2026-09-01T00:00:00Z"
	all := j.ask("GET", "/api/v1/policies/conflicts"+when, nil).status(200).
		is("conflicts.0.kind", "promise").is("conflicts.0.how", "prevents").is("conflicts.0.policy", "receipt-needed").is("conflicts.0.with", "promise.gift-exchange").
		is("conflicts.0.lived.customers", 60).is("conflicts.0.lived.times", 60).is("conflicts.0.decision", nil).
		is("conflicts.0.situation.0.field", "properties.receipt").is("conflicts.0.situation.0.example", false).
		is("conflicts.0.lived.money.n", 60).is("conflicts.0.lived.money.value", -60*1000).is("conflicts.0.lived.money.days", 90).
		is("conflicts.0.lived.pain.metric", "ces").is("conflicts.0.lived.pain.estimate.n", 60).
		is("conflicts.1.how", "associated").is("conflicts.1.policy", "short-calls").is("conflicts.1.with", "promise.first-time").is("conflicts.1.lived.broken", 50).is("conflicts.1.situation.0.example", 3)
	if low := all.json("conflicts.1.lived.excess.estimate.low").(float64); low < .3 {
		t.Errorf("of short calls half are not solved, of the others all, and it told %v at least", low)
	}
	if high := all.json("conflicts.0.lived.pain.estimate.high").(float64); high > -2 {
		t.Errorf("who is refused answers three points less, and it told %v at most", high)
	}
	if all.json("conflicts.0.lived.examples.0.customer") == nil {
		t.Error("who it was is not told")
	}
	id := all.json("conflicts.0.id").(string)
	j.ask("GET", "/api/v1/policies/conflicts/"+id+"/customers"+when, nil).status(200).is("0.name", "u192").is("49.name", "u112")
	j.ask("GET", "/api/v1/policies"+when, nil).status(200).is("policies.0.customers", 60).is("policies.0.open", 1).is("goals.0.open", 1)
	j.ask("GET", "/api/v1/policies/receipt-needed/pain"+when, nil).status(200).
		is("customers", 60).is("others", 140).is("scores.0.metric", "ces").is("left.hit", 1).is("left.others", 0).is("left.estimate.value", 1).is("texts", 60)
	for path, least := range map[string]int{"/conflicts": 3, "/conflicts/" + id + "/customers": 51, "": 3, "/receipt-needed/pain": 2} {
		if rows := strings.Count(j.ask("GET", "/api/v1/policies"+path+when+"&format=csv", nil).status(200).Body.String(), "\n"); rows != least {
			t.Errorf("%s as a table has %d lines, not %d", path, rows, least)
		}
	}

	// It is kept for a while, then suspended, then in force again.
	decide := func(id string, in map[string]any, status int) {
		t.Helper()
		j.ask("POST", "/api/v1/policies/conflicts/"+id+"/decision", in).status(status)
	}
	decide(id, map[string]any{"what": "kept", "why": "Until the till can look it up"}, 400)
	decide(id, map[string]any{"what": "kept", "why": "Until the till can look it up", "until": "2020-01-01"}, 400)
	today := all.json("today").(string)
	decide(id, map[string]any{"what": "kept", "why": "Until the till can look it up", "until": today}, 204)
	at := "/api/v1/policies/conflicts" + when
	j.ask("GET", at, nil).status(200).is("conflicts.0.decision.what", "kept").is("conflicts.0.decision.until", today).is("conflicts.0.decision.at", today).is("conflicts.0.lapsed", false).is("conflicts.0.lived.customers", 60)
	decide(id, map[string]any{"what": "suspended", "why": "It blocks gifts"}, 204)
	j.ask("GET", at, nil).status(200).is("conflicts.0.decision.what", "suspended").is("conflicts.0.decision.why", "It blocks gifts")
	j.ask("GET", "/api/v1/policies"+when, nil).status(200).is("policies.0.suspended", true).is("policies.0.open", 0)
	decide(id, map[string]any{"what": "resumed"}, 204)
	j.ask("GET", at, nil).status(200).is("conflicts.0.decision", nil)
	decide(all.json("conflicts.1.id").(string), map[string]any{"what": "suspended", "why": "It hurries us"}, 204)
	j.ask("GET", "/api/v1/policies/conflicts"+when, nil).status(200).is("conflicts.1.decision.what", "suspended")
}
