package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/survey"
)

// asking is a product that asks every kind of question, behind a network that
// can be cut.
type asking struct {
	*app.App
	URL string
	cut atomic.Bool
	t   *testing.T
}

// ask opens one; site may show its widget.
func ask(t *testing.T, site string) *asking {
	t.Helper()
	cfg := app.Defaults()
	cfg.Data, cfg.Addr, cfg.Reserve = t.TempDir(), "127.0.0.1:0", 0
	a, err := app.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	model, err := os.ReadFile("testdata/asked.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Models.Apply(t.Context(), cx.System(), []byte(strings.Replace(string(model), "SITE", site, 1)), ""); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, func(at string) { address <- at }) }()
	s := &asking{App: a, t: t}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: <-address})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		front.Close()
		stop()
		<-ended
		_ = a.Close()
	})
	s.URL = front.URL
	return s
}

// link makes a link of a way to a survey.
func (s *asking) link(survey string, way listen.Way) string {
	s.t.Helper()
	l, err := s.Surveys.Link(s.t.Context(), cx.System(), listen.LinkRequest{Survey: survey, Way: way, Place: "goya"})
	if err != nil {
		s.t.Fatal(err)
	}
	return l.Path
}

// answers waits until the log holds n answers and returns them.
func (s *asking) answers(n int) (found []cx.Event) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) { // the browser sends when it likes
		found = nil
		if err := s.Log.Read(s.t.Context(), 0, func(b stream.Batch) error {
			for _, e := range b.Events {
				if e.Kind == cx.Answer {
					e.Body, e.Properties = slices.Clone(e.Body), slices.Clone(e.Properties)
					found = append(found, e)
				}
			}
			return nil
		}); err != nil {
			s.t.Fatal(err)
		}
		if len(found) >= n {
			return found
		}
	}
	s.t.Fatalf("%d answers came, not %d", len(found), n)
	return nil
}

// items are what answers say: question=value, text or choice, in their order.
func items(t *testing.T, events []cx.Event) (all []string) {
	t.Helper()
	for _, e := range events {
		a, err := fact.ParseAnswer(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range a.Items {
			value := i.Choice + i.Text
			if i.HasValue {
				value = fmt.Sprint(i.Value)
			}
			all = append(all, i.Question+"="+value)
		}
	}
	return all
}

func property(t *testing.T, e cx.Event, name string) any {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal(e.Properties, &p); err != nil {
		t.Fatal(err)
	}
	return p[name]
}

// TestSurveyPages answers as people do, at each size, in each theme and
// language, with the keyboard alone and without a script.
func TestSurveyPages(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := chrome.Open(t, s.URL+s.link("till", listen.ByQR), width, theme)
		p.Check()
		p.Picture("survey")
		p.Submit(".send")
		p.Forgive("422")
		p.Check()
		p.Picture("survey-fault")
		p.Click("label:has(input[name=ease][value='4'])")
		p.Type("textarea", "<b>Otra caja</b>, por favor 🙂")
		p.Submit(".send")
		p.WaitFor(`document.querySelector("main.good") !== null`)
		p.Check()
		p.Picture("survey-thanks")
		for _, lang := range []string{"en", "pt"} {
			p.Go(s.URL + "/s/every?l=" + lang)
			p.Check()
			p.Picture("survey-every-" + lang)
		}
		p.Go(s.URL + "/s/every")
		p.Click("label:has(input[name=again][value='9'])")
		p.Picture("survey-every")
		p.Submit(".send")
		p.WaitFor(`document.querySelector("input[name=weighed]") !== null`)
		p.Check()
		p.Click("label:has(input[name=weighed][value=other])")
		p.Type("input[name='weighed.other']", "El olor a libro")
		p.Picture("survey-every-2")
		p.Submit(".send")
		p.WaitFor(`document.querySelector("input[name=books]") !== null`)
		p.Check()
		p.Picture("survey-every-3")
		p.Go(s.URL + "/r/made-up")
		p.Forgive("404")
		p.Check()
		p.Picture("survey-unknown")
	})
}

func TestSurveyByKeyboard(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	p := chrome.Open(t, s.URL+"/s/till", e2e.Desktop, e2e.Light)
	for range 4 { // past the languages, to the first group
		p.Key(kb.Tab)
	}
	p.Key(kb.ArrowRight)
	p.WaitFor(`document.activeElement.name === "ease" && document.activeElement.checked`)
	p.Window("survey-focus")
	chosen := e2e.Eval[string](p, "document.activeElement.value")
	p.Key(kb.Tab)
	p.Key("Bien")
	p.Key(kb.Tab)
	p.WaitFor(`document.activeElement.className === "send"`)
	p.Key(kb.Enter)
	p.WaitFor(`document.querySelector("main.good") !== null`)
	if got, want := items(t, s.answers(1)), []string{"ease=" + chosen, "change=Bien"}; !slices.Equal(got, want) {
		t.Errorf("the log holds %v, not %v", got, want)
	}
}

// Going back, loading again and sending twice make one response; a break in the
// middle loses nothing.
func TestSurveyWithoutScript(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	p := chrome.Open(t, s.URL+"/s/every", e2e.Phone, e2e.Light)
	p.WithoutScripts()
	p.Go(s.URL + "/s/every")
	p.Click("label:has(input[name=again][value='3'])")
	p.Submit(".send")
	second := e2e.Eval[string](p, "location.href")
	p.Submit(".back")
	p.WaitFor(`document.querySelector("input[name=again][value='3']").checked`)
	p.Submit(".send")
	p.Go("about:blank")
	p.Go(second)
	p.Click("label:has(input[name=weighed][value=wait])")
	p.Submit(".send")
	p.Submit(".send")
	p.WaitFor(`document.querySelector("main.good") !== null`)
	p.Go(e2e.Eval[string](p, "location.href"))
	p.WaitFor(`document.querySelector("main.good") !== null`)
	events := s.answers(2)
	responses := map[any]bool{}
	for _, e := range events {
		responses[property(t, e, "response_id")] = true
	}
	if got := items(t, events); len(responses) != 1 || !slices.Contains(got, "again=3") || !slices.Contains(got, "weighed=wait") {
		t.Errorf("%d responses with %v", len(responses), got)
	}
}

// TestWidget shows a survey on another site, whose policy lets little run.
func TestWidget(t *testing.T) {
	t.Parallel()
	var page atomic.Pointer[string]
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(*page.Load(), " ")
		if r.URL.Path == "/site.js" {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprintf(w, `window.vivencia ||= function () { (vivencia.q ||= []).push(arguments) };
				vivencia("survey", %q, {userId: "u-17", properties: {order_id: "9"}})`, parts[1])
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; script-src 'self' "+parts[0]+"; frame-src "+parts[0])
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="es"><meta name="viewport" content="width=device-width"><title>Tienda</title><link rel="icon" href="data:,"><body><main><h1>Tienda</h1><button id="buy">Comprar</button></main>
			<script src="/site.js"></script><script async src="%s/v.js"></script>`, parts[0])
	}))
	t.Cleanup(other.Close)
	site := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	s := ask(t, site)
	about := s.URL + " " + strings.TrimPrefix(s.link("till", listen.ByWidget), "/w/")
	page.Store(&about)

	p := chrome.Open(t, site, e2e.Desktop, e2e.Light)
	p.WaitFor(`document.querySelector("dialog[open] iframe") !== null && document.querySelector("iframe").offsetHeight > 330`)
	p.Window("widget")
	p.WaitFor(`document.activeElement.tagName === "IFRAME" && document.activeElement.title.includes("pagar hoy en caja")`)
	p.Press(kb.Escape)
	p.WaitFor(`document.querySelector("dialog") === null`)
	p.Go(site) // it remembers
	if e2e.Eval[bool](p, `new Promise(done => setTimeout(() => done(document.querySelector("dialog") !== null), 500))`) {
		t.Error("who closed it is asked again")
	}
	p.Forgive("blocked")

	p = chrome.Open(t, site, e2e.Phone, e2e.Dark)
	p.WaitFor(`document.querySelector("dialog[open] iframe") !== null && document.querySelector("iframe").offsetHeight > 330`)
	p.Window("widget")
	p.Check()
	frame := p.Frame(s.URL)
	frame.Click("label:has(input[name=ease][value='2'])")
	p.Window("widget-chosen")
	frame.Click(".send")
	frame.WaitFor(`document.querySelector("main.good") !== null`)
	p.Window("widget-thanks")
	frame.Click(".close")
	p.WaitFor(`document.querySelector("dialog") === null`)
	e := s.answers(1)[0]
	if e.UserID != "u-17" || property(t, e, "order_id") != "9" || property(t, e, "way") != "widget" {
		t.Errorf("the answer is %s's, about %s", e.UserID, e.Properties)
	}
}

// TestWidgetElsewhere: a site that the model does not name shows nothing.
func TestWidgetElsewhere(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	path := s.link("till", listen.ByWidget)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><link rel="icon" href="data:,"><iframe src="%s%s"></iframe>`, s.URL, path)
	}))
	t.Cleanup(other.Close)
	p := chrome.Open(t, strings.Replace(other.URL, "127.0.0.1", "localhost", 1), e2e.Desktop, e2e.Light)
	p.WaitFor(`document.querySelector("iframe").contentDocument === null`)
	p.Refused("frame-ancestors")
}

// TestKiosk touches with and without a network: each touch counts once, at its
// own time.
func TestKiosk(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := chrome.Open(t, s.URL+s.link("smiles", listen.ByKiosk), width, theme)
		p.Check()
		p.Window("kiosk")
	})
}

func TestKioskOffline(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	p := chrome.Open(t, s.URL+s.link("smiles", listen.ByKiosk), e2e.Desktop, e2e.Light)
	touch := func(value string) {
		p.Click("button[value='" + value + "']")
		p.WaitFor(`document.querySelector(".thanks") !== null`)
		p.WaitFor(`document.querySelector(".thanks") === null`)
	}
	touch("5")
	s.answers(1)
	p.WaitFor(`navigator.serviceWorker.controller !== null`)
	e2e.Eval[bool](p, `(async () => { while (!await caches.match(location.pathname)) await new Promise(r => setTimeout(r, 20)); return true })()`)

	s.cut.Store(true)
	before := cx.TimeOf(time.Now())
	touch("1")
	touch("2")
	p.WaitFor(`document.querySelector(".waiting").textContent.includes("Sin conexión")`)
	p.Window("kiosk-offline")
	p.Go(s.URL + s.link("smiles", listen.ByKiosk)) // it starts again, without a network
	p.WaitFor(`document.querySelector("button[value='5']") !== null`)
	touch("3")
	after := cx.TimeOf(time.Now())
	if n := len(s.answers(1)); n != 1 {
		t.Errorf("%d answers came while there was no network", n)
	}

	s.cut.Store(false)
	events := s.answers(4)
	if got, want := items(t, events), []string{"score=5", "score=1", "score=2", "score=3"}; !slices.Equal(got, want) {
		t.Errorf("the log holds %v, not %v", got, want)
	}
	for _, e := range events[1:] {
		if e.At < before || e.At > after {
			t.Errorf("an answer of %v to %v stands at %v", before, after, e.At)
		}
	}
	p.WaitFor(`document.querySelector(".waiting").textContent === ""`)
	p.Forgive("ERR_")
}

// reader is a customer who may end all mail.
type reader struct{ gone atomic.Bool }

func (r *reader) Contact(context.Context, string) (deliver.Contact, error) {
	return deliver.Contact{To: "m…@example.com", Language: "es", Unsubscribed: r.gone.Load()}, nil
}

func (r *reader) Unsubscribe(context.Context, string, string) error { r.gone.Store(true); return nil }

func (r *reader) Resubscribe(context.Context, string) error { r.gone.Store(false); return nil }

func TestUnsubscribing(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		h, err := survey.New(survey.Config{
			Contacts: &reader{}, Company: func() web.Company { return web.Company{Name: "Librerías Candil"} },
			Clock: cx.SystemClock{}, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		p := chrome.Open(t, server.URL+"/u/token", width, theme)
		p.Check()
		p.Picture("unsubscribe")
		p.Submit(".send")
		p.WaitFor(`document.querySelector("input[name=again]") !== null`)
		p.Check()
		p.Picture("unsubscribed")
		p.Submit(".plain")
		p.WaitFor(`document.querySelector(".send") !== null`)
	})
}
