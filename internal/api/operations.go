package api

import (
	_ "embed"
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

//go:embed openapi.yaml
var document []byte

// openapi serves the document of this API.
func (s *server) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(document) // who asked may have left
}

type health struct {
	Status  string `json:"status"`
	Applied cx.Seq `json:"applied_seq"`
	Last    cx.Seq `json:"last_seq"`
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
		writeAnswer(w, reply{status: http.StatusServiceUnavailable, body: health{"catching-up", applied, last}})
		return
	}
	writeAnswer(w, health{"ready", applied, last})
}
