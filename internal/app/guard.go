package app

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivencia-cx/vivencia/internal/web"
)

// patience is how long others may take: over a request's headers, over its body
// (but an import's, which may take as long as it likes, as long as it comes; see
// api), and over each stretch of an answer.
type patience struct{ headers, body, answer time.Duration }

var usual = patience{headers: 10 * time.Second, body: time.Minute, answer: time.Minute}

// guard stands before everything that is served over TCP: it sets the headers
// of every answer, limits how often a key and an address may come, and cuts off
// who sends or takes too slowly.
func (a *App) guard(next http.Handler) http.Handler {
	byKey, byAddress := newLimiter(a.Config.RatePerKey), newLimiter(a.Config.RatePerAddress)
	limited := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vivencia_limited_requests_total", Help: "Requests refused because their key or address came too often.",
	}, []string{"by"})
	a.metrics.MustRegister(limited)
	secure := a.overTLS()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		web.Secure(h, secure)
		h.Set("Cache-Control", "no-store")
		if by, wait := a.limit(r, byKey, byAddress); wait > 0 {
			limited.WithLabelValues(by).Inc()
			if pages := a.aloneAt(r.URL.Path); pages != nil {
				pages.Busy(w, r)
			} else {
				tooOften(w, r, wait)
			}
			return
		}
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
			h.Set("Cross-Origin-Resource-Policy", "cross-origin") // any page may send
		}
		if strings.HasPrefix(r.URL.Path, "/v1/") { // it has its own patience, and answers in a few bytes
			next.ServeHTTP(w, r)
			return
		}
		s := &slow{w, http.NewResponseController(w), a.patience.answer}
		s.extend()
		if r.ContentLength != 0 {
			_ = s.c.SetReadDeadline(time.Now().Add(a.patience.body))
			r.Body = &slowBody{r.Body, s.c}
		}
		next.ServeHTTP(s, r)
	})
}

// overTLS tells whether people come over TLS, even when a proxy ends it.
func (a *App) overTLS() bool { return strings.HasPrefix(a.Config.URL, "https://") }

// limit counts a request by its write key or token and by its address, and
// tells which of them must wait. This machine's own address stands for a proxy
// or for the operator, and is not limited.
func (a *App) limit(r *http.Request, byKey, byAddress *limiter) (by string, wait time.Duration) {
	now := a.clock.Now()
	if address, local := network(a.caller(r)); !local {
		if wait = byAddress.take(address, now); wait > 0 {
			return "address", wait
		}
	}
	key, _, ok := r.BasicAuth()
	if !ok {
		if key = r.Header.Get("Authorization"); key == "" && strings.HasPrefix(r.URL.Path, "/v1/") && r.URL.RawQuery != "" {
			key = r.URL.Query().Get("writeKey")
		}
	}
	if key != "" {
		wait = byKey.take(key, now)
	}
	return "key", wait
}

// tooOften answers who must wait, as the way they came in answers.
func tooOften(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	seconds := int(math.Ceil(wait.Seconds()))
	message := fmt.Sprintf("too many requests: send it again in %d s, or send more in one", seconds)
	h := w.Header()
	h.Set("Retry-After", strconv.Itoa(seconds))
	h.Set("Content-Type", "application/problem+json")
	body := map[string]any{"type": "about:blank", "title": "Too Many Requests", "status": http.StatusTooManyRequests, "kind": "busy", "detail": message}
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		h.Set("Content-Type", "application/json")
		h.Set("Access-Control-Allow-Origin", "*") // as collect: a page's script reads why
		body = map[string]any{"success": false, "message": message}
	}
	w.WriteHeader(http.StatusTooManyRequests)
	_ = json.NewEncoder(w).Encode(body) // who asked may have left
}

// slow gives each stretch of an answer its time to be taken. A stream sets its
// own through the controller.
type slow struct {
	http.ResponseWriter
	c     *http.ResponseController
	limit time.Duration
}

func (s *slow) extend() { _ = s.c.SetWriteDeadline(time.Now().Add(s.limit)) } // a recorder has none

// WriteHeader implements http.ResponseWriter.
func (s *slow) WriteHeader(status int) {
	s.extend()
	s.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (s *slow) Write(b []byte) (int, error) {
	s.extend()
	return s.ResponseWriter.Write(b)
}

// Flush implements http.Flusher.
func (s *slow) Flush() { _ = s.c.Flush() }

// Unwrap lets a controller reach the connection.
func (s *slow) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// slowBody takes the deadline off once the body has come: what is done with it
// may take longer.
type slowBody struct {
	io.ReadCloser
	c *http.ResponseController
}

// Read implements io.Reader.
func (b *slowBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { //nolint:errorlint // as readers return it
		_ = b.c.SetReadDeadline(time.Time{})
	}
	return n, err
}
