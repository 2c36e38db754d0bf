package app

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// A request that is under way when the end is asked for is answered.
func TestServeLetsFinishWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.Config.Addr = "127.0.0.1:0"
	ctx, stop := context.WithCancel(t.Context())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- h.Serve(ctx, func(a string) { address <- a }) }()
	url := "http://" + <-address

	body, write := io.Pipe()
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/track", body)
	if err != nil {
		t.Fatal(err)
	}
	key, err := h.Accounts.CreateSource(ctx, cx.System(), "web", "")
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(key.Key, "")
	req.Header.Set("Expect", "100-continue")
	status := make(chan int, 1)
	go func() {
		res, err := client.Do(req)
		if err != nil {
			t.Error(err)
			status <- 0
			return
		}
		_ = res.Body.Close()
		status <- res.StatusCode
	}()
	if _, err := io.WriteString(write, `{"userId":"1",`); err != nil { // taken once the server asks for it
		t.Fatal(err)
	}
	stop()
	for { // until it listens no more
		res, err := client.Get(url + "/healthz")
		if err != nil {
			break
		}
		_ = res.Body.Close()
	}
	if _, err := io.Copy(write, strings.NewReader(`"event":"Bought"}`)); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	if got := <-status; got != http.StatusOK {
		t.Errorf("status %d, want 200", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestMetricsCountByStatus(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	source, err := h.Accounts.CreateSource(t.Context(), cx.System(), "web", "")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, body string) string {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:1"
		h.handler.ServeHTTP(w, r)
		return w.Body.String()
	}
	ask(http.MethodPost, "/v1/track?writeKey="+source.Key, "{}")
	want := `vivencia_collect_requests_total{status="400",way="v1/track"} 1` // alerts match status=~"5.."
	if got := ask(http.MethodGet, "/metrics", ""); !strings.Contains(got, want) {
		t.Errorf("the metrics lack %s", want)
	}
}
