package developers

import (
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
)

// snippet is one way to send events, ready to paste.
type snippet struct {
	way   string // its word in the address; its texts are "developers.way.<way>" and "….note"
	label string // what people call it; "" when the catalogue says it
	code  []string
}

// snippets lists the ways, with the company's own address and the source's key.
func snippets(base string, s account.Source) []snippet {
	fill := strings.NewReplacer("{{base}}", base, "{{key}}", s.Key, "{{source}}", s.Slug)
	all := []snippet{
		{"curl", "curl", []string{curlEvent, curlAnswer}},
		{"browser", "", []string{browserInstall, browser}},
		{"node", "Node", []string{nodeInstall, node}},
		{"go", "Go", []string{goInstall, golang}},
		{"python", "Python", []string{python}},
		{"csv", "CSV", []string{csvMap, csvImport}},
		{"cloudevents", "CloudEvents", []string{cloudEvents}},
	}
	for i := range all {
		for j, code := range all[i].code {
			all[i].code[j] = fill.Replace(strings.TrimSpace(code))
		}
	}
	return all
}

const (
	curlEvent = `
curl {{base}}/v1/track \
  -u {{key}}: \
  -H 'Content-Type: application/json' \
  -d '{
    "userId": "ana-42",
    "event": "Order Completed",
    "properties": {
      "order_id": "P-1001",
      "revenue": 24.90,
      "currency": "EUR"
    }
  }'`
	curlAnswer = `
curl {{base}}/v1/batch \
  -u {{key}}: \
  -H 'Content-Type: application/json' \
  -d '{"batch": [{
    "type": "answer",
    "userId": "ana-42",
    "survey": "csat",
    "answers": [
      {"question": "score", "metric": "csat",
       "scale": "1-5", "value": 4},
      {"question": "text", "text": "La caja fue lenta"}
    ],
    "properties": {"order_id": "P-1001"}
  }]}'`
	browserInstall = `
npm install @segment/analytics-next
cp -r node_modules/@segment/analytics-next/dist/umd \
  public/analytics`
	browser = `
<script>
  var analytics = window.analytics = [];
  for (const call of ["track", "identify", "page",
    "group", "alias", "screen", "ready", "on"]) {
    analytics[call] = function () {
      analytics.push([call, ...arguments]);
      return analytics;
    };
  }
  analytics._writeKey = "{{key}}";
  analytics._cdn = "{{base}}";
  analytics.page();
</script>
<script async src="/analytics/standalone.js"></script>

<script>
  analytics.identify("ana-42", {
    email: "ana@example.com",
  });
  analytics.track("Order Completed", {
    order_id: "P-1001",
    revenue: 24.90,
    currency: "EUR",
  });
</script>`
	nodeInstall = `npm install @segment/analytics-node`
	node        = `
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({
  writeKey: "{{key}}",
  host: "{{base}}",
});

analytics.identify({
  userId: "ana-42",
  traits: { email: "ana@example.com" },
});
analytics.track({
  userId: "ana-42",
  event: "Order Completed",
  properties: {
    order_id: "P-1001",
    revenue: 24.9,
    currency: "EUR",
  },
});
await analytics.closeAndFlush();`
	goInstall = `go get github.com/segmentio/analytics-go/v3`
	golang    = `
package main

import "github.com/segmentio/analytics-go/v3"

func main() {
	client, err := analytics.NewWithConfig(
		"{{key}}",
		analytics.Config{Endpoint: "{{base}}"},
	)
	if err != nil {
		panic(err)
	}
	defer client.Close()
	client.Enqueue(analytics.Track{
		UserId: "ana-42",
		Event:  "Order Completed",
		Properties: analytics.NewProperties().
			SetOrderId("P-1001").
			SetRevenue(24.90).
			SetCurrency("EUR"),
	})
}`
	python = `
import requests

requests.post(
    "{{base}}/v1/track",
    auth=("{{key}}", ""),
    json={
        "userId": "ana-42",
        "event": "Order Completed",
        "messageId": "order-P-1001",
        "properties": {
            "order_id": "P-1001",
            "revenue": 24.90,
            "currency": "EUR",
        },
    },
    timeout=10,
).raise_for_status()`
	csvMap = `
# map.yaml
source: {{source}}
timezone: Europe/Madrid
customer:
  userId: customer_id
  traits: {email: email}
events:
  - name: Order Completed
    at: ordered_at
    id: order_id
    properties:
      order_id: order_id
      revenue: {column: total, type: number}
      currency: {value: EUR}`
	csvImport = `
export VIVENCIA_TOKEN=…
vivencia import csv orders.csv --map map.yaml \
  --server {{base}}`
	cloudEvents = `
curl {{base}}/v1/cloudevents \
  -u {{key}}: \
  -H 'Content-Type: application/cloudevents+json' \
  -d '{
    "specversion": "1.0",
    "id": "order-P-1001",
    "source": "/orders",
    "type": "Order Completed",
    "userid": "ana-42",
    "data": {
      "order_id": "P-1001",
      "revenue": 24.90,
      "currency": "EUR"
    }
  }'`
)

// endpoint is an address that takes events; its text is "developers.endpoint."
// and key.
type endpoint struct{ key, address string }

func endpoints() []endpoint {
	return []endpoint{
		{"one", "POST /v1/track · identify · page · screen · group · alias"},
		{"many", "POST /v1/batch"},
		{"cloudevents", "POST /v1/cloudevents"},
		{"circumstances", "POST /v1/circumstances"},
		{"pixel", "GET /v1/pixel/track?data="},
		{"import", "POST /api/v1/import"},
		{"read", "GET /api/v1/…"},
	}
}

// statuses lists what is answered; the texts are "developers.status.<code>".
func statuses() []string { return []string{"200", "400", "401", "413", "429", "503", "507"} }
