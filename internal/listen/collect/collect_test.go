package collect_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/collect"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/mention"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type house struct {
	log        *stream.Log
	quarantine *quarantine.Queue
	handler    http.Handler
	observed   []string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	q, err := quarantine.Open(t.Context(), log, quarantine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{log: log, quarantine: q}
	h.handler = handler(intake.New(log, q, cxtest.NewClock(), logger), func(way string, status, accepted, refused int) {
		h.observed = append(h.observed, fmt.Sprint(way, " ", status, " ", accepted, " ", refused))
	})
	return h
}

// nobody knows whose an object is.
type nobody struct{}

func (nobody) Owner(context.Context, model.ObjectRef) (userID, anonymousID string, err error) {
	return "", "", nil
}

func handler(in collect.Intake, observe func(string, int, int, int)) http.Handler {
	return collect.Handler(collect.Config{
		Intake:   in,
		Mentions: mention.New(in, nobody{}, cxtest.NewClock()),
		Source: func(_ context.Context, key string) (string, error) {
			if key == "key" {
				return "web", nil
			}
			return "", cx.Errorf(cx.Unauthorized, "test", "the write key is unknown")
		},
		Clock: cxtest.NewClock(), Logger: slog.New(slog.DiscardHandler), Observe: observe,
	})
}

// events returns what is in the log after a seq, an event a line.
func (h *house) events(t testing.TB, after cx.Seq) (out []string) {
	t.Helper()
	err := h.log.Read(t.Context(), after, func(b stream.Batch) error {
		for _, e := range b.Events {
			out = append(out, fmt.Sprintf("%s|%s|%s|%s%s|%s", e.Source, e.Kind, e.Name, e.UserID, e.AnonymousID, e.MessageID))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// aside returns how many messages are in quarantine.
func (h *house) aside(t testing.TB) int {
	t.Helper()
	n, err := h.quarantine.Len(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// request makes a request with the write key in its header; headers are pairs.
func request(method, path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.SetBasicAuth("key", "")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func serve(h http.Handler, r *http.Request) (status int, body string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

const ok = `{"success":true,"accepted":1,"refused":[]}` + "\n"

func TestCallsAreTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const who = `"userId":"u-1","messageId":"m"`
	for _, c := range []struct {
		name, path, body string
		headers          []string
		want             string // in the log
	}{
		{"identify", "/v1/identify", `{` + who + `,"traits":{}}`, nil, "web|identify|Identify|u-1|m"},
		{"track", "/v1/track", `{` + who + `,"event":"Bought"}`, nil, "web|track|Bought|u-1|m"},
		{"page", "/v1/page", `{` + who + `,"name":"Home"}`, nil, "web|page|Home|u-1|m"},
		{"screen", "/v1/screen", `{` + who + `}`, nil, "web|screen|Screen|u-1|m"},
		{"group", "/v1/group", `{` + who + `,"groupId":"g"}`, nil, "web|group|Group|u-1|m"},
		{"alias", "/v1/alias", `{` + who + `,"previousId":"a"}`, nil, "web|alias|Alias|u-1|m"},
		{"short i", "/v1/i", `{` + who + `}`, nil, "web|identify|Identify|u-1|m"},
		{"short t as text", "/v1/t", `{` + who + `,"event":"Bought"}`, []string{"Content-Type", "text/plain"}, "web|track|Bought|u-1|m"},
		{"short p", "/v1/p", `{` + who + `}`, nil, "web|page|Page|u-1|m"},
		{"short s", "/v1/s", `{` + who + `}`, nil, "web|screen|Screen|u-1|m"},
		{"short g", "/v1/g", `{` + who + `,"groupId":"g"}`, nil, "web|group|Group|u-1|m"},
		{"short a", "/v1/a", `{` + who + `,"previousId":"a"}`, nil, "web|alias|Alias|u-1|m"},
		{"batch", "/v1/batch", `{"batch":[{"type":"page",` + who + `}],"sentAt":"2026-03-02T09:00:00Z","context":null}`, nil, "web|page|Page|u-1|m"},
		{"short b, zipped", "/v1/b", zipped(`{"batch":[{"type":"page",` + who + `}]}`), []string{"Content-Encoding", "gzip"}, "web|page|Page|u-1|m"},
		{"answer", "/v1/answer", `{` + who + `,"survey":"csat","answers":[{"metric":"csat","scale":"1-5","value":4}]}`, nil, "web|answer|csat|u-1|m"},
		{"one circumstance", "/v1/circumstances", `{"kind":"strike","messageId":"m","supplier":"rayo","from":"2026-03-02T09:00:00Z"}`, nil, "web|circumstance|strike||m"},
		{"circumstances", "/v1/circumstances", ` {"circumstances": [{"kind":"strike","messageId":"m","supplier":"rayo","from":"2026-03-02T09:00:00Z"}]}`, nil, "web|circumstance|strike||m"},
		{"array of circumstances", "/v1/circumstances", ` [{"kind":"strike","messageId":"m","supplier":"rayo","from":"2026-03-02T09:00:00Z"}]`, nil, "web|circumstance|strike||m"},
		{"key in the body", "/v1/track", `{` + who + `,"event":"Bought","writeKey":"key"}`, []string{"Authorization", ""}, "web|track|Bought|u-1|m"},
		{"key in the batch", "/v1/batch", `{"batch":[{"type":"page",` + who + `}],"writeKey":"key"}`, []string{"Authorization", ""}, "web|page|Page|u-1|m"},
		{"key in the circumstances", "/v1/circumstances", `{"writeKey":"key","circumstances":[{"kind":"strike","messageId":"m","supplier":"rayo","from":"2026-03-02T09:00:00Z"}]}`, []string{"Authorization", ""}, "web|circumstance|strike||m"},
		{"key as a token", "/v1/page", `{` + who + `}`, []string{"Authorization", "Bearer key"}, "web|page|Page|u-1|m"},
		{"key in the address", "/v1/page?writeKey=key", `{` + who + `}`, []string{"Authorization", ""}, "web|page|Page|u-1|m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := h.log.LastSeq()
			status, body := serve(h.handler, request("POST", c.path, c.body, c.headers...))
			if status != 200 || body != ok {
				t.Errorf("%d %s", status, body)
			}
			if diff := cmp.Diff([]string{c.want}, h.events(t, before)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnswersSayWhatWasRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const nobody = "userId: is missing, and so is anonymousId: send one of them, so that it is known who lived this"
	for _, c := range []struct {
		name, path, body string
		headers          []string
		status           int
		want             string
		set              int // aside
	}{
		{
			"good and bad", "/v1/batch", "{\"batch\":[{\"type\":\"page\",\"userId\":\"u\"},{\"type\":\"page\",\"messageId\":\"m-1\"},\"x\",{\"a\":\"\xff\"}]}", nil, 200,
			`{"success":true,"accepted":1,"refused":[{"index":1,"messageId":"m-1","reason":"` + nobody + `"},{"index":2,"messageId":"","reason":"the message must be a JSON object"},{"index":3,"messageId":"","reason":"the message is not UTF-8: send text as UTF-8"}]}`, 3,
		},
		{"all bad", "/v1/page", `{}`, nil, 400, `{"success":false,"accepted":0,"refused":[{"index":0,"messageId":"","reason":"` + nobody + `"}]}`, 1},
		{"cut short", "/v1/batch", `{"batch":[{"type":"page","userId":"u"},{`, nil, 400, `{"success":false,"accepted":0,"refused":[{"index":0,"messageId":"","reason":"the message is JSON cut short: send the whole object"}]}`, 1},
		{"circumstances cut short", "/v1/circumstances", `[{"kind":"strike"},{`, nil, 400, `{"success":false,"accepted":0,"refused":[{"index":0,"messageId":"","reason":"the message must be a JSON object"}]}`, 1},
		{"empty batch", "/v1/batch", `{"batch":[]}`, nil, 200, `{"success":true,"accepted":0,"refused":[]}`, 0},
		{"no batch", "/v1/batch", `{"type":"page"}`, nil, 400, `{"success":false,"message":"\"batch\" is missing: send {\"batch\":[{\"type\":\"track\",…},…]}"}`, 0},
		{"bad sentAt", "/v1/batch", `{"batch":[],"sentAt":1}`, nil, 400, `{"success":false,"message":"sentAt must be the time at which the batch was sent, such as 2026-03-02T09:00:00.000Z; or leave it out"}`, 0},
		{"no key", "/v1/page", `{}`, []string{"Authorization", ""}, 401, `{"success":false,"message":"the write key is missing: send it as the user name of Basic authentication, or as writeKey in the body"}`, 0},
		{"unknown key", "/v1/page", `{}`, []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("other:"))}, 401, `{"success":false,"message":"the write key is unknown"}`, 0},
		{"unknown key in the body", "/v1/page", `{"writeKey":"other"}`, []string{"Authorization", ""}, 401, `{"success":false,"message":"the write key is unknown"}`, 0},
		{"too large", "/v1/page", strings.Repeat(" ", intake.MaxBatchBytes+1), nil, 413, `{"success":false,"message":"the request is larger than 500 KB: send fewer messages at once"}`, 0},
		{"zip bomb", "/v1/page", zipped(strings.Repeat(" ", 16<<20)), []string{"Content-Encoding", "gzip"}, 413, `{"success":false,"message":"the request is larger than 500 KB: send fewer messages at once"}`, 0},
		{"too many", "/v1/batch", `{"batch":[` + strings.Repeat("1,", intake.MaxBatchMessages) + `1]}`, nil, 413, `{"success":false,"message":"the batch has 2501 messages: send at most 2500 at once"}`, 0},
		{"no gzip", "/v1/page", `{}`, []string{"Content-Encoding", "gzip"}, 400, `{"success":false,"message":"the body is not gzip, though Content-Encoding says so: send it as it is, or as gzip"}`, 0},
		{"half a gzip", "/v1/page", zipped(`{}`)[:20], []string{"Content-Encoding", "gzip"}, 400, `{"success":false,"message":"the body ended early or is no good gzip: send it again"}`, 0},
		{"brotli", "/v1/page", `{}`, []string{"Content-Encoding", "br"}, 400, `{"success":false,"message":"the body is packed in a way that is not known here: send it as it is, or as gzip"}`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := h.aside(t)
			status, body := serve(h.handler, request("POST", c.path, c.body, c.headers...))
			if status != c.status {
				t.Errorf("status = %d, want %d", status, c.status)
			}
			if diff := cmp.Diff(c.want+"\n", body); diff != "" {
				t.Error(diff)
			}
			if !json.Valid([]byte(body)) {
				t.Errorf("no JSON: %s", body)
			}
			if n := h.aside(t) - before; n != c.set {
				t.Errorf("%d set aside, want %d", n, c.set)
			}
		})
	}
}

type refuser struct{ kind cx.ErrorKind }

func (r refuser) Accept(context.Context, intake.Batch) (intake.Receipt, error) {
	return intake.Receipt{}, cx.Errorf(r.kind, "test", "not now")
}

func TestLogTroubleIsToldToTheClient(t *testing.T) {
	t.Parallel()
	for kind, want := range map[cx.ErrorKind]struct {
		status     int
		retryAfter string
	}{cx.Busy: {429, "1"}, cx.Unavailable: {503, "5"}, cx.Full: {507, ""}, cx.TooLarge: {413, ""}, cx.Internal: {500, ""}} {
		w := httptest.NewRecorder()
		handler(refuser{kind}, nil).ServeHTTP(w, request("POST", "/v1/page", `{}`))
		if got := w.Header().Get("Retry-After"); w.Code != want.status || got != want.retryAfter {
			t.Errorf("%s: %d, Retry-After %q", kind, w.Code, got)
		}
		if kind == cx.Internal && strings.Contains(w.Body.String(), "not now") {
			t.Errorf("an internal error's text is shown: %s", w.Body)
		}
	}
}

func TestBrowsersOfAnyOriginMaySend(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, request("OPTIONS", "/v1/t", "", "Origin", "https://candil.example",
		"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,x-retry-count"))
	want := map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
		"Access-Control-Allow-Headers": "authorization,x-retry-count", "Access-Control-Max-Age": "86400",
	}
	for name, value := range want {
		if got := w.Header().Get(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
	if w.Code != 204 {
		t.Errorf("status = %d", w.Code)
	}
	w = httptest.NewRecorder()
	h.handler.ServeHTTP(w, request("POST", "/v1/t", `{}`))
	if w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Error("an answer cannot be read from another origin")
	}
}

func TestSettingsOfTheBrowserClient(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := request("GET", "http://candil.example:8080/v1/projects/key/settings", "", "Authorization", "")
	status, body := serve(h.handler, r)
	var got struct {
		Integrations map[string]map[string]any
		Metrics      map[string]any
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 {
		t.Fatal(status, err, body)
	}
	segment := got.Integrations["Segment.io"]
	if segment["apiKey"] != "key" || segment["apiHost"] != "candil.example:8080/v1" || segment["protocol"] != "http" ||
		len(got.Integrations) != 1 || got.Metrics["sampleRate"] != 0.0 {
		t.Errorf("settings = %s", body)
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	if _, body = serve(h.handler, r); !strings.Contains(body, `"protocol":"https"`) {
		t.Errorf("behind a proxy: %s", body)
	}
	if status, _ := serve(h.handler, request("GET", "/v1/projects/other/settings", "")); status != 401 {
		t.Errorf("status of an unknown key = %d", status)
	}
}

func TestPixel(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const message = `{"writeKey":"key","userId":"u?>","messageId":"m","event":"Mail Opened"}`
	for i, data := range []string{
		base64.StdEncoding.EncodeToString([]byte(message)), base64.URLEncoding.EncodeToString([]byte(message)), base64.RawURLEncoding.EncodeToString([]byte(message)),
	} {
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, request("GET", "/v1/pixel/track?data="+data, "", "Authorization", ""))
		if w.Code != 200 || w.Header().Get("Content-Type") != "image/gif" || !strings.HasPrefix(w.Body.String(), "GIF89a") {
			t.Errorf("%d %s", w.Code, w.Header())
		}
		if got := h.events(t, 0); len(got) != i+1 || got[i] != "web|track|Mail Opened|u?>|m" {
			t.Errorf("events = %q", got)
		}
	}
	if status, _ := serve(h.handler, request("GET", "/v1/pixel/track?data=!", "")); status != 400 {
		t.Errorf("status = %d", status)
	}
}

func TestRequestsAreObserved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	serve(h.handler, request("POST", "/v1/b", `{"batch":[{"type":"page","userId":"u"},1]}`))
	serve(h.handler, request("POST", "/v1/t", `{}`, "Authorization", ""))
	if diff := cmp.Diff([]string{"v1/batch 200 1 1", "v1/track 401 0 0"}, h.observed); diff != "" {
		t.Error(diff)
	}
}

func FuzzRequest(f *testing.F) {
	for _, path := range []string{"/v1/track", "/v1/batch", "/v1/circumstances", "/v1/cloudevents"} {
		f.Add(path, "application/cloudevents+json", []byte(`{"batch":[{}, 1],"circumstances":[{}],"specversion":"1.0","data":{"userId":1}}`))
		f.Add(path, "application/cloudevents-batch+json", []byte(` [{"data":null,"id":"\ud800"},{`))
		f.Add(path, "", []byte(`{"writeKey":"key","a":`))
	}
	h := handler(counter{}, nil)
	f.Fuzz(func(t *testing.T, path, contentType string, body []byte) {
		switch path {
		case "/v1/track", "/v1/batch", "/v1/circumstances", "/v1/cloudevents":
		default:
			return
		}
		status, answer := serve(h, request("POST", path, string(body), "Content-Type", contentType))
		if status >= 500 || !json.Valid([]byte(answer)) {
			t.Errorf("%d %s", status, answer)
		}
	})
}

// counter accepts what intake.Decode accepts.
type counter struct{}

func (counter) Accept(_ context.Context, b intake.Batch) (r intake.Receipt, err error) {
	for i, m := range b.Messages {
		if _, err := intake.Decode(m, intake.Defaults{Source: b.Source, Context: b.Context, Kind: b.Kind}); err != nil {
			r.Refused = append(r.Refused, intake.Refusal{Index: i, Reason: cx.MessageOf(err)})
			continue
		}
		r.Accepted++
	}
	return r, nil
}

func benchmark(b *testing.B, path, body string, each int) {
	h := newHouse(b)
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if status, answer := serve(h.handler, request("POST", path, body)); status != 200 {
				b.Error(answer)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N*each)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkSingle(b *testing.B) {
	benchmark(b, "/v1/track", message(1), 1)
}

func BenchmarkBatch(b *testing.B) {
	all := make([]string, 100)
	for i := range all {
		all[i] = message(i)
	}
	benchmark(b, "/v1/batch", `{"batch":[`+strings.Join(all, ",")+`],"sentAt":"2026-03-02T09:00:00Z"}`, len(all))
}

func message(i int) string {
	return fmt.Sprintf(`{"type":"track","event":"Product Viewed","userId":"customer-%d","messageId":"m-%d","timestamp":"2026-03-02T08:59:59.120Z","properties":{"text":%q}}`, i, i, strings.Repeat("leer es vivir ", 50))
}

// A client that sends all of a request that is too large before it reads
// anything gets the answer, not a broken connection.
func TestTooLargeIsAnsweredToWhoSendsFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	server := httptest.NewServer(h.handler)
	defer server.Close()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const size = 10 << 20
	req := fmt.Sprintf("POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\nContent-Length: %d\r\n\r\n", size)
	if _, err := conn.Write(append([]byte(req), bytes.Repeat([]byte{' '}, size)...)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", res.StatusCode)
	}
}

// A sender that trickles its body holds a connection for a minute at most.
func TestSlowBodiesEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := &deadlined{ResponseRecorder: httptest.NewRecorder()}
	before := time.Now()
	h.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/track", strings.NewReader(`{}`)))
	if in := w.at.Sub(before); in < time.Second || in > 5*time.Minute {
		t.Errorf("the body may take %v", in)
	}
}

type deadlined struct {
	*httptest.ResponseRecorder
	at time.Time
}

func (d *deadlined) SetReadDeadline(at time.Time) error { d.at = at; return nil }

func TestMentions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const said = `{"network":"google","id":"81","at":"2026-03-02T09:00:00Z","text":"lovely"`
	for body, want := range map[string]string{
		said + `}`: ok,
		`[` + said + `,"proof":{"userId":"u-1"}}]`:       ok,
		`{"mentions":[` + said + `},{"network":"x"}]}`:   `{"success":true,"accepted":1,"refused":[{"index":1,`,
		`{"type":"track","event":"Bought","userId":"u"}`: `{"success":false,"accepted":0,"refused":[{"index":0,`,
	} {
		if _, got := serve(h.handler, request("POST", "/v1/mentions", body)); !strings.HasPrefix(got, want) {
			t.Errorf("%s is answered %s, want %s", body, got, want)
		}
	}
	got := h.events(t, 0)
	slices.Sort(got)
	if want := []string{"web|mention|Mention||google/81", "web|mention|Mention||google/81", "web|track|Mention Published|u-1|google/81"}; !cmp.Equal(got, want) {
		t.Errorf("the log has %q, want %q", got, want)
	}
	if h.aside(t) != 2 {
		t.Errorf("%d messages wait in quarantine, want 2", h.aside(t))
	}
}
