package app

import (
	"net/http"
	"net/http/pprof"
)

// withProfiles adds Go's profiles under /debug/pprof/, and the process's own
// condition at /debug/state. The directory's socket serves them (who may open
// it owns the files anyway), and debugging to administrators.
func (a *App) withProfiles(h http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/state", a.condition)
	return mux
}
