package app

import (
	"encoding/json"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// debugging serves /debug/ to administrators' API tokens alone: as a bearer, or
// as the password of a URL, since `go tool pprof` sends no headers of its own.
func (a *App) debugging() http.Handler {
	profiles := a.withProfiles(http.NotFoundHandler())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, secret, _ := r.BasicAuth()
		if scheme, bearer, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
			secret = strings.TrimSpace(bearer)
		}
		p, err := a.Accounts.PrincipalByToken(r.Context(), secret)
		if err == nil {
			err = account.Check(p, account.Operate)
		}
		switch {
		case cx.KindOf(err) == cx.Forbidden:
			http.Error(w, cx.MessageOf(err), http.StatusForbidden)
		case err != nil:
			w.Header().Set("WWW-Authenticate", `Basic realm="the token of an administrator is the password"`)
			http.Error(w, "send the API token of an administrator", http.StatusUnauthorized)
		default:
			profiles.ServeHTTP(w, r)
		}
	})
}

// condition is what the process says of itself, for who looks for a fault.
type condition struct {
	Version    string            `json:"version"`
	Go         string            `json:"go"`
	Revision   string            `json:"revision"`
	Started    cx.Time           `json:"started"`
	Goroutines int               `json:"goroutines"`
	Processors int               `json:"processors"`
	Heap       uint64            `json:"heap_bytes"`
	FromSystem uint64            `json:"go_system_bytes"`
	Collected  uint32            `json:"gc_cycles"`
	LastSeq    cx.Seq            `json:"last_seq"`
	Applied    map[string]cx.Seq `json:"applied_seq"`
	Requests   int               `json:"log_queue_requests"`
	Bytes      int64             `json:"log_queue_bytes"`
	Stores     map[string]int64  `json:"store_bytes"`
	Free       int64             `json:"disk_free_bytes"`
	Settings   map[string]string `json:"settings"`
}

func (a *App) condition(w http.ResponseWriter, r *http.Request) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	c := condition{
		Version: a.Config.Version, Go: runtime.Version(), Started: a.Health.Started(), Goroutines: runtime.NumGoroutine(),
		Processors: runtime.GOMAXPROCS(0), Heap: m.HeapAlloc, FromSystem: m.Sys, Collected: m.NumGC,
		LastSeq: a.Log.LastSeq(), Applied: map[string]cx.Seq{}, Settings: map[string]string{},
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				c.Revision = s.Value
			}
		}
	}
	for _, v := range a.views() {
		if at, err := v.Position(r.Context()); err == nil {
			c.Applied[v.Name()] = at
		}
	}
	c.Requests, c.Bytes = a.Log.Queued()
	c.Stores, c.Free = a.Health.Disk()
	for _, s := range a.Config.Settings() {
		c.Settings[s.Name] = s.shown()
	}
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(c) // who asked may have left
}
