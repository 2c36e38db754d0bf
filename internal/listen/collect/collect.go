package collect

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// Intake takes batches; intake.Service does.
type Intake interface {
	Accept(ctx context.Context, b intake.Batch) (intake.Receipt, error)
}

// Mentions takes what is said in public; mention.Service does.
type Mentions interface {
	Accept(ctx context.Context, source, way string, raws [][]byte) (intake.Receipt, error)
}

// Config is what the handler needs.
type Config struct {
	Intake   Intake
	Mentions Mentions
	// Source returns the slug of the source that a write key belongs to, or an
	// Unauthorized error.
	Source func(ctx context.Context, writeKey string) (slug string, err error)
	Clock  cx.Clock
	Logger *slog.Logger
	// Observe, when set, is told of each request: its way ("v1/track"), status,
	// and how many messages were accepted and refused.
	Observe func(way string, status, accepted, refused int)
}

// calls are the paths below /v1/ that take one message of a kind.
var calls = map[string]cx.Kind{
	"track": cx.Track, "t": cx.Track,
	"identify": cx.Identify, "i": cx.Identify,
	"page": cx.Page, "p": cx.Page,
	"screen": cx.Screen, "s": cx.Screen,
	"group": cx.Group, "g": cx.Group,
	"alias": cx.Alias, "a": cx.Alias,
	"answer": cx.Answer,
}

// handler serves /v1/….
type handler struct {
	Config
	requests sync.Pool // of *request
}

// Handler serves /v1/…: see Segment's HTTP API for the calls, the batch and
// the pixel. Every answer may be read from any origin.
//
//	200 {"success":true,"accepted":1,"refused":[{"index":0,"messageId":"…","reason":"…"}]}
//	400 the same with success false, when every message was refused; or the body cannot be read
//	401 the write key is missing or unknown
//	413 the request is too large
//	429 too much is waiting; 503 the log does not answer; 507 there is no room: send it again
func Handler(c Config) http.Handler {
	h := &handler{Config: c, requests: sync.Pool{New: func() any { return new(request) }}}
	mux := http.NewServeMux()
	for path, kind := range calls {
		way := "v1/" + kind.String()
		mux.HandleFunc("POST /v1/"+path, h.serve(way, func(r *request) error { return r.single(kind) }))
		mux.HandleFunc("GET /v1/pixel/"+path, h.servePixel(kind))
	}
	for _, path := range []string{"batch", "b"} {
		mux.HandleFunc("POST /v1/"+path, h.serve("v1/batch", (*request).readBatch))
	}
	mux.HandleFunc("POST /v1/circumstances", h.serve("v1/circumstances", (*request).readCircumstances))
	mux.HandleFunc("POST /v1/mentions", h.serve("v1/mentions", (*request).readMentions))
	mux.HandleFunc("POST /v1/cloudevents", h.serve("v1/cloudevents", (*request).readCloudEvents))
	mux.HandleFunc("GET /v1/projects/{key}/settings", h.serveSettings)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions {
			preflight(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// preflight allows a page of any origin to send what the clients send: a write
// key can only write, and ships in web pages.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("Access-Control-Max-Age", "86400")
	h.Set("Vary", "Access-Control-Request-Headers")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	w.WriteHeader(http.StatusNoContent)
}

// serve handles a POST: read finds the messages in the request's body.
func (h *handler) serve(way string, read func(*request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		// Whoever sends slower than this holds a connection for nothing. Where
		// there is no connection (a recorder), there is no deadline.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(maxReading))
		r := h.take(hr, way)
		defer h.give(r)
		var receipt intake.Receipt
		err := r.authenticate() // before anything is read, when the header has the key
		if err == nil {
			err = r.readBody()
		}
		if err == nil {
			err = read(r)
		}
		if err == nil {
			receipt, err = r.accept()
		}
		h.answer(w, r, receipt, err)
	}
}

// drainedBytes is how much of a request that is too large is read, so that its
// sender gets to see the answer; past it the connection is cut.
const drainedBytes = 16 << 20

// maxReading is how long the body of a request may take to come.
const maxReading = time.Minute

// statusOf is what an error means to a client.
func statusOf(err error) int {
	switch cx.KindOf(err) {
	case cx.Invalid:
		return http.StatusBadRequest
	case cx.Unauthorized:
		return http.StatusUnauthorized
	case cx.TooLarge:
		return http.StatusRequestEntityTooLarge
	case cx.Busy:
		return http.StatusTooManyRequests
	case cx.Unavailable:
		return http.StatusServiceUnavailable
	case cx.Full:
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}

// retryAfter is the number of seconds after which to send again, by status.
var retryAfter = map[int]string{
	http.StatusTooManyRequests:    "1",
	http.StatusServiceUnavailable: "5",
}

// settle finds the status and tells who observes.
func (h *handler) settle(w http.ResponseWriter, r *request, receipt intake.Receipt, err error) (status int) {
	switch {
	case err != nil:
		status = statusOf(err)
	case receipt.Accepted == 0 && len(receipt.Refused) > 0:
		status = http.StatusBadRequest
	default:
		status = http.StatusOK
	}
	if status >= http.StatusInternalServerError && r.http.Context().Err() == nil {
		h.Logger.Error("a request could not be taken", slog.String("way", r.way), slog.Int("status", status), slog.Any("error", err))
	}
	if seconds := retryAfter[status]; seconds != "" {
		w.Header().Set("Retry-After", seconds)
	}
	if h.Observe != nil {
		h.Observe(r.way, status, receipt.Accepted, len(receipt.Refused))
	}
	return status
}

// answer writes the receipt, or what went wrong.
func (h *handler) answer(w http.ResponseWriter, r *request, receipt intake.Receipt, err error) {
	status := h.settle(w, r, receipt, err)
	if status == http.StatusRequestEntityTooLarge && r.http.Header.Get("Expect") == "" {
		// Many clients read no answer before they have sent everything.
		_, _ = io.CopyN(io.Discard, r.http.Body, drainedBytes)
	}
	out := append(r.out[:0], `{"success":`...)
	out = strconv.AppendBool(out, status == http.StatusOK)
	if err == nil {
		out = append(out, `,"accepted":`...)
		out = strconv.AppendInt(out, int64(receipt.Accepted), 10)
		out = append(out, `,"refused":[`...)
		for i, refusal := range receipt.Refused {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, `{"index":`...)
			out = strconv.AppendInt(out, int64(refusal.Index), 10)
			out = appendMember(out, "messageId", refusal.MessageID)
			out = appendMember(out, "reason", refusal.Reason)
			out = append(out, '}')
		}
		out = append(out, ']')
	} else {
		message := cx.MessageOf(err)
		if message == "" {
			message = "something is broken here, not in what you sent: send it again in a while"
		}
		out = appendMember(out, "message", message)
	}
	r.out = append(out, "}\n"...)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(r.out) // the client went away; what it sent is kept
}

// appendMember appends `,"name":"value"`.
func appendMember(out []byte, name, value string) []byte {
	out = append(append(append(out, `,"`...), name...), `":`...)
	return appendQuoted(out, value)
}

// appendQuoted appends s as a JSON string; what is not UTF-8 in it is replaced.
func appendQuoted(out []byte, s string) []byte {
	out, _ = jsontext.AppendQuote(out, s)
	return out
}
