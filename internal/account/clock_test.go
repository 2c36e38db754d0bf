package account_test

import (
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// TestClockSetBack lets the clock run a year ahead and sets it back: whoever
// signed in meanwhile goes on, nothing made meanwhile lives for a year more, and
// neither attempts nor one-time codes lock anybody out.
func TestClockSetBack(t *testing.T) {
	const ahead = 365 * 24 * time.Hour
	each(t, func(w *world) {
		ctx := w.Context()
		w.withCodes(account.Rules{})
		eva, ana := w.person("eva@example.com", cx.Member), w.person("ana@example.com", cx.Member)
		key, _ := w.enrol(ana)

		w.clock.Advance(ahead)
		_, session, err := w.SignIn(ctx, eva.Email, phrase, at("192.0.2.1"))
		w.ok(err)
		_, unused, err := w.SignIn(ctx, eva.Email, phrase, at("192.0.2.1"))
		w.ok(err)
		link, err := w.SignInLink(ctx, system, eva.ID, 24*time.Hour, true)
		w.ok(err)
		_, half := w.half(ana.Email)
		_, _, err = w.CompleteSignIn(ctx, half, w.code(key), here)
		w.ok(err)
		for range 10 {
			_, _, err := w.SignIn(ctx, ana.Email, "wrong phrase", at("192.0.2.2"))
			w.want(err, cx.Unauthorized, "")
		}

		w.clock.Advance(-ahead)
		_, _, err = w.SignIn(ctx, ana.Email, phrase, at("192.0.2.3"))
		w.want(err, cx.Busy, "try again in 15 minutes")
		w.clock.Advance(15 * time.Minute)
		_, half = w.half(ana.Email)
		_, _, err = w.CompleteSignIn(ctx, half, w.code(key), here)
		w.ok(err)
		got, err := w.SessionBySecret(ctx, session)
		w.ok(err)
		if got.Person.LastSeenAt != w.clock.Now() {
			w.Errorf("last seen %v at %v", got.Person.LastSeenAt, w.clock.Now())
		}

		w.clock.Advance(31 * 24 * time.Hour)
		for _, secret := range []string{session, unused} {
			_, err := w.SessionBySecret(ctx, secret)
			w.want(err, cx.Unauthorized, "sign in")
		}
		_, _, err = w.SignInByLink(ctx, link, at("192.0.2.4"))
		w.want(err, cx.Unauthorized, "over")
	})
}
