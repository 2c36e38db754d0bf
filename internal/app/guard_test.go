package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
)

// Whatever comes, nobody passes more often than the rate and the burst allow,
// and who waits as long as they are told passes.
func TestLimiterKeepsItsRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(1, 50).Draw(t, "rate")
		l := newLimiter(rate)
		now, passed := cx.Time(1), map[string]int{}
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			key := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key")
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "ms")) * time.Millisecond)
			wait := l.take(key, now)
			if wait > 0 {
				now = now.Add(wait)
				if more := l.take(key, now); more > 0 {
					t.Fatalf("told to wait %s, and then %s more", wait, more)
				}
			}
			passed[key]++
			if most := 2*float64(rate) + now.Sub(1).Seconds()*float64(rate) + .01; float64(passed[key]) > most {
				t.Fatalf("%d passed where %.1f may", passed[key], most)
			}
		}
	})
}

func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	l := newLimiter(1)
	for i := range 3 * maxBuckets {
		l.take(fmt.Sprint(i), 1)
	}
	if n := len(l.young) + len(l.old); n > maxBuckets {
		t.Errorf("%d buckets", n)
	}
	if none := newLimiter(0); none.take("a", 1) != 0 || len(none.young) != 0 {
		t.Error("no limit is one")
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"198.51.100.7": "198.51.100.7", "::ffff:198.51.100.7": "198.51.100.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64",
		"127.0.0.9": "here", "::1": "here", "fe80::1%eth0": "fe80::/64", "nonsense": "nonsense",
	} {
		got, local := network(address)
		if local {
			got = "here"
		}
		if got != want {
			t.Errorf("%s counts as %s, want %s", address, got, want)
		}
	}
}

// Keys and addresses that come too often are told when to come again; this
// machine's own address is not counted.
func TestTooOften(t *testing.T) {
	t.Parallel()
	_, address := listening(t, func(c *Config) { c.RatePerKey, c.RatePerAddress, c.ProxyHeader = 2, 3, "X-Real-Ip" }, usual)
	ask := func(path, key, from string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		if from != "" {
			r.Header.Set("X-Real-Ip", from)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	refused := func(n int, path, key, from string) (last *http.Response, refusals int) {
		for range n {
			if last = ask(path, key, from); last.StatusCode == http.StatusTooManyRequests {
				refusals++
			}
		}
		return last, refusals
	}
	for name, c := range map[string]struct{ path, key, from string }{
		"token":     {"/api/v1/totals", "one", ""},
		"write key": {"/v1/pixel/track", "two", ""},
		"in query":  {"/v1/pixel/track?writeKey=three", "", ""},
		"address":   {"/sign-in", "", "198.51.100.7"},
	} {
		last, n := refused(30, c.path, c.key, c.from)
		if n < 10 || last.StatusCode == http.StatusTooManyRequests && (last.Header.Get("Retry-After") != "1" || !strings.Contains(last.Header.Get("Content-Type"), "json")) {
			t.Errorf("%s: %d of 30 refused, at last %d %v", name, n, last.StatusCode, last.Header)
		}
	}
	if _, n := refused(30, "/healthz", "", ""); n > 0 {
		t.Errorf("this machine: %d of 30 refused", n)
	}
	if res := ask("/api/v1/totals", "another", "198.51.100.8"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("somebody else: %d", res.StatusCode)
	}
}

// TestEveryAnswerHasItsHeaders walks every address, and what is none, as nobody
// and as an administrator.
func TestEveryAnswerHasItsHeaders(t *testing.T) {
	t.Parallel()
	h := configured(t, func(c *Config) { c.URL = "https://cx.example.com" })
	admin := visitor{}
	_, admin.token, _ = h.Accounts.CreateToken(t.Context(), cx.System(), "admin", cx.Admin, nil, "")
	check := func(what string, w *recorder, want map[string]string) {
		for name, value := range want {
			if got := w.Header().Get(name); !strings.Contains(got, value) || got == "" {
				t.Errorf("%s (%d): %s is %q, want %q", what, w.Code, name, got, value)
			}
		}
	}
	every := map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Permissions-Policy": "microphone=()", "Cross-Origin-Opener-Policy": "same-origin",
		"Strict-Transport-Security": "max-age=", "Content-Security-Policy": "default-src 'none'", "Cache-Control": "",
	}
	ours, personal := map[string]string{"Cross-Origin-Resource-Policy": "same-origin"}, map[string]string{"Cache-Control": "no-store"}
	framed, blind := map[string]string{"Content-Security-Policy": "frame-ancestors 'none'"}, map[string]string{"Permissions-Policy": "camera=()"}
	// What a company's own site shows, the scripts of pages without a network, and
	// where an order's code is read.
	other := map[string][]map[string]string{
		"GET /v.js":            {{"Cache-Control": "public", "Cross-Origin-Resource-Policy": "cross-origin"}, framed},
		"GET /k/worker.js":     {{"Cache-Control": "no-cache"}, ours, framed},
		"GET /round/worker.js": {{"Cache-Control": "no-cache"}, ours, framed},
		"GET /round/{token}":   {{"Permissions-Policy": "camera=(self)"}, ours, personal, framed},
		"GET /w/{token}":       {{"Cross-Origin-Resource-Policy": "cross-origin"}, personal, {"Content-Security-Policy": "frame-ancestors"}},
		"POST /w/{token}":      {{"Cross-Origin-Resource-Policy": "cross-origin"}, personal, {"Content-Security-Policy": "frame-ancestors"}},
	}
	for _, a := range h.everyAccess() {
		wants, ok := other[a.pattern]
		if !ok {
			wants = []map[string]string{ours, personal, framed, blind}
		}
		for _, v := range []visitor{{}, admin} {
			w := h.askFor(v, a, nobodys)
			for _, want := range append(wants, every) {
				check(a.pattern, w, want)
			}
		}
	}
	for _, path := range []string{"/no-such-page", "/api/v1/none", "/v1/none", dist.URL("app.js")} {
		w := h.visit(visitor{}, http.MethodGet, path, "")
		check(path, w, every)
	}
	check("an asset", h.visit(visitor{}, http.MethodGet, dist.URL("app.js"), ""), map[string]string{"Cache-Control": "immutable"})
	event := h.request(http.MethodPost, "/v1/track", "{}", func(*http.Request) {})
	check("an event", event, every)
	check("an event", event, map[string]string{"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"})
	wrong := h.request("BREW", "/sign-in", "", func(*http.Request) {})
	check("a wrong method", wrong, every)
}

// Metrics are for this machine's own programs and for administrators.
func TestMetricsAreForOperators(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	ask := func(token, from string, headers ...string) int {
		return h.request(http.MethodGet, "/metrics", "", func(r *http.Request) {
			r.RemoteAddr = from
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			for _, name := range headers {
				r.Header.Set(name, "198.51.100.7")
			}
		}).Code
	}
	token := func(role cx.Role) string {
		_, secret, err := h.Accounts.CreateToken(t.Context(), cx.System(), string(role), role, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	const here, away = "127.0.0.1:5", "198.51.100.7:5"
	for what, c := range map[string]struct{ got, want int }{
		"here":                 {ask("", here), 200},
		"through a proxy here": {ask("", here, "X-Forwarded-For"), 401},
		"from elsewhere":       {ask("", away), 401},
		"an administrator":     {ask(token(cx.Admin), away), 200},
		"an analyst":           {ask(token(cx.Analyst), away), 403},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", what, c.got, c.want)
		}
	}
	h.Config.MetricsOpen = true
	if got := ask("", away); got != 200 {
		t.Errorf("when they are open: %d", got)
	}
}
