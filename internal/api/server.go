package api

import (
	"net/http"
)

type server struct {
	Config
	mux *http.ServeMux
}

func newServer(c Config) *server { return &server{Config: c, mux: http.NewServeMux()} }

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }
