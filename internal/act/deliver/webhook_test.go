package deliver_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

// receiver is another company's program: it answers by path, and keeps what
// came.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	came []got
	more chan got
	do   map[string]http.HandlerFunc // by path; none: 204
}

type got struct {
	path, body string
	header     http.Header
}

func receive(t *testing.T, do map[string]http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{more: make(chan got, 1000), do: do}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		g := got{q.URL.Path, string(body), q.Header}
		r.mu.Lock()
		r.came = append(r.came, g)
		r.mu.Unlock()
		r.more <- g
		if fn := r.do[q.URL.Path]; fn != nil {
			fn(w, q)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) next(t *testing.T) got {
	t.Helper()
	select {
	case g := <-r.more:
		return g
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		return got{}
	}
}

func (r *receiver) count(path string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.came {
		if g.path == path {
			n++
		}
	}
	return n
}

// hooks is an outbox of webhooks.
type hooks struct {
	t     *testing.T
	db    *sqldb.DB
	clock *cxtest.Clock
	q     *jobs.Queue
	d     *deliver.Service
	gone  chan string
	live  bool // the clock goes on while one waits
}

func hooking(t *testing.T, db *sqldb.DB, out deliver.Outside, endpoints ...deliver.Endpoint) *hooks {
	t.Helper()
	h := &hooks{t: t, db: db, clock: cxtest.NewClock(), gone: make(chan string, 10)}
	var err error
	if h.q, err = jobs.Open(t.Context(), jobs.Config{DB: db, Clock: h.clock, Logger: slog.New(slog.DiscardHandler), Holder: "test"}); err != nil {
		t.Fatal(err)
	}
	if h.d, err = deliver.Open(t.Context(), deliver.Config{
		DB: db, Jobs: h.q, Log: &record{}, People: people{}, Outside: out, Endpoints: func() []deliver.Endpoint { return endpoints },
		Base: "https://cx.candil.example", Key: []byte("a key of the tests"), Clock: h.clock, Logger: slog.New(slog.DiscardHandler),
	}); err != nil {
		t.Fatal(err)
	}
	h.d.OnGone(func(_ context.Context, slug, _ string) error { h.gone <- slug; return nil })
	h.q.Start()
	t.Cleanup(func() { _ = h.q.Close(); _ = h.d.Close() })
	return h
}

// own lets the receiver on this machine be reached.
func own(r *receiver) deliver.Outside {
	return deliver.Outside{
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Trust: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw}), Time: 2 * time.Second,
	}
}

func (h *hooks) put(id, endpoint string) {
	h.t.Helper()
	if err := h.db.Write(h.t.Context(), func(tx *sqldb.Tx) error {
		return h.d.PutHook(h.t.Context(), tx, deliver.Hook{ID: id, Endpoint: endpoint, Type: "promise.broken", At: h.clock.Now(), Customer: "c_a", Data: json.RawMessage(`{"promise":"delivery-on-date"}`)})
	}); err != nil {
		h.t.Fatal(err)
	}
	h.q.Wake()
}

func (h *hooks) secret(endpoint string) string {
	h.t.Helper()
	secret, err := h.d.Rotate(h.t.Context(), cx.System(), endpoint)
	if err != nil {
		h.t.Fatal(err)
	}
	return secret
}

// until waits for a hook to be as told.
func (h *hooks) until(id string, is func(deliver.HookDelivery) bool) deliver.HookDelivery {
	h.t.Helper()
	var last deliver.HookDelivery
	for range 1000 {
		page, err := h.d.Hooks(h.t.Context(), cx.System(), deliver.HookQuery{ID: id})
		if err != nil || len(page.Hooks) != 1 {
			h.t.Fatal(page, err)
		}
		if last = page.Hooks[0]; is(last) {
			return last
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-h.t.Context().Done():
		}
		if h.live {
			h.clock.Advance(10 * time.Millisecond)
			h.q.Wake()
		}
	}
	h.t.Fatalf("it stays %+v", last)
	return last
}

func state(s deliver.HookState) func(deliver.HookDelivery) bool {
	return func(d deliver.HookDelivery) bool { return d.State == s }
}

func attempts(n int) func(deliver.HookDelivery) bool {
	return func(d deliver.HookDelivery) bool { return d.Attempts >= n }
}

// verify holds a request against the public library of Standard Webhooks.
func verify(t *testing.T, g got, secret string) error {
	t.Helper()
	public, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return public.VerifyIgnoringTimestamp([]byte(g.body), g.header)
}

func TestHooksAreSignedAsTheStandardSays(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		r := receive(t, nil)
		h := hooking(t, open(t), own(r), deliver.Endpoint{Slug: "erp", URL: r.URL + "/erp"})
		first := h.secret("erp")
		if !strings.HasPrefix(first, "whsec_") {
			t.Errorf("the secret is %q", first)
		}
		h.put("run-1", "erp")
		h.put("run-1", "erp") // the same again
		g := r.next(t)
		if err := verify(t, g, first); err != nil {
			t.Error(err)
		}
		if g.header.Get("webhook-id") != "run-1" || g.header.Get("webhook-timestamp") != strconv.FormatInt(h.clock.Now().Std().Unix(), 10) {
			t.Errorf("headers %v", g.header)
		}
		var body struct {
			Type      string
			Timestamp time.Time
			Data      map[string]string
		}
		if err := json.Unmarshal([]byte(g.body), &body); err != nil || body.Type != "promise.broken" || body.Data["promise"] != "delivery-on-date" || body.Timestamp.IsZero() {
			t.Errorf("body %s, %v", g.body, err)
		}
		d := h.until("run-1", state(deliver.HookSent))
		if d.Attempts != 1 || d.Status != http.StatusNoContent {
			t.Errorf("%+v", d)
		}

		// For a day the former secret verifies too, then only the new one.
		second := h.secret("erp")
		h.put("run-2", "erp")
		if g = r.next(t); verify(t, g, first) != nil || verify(t, g, second) != nil {
			t.Errorf("after rotating: former %v, new %v", verify(t, g, first), verify(t, g, second))
		}
		h.clock.Advance(25 * time.Hour)
		h.put("run-3", "erp")
		if g = r.next(t); verify(t, g, first) == nil || verify(t, g, second) != nil {
			t.Errorf("a day later: former %v, new %v", verify(t, g, first), verify(t, g, second))
		}

		// One by one and since a time they are sent again, under their ids.
		h.until("run-3", state(deliver.HookSent))
		if err := h.d.ReplayHook(t.Context(), cx.System(), "run-1"); err != nil {
			t.Fatal(err)
		}
		if g = r.next(t); g.header.Get("webhook-id") != "run-1" || verify(t, g, second) != nil {
			t.Errorf("replayed %v", g.header)
		}
		h.until("run-1", state(deliver.HookSent))
		if n, err := h.d.ReplaySince(t.Context(), cx.System(), "erp", h.clock.Now()); err != nil || n != 1 {
			t.Errorf("replayed %d, %v", n, err)
		}
		if g = r.next(t); g.header.Get("webhook-id") != "run-3" {
			t.Errorf("replayed %v", g.header)
		}
		if err := h.d.ReplayHook(t.Context(), cx.System(), "none"); cx.KindOf(err) != cx.NotFound {
			t.Error(err)
		}
		if err := h.d.ReplayHook(t.Context(), cx.Principal{ID: "person:1", Role: cx.Lead}, "run-1"); cx.KindOf(err) != cx.Forbidden {
			t.Error(err)
		}
		// Whoever is forgotten is in no hook.
		h.until("run-3", state(deliver.HookSent))
		if n, err := h.d.Erase(t.Context(), cx.Subject{Customer: "c_b"}); err != nil || n != 3 {
			t.Errorf("erased %d, %v", n, err)
		}
	})
}

// The schedule is the one that the standard recommends; when all of it has
// failed, the hook waits for a person.
func TestHooksThatFailAreTriedOnSchedule(t *testing.T) {
	t.Parallel()
	var broken sync.Map
	broken.Store("is", true)
	r := receive(t, map[string]http.HandlerFunc{"/erp": func(w http.ResponseWriter, _ *http.Request) {
		if is, _ := broken.Load("is"); is == true {
			http.Error(w, "no", http.StatusInternalServerError)
		}
	}})
	h := hooking(t, lite(t), own(r), deliver.Endpoint{Slug: "erp", URL: r.URL + "/erp"})
	secret := h.secret("erp")
	h.put("run", "erp")
	for i, wait := range []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour} {
		d := h.until("run", attempts(i+1))
		if d.State != deliver.HookWaiting || d.Status != http.StatusInternalServerError {
			t.Fatalf("after try %d: %+v", i+1, d)
		}
		if next := cx.TimeOf(d.Next).Sub(h.clock.Now()); next < wait || next > wait+wait/10+time.Second {
			t.Errorf("after try %d it waits %v, want about %v", i+1, next, wait)
		}
		h.clock.Advance(wait + wait/10 + time.Second)
		h.q.Wake()
	}
	d := h.until("run", state(deliver.HookFailed))
	if d.Attempts != 10 || r.count("/erp") != 10 {
		t.Errorf("%d attempts, %d requests", d.Attempts, r.count("/erp"))
	}
	broken.Store("is", false)
	if err := h.d.ReplayHook(t.Context(), cx.System(), "run"); err != nil {
		t.Fatal(err)
	}
	h.until("run", state(deliver.HookSent))
	if err := verify(t, r.came[len(r.came)-1], secret); err != nil {
		t.Error(err)
	}
}

// What is put in while the endpoint has no secret waits for it, and an endpoint
// that the model lost ends what waits for it.
func TestAnEndpointWithoutASecretGetsNothing(t *testing.T) {
	t.Parallel()
	r := receive(t, nil)
	h := hooking(t, lite(t), own(r), deliver.Endpoint{Slug: "erp", URL: r.URL + "/erp"})
	h.put("run", "erp")
	h.put("lost", "crm")
	h.until("lost", state(deliver.HookFailed))
	if n := r.count("/erp"); n != 0 {
		t.Errorf("%d requests", n)
	}
	h.secret("erp")
	h.until("run", state(deliver.HookSent))
}

func TestAnEndpointThatAnswers410IsSwitchedOff(t *testing.T) {
	t.Parallel()
	r := receive(t, map[string]http.HandlerFunc{"/erp": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }})
	h := hooking(t, lite(t), own(r), deliver.Endpoint{Slug: "erp", URL: r.URL + "/erp"})
	h.secret("erp")
	h.put("one", "erp")
	if slug := <-h.gone; slug != "erp" {
		t.Errorf("told of %q", slug)
	}
	h.until("one", state(deliver.HookFailed))
	h.put("two", "erp")
	if d := h.until("two", state(deliver.HookFailed)); !strings.Contains(d.Error, "410") {
		t.Errorf("%+v", d)
	}
	if n := r.count("/erp"); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
	all, err := h.d.Endpoints(t.Context(), cx.System())
	if err != nil || len(all) != 1 || all[0].DisabledAt == 0 || all[0].Failed != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	r.do["/erp"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
	if err := h.d.Enable(t.Context(), cx.System(), "erp"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.d.ReplaySince(t.Context(), cx.System(), "erp", 0); err != nil {
		t.Fatal(err)
	}
	h.until("one", state(deliver.HookSent))
	h.until("two", state(deliver.HookSent))
}

// One that hangs, one that redirects to where nobody should go, and one that
// answers without end hold up no other.
func TestBadEndpointsHoldUpNoOther(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	var r *receiver
	r = receive(t, map[string]http.HandlerFunc{
		"/hang":     func(_ http.ResponseWriter, q *http.Request) { <-hang },
		"/redirect": func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, r.URL+"/secret", http.StatusFound) },
		"/endless": func(w http.ResponseWriter, q *http.Request) {
			for q.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		},
	})
	defer close(hang)
	var endpoints []deliver.Endpoint
	for _, slug := range []string{"hang", "redirect", "endless", "good"} {
		endpoints = append(endpoints, deliver.Endpoint{Slug: slug, URL: r.URL + "/" + slug})
	}
	h := hooking(t, lite(t), own(r), endpoints...)
	h.live = true
	for _, e := range endpoints {
		h.secret(e.Slug)
	}
	for i := range 60 {
		h.put(fmt.Sprint("hang-", i), "hang")
	}
	h.put("redirect", "redirect")
	h.put("endless", "endless")
	for i := range 20 {
		h.put(fmt.Sprint("good-", i), "good")
	}
	for i := range 20 {
		h.until(fmt.Sprint("good-", i), state(deliver.HookSent))
	}
	if d := h.until("hang-59", attempts(0)); d.Attempts > 0 {
		t.Error("the good endpoint waited until all that hangs was tried")
	}
	if d := h.until("redirect", attempts(1)); d.State != deliver.HookWaiting || !strings.Contains(d.Error, "redirect") {
		t.Errorf("%+v", d)
	}
	h.until("endless", state(deliver.HookSent)) // it answered 200; what it said was not wanted
	d := h.until("hang-0", attempts(1))
	if d.Error != "it did not answer in time" {
		t.Errorf("%+v", d)
	}
	if n := r.count("/secret"); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
	all, err := h.d.Endpoints(t.Context(), cx.System())
	if err != nil || all[0].Down == 0 || all[3].Down != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// Nobody makes us reach what is not public by naming it, whatever they call it.
func TestNothingInsideIsReached(t *testing.T) {
	t.Parallel()
	r := receive(t, nil)
	port := r.URL[strings.LastIndex(r.URL, ":"):]
	var endpoints []deliver.Endpoint
	for i, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254",
		"100.64.0.1", "224.0.0.1", "255.255.255.255", "[fe80::1]", "[fd00::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "2130706433", "0x7f.1",
	} {
		endpoints = append(endpoints, deliver.Endpoint{Slug: "e" + strconv.Itoa(i), URL: "https://" + host + port + "/in"})
	}
	endpoints = append(endpoints, deliver.Endpoint{Slug: "file", URL: "file:///etc/passwd"})
	h := hooking(t, lite(t), deliver.Outside{Time: 2 * time.Second}, endpoints...)
	for _, e := range endpoints {
		h.secret(e.Slug)
		h.put(e.Slug, e.Slug)
	}
	for _, e := range endpoints {
		if d := h.until(e.Slug, attempts(1)); d.State == deliver.HookSent || d.Status != 0 {
			t.Errorf("%s was reached: %+v", e.URL, d)
		}
	}
	if n := r.count("/in"); n != 0 {
		t.Errorf("%d requests came", n)
	}
}
