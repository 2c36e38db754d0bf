package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// statusOf returns the HTTP status of a kind of error.
func statusOf(kind cx.ErrorKind) int {
	switch kind {
	case cx.Invalid:
		return http.StatusUnprocessableEntity
	case cx.Unauthorized:
		return http.StatusUnauthorized
	case cx.Forbidden:
		return http.StatusForbidden
	case cx.NotFound:
		return http.StatusNotFound
	case cx.Conflict:
		return http.StatusConflict
	case cx.TooLarge:
		return http.StatusRequestEntityTooLarge
	case cx.Busy:
		return http.StatusTooManyRequests
	case cx.Unavailable:
		return http.StatusServiceUnavailable
	case cx.Full:
		return http.StatusInsufficientStorage
	case cx.Gone:
		return http.StatusGone
	}
	return http.StatusInternalServerError
}

// fail answers an error: a page that says what happened and what to do, or a
// toast when htmx asked. Who is not signed in is sent to sign in.
func (q *Request) fail(err error) {
	kind := cx.KindOf(err)
	if q.L == nil {
		http.Error(q.W, "", statusOf(kind))
		return
	}
	if kind == cx.Unauthorized && q.Session.ID == "" {
		_ = q.Redirect("/sign-in?next=" + url.QueryEscape(q.wanted()))
		return
	}
	status := statusOf(kind)
	if status >= 500 {
		q.server.Logger.Error("a page failed", slog.String("request", q.id), slog.String("page", q.page),
			slog.String("kind", kind.String()), slog.Any("error", err))
	}
	title, text := q.explain(kind, err)
	var failure error
	switch {
	case q.HTMX():
		q.W.Header().Set("HX-Reswap", "none")
		failure = q.write(status, q.Toast(ui.Negative, text))
	case q.Session.ID == "":
		failure = q.Gate(status, title, problem(title, text, "/sign-in", q.T("web.to-sign-in")))
	default:
		failure = q.RenderStatus(status, title, problem(title, text, "/", q.T("web.to-home")))
	}
	if failure != nil {
		q.server.Logger.Error("an error's page failed", slog.String("request", q.id), slog.Any("error", failure))
		http.Error(q.W, title, status)
	}
}

// explain says what happened and what to do: in the service's own words when
// the error is about what was asked, in ours otherwise.
func (q *Request) explain(kind cx.ErrorKind, err error) (title, text string) {
	key := "web.failed"
	switch kind {
	case cx.NotFound, cx.Gone:
		key = "web.not-found"
	case cx.Forbidden:
		key = "web.forbidden"
	case cx.Invalid, cx.Conflict, cx.TooLarge, cx.Unauthorized:
		key = "web.invalid"
	case cx.Busy, cx.Unavailable, cx.Full:
		key = "web.unavailable"
	}
	title, text = q.T(key+".title"), q.T(key+".text", "id", q.id)
	if message := cx.MessageOf(err); message != "" && key == "web.invalid" {
		text = q.Said(message)
	}
	if errors.Is(err, errForeign) {
		text = q.T("web.csrf.text")
	}
	return title, text
}

// wanted is where to go after signing in: the page asked for, or the one that
// htmx or a form asked from.
func (q *Request) wanted() string {
	switch {
	case q.HTMX():
		return pathOf(q.Header.Get("HX-Current-URL"))
	case q.Method == http.MethodGet:
		return q.URL.RequestURI()
	}
	return pathOf(q.Referer())
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return "/"
	}
	return ours(u.RequestURI())
}
