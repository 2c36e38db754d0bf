package survey_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
)

// twoQuestions is what most surveys are.
func twoQuestions() listen.Form {
	all := everyType()
	return listen.Form{
		State: listen.Asking, Survey: "till", Version: "0123456789", Language: "es", Page: 1, Step: 1, Steps: 1, Response: "r-1",
		Questions: []listen.Question{all.Questions[0], all.Questions[9]},
	}
}

// A page is one request of at most 14 KB: its style is in it, known to the
// policy by its hash, and nothing in it asks for more.
func TestPageIsOneSmallRequest(t *testing.T) {
	t.Parallel()
	const limit = 14 << 10
	for name, form := range map[string]listen.Form{"two questions": twoQuestions(), "every type": everyType()} {
		s := newSite(t, form, form)
		a := s.do(http.MethodGet, "/s/till", nil)
		size := a.Body.Len()
		if name == "every type" { // a long page is measured as it is sent
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			_, _ = z.Write(a.Body.Bytes())
			_ = z.Close()
			size = packed.Len()
		}
		t.Logf("%s: %d bytes, %d sent", name, a.Body.Len(), size)
		if a.Code != http.StatusOK || size > limit {
			t.Errorf("%s: %d, %d bytes, at most %d", name, a.Code, size, limit)
		}
		for _, n := range a.all("[src], link, use, img, script, iframe, object, [style]") {
			if attr(n, "href") != "data:," {
				t.Errorf("%s: <%s %v> asks for more than the page", name, n.Data, n.Attr)
			}
		}
		style := a.all("style")[0].FirstChild.Data
		sum := sha256.Sum256([]byte(style))
		csp := a.Header().Get("Content-Security-Policy")
		if !strings.Contains(csp, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
			t.Errorf("the policy is %q", csp)
		}
		if strings.Contains(style, "url(") || strings.Contains(style, "@import") {
			t.Error("the style asks for more")
		}
	}
}

func TestPageHasNoTrace(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoQuestions(), twoQuestions())
	a := s.do(http.MethodGet, "/r/token", nil)
	for name, want := range map[string]string{
		"Set-Cookie": "", "Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex",
		"Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
	} {
		if got := a.Header().Get(name); got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
	if csp := a.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "form-action 'self'") {
		t.Errorf("the policy is %q", csp)
	}
}

// Every control is named, by a label of its own or its group's legend, and
// every group is a fieldset with a legend.
func TestEveryControlIsNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t, everyType(), everyType())
	a := s.do(http.MethodGet, "/s/all", nil)
	labelled := map[string]bool{}
	for _, n := range a.all("label[for]") {
		labelled[attr(n, "for")] = true
	}
	for _, n := range a.all("label input") {
		labelled[attr(n, "id")] = true
	}
	ids, names := map[string]bool{}, map[string]bool{}
	for _, n := range a.all("input:not([type=hidden]), select, textarea") {
		id := attr(n, "id")
		if !labelled[id] && attr(n, "aria-label") == "" {
			t.Errorf("%v has no label", n.Attr)
		}
		if id != "" && ids[id] {
			t.Errorf("the id %s is there twice", id)
		}
		ids[id] = true
		names[attr(n, "name")] = true
	}
	for _, n := range a.all("fieldset") {
		if n.FirstChild.Data != "legend" || text(n.FirstChild) == "" {
			t.Errorf("a group without a legend: %v", n.Attr)
		}
	}
	for _, name := range []string{"ease", "nps", "csat", "stars", "feel", "why", "why.other", "what", "what.other", "order.price", "grid.wait", "words", "books", "day", "may", "website"} {
		if !names[name] {
			t.Errorf("no control is called %s", name)
		}
	}
	if n := len(a.all("h1")); n != 1 {
		t.Errorf("%d headings of the first order", n)
	}
	if got := len(a.all("input[type=radio][name=nps]")); got != 11 {
		t.Errorf("%d points from 0 to 10", got)
	}
	if ends := a.all("#q-csat-l"); len(ends) != 1 || text(ends[0]) != "1: Mala 7: Buena" || len(a.all("fieldset[aria-describedby='q-csat-l']")) != 1 {
		t.Error("who listens is not told what the ends of a scale mean")
	}
	for _, checked := range []string{"input[name=stars][value='3'][checked]", "input[name=what][value=wait][checked]"} {
		if len(a.all(checked)) != 1 {
			t.Errorf("what was answered before is not there: %s", checked)
		}
	}
}

// Each face has its word; between ends that the survey names itself, its figure.
func TestFacesHaveWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, low, high string
		words           []string
		want            string
	}{
		{"ces", "Muy difícil", "Muy fácil", []string{"Muy difícil", "Difícil", "Más o menos", "Fácil", "Muy fácil"}, "Muy difícil Difícil Más o menos Fácil Muy fácil"},
		{"csat", "Nada útil", "Muy útil", nil, "Nada útil 2 3 4 Muy útil"},
		{"csat", "", "", nil, "1 2 3 4 5"},
	} {
		f := twoQuestions()
		q := &f.Questions[0]
		q.Type, q.Low, q.High, q.Words = c.kind, c.low, c.high, c.words
		s := newSite(t, f, f)
		if got := text(s.do(http.MethodGet, "/s/till", nil).all(".faces")[0]); got != c.want {
			t.Errorf("%v: the faces say %q", c, got)
		}
		q.Type = map[string]string{"csat": "rating", "ces": "ces"}[c.kind] // a kiosk shows a rating as faces too
		s.form = f
		if got := text(s.do(http.MethodGet, "/k/token", nil).all(".touches")[0]); got != c.want {
			t.Errorf("%v: the kiosk's faces say %q", c, got)
		}
	}
}

// What does not fit is told at the top, led to its question, and beside it.
func TestFaultsLeadToTheirQuestion(t *testing.T) {
	t.Parallel()
	bad := twoQuestions()
	bad.Questions[0].Fault = "Falta elegir una respuesta"
	s := newSite(t, twoQuestions(), bad)
	a := s.do(http.MethodPost, "/s/till", url.Values{"_page": {"1"}, "_response": {"r-1"}, "words": {"hola"}})
	if a.Code != http.StatusUnprocessableEntity {
		t.Errorf("answered %d", a.Code)
	}
	link := a.all(".faults[role=alert] a")
	if len(link) != 1 || attr(link[0], "href") != "#q-ease" || len(a.all("#q-ease")) != 1 || !strings.Contains(text(link[0]), "Falta elegir") {
		t.Fatalf("the summary leads nowhere: %v", link)
	}
	if attr(a.all("fieldset")[0], "aria-describedby") != "q-ease-h q-ease-e" || len(a.all("#q-ease-e")) != 1 {
		t.Error("the group does not say what is wrong with it")
	}
	if title := text(a.all("title")[0]); !strings.HasPrefix(title, "Falta algo:") {
		t.Errorf("the title is %q", title)
	}
}

// A post leads on by a redirect to an address that shows where the response is,
// so that loading again and going back post nothing.
func TestPostsLeadOn(t *testing.T) {
	t.Parallel()
	second := twoQuestions()
	second.Page, second.Step, second.Steps, second.Back = 3, 2, 2, 1
	thanks := listen.Form{State: listen.Thanks, Language: "pt", Response: "r-1"}
	for name, c := range map[string]struct {
		next listen.Form
		want string
	}{
		"the next page": {second, "/s/till?l=pt&n=3&r=r-1"},
		"the end":       {thanks, "/s/till?done=1&l=pt&r=r-1"},
	} {
		s := newSite(t, twoQuestions(), c.next)
		a := s.do(http.MethodPost, "/s/till?l=pt", url.Values{"_page": {"2"}, "_response": {"r-1"}, "_version": {"v"}, "ease": {"4"}, "website": {""}})
		if a.Code != http.StatusSeeOther || a.Header().Get("Location") != c.want {
			t.Errorf("%s: %d to %s, not %s", name, a.Code, a.Header().Get("Location"), c.want)
		}
		if s.ref.Survey != "till" || s.ref.Response != "r-1" || s.ref.Version != "v" || s.ref.Address != "203.0.113.7" || s.page != 2 || s.lang != "pt" || s.values["ease"][0] != "4" {
			t.Errorf("%s: the service was asked %+v, page %d, %v in %s", name, s.ref, s.page, s.values, s.lang)
		}
	}
	s := newSite(t, second, second)
	a := s.do(http.MethodGet, "/s/till?n=3&r=r-1", nil)
	if s.ref.Page != 3 || s.ref.Response != "r-1" {
		t.Errorf("the service was asked for %+v", s.ref)
	}
	if back := a.all("a.back"); len(back) != 1 || attr(back[0], "href") != "/s/till?n=1&r=r-1" {
		t.Error("no way back to the page before")
	}
	if s.received != 0 {
		t.Error("a GET was received as an answer")
	}
}

// What a mail's link says was touched is only chosen on the page: programs that
// look for viruses follow links.
func TestMailsFirstAnswerIsOnlyChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoQuestions(), twoQuestions())
	a := s.do(http.MethodGet, "/r/token?a=ease:4", nil)
	if len(a.all("input[name=ease][value='4'][checked]")) != 1 || s.received != 0 {
		t.Errorf("received %d, and chosen %d", s.received, len(a.all("input[checked]")))
	}
	if a := s.do(http.MethodGet, "/r/token?a=ease:44", nil); len(a.all("input[checked]")) != 0 {
		t.Error("what is no point of the scale was chosen")
	}
}

// Whatever a link meets is told with its status, in three languages.
func TestStatesSayWhatToDo(t *testing.T) {
	t.Parallel()
	for state, status := range map[listen.State]int{
		listen.Thanks: 200, listen.Answered: 200, listen.Expired: 410, listen.Revoked: 410, listen.Closed: 410,
		listen.Unknown: 404, listen.TooMany: 429,
	} {
		said := map[string]bool{}
		for _, lang := range []string{"es", "en", "pt"} {
			s := newSite(t, listen.Form{State: state}, listen.Form{})
			a := s.do(http.MethodGet, "/r/token?l="+lang, nil)
			if a.Code != status {
				t.Errorf("%s: answered %d", state, a.Code)
			}
			if got := attr(a.all("html")[0], "lang"); got != lang {
				t.Errorf("%s in %s is said to be in %s", state, lang, got)
			}
			said[text(a.all("main")[0])] = true
		}
		if len(said) != 3 {
			t.Errorf("%s is said in %d ways", state, len(said))
		}
	}
}

func TestThanksSayWhatIsNext(t *testing.T) {
	t.Parallel()
	s := newSite(t, listen.Form{
		State: listen.Answered, Language: "es", Response: "r-1", Thanks: "Lo leerá Inés.", Redirect: "https://candil.example/",
		CorrectUntil: cxtest.NewClock().Now().Add(1e9),
	}, listen.Form{})
	a := s.do(http.MethodGet, "/s/till?done=1&r=r-1", nil)
	main := text(a.all("main")[0])
	if !strings.Contains(main, "¡Gracias!") || !strings.Contains(main, "Lo leerá Inés.") {
		t.Errorf("it says %q", main)
	}
	if on := a.all("a.go"); len(on) != 1 || attr(on[0], "href") != "https://candil.example/" || attr(on[0], "rel") != "noreferrer" {
		t.Error("it does not lead on")
	}
	if back := a.all("a.back"); len(back) != 1 || attr(back[0], "href") != "/s/till?n=1&r=r-1" {
		t.Error("the answer cannot be corrected")
	}
}

// What customers and the company write is text, whatever it looks like.
func TestHostileTextIsInert(t *testing.T) {
	t.Parallel()
	const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>"'</textarea></title></style>`
	f := everyType()
	f.Title, f.Response, f.Version = evil, evil, evil
	for i := range f.Questions {
		q := &f.Questions[i]
		q.Text, q.Help, q.Fault, q.Low, q.High, q.GivenOther, q.Given = evil, evil, evil, evil, evil, evil, []string{evil}
		for _, o := range [][]listen.Option{q.Options, q.Rows} {
			for j := range o {
				if q.Type != "emotion" {
					o[j].Text = evil
				}
			}
		}
	}
	s := newSite(t, f, listen.Form{State: listen.Thanks, Thanks: evil, Redirect: "javascript:alert(1)"})
	clean := regexp.MustCompile(`(?i)<script|<img|javascript:`)
	for _, a := range []answer{
		s.do(http.MethodGet, "/s/all?r="+url.QueryEscape(evil)+"&l="+url.QueryEscape(evil), nil),
		s.do(http.MethodGet, "/k/all", nil),
	} {
		if found := clean.FindString(regexp.MustCompile(`<script type="module" src="[^"]+"></script>`).ReplaceAllString(a.Body.String(), "")); found != "" {
			t.Errorf("%s came through", found)
		}
		if n := len(a.all("[onerror]")); n != 0 {
			t.Errorf("%d handlers came through", n)
		}
	}
	s.form = s.next
	if a := s.do(http.MethodGet, "/s/all", nil); clean.MatchString(a.Body.String()) {
		t.Error("an address that runs came through")
	}
}

func TestWhatIsSentIsBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoQuestions(), twoQuestions())
	a := s.do(http.MethodPost, "/s/till", url.Values{"words": {strings.Repeat("a", 3<<20)}})
	if a.Code != http.StatusRequestEntityTooLarge || !strings.Contains(text(a.all("main")[0]), "más corto") {
		t.Errorf("3 MB: %d %s", a.Code, text(a.all("main")[0]))
	}
	if a := s.do(http.MethodPost, "/s/till", url.Values{"words": {strings.Repeat("a", 1<<20)}}); a.Code != http.StatusSeeOther {
		t.Errorf("1 MB, which the survey itself judges: %d", a.Code)
	}
	before := s.received
	if a := s.do(http.MethodPost, "/s/till", url.Values{"ease": {"1"}}, "Sec-Fetch-Site", "cross-site"); a.Code != http.StatusForbidden || s.received != before {
		t.Errorf("another site's form: %d", a.Code)
	}
}

func TestBusyIsAPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoQuestions(), twoQuestions())
	w := s.record(func(w http.ResponseWriter, r *http.Request) { s.handler.Busy(w, r) }, "/s/till?l=en")
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(text(w.all("main")[0]), "wait a minute") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestPreviewSendsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoQuestions(), twoQuestions())
	w := s.record(func(w http.ResponseWriter, r *http.Request) { s.handler.Preview(w, r, everyType()) }, "/surveys/all/preview")
	csp := w.Header().Get("Content-Security-Policy")
	if w.Code != http.StatusOK || !strings.Contains(csp, "form-action 'none'") || !strings.Contains(csp, "frame-ancestors 'self'") || strings.Contains(csp, "shop.example") {
		t.Errorf("%d %s", w.Code, csp)
	}
}

// The pages' own words say neither tú, usted nor vos: how the company speaks to
// its customers is in the survey's.
func TestOwnWordsNeedNoFormOfAddress(t *testing.T) {
	t.Parallel()
	words := regexp.MustCompile(`(?i)\b(tú|tu|tus|te|ti|usted|su|sus|vos|elige|elija|escribe|escriba|haz|haga|puedes|puede usted)\b`)
	for _, state := range []listen.State{listen.Thanks, listen.Answered, listen.Expired, listen.Revoked, listen.Closed, listen.Unknown, listen.TooMany} {
		s := newSite(t, listen.Form{State: state, Language: "es"}, listen.Form{})
		if found := words.FindString(text(s.do(http.MethodGet, "/r/token", nil).all("body")[0])); found != "" {
			t.Errorf("%s says %q", state, found)
		}
	}
}

// BenchmarkPage is a page of two questions as it is asked for, to the last byte.
func BenchmarkPage(b *testing.B) {
	s := newSite(b, twoQuestions(), twoQuestions())
	b.ReportAllocs()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/s/till", http.NoBody)
	r.Header.Set("Accept-Language", "es-ES,es;q=0.9,en;q=0.8")
	for b.Loop() {
		s.handler.ServeHTTP(httptest.NewRecorder(), r)
	}
}
