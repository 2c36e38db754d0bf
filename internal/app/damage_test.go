package app

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// spoilInUse overwrites a file behind its first pages, in place, as a bad disk would
// under a running program.
func spoilInUse(t *testing.T, path string, from int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.Size() > from {
		_, err = f.WriteAt(bytes.Repeat([]byte("broken! "), int(info.Size()-from)/8), from)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestDamageFoundInUse breaks a derived store's file under the running product:
// it is logged once, told by the status and a metric, and made again at the next
// start, whose answers are those of before.
func TestDamageFoundInUse(t *testing.T) {
	t.Parallel()
	for store, file := range map[string]string{"memory": viewsFile, "history": historyFile, "voice": voiceFile, "promises": promisesFile} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			h := openHouse(t, dir)
			h.live()
			before := h.answers()
			if err := h.Close(); err != nil { // nothing of the file is kept in memory
				t.Fatal(err)
			}

			var logged lines
			config := configOf(dir)
			config.idle = true // else history may be in memory before its file is broken
			a, err := Open(t.Context(), config, slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelError})))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = a.Close() })
			h = house{a, t}
			spoilInUse(t, filepath.Join(dir, file), 16<<10)
			deadline := time.Now().Add(time.Minute)
			for len(h.damages.all()) == 0 {
				if time.Now().After(deadline) {
					t.Fatal("nobody notices")
				}
				for _, path := range []string{"/api/v1/customers?search=nandu", "/api/v1/scores?metric=csat&by=touchpoint", "/api/v1/voice?words=libro"} {
					h.socket.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
				}
				h.send(`{"type":"track","event":"Inicio","anonymousId":"passer-by"}`)
			}
			last := h.Log.LastSeq()

			var status struct {
				Level  string
				Checks []struct{ Part, Level, Code, Message, Todo string }
			}
			h.read("/status", &status)
			said := ""
			for _, c := range status.Checks {
				if c.Part == "damaged" {
					said += c.Code + ": " + c.Message + " " + c.Todo
				}
			}
			for _, want := range []string{"damaged." + store, file, "Nothing is lost. Start the server again"} {
				if !strings.Contains(said, want) {
					t.Errorf("the status does not say %q but %q", want, said)
				}
			}
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
			r.RemoteAddr = "127.0.0.1:1"
			h.handler.ServeHTTP(w, r)
			if want := `vivencia_store_damaged{store="` + store + `"} 1`; !strings.Contains(w.Body.String(), want) {
				t.Errorf("/metrics (%d) has no %s", w.Code, want)
			}
			_ = h.Close() // it may say again what is wrong
			if n := strings.Count(logged.String(), "a store was found damaged"); n != 1 {
				t.Errorf("it is logged %d times:\n%s", n, logged.String())
			}

			h = openHouse(t, dir)
			if len(h.anew) != 1 || h.anew[0] != file {
				t.Errorf("made again: %q, want %s", h.anew, file)
			}
			h.settled()
			if got := h.Log.LastSeq(); got != last {
				t.Errorf("the log ends at %d, not %d", got, last)
			}
			if len(h.damages.all()) != 0 {
				t.Errorf("still damaged: %v", h.damages.all())
			}
			after := h.answers()
			for _, question := range []string{"/customers?search=candil", "/scores?metric=nps&by=touchpoint", "/customers/lookup?email=mismo1@candil.example"} {
				if before[question] != after[question] {
					t.Errorf("%s differs (-before +after)\n%s", question, cmp.Diff(before[question], after[question]))
				}
			}
			if _, err := os.Stat(filepath.Join(dir, file+damagedSuffix)); err == nil {
				t.Error("the mark is left")
			}
		})
	}
}

// A derived store that bears the mark is not opened where somebody wants to be
// asked first; a rebuild takes the mark away.
func TestMarkedStoreAsks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHouse(t, dir)
	h.send(`{"type":"track","event":"Inicio","userId":"u"}`)
	h.settled()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, historyFile+damagedSuffix), []byte("a checksum"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := configOf(dir)
	c.Recover = recoverAsk
	_, err := Open(t.Context(), c, quietly)
	if err == nil || !strings.Contains(err.Error(), "vivencia rebuild --data") || !strings.Contains(err.Error(), "a checksum") {
		t.Fatalf("opened, or said nothing of use: %v", err)
	}
	if err := Rebuild(t.Context(), c, quietly, func(cx.Seq, cx.Seq) {}); err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), c, quietly)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}
