package account

import (
	"context"
	"encoding/base64"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// CheapKey is the last part of a PHC string of cost m=64,t=1,p=1.
func CheapKey(password, salt string) string {
	return base64.RawStdEncoding.EncodeToString(argon{64, 1, 1}.key(password, []byte(salt), keyBytes))
}

func TestPasswordsMatch(t *testing.T) {
	w, ctx := newPasswords(), t.Context()
	encoded, err := w.hash(ctx, "secreto compartido")
	if err != nil || !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s, %v", encoded, err)
	}
	for _, c := range []struct {
		encoded, password string
		want              bool
	}{
		{encoded, "secreto compartido", true},
		{encoded, "secreto compartidO", false},
		{encoded, "", false},
		{"", "", false}, // the decoy's own password opens nothing
	} {
		if ok, stale, err := w.matches(ctx, c.encoded, c.password); ok != c.want || stale || err != nil {
			t.Errorf("matches(%q, %q) = %v, %v, %v", c.encoded, c.password, ok, stale, err)
		}
	}
	if again, _ := w.hash(ctx, "secreto compartido"); again == encoded {
		t.Error("two hashes share their salt")
	}
}

func TestHashingIsBounded(t *testing.T) {
	w := newPasswords()
	for range cap(w.slots) {
		w.slots <- struct{}{} // all at work
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := w.hash(ctx, "x"); cx.KindOf(err) != cx.Unavailable {
		t.Errorf("waiting past the deadline: %v", err)
	}
	for range cap(w.waiting) {
		w.waiting <- struct{}{}
	}
	if _, err := w.hash(t.Context(), "x"); cx.KindOf(err) != cx.Busy {
		t.Errorf("a full waiting room: %v", err)
	}
	if n := cap(w.slots); n > 4 || n > runtime.NumCPU() {
		t.Errorf("%d hashes at once take %d MiB", n, n*19)
	}
}

func TestAttemptsKeepBounded(t *testing.T) {
	a := newAttempts()
	now := cx.Time(0)
	for i := range 3 * maxAttemptKeys {
		email := string(rune('a'+i%26)) + time.Duration(i).String()
		_ = a.take(now, email, "192.0.2."+time.Duration(i).String())
		_ = a.take(now, "target@example.com", email)
	}
	if len(a.when) > maxAttemptKeys+2 {
		t.Errorf("%d keys are held", len(a.when))
	}
	if err := a.take(now, "target@example.com", "198.51.100.1"); cx.KindOf(err) != cx.Busy {
		t.Errorf("a flood of others made room for the attacked: %v", err)
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add(preferred.hash("x", make([]byte, saltBytes)))
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		cost, salt, key, err := parsePHC(s)
		if err == nil && (cost.memory > maxArgonMemory || cost.passes > maxArgonPass || len(salt) < 8 || len(key) < 16) {
			t.Errorf("%q costs %+v", s, cost)
		}
	})
}
