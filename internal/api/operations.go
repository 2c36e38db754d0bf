package api

import (
	_ "embed"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

//go:embed openapi.yaml
var document []byte

// openapi serves the document of this API.
func (s *server) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(document) // who asked may have left
}

type readiness struct {
	Status  string `json:"status"`
	Applied cx.Seq `json:"applied_seq"`
	Last    cx.Seq `json:"last_seq"`
}

// metrics serves what operators measure to this machine's own programs, and to
// who may operate the product.
func (s *server) metrics(w http.ResponseWriter, r *http.Request) {
	if !s.MayScrape(r) {
		p, err := s.principal(r)
		if err == nil {
			err = account.Check(p, account.Operate)
		}
		if err != nil {
			writeProblem(w, problemOf(err))
			return
		}
	}
	promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// healthz tells that the process lives.
func (s *server) healthz(w http.ResponseWriter, _ *http.Request) {
	writeAnswer(w, map[string]string{"status": "alive"})
}

// readyz tells whether memory and history have caught up with what was in the
// log at the start.
func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	applied, last, err := s.Applied(r.Context())
	ready := false
	if err == nil {
		ready, err = s.Ready(r.Context())
	}
	if err != nil {
		s.Logger.Error("readiness cannot be told", "error", err)
		writeProblem(w, problemOf(cx.Errorf(cx.Unavailable, "api.readyz", "a store does not answer")))
		return
	}
	if !ready {
		writeAnswer(w, reply{status: http.StatusServiceUnavailable, body: readiness{"catching-up", applied, last}})
		return
	}
	writeAnswer(w, readiness{"ready", applied, last})
}
