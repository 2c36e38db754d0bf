package customer_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
)

// TestLiveCatchesUp draws the line again for who asks with an older page.
func TestLiveCatchesUp(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	id := w.Named("u1", "Marta Gil", "marta@example.com")
	v := site.As(cx.Member)
	live := v.Get(customer.Path(id)).Attr("[hx-sse\\:connect]", "hx-sse:connect")
	w.Live(cxtest.Track("u1", "Checkout Paid", 10*time.Minute, cxtest.Object{"wait_min": 1.0}))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+live, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(v.Cookie())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `hx-target="#line" hx-swap="innerHTML"`) && strings.Contains(lines.Text(), "Pagó en caja") {
			return
		}
	}
	t.Errorf("nothing was told: %v", lines.Err())
}

// TestLiveTakesItsPlace follows what a browser is told: a new moment on top of
// its day, one that grows where it is, a late one below; nothing of others.
func TestLiveTakesItsPlace(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	id := w.Named("u1", "Marta Gil", "marta@example.com")
	w.Live(cxtest.Track("u1", "Checkout Paid", 10*time.Minute, cxtest.Object{"wait_min": 1.0}))
	v := site.As(cx.Member)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+customer.Path(id)+"/live?since=2", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(v.Cookie())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	next := func() string {
		var message strings.Builder
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "data: "):
				message.WriteString(line[6:] + "\n")
			case line == "" && message.Len() > 0:
				return message.String()
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return ""
	}
	lines.Scan() // the stream is open

	steps := []struct {
		name  string
		event cx.Event
		want  []string
		never string
	}{
		{"grows", cxtest.Track("u1", "Checkout Paid", 12*time.Minute, cxtest.Object{"wait_min": 9.0}), []string{`hx-target="#m-2" hx-swap="outerHTML"`, "Acaba de ocurrir: Pagó en caja", "customer-figures"}, "afterbegin"},
		{"new", cxtest.Track("u1", "Product Viewed", 20*time.Minute, nil), []string{`hx-target="#d-2026-03-02" hx-swap="afterend"`, `id="m-6"`}, "story-day"},
		{"next day", cxtest.Track("u1", "Product Viewed", 30*time.Hour, nil), []string{`hx-target="#line" hx-swap="afterbegin"`, `id="d-2026-03-03"`, `id="m-8"`}, `hx-target="#d-2026-03-03"`},
		{"late", cxtest.Track("u1", "Product Viewed", 14*time.Minute, nil), []string{`hx-target="#m-6" hx-swap="outerHTML"`}, ""},
	}
	for _, s := range steps {
		w.Live(cxtest.Track("u2", "Checkout Paid", time.Hour, cxtest.Object{"step": s.name}))
		w.Live(s.event)
		got := next()
		for _, want := range s.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is missing in\n%s", s.name, want, got)
			}
		}
		if s.never != "" && strings.Contains(got, s.never) {
			t.Errorf("%s: %q in\n%s", s.name, s.never, got)
		}
	}
}
