package app

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// configured opens a house whose configuration is changed.
func configured(t *testing.T, change func(*Config)) house {
	t.Helper()
	c := configOf(t.TempDir())
	c.Addr = "127.0.0.1:0"
	change(&c)
	a, err := Open(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return house{a, t}
}

func asItIs(*Config) {}

// listening serves a house on a socket of its own.
func listening(t *testing.T, change func(*Config), p patience) (h house, address string) {
	t.Helper()
	h = configured(t, change)
	h.patience = p
	ctx, stop := context.WithCancel(t.Context())
	listening, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- h.Serve(ctx, func(a string) { listening <- a }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return h, <-listening
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	return c
}

// cut reads what still comes and fails unless the server ends the connection.
func cut(t *testing.T, c net.Conn) string {
	t.Helper()
	answer, err := io.ReadAll(c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("the connection stays open")
	}
	return string(answer)
}

// Who sends headers or a body drop by drop, or takes no answer, holds nothing
// for long.
func TestSlowSendersAndReadersAreCut(t *testing.T) {
	t.Parallel()
	_, address := listening(t, asItIs, patience{headers: 300 * time.Millisecond, body: 300 * time.Millisecond, answer: 300 * time.Millisecond})
	t.Run("headers", func(t *testing.T) {
		t.Parallel()
		c := dial(t, address)
		go func() {
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(c, "%s\r\n", []string{"GET /healthz HTTP/1.1", "Host: x", "X-Drop: 1"}[min(i, 2)]); err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond) // a drop at a time
			}
		}()
		cut(t, c)
	})
	for _, path := range []string{"/sign-in", "/api/v1/people"} {
		t.Run("body of "+path, func(t *testing.T) {
			t.Parallel()
			c := dial(t, address)
			fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nemail=", path)
			cut(t, c)
		})
	}
	t.Run("answers", func(t *testing.T) {
		t.Parallel()
		c := dial(t, address)
		ask := []byte(strings.Repeat("GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n", 100))
		for {
			if _, err := c.Write(ask); err != nil {
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal("the connection stays open")
				}
				return
			}
		}
	})
}

// An import's body may pause for less than its patience as often as it likes.
func TestImportsMayTakeLong(t *testing.T) {
	t.Parallel()
	h, address := listening(t, asItIs, patience{headers: time.Second, body: 200 * time.Millisecond, answer: time.Minute})
	body, write := io.Pipe()
	go func() {
		for i := range 8 {
			fmt.Fprintf(write, `{"type":"track","userId":"u","event":"E","messageId":"m%d"}`+"\n", i)
			time.Sleep(60 * time.Millisecond) // in all longer than another body may take
		}
		_ = write.Close()
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/api/v1/import?source=slow", body)
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := h.Accounts.CreateToken(t.Context(), cx.System(), "importer", cx.Analyst, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK || !strings.Contains(string(got), `"accepted":8`) {
		t.Errorf("%d %s", res.StatusCode, got)
	}
}

// What is too large, too deep or not text is refused with the reason, and costs
// little.
func TestHostileBodiesAreRefused(t *testing.T) {
	t.Parallel()
	h, address := listening(t, asItIs, usual)
	source, err := h.Accounts.CreateSource(t.Context(), cx.System(), "web", "")
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := h.Accounts.CreateToken(t.Context(), cx.System(), "admin", cx.Admin, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	event := func(properties string) string {
		return `{"userId":"u","event":"E","messageId":"m","properties":` + properties + `}`
	}
	long, deep := strings.Repeat("x", 10<<20), strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)
	bomb := zipped(t, 200<<20)
	for _, c := range []struct {
		name, path, body string
		encoding         string
		status           []int
		says             string
	}{
		{"10 MB in an event", "/v1/track", event(`{"a":"` + long + `"}`), "", []int{413}, "500 KB"},
		{"10 MB in a batch", "/v1/batch", `{"batch":[` + event(`{"a":"`+long+`"}`) + `]}`, "", []int{413}, "500 KB"},
		{"40 KB in an event", "/v1/track", event(`{"a":"` + long[:40<<10] + `"}`), "", []int{400}, "32 KB"},
		{"10 MB of a name", "/v1/identify", `{"userId":"u","traits":{"name":"` + long + `"}}`, "", []int{413}, "500 KB"},
		{"10 MB to the API", "/api/v1/people", `{"name":"` + long + `"}`, "", []int{413}, "larger than"},
		{"10 MB of model", "/api/v1/model", `{"yaml":"` + long + `"}`, "", []int{413}, "larger than"},
		{"10 MB in a line of an import", "/api/v1/import?source=x", `{"a":"` + long + `"}`, "", []int{200}, "longer than 1 MB"},
		{"10 MB in a form", "/sign-in", "email=" + long, "", []int{413}, "4 MB"},
		{"deep event", "/v1/track", event(`{"a":` + deep + `}`), "", []int{400}, ""},
		{"deep batch", "/v1/batch", deep, "", []int{400}, ""},
		{"deep CloudEvent", "/v1/cloudevents", `{"specversion":"1.0","data":` + deep + `}`, "", []int{400}, ""},
		{"deep circumstance", "/v1/circumstances", `{"circumstances":` + deep + `}`, "", []int{400}, ""},
		{"deep to the API", "/api/v1/people", `{"name":` + deep + `}`, "", []int{400}, "name"},
		{"deep line", "/api/v1/import?source=x", `{"a":` + deep + `}`, "", []int{200}, `"accepted":0`},
		{"bad UTF-8", "/v1/track", event(`{"a":"` + "\xff\xfe" + `"}`), "", []int{400}, "UTF-8"},
		{"NUL in a name", "/v1/track", `{"userId":"u","event":"a\u0000b"}`, "", []int{400}, ""},
		{"NUL in an id", "/v1/track", `{"userId":"u\u0000","event":"E"}`, "", []int{400}, ""},
		{"raw NUL", "/v1/track", "\x00\x00", "", []int{400}, ""},
		{"doubled key", "/v1/track", `{"userId":"u","userId":"v","event":"E"}`, "", []int{400}, ""},
		{"gzip bomb", "/v1/batch", bomb, "gzip", []int{413}, "500 KB"},
		{"gzip bomb in an import", "/api/v1/import?source=x", bomb, "gzip", []int{200}, "longer than 1 MB"},
		{"no gzip", "/v1/track", "not gzip", "gzip", []int{400}, "gzip"},
		{"unknown packing", "/v1/track", "x", "br", []int{400}, "packed"},
		{"unknown packing", "/api/v1/import?source=x", "x", "br", []int{415}, "gzip"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		status, answer := post(t, "http://"+address+c.path, c.body, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/json")
			switch {
			case strings.HasPrefix(c.path, "/v1/"):
				r.SetBasicAuth(source.Key, "")
			case strings.HasPrefix(c.path, "/api/"):
				r.Header.Set("Authorization", "Bearer "+token)
			default:
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			if c.encoding != "" {
				r.Header.Set("Content-Encoding", c.encoding)
			}
		})
		runtime.ReadMemStats(&after)
		fits := false
		for _, s := range c.status {
			fits = fits || s == status
		}
		if !fits || !strings.Contains(answer, c.says) || status != 200 && strings.TrimSpace(answer) == "" {
			t.Errorf("%s: %d %.300s", c.name, status, answer)
		}
		if grew := int64(after.HeapInuse) - int64(before.HeapInuse); grew > 128<<20 {
			t.Errorf("%s: the heap grew by %d MB", c.name, grew>>20)
		}
	}
	if status, answer := post(t, "http://"+address+"/v1/track", event("{}"), func(r *http.Request) { r.SetBasicAuth(source.Key, "") }); status != 200 {
		t.Errorf("and then an ordinary event: %d %s", status, answer)
	}
}

// zipped is so many spaces in gzip: a thousandth of it.
func zipped(t *testing.T, size int) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	chunk := bytes.Repeat([]byte(" x"), 1<<19)
	for ; size > 0; size -= len(chunk) {
		if _, err := z.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func post(t *testing.T, url, body string, with func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	with(r)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

// Bytes that are no text in an address or a parameter name nothing, everywhere.
func TestHostileAddressesAreRefused(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	admin := h.person("admin", cx.Admin, nil)
	for _, a := range h.everyAccess() {
		if a.method() != http.MethodGet || strings.HasSuffix(a.pattern, "/live") {
			continue
		}
		for _, s := range []string{"\x00", "\xff\xfe", "../../etc/passwd", `'; DROP TABLE customers; --`, "%", strings.Repeat("9", 5000), "-1", "99999999999999999999"} {
			if w := h.askFor(admin, a, func(string) string { return s }); w.Code >= 500 {
				t.Errorf("%s with %.20q: %d", a.pattern, s, w.Code)
			}
		}
		for _, name := range []string{"q", "search", "cursor", "before", "touchpoint", "from", "until", "limit", "where", "by", "source", "weeks"} {
			for _, s := range []string{"%00", "%ff%fe", "%27%3B+DROP+TABLE", "99999999999999999999", "-1", "%25%5F"} {
				if w := h.askFor(admin, access{pattern: a.pattern + "?" + name + "=" + s, page: a.page}, nobodys); w.Code >= 500 {
					t.Errorf("%s?%s=%s: %d", a.pattern, name, s, w.Code)
				}
			}
		}
	}
}

// Headers have bounds, and a request ends where HTTP says, whoever else may
// read it otherwise.
func TestHostileRequestsAreRefused(t *testing.T) {
	t.Parallel()
	_, address := listening(t, asItIs, usual)
	const end = "Host: x\r\nConnection: close\r\n\r\n"
	for name, c := range map[string]struct {
		request string
		status  string
	}{
		"a huge header":             {"GET /healthz HTTP/1.1\r\nX-Big: " + strings.Repeat("x", 1<<20) + "\r\n" + end, "431"},
		"a flood of headers":        {"GET /healthz HTTP/1.1\r\n" + strings.Repeat("X-Flood: 1\r\n", 100_000) + end, "431"},
		"a huge address":            {"GET /" + strings.Repeat("x", 1<<20) + " HTTP/1.1\r\n" + end, "431"},
		"two lengths":               {"POST /v1/track HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n" + end + "hello!", "400"},
		"a signed length":           {"POST /v1/track HTTP/1.1\r\nContent-Length: +5\r\n" + end + "hello", "400"},
		"a blank before the colon":  {"POST /v1/track HTTP/1.1\r\nContent-Length : 5\r\n" + end + "hello", "400"},
		"an unknown encoding":       {"POST /v1/track HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n" + end + "0\r\n\r\n", "501"},
		"two encodings":             {"POST /v1/track HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" + end + "0\r\n\r\n", "501"},
		"a NUL in a header":         {"GET /healthz HTTP/1.1\r\nX-Nul: a\x00b\r\n" + end, "400"},
		"no host":                   {"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
		"two hosts":                 {"GET /healthz HTTP/1.1\r\nHost: a\r\n" + end, "400"},
		"a bare line feed in chunk": {"POST /v1/track HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + end + "zz\n", "4"},
	} {
		c2 := dial(t, address)
		go func() { _, _ = io.WriteString(c2, c.request) }() // it may be cut before its end
		line, err := bufio.NewReader(c2).ReadString('\n')
		if _, status, _ := strings.Cut(line, " "); !strings.HasPrefix(status, c.status) {
			t.Errorf("%s: %q, %v", name, line, err)
		}
	}
	// With both a length and chunks, the chunks count: what follows them is a
	// request of its own, and is answered as one.
	c := dial(t, address)
	fmt.Fprintf(c, "POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n%s", end)
	answers := cut(t, c)
	if strings.Count(answers, "HTTP/1.1 ") != 2 || !strings.Contains(answers, "alive") {
		t.Errorf("chunks and a length: %q", answers)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	_, address := listening(t, func(c *Config) { c.MaxConnections = 16 }, usual)
	first := dial(t, address)
	for range 15 {
		dial(t, address)
	}
	late := dial(t, address)
	fmt.Fprint(late, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	_ = late.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := late.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the seventeenth is answered: %d, %v", n, err)
	}
	_ = first.Close()
	_ = late.SetReadDeadline(time.Now().Add(30 * time.Second))
	if answer := cut(t, late); !strings.HasPrefix(answer, "HTTP/1.1 200") {
		t.Errorf("and when there is room: %q", answer)
	}
}
