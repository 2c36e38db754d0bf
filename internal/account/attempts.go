package account

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Limits on attempts to sign in, over a window that slides.
const (
	attemptWindow      = 15 * time.Minute
	attemptsPerEmail   = 10
	attemptsPerAddress = 50 // an office shares one
	maxAttemptKeys     = 20_000
)

// attempts counts attempts to sign in by e-mail and by address, in memory.
type attempts struct {
	mu   sync.Mutex
	when map[string][]cx.Time // the last attempts by key, oldest first
}

func newAttempts() *attempts { return &attempts{when: map[string][]cx.Time{}} }

// tooSoon is the cause of a refusal by rate; see RetryAfter.
type tooSoon struct{ retry time.Duration }

func (e tooSoon) Error() string {
	return fmt.Sprintf("too many attempts to sign in; try again in %d minutes", int(math.Ceil(e.retry.Minutes())))
}

// RetryAfter returns how long to wait before trying again, when err is a
// refusal because of too many attempts.
func RetryAfter(err error) (time.Duration, bool) {
	var e tooSoon
	ok := errors.As(err, &e)
	return e.retry, ok
}

// take counts an attempt, or refuses it with Busy and counts nothing. An empty
// e-mail counts by address alone.
func (a *attempts) take(now cx.Time, email, address string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.when) >= maxAttemptKeys {
		a.sweep(now)
	}
	keys := map[string]int{addressKey(address): attemptsPerAddress}
	if email != "" {
		keys[emailKey(email)] = attemptsPerEmail
	}
	var wait time.Duration
	for key, limit := range keys {
		recent := a.recent(key, now)
		if len(recent) >= limit {
			wait = max(wait, recent[len(recent)-limit].Add(attemptWindow).Sub(now))
		}
	}
	if wait > 0 {
		return cx.Errorf(cx.Busy, "account.SignIn", "%w", tooSoon{wait})
	}
	for key := range keys {
		a.when[key] = append(a.recent(key, now), now)
	}
	return nil
}

// forgive forgets the attempts on an e-mail, once its owner is in.
func (a *attempts) forgive(email string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.when, emailKey(email))
}

// giveBack takes the last attempt of an address off the count: a link that was good
// guessed nothing.
func (a *attempts) giveBack(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := addressKey(address)
	if all := a.when[key]; len(all) > 0 {
		a.when[key] = all[:len(all)-1]
	}
}

// recent returns the attempts on a key within the window. Those ahead of now
// were made before the clock was set back: they count from now on, and so for no
// longer than the window.
func (a *attempts) recent(key string, now cx.Time) []cx.Time {
	all := a.when[key]
	for i := len(all) - 1; i >= 0 && all[i] > now; i-- {
		all[i] = now
	}
	for len(all) > 0 && now.Sub(all[0]) >= attemptWindow {
		all = all[1:]
	}
	return all
}

// sweep makes room: it drops what is past, then who tried once only, then, if
// need be, everything, since forgetting attempts is better than running out of
// memory.
func (a *attempts) sweep(now cx.Time) {
	for _, spare := range []int{0, 1, attemptsPerAddress} {
		for key := range a.when {
			if len(a.recent(key, now)) <= spare {
				delete(a.when, key)
			}
		}
		if len(a.when) < maxAttemptKeys/2 {
			return
		}
	}
}

func emailKey(email string) string { return "e " + email }

// codeKey counts attempts at one-time codes apart from those at passwords.
func codeKey(personID int64) string { return "code " + personObject(personID) }

// addressKey takes an IPv6 network of 64 bits as one address: whoever has one
// has them all.
func addressKey(address string) string {
	host := hostOf(address)
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return "a " + host
	}
	if ip = ip.Unmap(); ip.Is6() {
		if net, err := ip.Prefix(64); err == nil {
			return "a " + net.Addr().String()
		}
	}
	return "a " + ip.String()
}
