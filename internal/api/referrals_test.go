package api_test

import (
	"strings"
	"testing"
)

// referrals uses what is told of them, of a company without a programme.
func (j *judge) referrals() {
	j.ask("GET", "/api/v1/referrals", nil).status(200).is("declared", false).is("converted.value", nil).is("worth.verdict", "cannot-tell")
	j.ask("GET", "/api/v1/referrals/claims", nil).status(200).is("next", nil)
	j.ask("GET", "/api/v1/referrals/ledger", nil).status(200).is("next", nil)
	found := j.ask("GET", "/api/v1/customers?search=ana", nil).status(200)
	id, _ := found.json("items.0.id").(string)
	j.ask("POST", "/api/v1/customers/"+id+"/referral-link", nil).status(409)
}

const bringingYAML = `
company: {slug: x, name: X, timezone: Europe/Madrid, currency: EUR, languages: [es]}
referrals: {reward: {referrer: 10, friend: 5}}
`

func TestWhoBroughtWhomIsTold(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	j.ask("POST", "/api/v1/model", map[string]any{"yaml": bringingYAML}).status(201)
	j.ask("POST", "/api/v1/import?source=caja&wait=true", lines(
		`{"type":"identify","messageId":"1","userId":"ana","traits":{"name":"Ana Gil"},"timestamp":"2026-03-01T10:00:00Z"}`,
		`{"type":"track","messageId":"2","userId":"ana","event":"Referral Shared","timestamp":"2026-03-01T10:05:00Z","properties":{"code":"ANA-1"}}`,
		`{"type":"track","messageId":"3","userId":"ben","event":"Order Completed","timestamp":"2026-03-01T11:00:00Z","properties":{"order_id":"1","revenue":20,"currency":"EUR","referral_code":"ANA-1","would_have_come":"no"}}`,
		`{"type":"track","messageId":"4","userId":"ana","event":"Order Completed","timestamp":"2026-03-01T12:00:00Z","properties":{"order_id":"2","revenue":20,"currency":"EUR","referral_code":"ANA-1"}}`,
	)).status(200)
	o := j.ask("GET", "/api/v1/referrals", nil).status(200)
	o.is("declared", true).is("prescribers", 1).is("converted.k", 1).is("refused.0.key", "self").is("worth.total", 2000).is("worth.cost", 1500).is("worth.answered.k", 1).is("worth.verdict", "cannot-tell")
	j.ask("GET", "/api/v1/referrals/claims?state=proven", nil).status(200).is("items.0.code", "ANA-1").is("items.0.anyway", "no")
	first := j.ask("GET", "/api/v1/referrals/ledger?limit=1", nil).status(200).is("items.0.amount", 500)
	next, _ := first.json("next").(string)
	j.ask("GET", "/api/v1/referrals/ledger?cursor="+next, nil).status(200).is("items.0.amount", 1000).is("next", nil)
	j.ask("GET", "/api/v1/referrals/ledger?cursor=x", nil).status(400)
	if table := j.ask("GET", "/api/v1/referrals/claims?format=csv", nil).status(200).Body.String(); !strings.Contains(table, "refused") {
		t.Errorf("%s", table)
	}
	found := j.ask("GET", "/api/v1/customers?search=ana", nil).status(200)
	id, _ := found.json("items.0.id").(string)
	j.ask("POST", "/api/v1/customers/"+id+"/referral-link", nil).status(200).is("code", "ANA-1").is("url", "https://cx.example/i/ANA-1")
}
