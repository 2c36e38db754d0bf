package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// receiver is a collector of traces as small as can be.
type receiver struct {
	mu    sync.Mutex
	spans map[string]string // by name: the parent's id in hex, "" for a root
	text  []byte
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	b, err := io.ReadAll(req.Body)
	var in collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(b, &in)
	}
	if err != nil || req.URL.Path != tracesPath {
		http.Error(w, "not a trace", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text = append(r.text, b...)
	for _, resource := range in.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				r.spans[span.Name] = string(span.ParentSpanId)
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// Spans reach a collector from each way in to the views and the questions, and
// hold nothing of what anybody lived.
func TestTracesReachACollector(t *testing.T) {
	t.Parallel()
	r := &receiver{spans: map[string]string{}}
	server := httptest.NewServer(r)
	defer server.Close()
	c := configOf(t.TempDir())
	c.OTelEndpoint = server.URL
	a, err := Open(t.Context(), c, quietly)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	h := house{a, t}
	key, err := h.Accounts.CreateSource(t.Context(), cx.System(), "web", "")
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/track", strings.NewReader(`{"type":"track","event":"Secret Wish","userId":"somebody-secret","messageId":"1"}`))
	req.SetBasicAuth(key.Key, "")
	req.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.settled()
	h.ask("GET", "/scores?metric=nps", "")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range []string{"log.append", "remember.apply", "history.apply"} {
		if _, ok := r.spans[name]; !ok {
			t.Errorf("no span %q among %v", name, r.spans)
		}
	}
	if r.spans["log.append"] == "" {
		t.Error("the append is not a part of its request")
	}
	root, ok := "", false
	for name, parent := range r.spans {
		if strings.Contains(name, "/v1/") {
			root, ok = parent, true
		}
	}
	if !ok || root != "\x00\xf0\x67\xaa\x0b\xa9\x02\xb7" {
		t.Errorf("the request is not a part of its caller's trace: %x of %v", root, r.spans)
	}
	if strings.Contains(strings.ToLower(string(r.text)), "secret") {
		t.Error("a span holds what somebody lived")
	}
}

// TestMetricsAreComplete asks /metrics, and holds it against the alert rules and
// the documentation: each metric that they name is there.
func TestMetricsAreComplete(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.send(`{"type":"track","event":"Paid","userId":"somebody-secret","messageId":"1"}`, `{"type":"track","userId":"u"}`)
	h.settled()
	ask := func(path, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.RemoteAddr = "127.0.0.1:1"
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		return w
	}
	ask("/api/v1/nowhere", "")
	said := ask("/metrics", "").Body.String()
	var names []string
	for _, line := range strings.Split(said, "\n") {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			names = append(names, strings.Fields(rest)[0])
		}
	}
	for _, line := range []string{
		`vivencia_intake_messages_total{outcome="accepted",way="v1/batch"} 1`, `vivencia_intake_messages_total{outcome="refused",way="v1/batch"} 1`,
		`vivencia_view_lag_events{view="history"} 0`, `vivencia_view_lag_seconds{view="remember"} 0`, `vivencia_quarantine_items 1`,
		`vivencia_errors_total{kind="not-found"}`, `vivencia_store_bytes{store="log"}`, `vivencia_backup_configured 0`,
		`vivencia_http_request_seconds_count{route="/api/",status="4xx"}`, `vivencia_status{part="disk"}`, `go_goroutines`,
	} {
		if !strings.Contains(said, line) {
			t.Errorf("no %s", line)
		}
	}
	if strings.Contains(said, "secret") {
		t.Error("a metric names somebody")
	}
	for _, file := range []string{"../../deploy/alerts.yaml", "../../docs/operations.md"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\b(vivencia|process|go)_[a-z_]+\b`).FindAllString(string(src), -1) {
			family := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum")
			if !slices.Contains(names, name) && !slices.Contains(names, family) {
				t.Errorf("%s names %s, which /metrics does not", file, name)
			}
		}
	}
}

// Nobody but an administrator's token sees profiles and the process's state.
func TestDebugIsForAdministrators(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	secret := func(role cx.Role) string {
		_, secret, err := h.Accounts.CreateToken(t.Context(), cx.System(), string(role), role, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	get := func(path string, with func(*http.Request)) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.RemoteAddr = "127.0.0.1:1"
		with(r)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		return w
	}
	paths := []string{"/debug/state", "/debug/pprof/", "/debug/pprof/goroutine?debug=1", "/debug/pprof/heap", "/debug/pprof/cmdline", "/debug/"}
	for _, path := range paths {
		if got := get(path, func(*http.Request) {}).Code; got != http.StatusUnauthorized {
			t.Errorf("%s answers nobody with %d", path, got)
		}
		for _, role := range cx.Roles() {
			if role == cx.Admin {
				continue
			}
			token := secret(role)
			if got := get(path, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }).Code; got != http.StatusForbidden {
				t.Errorf("%s answers a %s with %d", path, role, got)
			}
		}
	}
	admin := secret(cx.Admin)
	w := get("/debug/state", func(r *http.Request) { r.SetBasicAuth("any", admin) })
	var state struct {
		Goroutines int
		Settings   map[string]string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &state); err != nil || state.Goroutines == 0 || state.Settings["data"] == "" {
		t.Errorf("%d %s, %v", w.Code, w.Body, err)
	}
	if got := get("/debug/pprof/goroutine?debug=1", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+admin) }); got.Code != http.StatusOK {
		t.Errorf("profiles: %d", got.Code)
	}
}

// Every setting is documented, with its default and its variable.
func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	c := Defaults()
	for _, s := range c.Settings() {
		usage := strings.ReplaceAll(s.Usage, "`", "")
		value := s.String()
		if value != "" {
			value = "`" + value + "`"
		}
		if want := "| `" + s.Name + "` | " + value + " | `" + s.Env() + "` | " + usage + " |"; !strings.Contains(string(src), want) {
			t.Errorf("docs/operations.md lacks the line\n%s", want)
		}
	}
}

// The files of deploy/ are whole: rules say what to do, settings are settings,
// the container's health check asks what there is.
func TestDeployFilesAreWhole(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../../deploy/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.UnmarshalWithOptions(src, &rules, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if len(rules.Groups) != 1 || len(rules.Groups[0].Rules) < 10 {
		t.Fatalf("%+v", rules)
	}
	for _, r := range rules.Groups[0].Rules {
		if _, err := time.ParseDuration(r.For); err != nil || r.Alert == "" || r.Expr == "" || r.Annotations["summary"] == "" || r.Annotations["action"] == "" {
			t.Errorf("%+v: %v", r, err)
		}
		if s := r.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s has the severity %q", r.Alert, s)
		}
		if strings.Count(r.Expr, "(") != strings.Count(r.Expr, ")") || strings.Count(r.Expr, "{") != strings.Count(r.Expr, "}") {
			t.Errorf("%s: %s is not balanced", r.Alert, r.Expr)
		}
	}
	c, err := Load("../../deploy/vivencia.yaml", nil)
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		t.Error(err)
	}
}
