package api

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivencia-cx/vivencia/internal/account"
)

// Document is openapi.yaml.
func Document() []byte { return document }

// Actions lists what one must be allowed to do, by pattern.
func Actions() map[string]account.Action {
	all := map[string]account.Action{}
	for _, r := range (&server{Config: Config{Metrics: prometheus.NewRegistry()}}).routes() {
		all[r.method+" "+r.path] = r.action
	}
	return all
}

// Routes lists the patterns.
func Routes() (all []string) {
	for pattern := range Actions() {
		all = append(all, pattern)
	}
	return all
}

// ReadParameters reads a request's parameters in every way that handlers do.
func ReadParameters(r *http.Request) error {
	q := &request{Request: r, query: r.URL.Query()}
	q.position()
	q.conditions()
	q.dimension("by", q.text("by"))
	_, err := q.timelineQuery()
	return err
}
