package survey_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWidgetIsFramedWhereTheModelSays(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoQuestions(), twoQuestions())
	a := s.do(http.MethodGet, "/w/token", nil)
	if csp := a.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'self' https://shop.example") {
		t.Errorf("the policy is %q", csp)
	}
	if len(a.all("script[src]")) != 1 || len(a.all("button.close[aria-label]")) != 1 || len(a.all("input[name=_visitor]")) != 1 {
		t.Error("the frame has no script, no way to close it or no visitor")
	}
	for said, want := range map[string]struct {
		user, anonymous string
		about           map[string]string
	}{
		`{"userId":"u-1","anonymousId":"a-1","properties":{"order_id":"9","items":3,"gift":true,"deep":{"a":1}}}`: {
			"u-1", "a-1", map[string]string{"order_id": "9", "items": "3", "gift": "true"},
		},
		`{"userId":7}`: {}, `not json`: {}, ``: {},
	} {
		s.do(http.MethodPost, "/w/token", url.Values{"_visitor": {said}, "ease": {"4"}})
		if diff := cmp.Diff(want.about, s.ref.About); s.ref.UserID != want.user || s.ref.AnonymousID != want.anonymous || diff != "" {
			t.Errorf("%s: %q, %q %s", said, s.ref.UserID, s.ref.AnonymousID, diff)
		}
	}
	s.do(http.MethodPost, "/s/till", url.Values{"_visitor": {`{"userId":"u-1"}`}, "ease": {"4"}})
	if s.ref.UserID != "" {
		t.Error("a page that is no widget's says who its visitor is")
	}
}

// The loader weighs about a kilobyte, comes from any site and asks for nothing.
func TestLoader(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoQuestions(), twoQuestions())
	a := s.do(http.MethodGet, "/v.js", nil)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(a.Body.Bytes())
	_ = z.Close()
	t.Logf("%d bytes, %d gzipped", a.Body.Len(), packed.Len())
	if packed.Len() > 1<<10 || packed.Len() < 200 {
		t.Errorf("the loader weighs %d bytes gzipped", packed.Len())
	}
	for name, want := range map[string]string{
		"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin",
	} {
		if got := a.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if w := s.do(http.MethodGet, "/k/worker.js", nil); w.Header().Get("Cache-Control") != "no-cache" || w.Body.Len() == 0 {
		t.Errorf("the worker: %v", w.Header())
	}
}
