package web

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzOurs: whatever a link carries, signing in leads to a path of ours.
func FuzzOurs(f *testing.F) {
	for _, s := range []string{"/customers?q=a", "//evil.example", `/\evil.example`, "https://evil.example", "/%2f/evil", "%2f0", "/%2f ", "/a\nb", "", "?", "/\t/evil.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := ours(s)
		u, err := url.Parse(got)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(got, "/") ||
			strings.HasPrefix(got, "//") || strings.HasPrefix(got, `/\`) || strings.ContainsAny(got, "\r\n\t") {
			t.Errorf("%q leads to %q", s, got)
		}
	})
}

// FuzzFlash: a cookie that somebody made up shows at most a few messages, and
// never fails.
func FuzzFlash(f *testing.F) {
	for _, s := range []string{"W3sidCI6InBvc2l0aXZlIiwieCI6Ikd1YXJkYWRvIn1d", "W10", "bnVsbA", "%", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", flashCookie+"="+s)
		q := &Request{Request: r, W: httptest.NewRecorder(), server: &server{}}
		if toasts := q.takeFlash(); len(toasts) > 5 {
			t.Errorf("%d messages", len(toasts))
		}
	})
}
