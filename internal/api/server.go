package api

import (
	"context"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// handler answers a request: with a value to be written as JSON, with a reply
// for other statuses, with nil for 204, or with an error.
type handler func(q *request) (any, error)

// reply is an answer that is not 200.
type reply struct {
	status   int
	location string
	body     any
}

type server struct {
	Config
	mux      *http.ServeMux
	requests *prometheus.HistogramVec
}

func newServer(c Config) *server {
	s := &server{
		Config: c,
		mux:    http.NewServeMux(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vivencia_api_request_seconds", Help: "How long requests to the API took, by route and status.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"}),
	}
	c.Metrics.MustRegister(s.requests)
	for _, r := range s.routes() {
		pattern := r.method + " " + r.path
		if r.raw != nil {
			s.mux.HandleFunc(pattern, r.raw)
			continue
		}
		s.mux.Handle(pattern, s.endpoint(pattern, r))
	}
	return s
}

// ServeHTTP answers what no route does with a problem too.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	probe := &probe{header: http.Header{}}
	h.ServeHTTP(probe, r)
	switch probe.status {
	case http.StatusMethodNotAllowed:
		allow := probe.header.Get("Allow")
		w.Header().Set("Allow", allow)
		writeProblem(w, problem{Status: probe.status, Kind: "method-not-allowed", Detail: r.Method + " is not possible here; use " + allow})
	case http.StatusNotFound:
		writeProblem(w, problem{Status: probe.status, Kind: cx.NotFound.String(), Detail: "there is nothing at this address; /openapi.yaml lists what there is"})
	default: // a redirect to the path without // or ..
		h.ServeHTTP(w, r)
	}
}

// probe keeps the status that the mux would answer.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
func (p *probe) WriteHeader(status int)      { p.status = status }

// endpoint wraps a route's handler: who asks, what they may, the answer, and
// how long it took.
func (s *server) endpoint(pattern string, r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		started := s.Clock.Now()
		status := http.StatusInternalServerError
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler { //nolint:errorlint // a panic's value, as net/http compares it
					panic(v)
				}
				s.Logger.Error("a handler panicked", "route", pattern, "stack", string(debug.Stack()))
				writeProblem(w, problemOf(cx.Errorf(cx.Internal, "api", "panic")))
			}
			s.requests.WithLabelValues(pattern, strconv.Itoa(status)).Observe(s.Clock.Now().Sub(started).Seconds())
		}()
		body, err := s.answer(w, req, r)
		if err != nil {
			p := problemOf(err)
			if status = p.Status; status >= http.StatusInternalServerError {
				s.Logger.Error("a request could not be answered", "route", pattern, "status", status, "error", err)
			}
			writeProblem(w, p)
			return
		}
		status = writeAnswer(w, body)
	})
}

func (s *server) answer(w http.ResponseWriter, req *http.Request, r route) (any, error) {
	w.Header().Set("Cache-Control", "no-store")
	p, err := s.principal(req)
	if err != nil {
		return nil, err
	}
	if err := account.Check(p, r.action); err != nil {
		return nil, err
	}
	q := &request{Request: req, w: w, principal: p, query: req.URL.Query()}
	body, err := r.handle(q)
	return body, s.gone(q, err)
}

// principal tells who asks: who WithPrincipal says, else the token's.
func (s *server) principal(r *http.Request) (cx.Principal, error) {
	const op = "api.principal"
	if p, ok := r.Context().Value(principalKey{}).(cx.Principal); ok {
		return p, nil
	}
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return cx.Principal{}, cx.Errorf(cx.Unauthorized, op, "send an API token: Authorization: Bearer TOKEN; `vivencia token create` makes one")
	}
	p, err := s.Accounts.PrincipalByToken(r.Context(), strings.TrimSpace(secret))
	return p, cx.Wrap(op, err)
}

// How long a write waits until it can be read.
const (
	readYourWrites = 10 * time.Second
	pollEvery      = 10 * time.Millisecond
)

// settle waits until every view has applied seq, so that who wrote reads it.
// What takes too long is not waited for: the write is durable.
func (s *server) settle(ctx context.Context, seq cx.Seq) {
	ctx, cancel := context.WithTimeout(ctx, readYourWrites)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		applied, _, err := s.Applied(ctx)
		if err != nil || applied >= seq {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// settleAll waits for everything that is in the log now.
func (s *server) settleAll(ctx context.Context) {
	if _, last, err := s.Applied(ctx); err == nil {
		s.settle(ctx, last)
	}
}

// record puts on record what somebody did. What was done is done: when the note
// fails, that is logged.
func (s *server) record(q *request, action, object string) {
	if err := s.Accounts.Record(q.Context(), q.principal, action, object); err != nil {
		s.Logger.Error("an action could not be put on record", "action", action, "error", err)
	}
}

// seen puts on record that somebody looked at a customer, once an hour.
func (s *server) seen(q *request, id cx.CustomerID) {
	if err := s.Accounts.RecordHourly(q.Context(), q.principal, "customer.seen", "customer:"+string(id)); err != nil {
		s.Logger.Error("what somebody saw could not be put on record", "error", err)
	}
}
