package crash

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKill9WhileBackingUp makes a backup after each stretch of events and kills
// it somewhere: the server that makes it, or the command that does where no
// server runs. The backups before stay whole, the next one is whole, and what it
// restores is all there is.
func TestKill9WhileBackingUp(t *testing.T) {
	h := newHouse(t, t.TempDir())
	folder := filepath.Join(t.TempDir(), "backups")
	s := h.start()
	s.ready()
	key, token := h.command("source", "create", "Tienda"), h.command("token", "create", "--role", "admin")
	sent := 0
	live := func() {
		t.Helper()
		for range 4 {
			var batch bytes.Buffer
			for i := range 100 {
				if i > 0 {
					batch.WriteByte(',')
				}
				note := make([]byte, 0, 4096) // what does not compress takes its time
				for range 512 {
					note = fmt.Appendf(note, "%08x", rand.Uint32())
				}
				fmt.Fprintf(&batch, `{"type":"track","event":"Order Completed","messageId":"m-%d","userId":%q,"properties":{"note":%q}}`, sent, person(sent%people), note)
				sent++
			}
			got, err := send(h, http.DefaultClient, key, request{path: "/v1/batch", body: fmt.Appendf(nil, `{"batch":[%s]}`, batch.Bytes())})
			if err != nil || got.status != http.StatusOK {
				t.Fatalf("%+v, %v", got, err)
			}
		}
	}
	list := func() []string {
		t.Helper()
		if out, err := exec.Command(binary, "backup", "verify", folder).CombinedOutput(); err != nil {
			t.Fatalf("the backups are not whole: %v\n%s", err, out)
		}
		out, err := exec.Command(binary, "backup", "list", folder).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(out)), "\n")
	}

	live()
	began := time.Now()
	h.command("backup", folder)
	takes := time.Since(began)
	before, cut := list(), 0
	for round := range rounds(6) {
		live()
		alone := round%2 == 1 // no server: the command itself makes it
		if alone {
			s.end(syscall.SIGTERM)
		}
		cmd := exec.Command(binary, "backup", folder, "--data", h.dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wait(t.Context(), time.Duration(rand.Int64N(int64(takes))))
		if alone {
			_ = cmd.Process.Kill()
		} else {
			s.end(syscall.SIGKILL)
		}
		if cmd.Wait() != nil {
			cut++
		}
		after := list()
		if len(after) < len(before) || strings.Join(after[:len(before)], "\n") != strings.Join(before, "\n") {
			t.Fatalf("round %d: of the backups\n%s\nthere are\n%s", round, strings.Join(before, "\n"), strings.Join(after, "\n"))
		}
		s = h.start()
		s.ready()
		h.command("backup", folder)
		if before = list(); len(before) <= len(after) {
			t.Fatalf("round %d: no new backup", round)
		}
	}
	want := h.settled(token)
	s.end(syscall.SIGTERM)

	other := newHouse(t, t.TempDir())
	if out, err := exec.Command(binary, "restore", folder, "--data", other.dir).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
	s = other.start()
	s.ready()
	if got := other.settled(token); got != want || got.Events != sent {
		t.Errorf("restored are %+v of %+v (%d sent)", got, want, sent)
	}
	s.end(syscall.SIGTERM)
	t.Logf("%d backups cut off, %d whole; %d events restored", cut, len(before), sent)
}
