package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/cx"
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// onTimeline waits until the newest answer is on its customer's timeline, and
// fails when that takes more than a second from when the log had it.
func (s *asking) onTimeline(n int) {
	s.t.Helper()
	e := s.answers(n)[n-1]
	kept := time.Now()
	kind, value := "userId", e.UserID
	if value == "" {
		kind, value = "anonymousId", e.AnonymousID
	}
	for {
		if id, err := s.Memory.Lookup(s.t.Context(), cx.System(), kind, value); err == nil {
			page, err := s.Memory.Timeline(s.t.Context(), cx.System(), id, remember.TimelineQuery{Kinds: []cx.Kind{cx.Answer}})
			if err != nil {
				s.t.Fatal(err)
			}
			if len(page.Items) > 0 && page.Items[0].Seq == e.Seq {
				return
			}
		}
		if time.Since(kept) > time.Second {
			s.t.Fatalf("the answer of %s %q is not on the timeline after a second", kind, value)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestSurveys makes a survey in the editor, gives it out by link, code, widget and
// kiosk, answers each, and sees the answers on the timelines and in the results.
func TestSurveys(t *testing.T) {
	t.Parallel()
	var widget string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="es"><title>Tienda</title><link rel="icon" href="data:,"><body><h1>Tienda</h1>%s`, widget)
	}))
	t.Cleanup(other.Close)
	site := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	s := ask(t, site)
	if _, err := s.Accounts.CreateSource(t.Context(), cx.System(), "Web", "e2e-key"); err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v1/identify", strings.NewReader(`{"userId":"u-17","traits":{"name":"Ana Ruiz"}}`))
	req.SetBasicAuth("e2e-key", "")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()

	secret, err := s.Accounts.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := chrome.Open(t, s.URL+signin.SetupPath(secret), e2e.Desktop, e2e.Light)
	p.Type("#f-name", "Eva Sanz")
	p.Type("#f-email", "eva@candil.example")
	p.Type("#f-password", webtest.Password)
	p.Submit("main .button-primary")

	// It is made.
	p.Go(s.URL + "/surveys")
	p.Check()
	p.Click(".surveys-new summary")
	p.Type("#f-name", "Al salir")
	e2e.Eval[bool](p, `(document.querySelector("#f-type").value = "csat", document.querySelector("#f-touchpoint").value = "till", true)`)
	p.Submit(".surveys-new .button-primary")
	p.WaitFor(`location.pathname === "/surveys/al-salir/edit"`)
	p.Check()
	p.Picture("survey-begun")
	p.Click(`a[href$="part=q&id=csat"]`)
	p.WaitFor(`document.getElementById("f-text.es") !== null`)
	preview := func(text string) {
		p.WaitFor(fmt.Sprintf(`document.querySelector(".surveys-phone").contentDocument?.querySelector("form")?.innerText.includes(%q) === true`, text))
	}
	preview("¿Cómo te fue con nosotros?")
	p.Type(`[id="f-text.es"]`, "¿Qué tal la caja de hoy?")
	p.Click(`[id="f-text.en"]`) // what was typed is kept, and shown beside
	preview("¿Qué tal la caja de hoy?")
	p.Check()
	p.Picture("survey-question")
	// The text is asked of those who were not happy; by keyboard it comes first, and
	// goes back.
	p.Go(s.URL + "/surveys/al-salir/edit?part=q&id=text")
	e2e.Eval[bool](p, `(document.getElementById("f-when.0.of").value = "csat", document.getElementById("f-when.0.op").value = "<", document.getElementById("f-when.0.value").value = "4", true)`)
	p.Submit(".surveys-form .button-primary")
	p.WaitFor(`document.getElementById("f-when.source")?.value === "answers.csat < 4"`)
	p.Submit(`#survey-outline li[data-id="text"] button[value="up"]`)
	p.WaitFor(`document.querySelector("#survey-state").innerText.includes("ninguna página anterior pregunta")`)
	p.Check()
	p.Submit(`#survey-outline li[data-id="text"] button[value="down"]`)
	p.WaitFor(`document.querySelector('form[action$="/apply"]') !== null`)
	p.Submit(`form[action$="/apply"] button`)
	p.WaitFor(`location.pathname === "/surveys/al-salir/ways"`)
	p.Check()
	p.Picture("survey-ways")
	if v, ok := s.Models.Current().Model.Survey("al-salir"); !ok || v.Questions()[0].Text.ES != "¿Qué tal la caja de hoy?" || v.Questions()[0].Text.EN == v.Questions()[0].Text.ES {
		t.Errorf("the model says %+v", v)
	}

	// Everybody answers, each by another way.
	local := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return s.URL + u.Path
	}
	// A person reads before they answer: who is quicker counts as a program.
	read := func(c *e2e.Page) { e2e.Eval[bool](c, `new Promise(done => setTimeout(() => done(true), 1600))`) }
	answer := func(address, value string) {
		t.Helper()
		c := chrome.Open(t, address, e2e.Phone, e2e.Light)
		read(c)
		c.Click("label:has(input[name=csat][value='" + value + "'])")
		c.Submit(".send")
	}
	p.Go(s.URL + "/surveys/al-salir/ways?q=Ana")
	p.Submit(`form[action$="/links"] button`)
	personal := p.Text("#made code")
	widget = e2e.Eval[string](p, `document.querySelector(".codeblock code").textContent`)
	kiosk := e2e.Eval[string](p, `[...document.querySelectorAll("[data-text]")].map(e => e.textContent).find(t => t.includes("/k/"))`)
	answer(local(personal), "2")
	s.onTimeline(1)
	l, err := s.Surveys.Link(t.Context(), cx.System(), listen.LinkRequest{Survey: "al-salir", Way: listen.ByQR, Place: "goya"})
	if err != nil {
		t.Fatal(err)
	}
	answer(s.URL+l.Path, "5")
	s.onTimeline(2)
	if e := s.answers(2)[1]; property(t, e, "way") != "qr" {
		t.Errorf("the code's answer came by %v", property(t, e, "way"))
	}
	k := chrome.Open(t, local(kiosk), e2e.Desktop, e2e.Light)
	k.Click("button[value='4']")
	k.WaitFor(`document.querySelector(".thanks") !== null`)
	s.onTimeline(3)
	from, to, _ := strings.Cut(widget, "/v.js")
	widget = from[:strings.Index(from, "http")] + s.URL + "/v.js" + to
	w := chrome.Open(t, site, e2e.Desktop, e2e.Light)
	w.WaitFor(`document.querySelector("dialog[open] iframe") !== null && document.querySelector("iframe").offsetHeight > 200`)
	frame := w.Frame(s.URL)
	read(frame)
	frame.Click("label:has(input[name=csat][value='5'])")
	frame.Click(".send")
	s.onTimeline(4)

	// And it is told.
	title := ""
	for deadline := time.Now().Add(5 * time.Second); !strings.Contains(title, "75 %") && time.Now().Before(deadline); { // figures follow the log at their own pace
		p.Go(s.URL + "/surveys/al-salir")
		title = strings.ReplaceAll(p.Text("h1"), "\u00a0", " ")
	}
	if want := "«Al salir»: 75 % quedan contentos, de 4 respuestas"; title != want {
		t.Errorf("the finding is %q, not %q", title, want)
	}
	p.Check()
	p.Picture("survey-results")
	p.Go(s.URL + "/surveys/al-salir/versions")
	p.Check()
	p.Picture("survey-versions")
}
