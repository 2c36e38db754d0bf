package developers_test

import (
	"bufio"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/web/pages/developers"
	review "github.com/vivencia-cx/vivencia/internal/web/pages/quarantine"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// house is the way of an event from the gate to the memory, and the page on it.
type house struct {
	*webtest.Site
	t        *testing.T
	gate     *intake.Service
	memory   *remember.Memory
	accounts *account.Service
}

func open(t *testing.T) house {
	t.Helper()
	ctx, logger, clock := t.Context(), slog.New(slog.DiscardHandler), cxtest.NewClock()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	database := func(name string) *sqldb.DB {
		db, err := sqldb.Open(ctx, sqldb.Config{DSN: filepath.Join(t.TempDir(), name), Synchronous: "NORMAL"})
		must(err)
		t.Cleanup(func() { must(db.Close()) })
		return db
	}
	state := database("state.db")
	accounts, err := account.Open(ctx, state, clock)
	must(err)
	log, err := stream.Open(ctx, stream.Config{Dir: t.TempDir(), Logger: logger})
	must(err)
	t.Cleanup(func() { must(log.Close()) })
	models, err := model.OpenService(ctx, state, log, clock)
	must(err)
	queue, err := quarantine.Open(ctx, log, quarantine.Config{})
	must(err)
	memory, err := remember.Open(ctx, remember.Config{DB: database("views.db"), Clock: clock, Salt: []byte("salt"), Models: models, Log: log, Logger: logger})
	must(err)
	following, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = log.Follow(following, memory)
	}()
	t.Cleanup(func() { stop(); <-done })
	gate := intake.New(log, queue, clock, logger)
	site := webtest.Serve(t, accounts, clock, developers.New(accounts, memory, queue, gate, "https://cx.candil.example/"), review.New(queue, gate))
	return house{site, t, gate, memory, accounts}
}

func (h house) source(name string) account.Source {
	h.t.Helper()
	s, err := h.accounts.CreateSource(h.t.Context(), cx.System(), name, "")
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func (h house) send(source, message string) {
	h.t.Helper()
	receipt, err := h.gate.Accept(h.t.Context(), intake.Batch{Source: source, Way: "v1/track", Messages: [][]byte{[]byte(message)}})
	if err == nil && receipt.Accepted > 0 {
		err = h.memory.WaitFor(h.t.Context(), receipt.Last)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.Clock.Advance(time.Second)
}

func TestWithoutASourceItSaysHowToMakeOne(t *testing.T) {
	t.Parallel()
	h := open(t)
	r := h.As(cx.Admin).Get("/developers")
	if got := r.Text("h1"); got != "Para recibir hechos hace falta una fuente" {
		t.Errorf("got %q", got)
	}
	if got := r.Attr("#send .empty .button", "href"); got != "/settings/sources" {
		t.Errorf("it leads to %q", got)
	}
	r = h.As(cx.Lead).Get("/developers")
	if got := r.Text("#send .empty p"); !strings.HasPrefix(got, "Pide a quien administra") || len(r.All("#send .empty .button")) > 0 {
		t.Errorf("who may not make one reads %q", got)
	}
	if r := h.As(cx.Member).Get("/developers"); r.Status != http.StatusForbidden {
		t.Errorf("a member got %d", r.Status)
	}
}

func TestSnippetsCarryTheKeyAndTheAddress(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.source("Caja")
	web := h.source("Tienda web")
	v := h.As(cx.Analyst)
	ways := v.Get("/developers").All("#send .tabs a")
	if got := strings.Join(ways, ", "); got != "curl, Navegador, Node, Go, Python, CSV, CloudEvents" {
		t.Errorf("the ways are %s", got)
	}
	for _, way := range []string{"curl", "browser", "node", "go", "python", "csv", "cloudevents"} {
		r := v.Get("/developers?source=tienda-web&way=" + way)
		code := strings.Join(r.All("#send .codeblock code"), "\n")
		identifies := web.Key
		if way == "csv" {
			identifies = "source: tienda-web"
		}
		if !strings.Contains(code, identifies) || !strings.Contains(code, "https://cx.candil.example") || strings.Contains(code, "{{") {
			t.Errorf("%s: %s", way, code)
		}
		if got := r.All("#send .tabs [aria-current]"); len(got) != 1 {
			t.Errorf("%s: %d ways are current", way, len(got))
		}
	}
	if got := v.Get("/developers?source=gone&way=fax").Text("#send .tabs [aria-current]"); got != "curl" {
		t.Errorf("an unknown way shows %q", got)
	}
}

func TestWhatArrivedIsListedRefusedOrNot(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.source("Caja")
	h.source("Tienda web")
	v := h.As(cx.Analyst)
	if got := v.Get("/developers").Text("h1"); got != "Aún no llega nada: envía tu primer hecho" {
		t.Errorf("before: %q", got)
	}
	h.send("tienda-web", `{"type":"track","event":"<b>Umbrella Found</b>","userId":"ana","messageId":"m-1"}`)
	h.send("caja", `{"type":"identify","userId":"ana","messageId":"m-2","traits":{"name":"Ana Ruiz"}}`)
	h.send("caja", `{"type":"track","userId":"ana","messageId":"m-3"}`)
	r := v.Get("/developers")
	if got := r.Text("h1"); got != "Llegan hechos; de los 3 últimos, uno no se entendió" {
		t.Errorf("after: %q", got)
	}
	want := []string{
		"Por revisar event: falta", "identify Identify", "track <b>Umbrella Found</b>",
	}
	got := r.All("#arrivals .developers-what")
	for i := range want {
		if len(got) != len(want) || !strings.HasPrefix(got[i], want[i]) {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	if got := r.Text("#arrivals li:nth-child(2) .developers-whose"); got != "Caja Ana Ruiz m-2" {
		t.Errorf("whose: %q", got)
	}
	if href := r.Attr("#arrivals .developers-what a", "href"); !strings.HasPrefix(href, "/quarantine/") {
		t.Errorf("the reason leads to %q", href)
	}
	r = v.Get("/developers?from=tienda-web&live=off")
	if got := r.All("#arrivals > li"); len(got) != 1 {
		t.Errorf("of one source: %q", got)
	}
	if r.Attr("[hx-sse\\:connect]", "hx-sse:connect") != "" || r.Text(".developers-state") != "en pausa" {
		t.Error("it is not paused")
	}
	if got := r.Attr("#live a.button", "href"); got != "/developers?from=tienda-web#live" {
		t.Errorf("resuming leads to %q", got)
	}
}

func TestATestEventArrives(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.source("Caja")
	v := h.As(cx.Analyst)
	if r := v.Post("/developers/test", url.Values{"source": {"nobody"}}); r.Status != http.StatusNotFound {
		t.Errorf("an unknown source got %d", r.Status)
	}
	if r := h.As(cx.Lead).Post("/developers/test", url.Values{"source": {"caja"}}); r.Status != http.StatusForbidden {
		t.Errorf("a lead got %d", r.Status)
	}
	live := h.live(v)
	if r := v.Post("/developers/test", url.Values{"source": {"caja"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("got %d: %s", r.Status, r.Body)
	}
	for line := range live {
		if strings.Contains(line, "<strong>Test Event</strong>") {
			break
		}
	}
	r := v.Get("/developers")
	if got := r.Text("#arrivals .developers-what"); got != "track Test Event" {
		t.Errorf("it lists %q", got)
	}
	if got := r.Text("#toasts p"); got != "Enviado. En un momento estará en la lista." {
		t.Errorf("it says %q", got)
	}
}

// live opens the stream and returns its lines; it is open when this returns.
func (h house) live(v *webtest.Visitor) <-chan string {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL+"/developers/live", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	req.AddCookie(v.Cookie())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	lines, ended := make(chan string, 100), make(chan struct{})
	scanner := bufio.NewScanner(res.Body)
	scanner.Scan() // the first comment: it watches
	go func() {
		defer close(ended)
		defer close(lines)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	h.t.Cleanup(func() {
		cancel()
		_ = res.Body.Close()
		<-ended
	})
	return lines
}
