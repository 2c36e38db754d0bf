package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/api"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

func TestProblems(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	for _, c := range []struct {
		name, method, target string
		body                 any
		change               func(*http.Request)
		status               int
		kind, detail         string
	}{
		{"no token", "GET", "/api/v1/totals", nil, func(r *http.Request) { r.Header.Del("Authorization") }, 401, "unauthorized", "Bearer TOKEN"},
		{"wrong token", "GET", "/api/v1/totals", nil, func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401, "unauthorized", "revoked"},
		{"password instead", "GET", "/api/v1/totals", nil, func(r *http.Request) { r.SetBasicAuth("a", "b") }, 401, "unauthorized", "Bearer"},
		{"no such address", "GET", "/api/v1/nothing", nil, nil, 404, "not-found", "openapi.yaml"},
		{"no such address at all", "POST", "/x", nil, nil, 404, "not-found", ""},
		{"wrong method", "PATCH", "/api/v1/people", nil, nil, 405, "method-not-allowed", "GET, HEAD, POST"},
		{"limit of words", "GET", "/api/v1/customers?limit=ten", nil, nil, 400, "invalid", "limit: is a whole number from 1 to 500"},
		{"limit too large", "GET", "/api/v1/customers?limit=501", nil, nil, 400, "invalid", "limit"},
		{"limit twice", "GET", "/api/v1/customers?limit=1&limit=2", nil, nil, 400, "invalid", "once"},
		{"unknown parameter", "GET", "/api/v1/customers?serach=x", nil, nil, 400, "invalid", "serach: there is no such parameter here; it may be search, segment, cursor, limit"},
		{"several faults", "GET", "/api/v1/scores?from=yesterday&by=colour", nil, nil, 400, "invalid", "from: is a time such as"},
		{"no metric", "GET", "/api/v1/scores", nil, nil, 400, "invalid", "metric: is missing"},
		{"a condition without value", "GET", "/api/v1/scores?metric=nps&where=till", nil, nil, 400, "invalid", "touchpoint:till"},
		{"a window that ends first", "GET", "/api/v1/scores?metric=nps&from=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", nil, nil, 400, "invalid", "until: must be after from"},
		{"a cursor made up", "GET", "/api/v1/audit?cursor=YmVmb3JlOi0x", nil, nil, 400, "invalid", "cursor"},
		{"another's cursor", "GET", "/api/v1/customers?cursor=!!", nil, nil, 400, "invalid", "cursor"},
		{"two identifiers", "GET", "/api/v1/customers/lookup?userId=a&email=b", nil, nil, 400, "invalid", "one identifier"},
		{"no identifier", "GET", "/api/v1/customers/lookup", nil, nil, 400, "invalid", "one identifier"},
		{"nobody", "GET", "/api/v1/customers/lookup?userId=nobody", nil, nil, 404, "not-found", ""},
		{"no customer's id", "GET", "/api/v1/customers/x", nil, nil, 404, "not-found", ""},
		{"no number", "GET", "/api/v1/quarantine/x", nil, nil, 404, "not-found", ""},
		{"no quarantined", "GET", "/api/v1/quarantine/77", nil, nil, 404, "not-found", ""},
		{"another media type", "POST", "/api/v1/sources", "x", nil, 415, "unsupported-media-type", "application/json"},
		{"another encoding", "POST", "/api/v1/import?source=x", "x", func(r *http.Request) { r.Header.Set("Content-Encoding", "br") }, 415, "unsupported-media-type", "gzip"},
		{"no gzip", "POST", "/api/v1/import?source=x", "x", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 400, "invalid", "not gzip"},
		{"import from nowhere", "POST", "/api/v1/import", `{"type":"track","userId":"u","event":"E"}`, nil, 400, "invalid", "source"},
		{"not JSON", "POST", "/api/v1/sources", nil, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/json")
			r.Body = io.NopCloser(strings.NewReader("{"))
		}, 400, "invalid", "body: is not JSON at byte 2"},
		{"unknown member", "POST", "/api/v1/sources", map[string]any{"nmae": "x"}, nil, 400, "invalid", "nmae: there is no such member"},
		{"wrong type", "POST", "/api/v1/tokens", map[string]any{"name": 3}, nil, 400, "invalid", "name: is not a string"},
		{"several faults of a person", "POST", "/api/v1/people", map[string]any{"email": "x", "role": "boss"}, nil, 400, "invalid", "role: is one of"},
		{"a body too large", "POST", "/api/v1/sources", map[string]any{"name": strings.Repeat("x", 2<<20)}, nil, 413, "too-large", "1048576"},
		{"no body", "POST", "/api/v1/sources", nil, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 400, "invalid", ""},
		{"a circumstance nowhere", "POST", "/api/v1/circumstances", map[string]any{"kind": "strike", "from": "2026-01-01T00:00:00Z"}, nil, 400, "invalid", "place"},
		{"the same source twice", "POST", "/api/v1/sources", map[string]any{"name": "Dos"}, func(*http.Request) { i.ask("POST", "/api/v1/sources", map[string]any{"name": "dos"}) }, 409, "conflict", "dos"},
		{"a merge of nobody", "POST", "/api/v1/customers/c_x/merge", map[string]any{"evidence": "x"}, nil, 400, "invalid", "from: is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := i.request(c.method, c.target, c.body)
			if c.change != nil {
				c.change(req)
			}
			a := i.send(req)
			a.i = &instance{T: t}
			a.status(c.status).is("kind", c.kind).is("status", c.status)
			if got := a.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("content type %q", got)
			}
			if detail, _ := a.json("detail").(string); !strings.Contains(detail, c.detail) {
				t.Errorf("detail %q, want %q in it", detail, c.detail)
			}
			if c.status == 401 && a.Header().Get("WWW-Authenticate") == "" || c.status == 405 && a.Header().Get("Allow") == "" {
				t.Errorf("headers %v", a.Header())
			}
		})
	}
}

// TestEveryRouteAsksWhoYouAre walks every route with every role and with none.
func TestEveryRouteAsksWhoYouAre(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	open := map[string]bool{"GET /openapi.yaml": true, "GET /healthz": true, "GET /readyz": true}
	for pattern, action := range api.Actions() {
		method, path, _ := strings.Cut(pattern, " ")
		req := i.request(method, strings.NewReplacer("{id}", "1", "{slug}", "x").Replace(path), nil)
		req.Header.Del("Authorization")
		if got := i.send(req).Code; (got == http.StatusUnauthorized) == open[pattern] {
			t.Errorf("%s answers %d without a token", pattern, got)
		}
		if open[pattern] {
			continue
		}
		for role, secret := range i.tokens {
			req := i.request(method, strings.NewReplacer("{id}", "1", "{slug}", "x").Replace(path), nil)
			req.Header.Set("Authorization", "Bearer "+secret)
			may := account.Check(cx.Principal{ID: "token:1", Role: role}, action) == nil
			if got := i.send(req).Code; (got == http.StatusForbidden) == may {
				t.Errorf("%s answers %d to the role %s, which may %s: %v", pattern, got, role, action, may)
			}
		}
	}
}

func TestReadyTellsWhenItIsNot(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	ready, broken := false, error(nil)
	i.config.Metrics = prometheus.NewRegistry()
	i.config.Ready = func(context.Context) (bool, error) { return ready, broken }
	i.handler = api.Handler(i.config)
	i.ask("GET", "/readyz", nil).status(503).is("status", "catching-up")
	ready = true
	i.ask("GET", "/readyz", nil).status(200).is("applied_seq", 0)
	broken = errors.New("disk on fire")
	if a := i.ask("GET", "/readyz", nil).status(503); strings.Contains(a.Body.String(), "fire") {
		t.Errorf("an internal error is shown: %s", a.Body)
	}
	if got := i.ask("GET", "/metrics", nil); !strings.Contains(got.Body.String(), "go_") && got.Code != 200 {
		t.Errorf("metrics %d", got.Code)
	}
}

// FuzzParameters reads made-up parameters in every way there is.
func FuzzParameters(f *testing.F) {
	for _, s := range []string{
		"limit=50&cursor=YmVmb3JlOjEy&from=2026-01-01T00:00:00Z", "where=touchpoint:till&where=trait.:", "kind=event&type=track&type=x", "limit=\xff",
		"cursor=YmVmb3JlOjE4NDQ2NzQ0MDczNzA5NTUxNjE1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.URL.RawQuery = raw
		if err := api.ReadParameters(req); err != nil && cx.KindOf(err) != cx.Invalid {
			t.Errorf("%q: %v", raw, err)
		}
	})
}
