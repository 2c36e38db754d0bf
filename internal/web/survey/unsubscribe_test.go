package survey_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// A link followed changes nothing; a mail program's post and a person's button
// do, and can be taken back.
func TestUnsubscribing(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoQuestions(), twoQuestions())
	a := s.do(http.MethodGet, "/u/good", nil)
	if a.Code != http.StatusOK || len(s.ways) != 0 || !strings.Contains(text(a.all("h1")[0]), "Librerías Candil") {
		t.Errorf("%d, unsubscribed by %v", a.Code, s.ways)
	}
	if a := s.do(http.MethodPost, "/u/good", url.Values{"List-Unsubscribe": {"One-Click"}}, "Sec-Fetch-Site", "cross-site"); a.Code != http.StatusOK || a.Body.Len() != 0 {
		t.Errorf("one click: %d", a.Code)
	}
	if a := s.do(http.MethodPost, "/u/good?l=en", nil); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/u/good?l=en" {
		t.Errorf("the button: %d", a.Code)
	}
	if want := []string{"one-click", "link"}; !slices.Equal(s.ways, want) {
		t.Errorf("unsubscribed by %v", s.ways)
	}
	a = s.do(http.MethodGet, "/u/good", nil)
	if got := text(a.all("main")[0]); !strings.Contains(got, "m…@example.com") || len(a.all("input[name=again]")) != 1 {
		t.Errorf("afterwards it says %q", got)
	}
	s.do(http.MethodPost, "/u/good", url.Values{"again": {"1"}})
	if len(s.ways) != 0 {
		t.Error("it cannot be taken back")
	}
	if a := s.do(http.MethodPost, "/u/good", url.Values{"again": {"1"}}, "Sec-Fetch-Site", "cross-site"); a.Code != http.StatusForbidden {
		t.Errorf("another site's form: %d", a.Code)
	}
	if a := s.do(http.MethodGet, "/u/forged", nil); a.Code != http.StatusNotFound {
		t.Errorf("a forged link: %d", a.Code)
	}
}
