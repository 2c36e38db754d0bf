package app

import (
	"net/http"
	"net/http/pprof"
)

// withProfiles adds Go's profiles under /debug/pprof/. Only the directory's
// socket serves them: who may open it owns the files anyway.
func withProfiles(h http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
