package notices_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/act/notify/notifytest"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/notices"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

var (
	_ notices.Notices  = (*notify.Service)(nil)
	_ notices.Browsers = (*deliver.Service)(nil)
)

func open(t *testing.T) (*notifytest.World, *webtest.Site) {
	t.Helper()
	w := notifytest.New(t)
	return w, webtest.Serve(t, w.Accounts, w.Clock, notices.New(w.Notices, w.Deliver))
}

func tell(t *testing.T, w *notifytest.World, key string, urgent bool) {
	t.Helper()
	if err := w.Notices.Tell(context.WithoutCancel(t.Context()), notify.Notice{
		Key: key, To: notify.To{Role: cx.Lead}, Kind: notify.Promise, Urgent: urgent, Href: "/notices/settings",
		Title: notifytest.Text("«Llega el día» se rompe <b>"), Text: notifytest.Text("Uno\n\nDos"),
	}); err != nil {
		t.Fatal(err)
	}
}

func TestNoticesAreListedReadAndCounted(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	v := site.As(cx.Lead)
	if r := v.Get("/notices"); r.Status != http.StatusOK || r.Text("h1") != "No tienes nada sin leer" || r.Text(".empty") == "" {
		t.Fatalf("%d %q", r.Status, r.Text("h1"))
	}
	tell(t, w, "one", true)
	r := v.Get("/notices")
	if r.Text("h1") != "1 aviso espera a que lo leas" || r.Text(".notice-item h2") != "«Llega el día» se rompe <b>" || len(r.All(".notice-item > div > p")) != 3 {
		t.Errorf("%q %q", r.Text("h1"), r.All(".notice-item p"))
	}
	if got := r.Text("#bell-side .bell-count"); got != "1" {
		t.Errorf("the bell counts %q", got)
	}
	if got := r.Attr("#bell-top", "aria-label"); got != "Avisos: 1 sin leer" {
		t.Errorf("the bell says %q", got)
	}
	if r := site.As(cx.Member).Get("/notices"); len(r.All(".notice-item")) != 0 {
		t.Error("another's notices are shown")
	}
	to := v.Get("/notices").Attr(".notice-item form", "action")
	if r := v.Post(to, url.Values{"to": {"https://evil.example"}}); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/" {
		t.Errorf("it leads to %q", r.Header.Get("Location"))
	}
	if r := v.Get("/notices?kind=case"); len(r.All(".notice-item")) != 0 {
		t.Error("a kind is not kept to")
	}
	if r := v.Get("/notices?kind=promise"); len(r.All(".notice-item:not(.is-unread)")) != 1 {
		t.Error("what was opened is not read")
	}
	tell(t, w, "two", false)
	if r := v.Post("/notices/read", nil); r.Status != http.StatusSeeOther || v.Get("/notices").Text("h1") != "No tienes nada sin leer" {
		t.Error("not all was read")
	}
}

func TestHowOneIsTold(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	v := site.As(cx.Lead)
	r := v.Get("/notices/settings")
	if r.Status != http.StatusOK || r.Attr("#f-from", "value") != "21:00" || r.Attr("#f-promise-mail[checked]", "id") == "" || len(r.Attr("v-push", "data-key")) < 80 {
		t.Fatalf("%d %q", r.Status, r.Attr("#f-from", "value"))
	}
	if r := v.Post("/notices/settings", url.Values{"case-push": {"1"}, "from": {"22:30"}, "to": {"07:15"}, "digest": {"7"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Text("[role=alert]"))
	}
	r = v.Get("/notices/settings")
	if r.Attr("#f-from", "value") != "22:30" || r.Attr("#f-promise-mail[checked]", "id") != "" || r.Attr("#f-case-push[checked]", "id") == "" || r.Attr("#f-digest option[selected]", "value") != "7" {
		t.Error("what was chosen is not shown")
	}
	if r := v.Post("/notices/settings", url.Values{"digest": {"77"}, "hook": {"none"}}); r.Status != http.StatusUnprocessableEntity || r.Text("#f-digest-fault") != "Elige una hora de la lista" {
		t.Errorf("%d %q", r.Status, r.Text("#f-digest-fault"))
	}
	if r := v.Get("/notices/worker.js"); r.Status != http.StatusOK || !strings.Contains(r.Body, "showNotification") {
		t.Errorf("the worker: %d", r.Status)
	}
	if r := v.Post("/notices/browser", url.Values{"endpoint": {"http://inside"}, "p256dh": {"x"}, "auth": {"y"}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a browser that is none: %d", r.Status)
	}
	if r := v.Post("/notices/browser", notifytest.Browser()); r.Status != http.StatusSeeOther {
		t.Errorf("a browser: %d", r.Status)
	}
	if n, err := w.Deliver.Browsers(t.Context(), "nobody"); err != nil || n != 0 {
		t.Errorf("%d browsers, %v", n, err)
	}
	if r := v.Get("/notices/settings"); !strings.Contains(r.Body, "en 1 navegador") {
		t.Error("the browser is not counted")
	}
	if r := v.Post("/notices/browser/off", nil); r.Status != http.StatusSeeOther || strings.Contains(v.Get("/notices/settings").Body, "en 1 navegador") {
		t.Error("the browser was not withdrawn")
	}
}

func TestWhatComesIsShownAtOnce(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	v := site.As(cx.Lead)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, site.URL+"/notices/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(v.Cookie())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	lines.Scan() // it is open
	tell(t, w, "live", true)
	began := time.Now()
	seen := ""
	for lines.Scan() && !strings.Contains(seen, "toast") {
		seen += lines.Text()
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it was shown after %v", took)
	}
	for _, part := range []string{"#bell-side", "#bell-top", "#notice-list", "Llega el día"} {
		if !strings.Contains(seen, part) {
			t.Errorf("the stream lacks %q: %s", part, seen)
		}
	}
}
