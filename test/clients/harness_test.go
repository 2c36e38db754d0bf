package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// house is a running Vivencia, as the clients see it.
type house struct {
	URL      string // without a slash at the end
	WriteKey string
	token    string
	app      *app.App
	t        *testing.T
}

// start runs the whole product for the test.
func start(t *testing.T) house {
	t.Helper()
	cfg := app.Defaults()
	cfg.Data, cfg.Addr, cfg.Reserve, cfg.HistoryMemory = t.TempDir(), "127.0.0.1:0", 0, 64<<20
	a, err := app.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, func(at string) { address <- at }) }()
	h := house{app: a, t: t}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	source, err := a.Accounts.CreateSource(t.Context(), cx.System(), "Tienda web", "")
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := a.Accounts.CreateToken(t.Context(), cx.System(), "test", cx.Analyst, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	h.URL, h.WriteKey, h.token = "http://"+<-address, source.Key, token
	return h
}

// with serves pages under /pages/ and everything else from the house, as a
// company's own server would, and returns that origin.
func (h house) with(pages http.Handler) (origin string) {
	mux := http.NewServeMux()
	mux.Handle("/pages/", pages)
	mux.Handle("/", h.proxy())
	server := httptest.NewServer(mux)
	h.t.Cleanup(server.Close)
	return server.URL
}

// forgetful returns an address that answers each batch with 503 the first time,
// although the house has accepted it: the client must send it again. lost counts
// these.
func (h house) forgetful() (address string, lost *atomic.Int64) {
	proxy, seen := h.proxy(), sync.Map{}
	lost = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent struct{ Batch []struct{ MessageID string } }
		if err == nil {
			err = json.Unmarshal(body, &sent)
		}
		if err != nil || len(sent.Batch) == 0 {
			http.Error(w, "not a batch", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if _, again := seen.LoadOrStore(sent.Batch[0].MessageID, true); again {
			proxy.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		proxy.ServeHTTP(answer, r)
		if answer.Code == http.StatusOK {
			lost.Add(1)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	h.t.Cleanup(server.Close)
	return server.URL, lost
}

func (h house) proxy() *httputil.ReverseProxy {
	to, err := url.Parse(h.URL)
	if err != nil {
		h.t.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
}

// line is how an event is compared: "track Order Completed u-1 messageId".
func line(kind, name, userID, messageID string) string {
	if userID == "" {
		userID = "nobody yet"
	}
	return fmt.Sprintf("%s %s %s %s", kind, name, userID, messageID)
}

// logged returns what is in the log, an event a line, in the order of arrival.
func (h house) logged() (lines []string) {
	h.t.Helper()
	err := h.app.Log.Read(h.t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			lines = append(lines, line(e.Kind.String(), e.Name, e.UserID, e.MessageID))
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return lines
}

// lived returns what is on the customers' timelines, an event a line, as the
// API tells it once everything in the log is applied.
func (h house) lived() (lines []string) {
	h.t.Helper()
	if err := h.app.WaitApplied(h.t.Context(), h.app.Log.LastSeq(), nil); err != nil {
		h.t.Fatal(err)
	}
	type customer struct {
		ID string
	}
	for _, c := range every[customer](h, "/customers?limit=100") {
		type item struct {
			Type, Name, MessageID string
			UserID                *string
		}
		for _, i := range every[item](h, "/customers/"+c.ID+"/timeline?limit=50") {
			user := ""
			if i.UserID != nil {
				user = *i.UserID
			}
			lines = append(lines, line(i.Type, i.Name, user, i.MessageID))
		}
	}
	return lines
}

// every reads every page of a list of the API.
func every[T any](h house, path string) (items []T) {
	h.t.Helper()
	for cursor := ""; ; {
		req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.URL+"/api/v1"+path+"&cursor="+url.QueryEscape(cursor), nil)
		if err != nil {
			h.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+h.token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			h.t.Fatal(err)
		}
		var page struct {
			Items []T
			Next  *string
		}
		err = json.NewDecoder(res.Body).Decode(&page)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			h.t.Fatalf("GET %s: %s %v", path, res.Status, err)
		}
		items = append(items, page.Items...)
		if page.Next == nil {
			return items
		}
		cursor = *page.Next
	}
}
