package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// led uses what those who lead the company ask, of a company that is too small for most.
func (j *judge) led() {
	j.ask("GET", "/api/v1/outcomes/indicators?area=unheard-of", nil).status(404)
	j.ask("GET", "/api/v1/outcomes/chain", nil).status(200).is("whole.clear", false)
	j.ask("GET", "/api/v1/outcomes/at-risk?segment=unheard-of", nil).status(404)
	j.ask("GET", "/api/v1/outcomes/at-risk", nil).status(200)
}

// What is asked for first is pending; then the figures are there, in the currency's units.
func TestIndicatorsAreTold(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	j.ask("POST", "/api/v1/model", map[string]any{"yaml": companyYAML}).status(201)
	var messages []string
	for c := range 40 {
		at := cxtest.Epoch.Std().AddDate(0, 0, -1-c%20).Format("2006-01-02") + "T10:00:00Z"
		messages = append(messages,
			fmt.Sprintf(`{"type":"track","messageId":"o%d","userId":"u%d","event":"Order Completed","timestamp":%q,"properties":{"revenue":12.5,"currency":"EUR"}}`, c, c, at),
			fmt.Sprintf(`{"type":"answer","messageId":"a%d","userId":"u%d","timestamp":%q,"survey":"csat","answers":[{"metric":"csat","scale":"1-5","value":%d}],"touchpoint":"till"}`, c, c, at, 3+c%3))
	}
	j.ask("POST", "/api/v1/import?source=caja&wait=true", lines(messages...)).status(200).is("quarantined", 0)
	j.ask("GET", "/api/v1/outcomes/indicators", nil).status(200).is("pending", true).is("as_of", nil)
	j.config.Board.Refresh(t.Context())
	j.config.Board.RefreshWhy(t.Context())
	j.ask("GET", "/api/v1/outcomes/indicators", nil).status(200).is("pending", false).is("revenue.now.value", 500).is("revenue.now.n", 40).is("revenue.currency", "EUR").
		is("satisfaction.metric", "csat").is("satisfaction.now.n", 40).is("recommendation.known", false).is("why.chain.currency", "EUR")
	for _, table := range []string{"/api/v1/outcomes/chain", "/api/v1/outcomes/at-risk"} {
		if body := j.ask("GET", table+"?format=csv", nil).status(200).Body.String(); strings.Contains(body, "{") {
			t.Errorf("%s as a table: %s", table, body)
		}
	}
}
