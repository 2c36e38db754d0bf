package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// stays asks who stays and what customers are worth, of a company of which nothing is
// known yet.
func (j *judge) stays(customer any) {
	j.ask("GET", "/api/v1/outcomes/retention?every=quarter&relative=true", nil).status(200)
	j.ask("GET", "/api/v1/outcomes/retention?contract=true", nil).status(404)
	j.ask("GET", "/api/v1/outcomes/survival?segment=unheard-of", nil).status(404)
	j.ask("GET", "/api/v1/outcomes/survival", nil).status(200)
	j.ask("GET", "/api/v1/outcomes/hazard", nil).status(404)
	j.ask("GET", "/api/v1/outcomes/churn", nil).status(200).is("pending", true)
	j.ask("GET", "/api/v1/outcomes/worth", nil).status(200).is("fit.pending", true).is("distribution.pending", true)
	j.ask("GET", fmt.Sprint("/api/v1/outcomes/customers/", customer), nil).status(200).is("worth", nil).is("leaving.p", nil).is("leaving.sure", "unknown")
	j.ask("GET", "/api/v1/outcomes/customers/cus_nobody", nil).status(404)
}

// Of customers who buy each in their own rhythm, some of whom come back to a club, the
// API tells cohorts, curves, what they are worth and who leaves.
func TestWhoStaysIsTold(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	j.ask("POST", "/api/v1/model", map[string]any{"yaml": companyYAML + "outcomes: {margin: 0.5, contract: {start: Joined, end: Left}}\n"}).status(201)
	var messages []string
	track := func(c, n, daysAgo int, event, properties string) {
		at := cxtest.Epoch.Std().AddDate(0, 0, -daysAgo).Format("2006-01-02") + "T10:00:00Z"
		messages = append(messages, fmt.Sprintf(`{"type":"track","messageId":"m%d-%d","userId":"u%d","event":%q,"timestamp":%q,"properties":{%s}}`, c, n, c, event, at, properties))
	}
	for c := range 500 {
		first, every := 200+c%160, 20+c*7%90
		last := c * 13 % 200
		if c%10 < 4 {
			last = 0
		}
		for n, day := 0, first; day > last; n, day = n+1, day-every-c*n%11 {
			track(c, n, day, "Order Completed", fmt.Sprintf(`"revenue":%d,"currency":"EUR","order_id":"o%d-%d","campaign":"c%d"`, 10+c%40+n, c, n, c%2))
		}
		if c%5 == 0 {
			track(c, 90, first, "Joined", "")
			if c%3 == 0 {
				track(c, 91, first-c%150, "Left", "")
			}
		}
	}
	track(1, 99, 1, "Order Refunded", `"total":5,"currency":"EUR","order_id":"o1-0"`)
	j.ask("POST", "/api/v1/import?source=caja&wait=true", lines(messages...)).status(200).is("quarantined", 0)
	if err := j.config.Retention.Learn(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := j.config.Worth.Learn(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	j.ask("GET", "/api/v1/outcomes/retention", nil).status(200).is("n", 500).is("currency", "EUR").is("rows.0.cells.0.value", 1)
	j.ask("GET", "/api/v1/outcomes/retention?contract=true", nil).status(200).is("n", 100)
	j.ask("GET", "/api/v1/outcomes/survival?by=campaign", nil).status(200).is("groups.0.points.0.value", 1).is("groups.0.n", 250)
	j.ask("GET", "/api/v1/outcomes/survival?contract=true", nil).status(200).is("groups.0.n", 100)
	j.ask("GET", "/api/v1/outcomes/hazard", nil).status(200).is("ages.0.age", 0)
	churn := j.ask("GET", "/api/v1/outcomes/churn?limit=3", nil).status(200).is("pending", false).is("learned", true)
	who := churn.json("customers.0.who.id")
	j.ask("GET", fmt.Sprint("/api/v1/outcomes/churn?limit=3&cursor=", churn.json("next")), nil).status(200)
	j.ask("GET", "/api/v1/outcomes/worth?by=campaign", nil).status(200).is("fit.margin", true).is("fit.fault", nil).is("groups.0.n", 250).is("distribution.n", 500)
	j.ask("GET", fmt.Sprint("/api/v1/outcomes/customers/", who), nil).status(200).is("leaving.p", churn.json("customers.0.p"))
	refunded := j.ask("GET", "/api/v1/customers/lookup?userId=u1", nil).status(200).json("id")
	j.ask("GET", fmt.Sprint("/api/v1/outcomes/customers/", refunded), nil).status(200).is("worth.first", cxtest.Epoch.Std().AddDate(0, 0, -201).Format("2006-01-02"))
	for _, table := range []string{"retention?every=quarter", "survival?by=channel", "hazard?channel=", "churn?contract=false", "worth?by=place"} {
		body := j.ask("GET", "/api/v1/outcomes/"+table+"&format=csv", nil).status(200).Body.String()
		if strings.Count(body, "\n") < 2 || strings.Contains(body, "{") && !strings.HasPrefix(table, "churn") {
			t.Errorf("%s as a table: %s", table, body[:min(len(body), 500)])
		}
	}
}
