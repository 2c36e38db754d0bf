package crash

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the path of the vivencia that TestMain built.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "vivencia-crash-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "vivencia")
	code := 1
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/vivencia").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// house is a data directory and the server that comes and goes on it.
type house struct {
	t    *testing.T
	dir  string
	args []string // of serve, besides the usual

	mu      sync.Mutex
	url     string        // "" while nobody listens
	changed chan struct{} // closed when url changes
}

// newHouse returns a house on a disk.
func newHouse(t *testing.T, disk string) *house {
	return &house{t: t, dir: filepath.Join(disk, "data"), changed: make(chan struct{})}
}

// address waits until the server listens and returns where.
func (h *house) address(ctx context.Context) (string, error) {
	for {
		h.mu.Lock()
		url, changed := h.url, h.changed
		h.mu.Unlock()
		if url != "" {
			return url, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (h *house) listens(url string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.url = url
	close(h.changed)
	h.changed = make(chan struct{})
}

// server is one life of the server.
type server struct {
	house     *house
	cmd       *exec.Cmd
	suffers   bool // its disk fails: it may say so
	errors    bytes.Buffer
	listening chan struct{} // closed once it listens, or has died before
	read      chan struct{} // closed when it has said its last
}

// start starts the server; it does not wait until it listens.
func (h *house) start() *server {
	h.t.Helper()
	s := &server{house: h, listening: make(chan struct{}), read: make(chan struct{})}
	s.cmd = exec.Command(binary, append([]string{"serve", "--data", h.dir, "--addr", "127.0.0.1:0", "--log-level", "warn"}, h.args...)...)
	s.cmd.Stderr = &s.errors
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { // when the test fails before it ends
		if s.cmd.ProcessState == nil {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
	})
	go func() {
		defer close(s.read)
		open := true
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if url, ok := strings.CutPrefix(lines.Text(), "Vivencia is at "); ok && open {
				h.listens(url)
				close(s.listening)
				open = false
			}
		}
		if open {
			close(s.listening)
		}
	}()
	return s
}

// ready waits until it listens.
func (s *server) ready() {
	s.house.t.Helper()
	<-s.listening
	if s.house.url == "" {
		_ = s.cmd.Wait()
		s.house.t.Fatalf("the server did not start: %s", s.errors.String())
	}
}

// end sends the signal and waits until it is gone. A server that died before,
// or that ends badly when asked kindly, fails the test.
func (s *server) end(signal syscall.Signal) {
	s.house.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.house.t.Errorf("the server was gone before: %v", err)
	}
	<-s.read
	err := s.cmd.Wait()
	s.house.listens("")
	killed := false
	if status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		killed = status.Signaled() && status.Signal() == syscall.SIGKILL
	}
	if killed != (signal == syscall.SIGKILL) || !killed && err != nil {
		s.house.t.Fatalf("the server ended by %v: %s", err, s.errors.String())
	}
	if said := s.errors.String(); !s.suffers && strings.Contains(said, `"level":"ERROR"`) {
		s.house.t.Errorf("the server said: %s", said)
	}
}

// command runs vivencia on the house's data and returns what it printed.
func (h *house) command(args ...string) string {
	h.t.Helper()
	var errs bytes.Buffer
	cmd := exec.Command(binary, append(args, "--data", h.dir)...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("vivencia %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(string(out))
}

// get asks the API.
func (h *house) get(token, path string, out any) error {
	url, err := h.address(h.t.Context())
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, url+"/api/v1"+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// totals is what GET /totals says.
type totals struct {
	Events      int `json:"events"`
	Answers     int `json:"answers"`
	Customers   int `json:"customers"`
	Duplicates  int `json:"duplicates"`
	Quarantined int `json:"quarantined"`
	Applied     int `json:"applied_seq"`
	Last        int `json:"last_seq"`
}

// settled waits until everything in the log is applied.
func (h *house) settled(token string) (got totals) {
	h.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if err := h.get(token, "/totals", &got); err != nil {
			h.t.Fatal(err)
		}
		if got.Applied == got.Last {
			return got
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("the views stand still: %+v", got)
		}
	}
}
