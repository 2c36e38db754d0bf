package survey_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
)

// A kiosk asks the one question that must be answered, each answer a button.
func TestKioskAsksOneThing(t *testing.T) {
	t.Parallel()
	s := newSite(t, everyType(), everyType())
	a := s.do(http.MethodGet, "/k/token", nil)
	if buttons := a.all("form button[name=ease]"); a.Code != http.StatusOK || len(buttons) != 5 || text(buttons[4]) != "5" {
		t.Errorf("%d with %d buttons", a.Code, len(buttons))
	}
	for want, part := range map[string]string{"script-src 'self'": "", "worker-src 'self'": "", "frame-ancestors 'none'": ""} {
		if csp := a.Header().Get("Content-Security-Policy"); !strings.Contains(csp, want+part) {
			t.Errorf("the policy %q has no %s", csp, want)
		}
	}
	two := everyType()
	two.Questions[1].Required = true
	s = newSite(t, two, two)
	if a := s.do(http.MethodGet, "/k/token", nil); a.Code != http.StatusConflict || !strings.Contains(text(a.all("main")[0]), "un toque") {
		t.Errorf("a survey with two questions that must be answered: %d", a.Code)
	}
}

func TestKioskTouches(t *testing.T) {
	t.Parallel()
	thanks := listen.Form{State: listen.Thanks, Language: "es"}
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	form := url.Values{"_response": {"0b9d5f1e-6a0b-4e55-9d4b-0d5f4f6b8f11"}, "_at": {"1772445600000"}, "ease": {"2"}}
	s := newSite(t, everyType(), thanks)
	if a := s.do(http.MethodPost, "/k/token", form); a.Code != http.StatusNoContent || s.ref.At != cx.TimeOf(at) || s.ref.Response != form.Get("_response") {
		t.Errorf("its script: %d, kept as %v of %s", a.Code, s.ref.At, s.ref.Response)
	}
	s.next = listen.Form{State: listen.Closed, Language: "es"}
	if a := s.do(http.MethodPost, "/k/token", form); a.Code != http.StatusGone {
		t.Errorf("a closed survey: %d", a.Code)
	}
	s.next = listen.Form{State: listen.TooMany, Language: "es"}
	if a := s.do(http.MethodPost, "/k/token", form); a.Code != http.StatusTooManyRequests {
		t.Errorf("too often: %d", a.Code)
	}
	s.next = thanks
	a := s.do(http.MethodPost, "/k/token", url.Values{"ease": {"2"}})
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/k/token?done=1" {
		t.Fatalf("without a script: %d to %s", a.Code, a.Header().Get("Location"))
	}
	if a = s.do(http.MethodGet, "/k/token?done=1", nil); a.Header().Get("Refresh") != "4; url=/k/token" || !strings.Contains(text(a.all("main")[0]), "¡Gracias!") {
		t.Errorf("then %v %s", a.Header(), text(a.all("main")[0]))
	}
}
