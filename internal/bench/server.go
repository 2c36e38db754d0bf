package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/simulate"
)

// server is one life of a server, in a process of its own.
type server struct {
	dir   string
	addr  string // where it listens: host:port
	cmd   *exec.Cmd
	said  bytes.Buffer // of errors
	ended chan struct{}
	api   *http.Client // speaks to the directory's socket, as the system
	key   string       // the write key, once prepared
}

// startServer starts binary on dir and waits until it listens. It must be
// killed.
func startServer(ctx context.Context, binary, dir string) (*server, error) {
	s := &server{dir: dir, ended: make(chan struct{}), api: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, "vivencia.sock"))
		},
	}}}
	s.cmd = exec.CommandContext(ctx, binary, "serve", "--data", dir, "--addr", "127.0.0.1:0", "--url", "", "--log-level", "warn")
	s.cmd.Stderr = &s.said
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	listens := make(chan string, 1)
	go func() {
		defer close(s.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if addr, ok := strings.CutPrefix(lines.Text(), "Vivencia is at http://"); ok {
				listens <- addr
			}
		}
	}()
	select {
	case s.addr = <-listens:
		return s, nil
	case <-s.ended:
		s.kill()
		return nil, fmt.Errorf("the server did not start: %s", s.said.String())
	}
}

// kill ends it as a crash would: nothing is closed. It can be called again.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may be gone already
	<-s.ended
	_ = s.cmd.Wait()
	s.api.CloseIdleConnections()
}

// prepare declares the simulated company and makes a source for the load.
func (s *server) prepare(ctx context.Context) error {
	if err := s.call(ctx, "/api/v1/model", map[string]string{"yaml": string(simulate.Model())}, nil); err != nil {
		return err
	}
	var source struct{ Key string }
	err := s.call(ctx, "/api/v1/sources", map[string]string{"name": "web"}, &source)
	s.key = source.Key
	return err
}

// call posts in to the API, or gets when it is nil.
func (s *server) call(ctx context.Context, path string, in, out any) error {
	method, body := http.MethodGet, []byte(nil)
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://vivencia"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := exchange(s.api, req)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// statusError is an answer that is not 2xx.
type statusError struct {
	status int
	what   string
}

func (e statusError) Error() string { return e.what }

// exchange returns the answer's body.
func exchange(c *http.Client, req *http.Request) ([]byte, error) {
	res, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= http.StatusMultipleChoices {
		err = statusError{res.StatusCode, fmt.Sprintf("%s %s: %s: %.500s", req.Method, req.URL.Path, res.Status, body)}
	}
	return body, err
}

// timed gets an address and returns how long the whole answer took.
func timed(ctx context.Context, c *http.Client, address string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	started := time.Now()
	_, err = exchange(c, req)
	return time.Since(started), err
}

// progress tells how far the views are behind the log.
type progress struct {
	Applied int `json:"applied_seq"`
	Last    int `json:"last_seq"`
}

func (s *server) progress(ctx context.Context) (p progress, err error) {
	err = s.call(ctx, "/api/v1/totals", nil, &p)
	return p, err
}

// pollEvery is how often it is asked whether something has come to be.
const pollEvery = 10 * time.Millisecond

// settled waits until every view knows all that is in the log.
func (s *server) settled(ctx context.Context) error {
	for {
		p, err := s.progress(ctx)
		if err != nil || p.Applied == p.Last {
			return err
		}
		if err := wait(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// browser returns a client that is signed in to the pages as an administrator.
func (s *server) browser(ctx context.Context) (*http.Client, error) {
	const email, password = "bench@candil.example", "twelve lanterns on a shelf"
	person := map[string]string{"email": email, "name": "Bench", "role": "admin", "language": "es", "password": password}
	if err := s.call(ctx, "/api/v1/people", person, nil); err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Jar: jar}
	form := url.Values{"email": {email}, "password": {password}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.addr+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, err = exchange(c, req)
	return c, err
}

// profile writes a CPU profile of the next d and then a heap profile, if
// profiles are wanted. The function it returns waits until they are written.
func (r *runner) profile(ctx context.Context, s *server, name string, d time.Duration) (written func() error) {
	if r.Profiles == "" {
		return func() error { return nil }
	}
	done := make(chan error, 1)
	go func() {
		path := fmt.Sprintf("/debug/pprof/profile?seconds=%d", max(int(d.Seconds()), 1))
		err := s.save(ctx, path, filepath.Join(r.Profiles, name+"-cpu.pb.gz"))
		if err == nil {
			err = s.save(ctx, "/debug/pprof/heap", filepath.Join(r.Profiles, name+"-heap.pb.gz"))
		}
		done <- err
	}()
	return func() error { return <-done }
}

func (s *server) save(ctx context.Context, path, file string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://vivencia"+path, nil)
	if err != nil {
		return err
	}
	b, err := exchange(s.api, req)
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o600)
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
