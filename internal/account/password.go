package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode"

	"github.com/trustelem/zxcvbn"
	"golang.org/x/crypto/argon2"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// argon is a cost of argon2id. The preferred one is OWASP's minimum of 2024
// (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane.
type argon struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

var preferred = argon{memory: 19 << 10, passes: 2, lanes: 1}

const (
	saltBytes, keyBytes          = 16, 32
	minPassword, maxPassword     = 12, 200
	maxArgonMemory, maxArgonPass = 256 << 10, 16 // of a hash that we are asked to check
)

// passwords hashes a few passwords at a time, so that a flood of sign-ins
// cannot eat the machine's memory.
type passwords struct {
	slots   chan struct{}
	waiting chan struct{}
	decoy   string // checked when there is no such person, so that both take as long
}

func newPasswords() *passwords {
	return &passwords{
		slots:   make(chan struct{}, min(4, runtime.NumCPU())),
		waiting: make(chan struct{}, 64),
		decoy:   preferred.hash("", make([]byte, saltBytes)),
	}
}

// hash returns the password as a PHC string.
func (w *passwords) hash(ctx context.Context, password string) (string, error) {
	leave, err := w.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	return preferred.hash(password, salt), nil
}

// matches tells whether encoded came from the password, and whether it should
// be made anew at today's cost. An empty encoded matches nothing, in the same
// time.
func (w *passwords) matches(ctx context.Context, encoded, password string) (ok, stale bool, err error) {
	leave, err := w.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	known := encoded != ""
	if !known {
		encoded = w.decoy
	}
	cost, salt, key, err := parsePHC(encoded)
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(key, cost.key(password, salt, len(key))) == 1
	return same && known, cost != preferred, nil
}

// enter waits for a slot; Busy when too many wait.
func (w *passwords) enter(ctx context.Context) (leave func(), err error) {
	select {
	case w.waiting <- struct{}{}:
		defer func() { <-w.waiting }()
	default:
		return nil, cx.Errorf(cx.Busy, "account.passwords", "many people are signing in; try again in a few seconds")
	}
	select {
	case w.slots <- struct{}{}:
		return func() { <-w.slots }, nil
	case <-ctx.Done():
		return nil, &cx.Error{Kind: cx.Unavailable, Op: "account.passwords", Err: context.Cause(ctx)}
	}
}

func (a argon) key(password string, salt []byte, size int) []byte {
	return argon2.IDKey([]byte(password), salt, a.passes, a.memory, a.lanes, uint32(size))
}

func (a argon) hash(password string, salt []byte) string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, a.memory, a.passes, a.lanes,
		encode(salt), encode(a.key(password, salt, keyBytes)))
}

// parsePHC reads "$argon2id$v=19$m=…,t=…,p=…$salt$key" within bounds.
func parsePHC(s string) (a argon, salt, key []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return a, nil, nil, fmt.Errorf("the password's hash is not argon2id's")
	}
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &a.memory, &a.passes, &a.lanes); err != nil {
		return a, nil, nil, fmt.Errorf("the cost of the password's hash: %w", err)
	}
	if salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil {
		return a, nil, nil, fmt.Errorf("the salt of the password's hash: %w", err)
	}
	if key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil {
		return a, nil, nil, fmt.Errorf("the key of the password's hash: %w", err)
	}
	if a.memory < 8 || a.memory > maxArgonMemory || a.passes < 1 || a.passes > maxArgonPass || a.lanes < 1 || len(salt) < 8 || len(key) < 16 || len(key) > 64 {
		return a, nil, nil, fmt.Errorf("the cost of the password's hash is out of bounds")
	}
	return a, salt, key, nil
}

// How hard a password must be to guess, by zxcvbn's estimate from lists of
// common passwords, names and words: 3 of 4, safe from 10^10 guesses.
const (
	minStrength  = 3
	judgedLength = 72 // characters; the estimate's time grows with their square
	minDistinct  = 5  // it takes a letter with an accent for hard to guess
)

// password checks a new password by what it must not be, rather than by which
// characters it has (NIST SP 800-63B). words are what it must not be made of:
// the person's e-mail and names.
func (f *faults) password(field, password string, words ...string) {
	runes := []rune(password)
	known := []string{"vivencia"}
	for _, w := range words {
		known = append(known, w)
		known = append(known, strings.FieldsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	switch {
	case len(runes) < minPassword:
		f.add(field, "use at least %d characters: a few words that you will remember", minPassword)
	case len(runes) > maxPassword:
		f.add(field, "use at most %d characters", maxPassword)
	case distinct(runes) < minDistinct, zxcvbn.PasswordStrength(string(runes[:min(len(runes), judgedLength)]), known).Score < minStrength:
		f.add(field, "this is too easy to guess: use a few words that have nothing to do with you")
	}
}

func distinct(runes []rune) int {
	kinds := map[rune]bool{}
	for _, r := range runes {
		kinds[r] = true
	}
	return len(kinds)
}
