package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/test/disktest"
)

// answer is what the server said to one request.
type answer struct {
	status  int
	header  http.Header
	message string
}

// send posts one request, whatever comes of it.
func send(h *house, client *http.Client, key string, q request) (answer, error) {
	url, err := h.address(h.t.Context())
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, url+q.path, bytes.NewReader(q.body))
	if err != nil {
		return answer{}, err
	}
	req.SetBasicAuth(key, "")
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	var said struct{ Message string }
	_ = json.Unmarshal(body, &said) // what it is not shows in the message
	return answer{res.StatusCode, res.Header, said.Message}, err
}

// large is a track of somebody's, of about size bytes that hardly shrink.
func large(id string, size int) message {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%x", (uint64(i)+1)*0x9e3779b97f4a7c15)
	}
	m := message{ID: id, Person: person(0), Name: "Product Viewed"}
	m.json = fmt.Appendf(nil, `{"type":"track","event":"Product Viewed","messageId":%q,"userId":%q,"properties":{"text":%q}}`, id, m.Person, b.String())
	return m
}

// TestFullDisk fills the disk itself, not only up to the reserve: 507 says what
// to do, what was acknowledged stays and is read, and it goes on by itself.
func TestFullDisk(t *testing.T) {
	for _, c := range []struct{ name, reserve string }{{"past the reserve", "20MB"}, {"past the disk itself", "0"}} {
		t.Run(c.name, func(t *testing.T) {
			d := disktest.New(t, 220)
			h := newHouse(t, d.Dir)
			h.args = []string{"--reserve", c.reserve}
			s := h.start()
			s.suffers = true
			s.ready()
			key, token := h.command("source", "create", "Tienda"), h.command("token", "create", "--role", "admin")
			l := &ledger{messages: map[string]message{}}
			some := func(id string, n int) answer {
				t.Helper()
				all := make([]message, n)
				for i := range all {
					all[i] = large(fmt.Sprintf("%s-%d", id, i), 20_000)
				}
				got, err := send(h, http.DefaultClient, key, batch(all))
				if err != nil {
					t.Fatal(err)
				}
				if got.status == http.StatusOK {
					for _, m := range all {
						l.messages[m.ID] = m
					}
				}
				return got
			}
			some("first", 1)
			h.settled(token)
			free, err := disktest.Free(d.Dir)
			if err != nil {
				t.Fatal(err)
			}
			ballast := filepath.Join(d.Dir, "ballast")
			if err := os.WriteFile(ballast, make([]byte, max(free-(40<<20), 0)), 0o600); err != nil {
				t.Fatal(err)
			}
			full := answer{}
			for i := 0; i < 2000 && full.status != http.StatusInsufficientStorage; i++ {
				if full = some(fmt.Sprint("fill-", i), 10); full.status != http.StatusOK && full.status != http.StatusInsufficientStorage && full.status != http.StatusServiceUnavailable {
					t.Fatalf("%+v", full)
				}
			}
			if full.status != http.StatusInsufficientStorage || !strings.Contains(full.message, "free some disk space") {
				t.Fatalf("a full disk answers %+v", full)
			}
			read := false
			err = timeline(h, token, person(0), func(_ cx.Seq, id string) { read = read || id == "first-0" })
			if err != nil || !read {
				t.Errorf("while it is full, reading: %v, %v", read, err)
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			for deadline := time.Now().Add(30 * time.Second); some("after", 10).status != http.StatusOK; time.Sleep(50 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("it does not come back")
				}
			}
			got := h.settled(token)
			if got.Events != len(l.messages) {
				t.Errorf("%d events, %d were acknowledged", got.Events, len(l.messages))
			}
			found := map[string]int{}
			if err := timeline(h, token, person(0), func(_ cx.Seq, id string) { found[id]++ }); err != nil {
				t.Fatal(err)
			}
			for id := range l.messages {
				if found[id] != 1 {
					t.Errorf("%s is on the timeline %d times", id, found[id])
				}
			}
			s.end(syscall.SIGTERM)
			t.Logf("%d acknowledged, each is there once", len(l.messages))
		})
	}
}
