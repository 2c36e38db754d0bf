package api_test

import (
	"fmt"
	"testing"
)

// rules uses what is asked of them, of a company that has none.
func (j *judge) rules() {
	j.ask("GET", "/api/v1/rules", nil).status(200)
	j.ask("GET", "/api/v1/rules?format=csv", nil).status(200)
	j.ask("GET", "/api/v1/rules/failed", nil).status(200)
	j.ask("DELETE", "/api/v1/rules/failed/x", nil).status(404)
	j.ask("POST", "/api/v1/rules/failed/x/replay", nil).status(404)
	for _, of := range []string{"", "/backtest", "/conflicts"} {
		j.ask("GET", "/api/v1/rules/none"+of, nil).status(404)
	}
	j.ask("GET", "/api/v1/rules/none/runs?state=going", nil).status(200)
	draft := map[string]any{"rule": map[string]any{"slug": "r", "name": "R", "when": map[string]any{"event": "Message Sent"}, "then": []any{map[string]any{"notify": map[string]any{"text": "T"}}}}}
	j.ask("POST", "/api/v1/rules/backtest", draft).status(200)
	j.ask("POST", "/api/v1/rules/conflicts", draft).status(200)
	j.ask("POST", "/api/v1/rule-trials", draft).status(200)
	j.ask("GET", "/api/v1/rule-trials/none", nil).status(404)
}

const rulesYAML = `
company: {slug: x, name: X, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: stores, name: Tiendas}]
touchpoints:
  - {slug: desk, name: Cambios, stage: after, channel: store, medium: physical, area: stores, events: [Return Requested]}
rules:
  - slug: big
    name: Devolución grande
    when: {event: Return Requested}
    if: properties.value > 50
    caps: {per_customer: {n: 2, per: 30d}}
    then: [{message: {subject: S, text: T}}]
`

func TestARuleIsTriedOnThePast(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	j.ask("POST", "/api/v1/model", map[string]any{"yaml": rulesYAML}).status(201)
	var messages []string
	for i := range 40 { // ten customers, four times each, half of them large
		messages = append(messages, fmt.Sprintf(`{"type":"track","messageId":"r%d","userId":"u%d","event":"Return Requested","timestamp":"2026-02-%02dT10:00:00Z","properties":{"value":%d}}`, i, i%10, 1+i/10, i%4*25))
	}
	j.ask("POST", "/api/v1/import?source=caja&wait=true", lines(messages...)).status(200).is("quarantined", 0)
	const window = "?from=2026-01-01T00:00:00Z&until=2026-03-01T00:00:00Z"
	j.ask("GET", "/api/v1/rules/big/backtest"+window, nil).status(200).is("events", 40).is("unmet", 30).is("entered", 10).is("customers", 5).is("twice", 5)
	j.ask("GET", "/api/v1/rules/big/backtest"+window+"&format=csv", nil).status(200)
	rule := func(least int) map[string]any {
		return map[string]any{
			"slug": "all", "name": "All", "when": map[string]any{"event": "Return Requested"}, "if": fmt.Sprintf("properties.value >= %d", least),
			"caps": map[string]any{"per_customer": map[string]any{"n": 3, "per": "30d"}}, "then": []any{map[string]any{"message": map[string]any{"subject": "S", "text": "T"}}},
		}
	}
	j.ask("POST", "/api/v1/rules/backtest", map[string]any{"rule": rule(0), "from": "2026-01-01T00:00:00Z", "until": "2026-03-01T00:00:00Z"}).status(200).
		is("entered", 30).is("not.cap", 10)
	j.ask("POST", "/api/v1/rules/conflicts", map[string]any{"rule": rule(0)}).status(200).is("items.0.clash", "together").is("items.0.rules.0", "big")
	bad := rule(0)
	bad["if"] = "properties.value >"
	j.ask("POST", "/api/v1/rules/backtest", map[string]any{"rule": bad}).status(400)
	j.ask("GET", "/api/v1/rules/big", nil).status(200).is("entered", 0).is("with.n", 0)
}
