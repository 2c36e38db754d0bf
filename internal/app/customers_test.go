package app

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

const asks = `
company: {slug: candil, name: Librerías Candil, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: shops, name: Tiendas}]
touchpoints: [{slug: till, name: Caja, stage: during, channel: store, medium: physical, area: shops, events: [Paid], surveys: [till]}]
surveys:
  - slug: till
    name: Caja
    purpose: transactional
    pages: [{questions: [{id: ease, type: ces, scale: 1-5, required: true, text: ¿Fue fácil?}, {id: why, type: text, text: ¿Por qué?}]}]
  - {slug: team, name: Equipo, purpose: team, audience: team, pages: [{questions: [{id: ease, type: ces, scale: 1-5, text: ¿Fue fácil atender?}]}]}
`

// from sends a form, or asks for a page when it is nil, from an address.
func (h house) from(ip, address string, form url.Values) *recorder {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	return h.request(method, address, form.Encode(), func(r *http.Request) {
		r.RemoteAddr = ip + ":1"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept-Language", "pt")
	})
}

// What is answered on a page is in the log when the page says so, once.
func TestAnAnswerOnAPageIsKept(t *testing.T) {
	t.Parallel()
	h := configured(t, asItIs)
	h.apply([]byte(asks), "")
	page := h.from("203.0.113.1", "/s/till", nil)
	response := regexp.MustCompile(`name="_response" value="([^"]+)"`).FindStringSubmatch(page.Body.String())
	if page.Code != http.StatusOK || response == nil || len(page.Result().Cookies()) != 0 {
		t.Fatalf("%d %s", page.Code, page.Body)
	}
	if csp := page.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'sha256-") || strings.Contains(csp, "script-src") {
		t.Errorf("the policy is %q", csp)
	}
	const words = `<script>alert("é")</script> 🙂`
	form := url.Values{"_page": {"1"}, "_response": {response[1]}, "ease": {"2"}, "why": {words}}
	for range 3 { // a finger that trembles
		if w := h.from("203.0.113.1", "/s/till", form); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	kept := 0
	if err := h.Log.Read(t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			if e.Kind == cx.Answer {
				kept++
				if !strings.Contains(string(e.Body), `alert(\"é\")`) {
					t.Errorf("the log holds %s", e.Body)
				}
			}
		}
		return nil
	}); err != nil || kept != 1 {
		t.Errorf("%d answers are kept: %v", kept, err)
	}
}

// The company's own people find what the team is asked; nobody else does.
func TestTeamsSurveyIsTheTeams(t *testing.T) {
	t.Parallel()
	h := configured(t, asItIs)
	h.apply([]byte(asks), "")
	if w := h.visit(h.person("ana", cx.Member, nil), http.MethodGet, "/s/team", ""); w.Code != http.StatusOK {
		t.Errorf("one of the team: %d", w.Code)
	}
	if w := h.visit(visitor{session: "made-up"}, http.MethodGet, "/s/team", ""); w.Code != http.StatusNotFound {
		t.Errorf("nobody: %d", w.Code)
	}
}

// Who comes too often, sends too much or comes by a link of nobody is told so on
// a page in their language.
func TestCustomersAreToldOnAPage(t *testing.T) {
	t.Parallel()
	h := configured(t, func(c *Config) { c.RatePerAddress = 1 })
	h.apply([]byte(asks), "")
	var last *recorder
	for range 3 {
		last = h.from("203.0.113.2", "/s/till", nil)
	}
	for name, c := range map[string]struct {
		got    *recorder
		status int
		says   string
	}{
		"too often": {last, http.StatusTooManyRequests, "Demasiadas respostas seguidas"},
		"too much":  {h.from("203.0.113.3", "/s/till", url.Values{"why": {strings.Repeat("a", 3<<20)}}), http.StatusRequestEntityTooLarge, "longo para enviar"},
		"too long":  {h.from("203.0.113.4", "/s/till", url.Values{"_page": {"1"}, "ease": {"2"}, "why": {strings.Repeat("a", 1<<20)}}), http.StatusUnprocessableEntity, `role="alert"`},
		"no link":   {h.from("203.0.113.5", "/r/made-up", nil), http.StatusNotFound, "não há nenhuma pesquisa"},
		"no kiosk":  {h.from("203.0.113.6", "/k/made-up", nil), http.StatusNotFound, "não há nenhuma pesquisa"},
		"no mail":   {h.from("203.0.113.7", "/u/made-up", url.Values{"List-Unsubscribe": {"One-Click"}}), http.StatusNotFound, "não há nenhuma pesquisa"},
	} {
		if c.got.Code != c.status || !strings.Contains(c.got.Body.String(), c.says) || !strings.Contains(c.got.Body.String(), `lang="pt"`) {
			t.Errorf("%s: %d %.300s", name, c.got.Code, regexp.MustCompile(`(?s)<style>.*</style>`).ReplaceAllString(c.got.Body.String(), ""))
		}
	}
}

// Who answers too often is counted by the network that they come from: one of
// IPv6 is one caller, and a proxy on this machine is everybody.
func TestWhoAnswersTooOften(t *testing.T) {
	t.Parallel()
	h := configured(t, asItIs)
	h.apply([]byte(asks), "")
	for address, want := range map[string]bool{"[2001:db8::%x]:1234": true, "192.0.2.1:%d": true, "127.0.0.1:%d": false} {
		waiting := 0
		for i := range 70 {
			w := h.request(http.MethodPost, "/s/till", url.Values{"_page": {"1"}, "ease": {"1"}}.Encode(), func(r *http.Request) {
				r.RemoteAddr = fmt.Sprintf(address, 1000+i)
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			})
			if w.Code == http.StatusTooManyRequests {
				waiting++
			}
		}
		if waiting > 0 != want {
			t.Errorf("%d of 70 answers from %s were told to wait", waiting, address)
		}
	}
}
