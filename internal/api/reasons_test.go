package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// reasons uses what is asked of them, of a company that is too small to have any.
func (j *judge) reasons() {
	j.ask("GET", "/api/v1/reasons?metric=csat&survey=csat&where=touchpoint:till&from=2026-01-01T00:00:00Z&until=2026-12-01T00:00:00Z", nil).status(200).is("method", nil)
	j.ask("GET", "/api/v1/reasons/changed?from=2026-03-02T00:00:00Z&until=2026-03-09T00:00:00Z&before_from=2026-02-02T00:00:00Z&before_until=2026-03-02T00:00:00Z", nil).status(200)
	j.ask("GET", "/api/v1/reasons/picture", nil).status(200)
	j.ask("GET", "/api/v1/reasons/late@courier", nil).status(404)
	j.ask("PUT", "/api/v1/reasons/whys/queue-tool", map[string]any{"of": "touchpoint.till", "kind": "tool", "name": map[string]any{"es": "La caja nueva", "en": "The new till", "pt": "A caixa nova"}, "area": "tiendas"}).status(204)
	j.ask("PUT", "/api/v1/reasons/whys/queue-nobody", map[string]any{"of": "touchpoint.till", "kind": "supplier", "ref": "nobody"}).status(400)
	j.ask("DELETE", "/api/v1/reasons/whys/queue-tool", nil).status(204)
	j.ask("DELETE", "/api/v1/reasons/whys/queue-tool", nil).status(404)
}

// Who waited long scores worse; the API tells so, with who it was, and as a table.
func TestReasonsAreTold(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	j.ask("POST", "/api/v1/model", map[string]any{"yaml": companyYAML}).status(201)
	var messages []string
	for c := range 160 {
		line, score := "short", 4+c%2
		if c%4 == 0 {
			line, score = "long", 1+c%3
		}
		at := fmt.Sprintf("2026-03-%02dT10:", 1+c%28)
		messages = append(messages,
			fmt.Sprintf(`{"type":"track","messageId":"q%d","userId":"u%d","event":"Queue Waited","timestamp":"%s00:00Z","properties":{"line":%q,"colour":%q,"cashier":"c%d"}}`, c, c, at, line, []string{"blue", "red"}[c/4%2], c%4),
			fmt.Sprintf(`{"type":"answer","messageId":"a%d","userId":"u%d","timestamp":"%s30:00Z","survey":"csat","answers":[{"metric":"csat","scale":"1-5","value":%d},{"question":"why","text":"cola %s hoy en la caja %d"}],"touchpoint":"till"}`, c, c, at, score, line, c))
	}
	j.ask("POST", "/api/v1/import?source=caja&wait=true", lines(messages...)).status(200).is("quarantined", 0)

	list := j.ask("GET", "/api/v1/reasons", nil).status(200).is("n", 160).is("method", "lmg").is("reasons.0.id", "line@till").is("reasons.0.n", 40).is("reasons.0.values.0", "long")
	if n := strings.Count(list.Body.String(), `"kind":"fact"`); n != 1 {
		t.Errorf("there is one reason, and it told %d", n)
	}
	if each := list.json("reasons.0.each.high").(float64); each > -40 {
		t.Errorf("those who waited long score 62 points worse, and it told %v at most", each)
	}
	if strings.Contains(list.Body.String(), "cashier") {
		t.Error("people are a reason")
	}
	j.ask("GET", "/api/v1/reasons/line@till", nil).status(200).is("clear", true).is("facts.0.survey", "csat").is("others.n", 120)
	if d := j.ask("GET", "/api/v1/reasons/line@till?metric=csat", nil).status(200); d.json("facts.0.customer") == nil {
		t.Error("who it was is not told")
	}
	j.ask("GET", "/api/v1/reasons/picture", nil).status(200).is("points.0.importance", 100).is("points.0.performance", 75)
	j.ask("GET", "/api/v1/reasons/changed?from=2026-03-15T00:00:00Z&until=2026-03-30T00:00:00Z&before_from=2026-03-01T00:00:00Z", nil).status(400)
	j.ask("GET", "/api/v1/reasons/changed?from=2026-03-15T00:00:00Z&until=2026-03-30T00:00:00Z", nil).status(200).is("moves.0.id", "line@till")
	for _, table := range []string{"/api/v1/reasons", "/api/v1/reasons/line@till", "/api/v1/reasons/picture", "/api/v1/reasons/changed?from=2026-03-15T00:00:00Z&until=2026-03-30T00:00:00Z"} {
		sign := "?"
		if strings.Contains(table, "?") {
			sign = "&"
		}
		if rows := strings.Count(j.ask("GET", table+sign+"format=csv", nil).status(200).Body.String(), "\n"); rows < 2 {
			t.Errorf("%s as a table has %d lines", table, rows)
		}
	}
	j.ask("GET", "/api/v1/reasons?where=trait.city:Madrid", nil).status(400)
	j.ask("GET", "/api/v1/reasons?segment=unheard-of", nil).status(404)
}
