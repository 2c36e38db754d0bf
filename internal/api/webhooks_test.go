package api_test

import "github.com/vivencia-cx/vivencia/internal/act/deliver"

// endpoints is one webhook, at an address that is not public: nothing is sent.
func endpoints() []deliver.Endpoint {
	return []deliver.Endpoint{{Slug: "erp", URL: "https://127.0.0.1:1/vivencia"}}
}

// webhooks walks where webhooks go, and what was sent there.
func (j *judge) webhooks() {
	j.Helper()
	j.ask("GET", "/api/v1/webhooks", nil).status(200).is("items.0.slug", "erp").is("items.0.secret", false)
	j.ask("GET", "/api/v1/webhooks/deliveries?webhook=erp&state=waiting", nil).status(200).is("items.0.id", "run-1").is("items.0.type", "promise.broken")
	j.ask("POST", "/api/v1/webhooks/deliveries/run-1/replay", nil).status(204)
	j.ask("POST", "/api/v1/webhooks/deliveries/none/replay", nil).status(404)
	j.ask("POST", "/api/v1/webhooks/none/secret", nil).status(404)
	j.ask("POST", "/api/v1/webhooks/erp/secret", nil).status(200)
	j.ask("GET", "/api/v1/webhooks", nil).status(200).is("items.0.secret", true)
	j.ask("POST", "/api/v1/webhooks/none/enable", nil).status(404)
	j.ask("POST", "/api/v1/webhooks/erp/enable", nil).status(204)
}
