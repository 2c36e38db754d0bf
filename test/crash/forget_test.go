package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestKill9WhileForgetting forgets customers while others go on living, and
// kills the server somewhere in each forgetting. It is finished by itself, no
// byte is left, and nobody else is missing.
func TestKill9WhileForgetting(t *testing.T) {
	h := newHouse(t, t.TempDir())
	s := h.start()
	s.ready()
	key, token := h.command("source", "create", "Tienda"), h.command("token", "create", "--role", "admin")
	post := func(path, auth string, body any) (int, error) {
		url, err := h.address(t.Context())
		if err != nil {
			return 0, err
		}
		b, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, bytes.NewReader(b))
		if err != nil {
			return 0, err
		}
		if auth == "" {
			req.SetBasicAuth(key, "")
			req.Header.Set("Content-Type", "application/json")
		} else {
			req.Header.Set("Authorization", "Bearer "+auth)
			req.Body, req.ContentLength = http.NoBody, 0
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
	n := rounds(4)
	secrets := func(i int) []string {
		return []string{fmt.Sprintf("persona%d@olvido.example", i), fmt.Sprintf("u-olvido-%04d", i), fmt.Sprintf("lo que dijo la persona %d en la caja", i)}
	}
	var batch []any
	for i := range n {
		says := secrets(i)
		for k := range 30 {
			batch = append(batch, map[string]any{
				"type": "track", "event": "Order Completed", "userId": says[1], "messageId": fmt.Sprintf("olvido-%d-%d", i, k),
				"properties": map[string]any{"note": says[2]}, "context": map[string]any{"traits": map[string]any{"email": says[0]}},
			})
		}
	}
	if status, err := post("/v1/batch", "", map[string]any{"batch": batch}); status != 200 {
		t.Fatal(status, err)
	}
	h.settled(token)
	ids := make([]string, n)
	for i := range ids {
		var c struct{ ID string }
		if err := h.get(token, "/customers/lookup?userId="+secrets(i)[1], &c); err != nil {
			t.Fatal(err)
		}
		ids[i] = c.ID
	}

	stop, sent := make(chan struct{}), 0
	var load sync.WaitGroup
	load.Go(func() {
		for ; ; sent++ {
			select {
			case <-stop:
				return
			default:
			}
			message := map[string]any{"event": "Till Paid", "userId": person(sent % people), "messageId": fmt.Sprintf("load-%d", sent)}
			for status := 0; status != 200; {
				status, _ = post("/v1/track", "", message)
			}
		}
	})
	for i, id := range ids {
		asked := make(chan struct{})
		go func() {
			defer close(asked)
			_, _ = post("/api/v1/customers/"+id+"/forget", token, nil)
		}()
		wait(t.Context(), time.Duration(rand.IntN(400))*time.Millisecond)
		s.end(syscall.SIGKILL)
		<-asked
		s = h.start()
		s.ready()
		if status, err := post("/api/v1/customers/"+id+"/forget", token, nil); status != http.StatusOK {
			t.Fatalf("customer %d is not forgotten: %d %v", i, status, err)
		}
	}
	close(stop)
	load.Wait()
	gone := func(when string) {
		t.Helper()
		for i, id := range ids {
			if err := h.get(token, "/customers/"+id, nil); err == nil || err.Error() != "GET /customers/"+id+": 410 Gone" {
				t.Errorf("%s customer %d: %v", when, i, err)
			}
		}
		if got := h.settled(token); got.Events != sent || got.Customers != min(sent, people) {
			t.Errorf("%s there are %d events of %d, of %d customers", when, got.Events, sent, got.Customers)
		}
		err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(path)
			for i := range n {
				for _, text := range secrets(i) {
					if bytes.Contains(b, []byte(text)) {
						t.Errorf("%s %s holds %q", when, path, text)
					}
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	gone("after forgetting")
	s.end(syscall.SIGTERM)
	h.command("rebuild")
	s = h.start()
	s.ready()
	gone("after a rebuild")
	s.end(syscall.SIGTERM)
	t.Logf("%d customers forgotten through as many kills, while %d events came", n, sent)
}
