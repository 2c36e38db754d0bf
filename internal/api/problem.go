package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// statusOf is the one table from an error's kind to a status.
var statusOf = map[cx.ErrorKind]int{
	cx.Internal:     http.StatusInternalServerError,
	cx.Invalid:      http.StatusBadRequest,
	cx.Unauthorized: http.StatusUnauthorized,
	cx.Forbidden:    http.StatusForbidden,
	cx.NotFound:     http.StatusNotFound,
	cx.Conflict:     http.StatusConflict,
	cx.TooLarge:     http.StatusRequestEntityTooLarge,
	cx.Busy:         http.StatusTooManyRequests,
	cx.Unavailable:  http.StatusServiceUnavailable,
	cx.Full:         http.StatusInsufficientStorage,
	cx.Gone:         http.StatusGone,
}

// problem is an error as RFC 9457 writes it. Kind tells programs what Title
// tells people.
type problem struct {
	Type   string     `json:"type"`
	Title  string     `json:"title"`
	Status int        `json:"status"`
	Kind   string     `json:"kind"`
	Detail string     `json:"detail,omitempty"`
	Faults []cx.Fault `json:"faults,omitempty"`

	retryAfter int // seconds
}

// unsupported is the cause of a refusal because of a body's media type.
type unsupported struct{ wanted string }

func (u unsupported) Error() string { return "send the body as " + u.wanted }

func problemOf(err error) problem {
	kind := cx.KindOf(err)
	p := problem{Status: statusOf[kind], Kind: kind.String(), Detail: cx.MessageOf(err), Faults: cx.FaultsOf(err)}
	switch kind {
	case cx.Internal:
		p.Detail = "something is broken on our side; the server's log tells what"
	case cx.Busy, cx.Unavailable:
		p.retryAfter = 1
		if wait, ok := account.RetryAfter(err); ok {
			p.retryAfter = int(wait.Seconds()) + 1
		}
	}
	if p.Detail == "" {
		p.Detail = http.StatusText(p.Status)
	}
	if e, ok := asUnsupported(err); ok {
		p.Status, p.Kind, p.Detail = http.StatusUnsupportedMediaType, "unsupported-media-type", e.Error()
	}
	return p
}

func writeProblem(w http.ResponseWriter, p problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	h := w.Header()
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="vivencia"`)
	}
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // who asked may have left
}

// writeAnswer writes what a handler returned and tells the status.
func writeAnswer(w http.ResponseWriter, body any) int {
	if file, ok := body.(file); ok {
		return file.write(w)
	}
	r, ok := body.(reply)
	switch {
	case !ok && body == nil:
		r.status = http.StatusNoContent
	case !ok:
		r = reply{status: http.StatusOK, body: body}
	}
	if r.location != "" {
		w.Header().Set("Location", r.location)
	}
	if r.body == nil {
		w.WriteHeader(r.status)
		return r.status
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(r.body) // who asked may have left
	return r.status
}
