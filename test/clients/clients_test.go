package clients

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/segmentio/analytics-go/v3"
)

// tool returns the path of the first of the programs that is there, or skips
// the test with the reason. CI sets VIVENCIA_DATA_REQUIRED, which turns that
// into a failure.
func tool(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("VIVENCIA_DATA_REQUIRED") != "" {
		t.Fatalf("%s is missing", names[0])
	}
	t.Skipf("needs %s", names[0])
	return ""
}

var install = sync.OnceValue(func() error {
	if _, err := os.Stat(filepath.Join("node_modules", ".package-lock.json")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput()
	if err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})

// needNode skips or installs the clients, and returns the path of node.
func needNode(t *testing.T) string {
	t.Helper()
	node := tool(t, "node")
	tool(t, "npm")
	if err := install(); err != nil {
		t.Fatal(err)
	}
	return node
}

// check fails unless everything that was sent is in the log and on the
// timelines, each once.
func check(t *testing.T, h house, sent []string) {
	t.Helper()
	got := h.logged()
	for deadline := time.Now().Add(10 * time.Second); len(got) < len(sent) && time.Now().Before(deadline); got = h.logged() {
		time.Sleep(10 * time.Millisecond) // the browser batches in the background
	}
	compare(t, "in the log", sent, got)
	compare(t, "on the timelines", sent, h.lived())
}

func compare(t *testing.T, where string, sent, got []string) {
	t.Helper()
	slices.Sort(sent)
	slices.Sort(got)
	if diff := cmp.Diff(sent, got); diff != "" {
		t.Errorf("(-sent +%s)\n%s", where, diff)
	}
}

// sendByNode runs the client for Node and returns what it sent.
func sendByNode(t *testing.T, node, address, key string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, node, "node_client.mjs", address, key)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	sent := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(sent) != 65 {
		t.Errorf("it sent %d events", len(sent))
	}
	return sent
}

func TestNode(t *testing.T) {
	t.Parallel()
	node := needNode(t)
	h := start(t)
	check(t, h, sendByNode(t, node, h.URL, h.WriteKey))
}

// TestNodeTriesAgain loses the first answer to each batch: the client sends it
// again, so it is in the log twice, and was lived once.
func TestNodeTriesAgain(t *testing.T) {
	t.Parallel()
	node := needNode(t)
	h := start(t)
	address, lost := h.forgetful()
	sent := sendByNode(t, node, address, h.WriteKey)
	if logged := len(h.logged()); lost.Load() == 0 || logged != 2*len(sent) {
		t.Errorf("%d answers were lost, %d events sent, %d logged", lost.Load(), len(sent), logged)
	}
	compare(t, "on the timelines", sent, h.lived())
}

// sentByGo notes what the Go client says that it delivered.
type sentByGo struct {
	t    *testing.T
	mu   sync.Mutex
	sent []string
}

func (s *sentByGo) Success(m analytics.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	note := func(kind, name, userID, messageID string) {
		s.sent = append(s.sent, line(kind, name, userID, messageID))
	}
	switch m := m.(type) {
	case analytics.Track:
		note("track", m.Event, m.UserId, m.MessageId)
	case analytics.Identify:
		note("identify", "Identify", m.UserId, m.MessageId)
	case analytics.Page:
		note("page", m.Name, m.UserId, m.MessageId)
	case analytics.Screen:
		note("screen", m.Name, m.UserId, m.MessageId)
	case analytics.Group:
		note("group", "Group", m.UserId, m.MessageId)
	case analytics.Alias:
		note("alias", "Alias", m.UserId, m.MessageId)
	}
}

func (s *sentByGo) Failure(_ analytics.Message, err error) { s.t.Error(err) }

func TestGo(t *testing.T) {
	t.Parallel()
	h := start(t)
	noted := &sentByGo{t: t}
	client, err := analytics.NewWithConfig(h.WriteKey, analytics.Config{
		Endpoint: h.URL, BatchSize: 7, Interval: 50 * time.Millisecond, Callback: noted,
		DefaultContext: &analytics.Context{IP: []byte{127, 0, 0, 1}, Traits: analytics.NewTraits().SetName("Ana")},
	})
	if err != nil {
		t.Fatal(err)
	}
	messages := []analytics.Message{
		analytics.Page{AnonymousId: "a-go", Name: "Inicio"},
		analytics.Identify{AnonymousId: "a-go", UserId: "u-go", Traits: analytics.NewTraits().SetEmail("ana@candil.example")},
		analytics.Screen{UserId: "u-go", Name: "Portada"},
		analytics.Group{UserId: "u-go", GroupId: "ceip-lorca"},
		analytics.Alias{UserId: "u-go-2", PreviousId: "u-go"},
	}
	for i := range 60 {
		messages = append(messages, analytics.Track{
			UserId: "u-go", Event: fmt.Sprint("Compra ", i), Properties: analytics.NewProperties().SetRevenue(float64(i)).SetTitle("Luces de bohemia"),
		})
	}
	for _, m := range messages {
		if err := client.Enqueue(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if len(noted.sent) != len(messages) {
		t.Errorf("it sent %d events of %d", len(noted.sent), len(messages))
	}
	check(t, h, noted.sent)
}

// pages serves the page and the browser's client as it comes from npm.
func pages(dir string) http.Handler {
	bundle := http.Dir("node_modules/@segment/analytics-next/dist/umd")
	return http.StripPrefix(dir, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "page.html" {
			http.ServeFile(w, r, "page.html")
			return
		}
		http.FileServer(bundle).ServeHTTP(w, r)
	}))
}

func TestBrowser(t *testing.T) {
	t.Parallel()
	needNode(t)
	chromium := tool(t, "chromium", "chromium-browser", "google-chrome")
	alloc, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.ExecPath(chromium), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Run(browser); err != nil {
		t.Fatal(err)
	}
	elsewhere := httptest.NewServer(pages("/pages/"))
	t.Cleanup(elsewhere.Close)
	for _, c := range []struct {
		name           string
		batched, other bool
	}{{"each by itself", false, false}, {"in batches", true, false}, {"from another origin", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			h := start(t)
			origin, cdn := h.with(pages("/pages/")), h.URL
			if c.other {
				origin = elsewhere.URL
			} else {
				cdn = origin
			}
			query := url.Values{"key": {h.WriteKey}, "cdn": {cdn}}
			if c.batched {
				query.Set("batched", "")
			}
			tab, cancel := chromedp.NewContext(browser)
			defer cancel()
			tab, cancel = context.WithTimeout(tab, time.Minute)
			defer cancel()
			var mu sync.Mutex
			var said []string
			chromedp.ListenTarget(tab, func(event any) {
				mu.Lock()
				defer mu.Unlock()
				switch e := event.(type) {
				case *runtime.EventConsoleAPICalled:
					for _, a := range e.Args {
						said = append(said, string(a.Value)+a.Description)
					}
				case *runtime.EventExceptionThrown:
					said = append(said, e.ExceptionDetails.Error())
				}
			})
			var sent []string
			err := chromedp.Run(tab,
				chromedp.Navigate(origin+"/pages/page.html?"+query.Encode()),
				chromedp.Evaluate("live()", &sent, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }),
			)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || len(said) > 0 {
				t.Fatalf("%v\nthe page said: %s", err, strings.Join(said, "\n"))
			}
			if len(sent) != 25 {
				t.Errorf("it sent %d events", len(sent))
			}
			check(t, h, sent)
		})
	}
}
