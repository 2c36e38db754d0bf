package account_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const phrase = "caballo batería grapa"

func (w *world) person(email string, role cx.Role) account.Person {
	w.Helper()
	p, err := w.CreatePerson(w.Context(), system, account.NewPerson{Email: email, Name: "Ana", Role: role, Password: phrase})
	w.ok(err)
	return p
}

func TestSignIn(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		ana := w.person("Ana@Example.com ", cx.Lead)
		session, secret, err := w.SignIn(ctx, " aNa@example.com", phrase, at("192.0.2.1:4711"))
		w.ok(err)
		got, err := w.SessionBySecret(ctx, secret)
		w.ok(err)
		if diff := cmp.Diff(session, got); diff != "" {
			w.Error(diff)
		}
		if got.CSRF == "" || got.CSRF == secret || got.ID == secret {
			w.Errorf("session %+v", got)
		}
		if diff := cmp.Diff(cx.Principal{ID: "person:1", Name: "Ana", Role: cx.Lead}, got.Principal()); diff != "" {
			w.Error(diff)
		}
		w.ok(w.SignOut(ctx, secret))
		w.ok(w.SignOut(ctx, secret))
		_, err = w.SessionBySecret(ctx, secret)
		w.want(err, cx.Unauthorized, "ended")

		_, _, wrong := w.SignIn(ctx, ana.Email, "another phrase", at("192.0.2.1"))
		_, _, unknown := w.SignIn(ctx, "nobody@example.com", phrase, at("192.0.2.1"))
		w.want(wrong, cx.Unauthorized, "wrong")
		if cx.MessageOf(wrong) != cx.MessageOf(unknown) {
			w.Errorf("a wrong password says %q, an unknown e-mail %q", cx.MessageOf(wrong), cx.MessageOf(unknown))
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.person("ana@example.com", cx.Member)
		open := func() string {
			w.Helper()
			_, secret, err := w.SignIn(ctx, "ana@example.com", phrase, at("192.0.2.1"))
			w.ok(err)
			return secret
		}
		idle, used := open(), open()
		for range 5 { // 30 days, in steps shorter than the idle limit
			w.clock.Advance(6 * 24 * time.Hour)
			got, err := w.SessionBySecret(ctx, used)
			if err == nil && got.Person.LastSeenAt != w.clock.Now() {
				w.Errorf("last seen %v", got.Person.LastSeenAt)
			}
		}
		for _, secret := range []string{idle, used, "", "x"} {
			_, err := w.SessionBySecret(ctx, secret)
			w.want(err, cx.Unauthorized, "sign in")
		}
		fresh := open()
		w.ok(w.SetPassword(ctx, system, 1, "otra frase larga"))
		_, err := w.SessionBySecret(ctx, fresh)
		w.want(err, cx.Unauthorized, "")
	})
}

func TestDisabledPeopleAreOutAtOnce(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		admin := w.person("admin@example.com", cx.Admin)
		ana := w.person("ana@example.com", cx.Member)
		_, secret, err := w.SignIn(ctx, ana.Email, phrase, at("192.0.2.1"))
		w.ok(err)
		link, err := w.SignInLink(ctx, system, ana.ID, time.Hour, true)
		w.ok(err)
		w.ok(w.DisablePerson(ctx, admin.Principal(), ana.ID))

		_, err = w.SessionBySecret(ctx, secret)
		w.want(err, cx.Unauthorized, "")
		_, _, err = w.SignInByLink(ctx, link, at("192.0.2.1"))
		w.want(err, cx.Unauthorized, "")
		_, _, err = w.SignIn(ctx, ana.Email, phrase, at("192.0.2.1"))
		w.want(err, cx.Unauthorized, "wrong")

		w.ok(w.EnablePerson(ctx, admin.Principal(), ana.ID))
		_, _, err = w.SignIn(ctx, ana.Email, phrase, at("192.0.2.1"))
		w.ok(err)
		w.want(w.DisablePerson(ctx, admin.Principal(), admin.ID), cx.Conflict, "last administrator")
		w.want(w.DisablePerson(ctx, system, 99), cx.NotFound, "99")
	})
}

func TestLinks(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		ana := w.person("ana@example.com", cx.Member)
		link := func(reusable bool) string {
			w.Helper()
			secret, err := w.SignInLink(ctx, system, ana.ID, time.Hour, reusable)
			w.ok(err)
			return secret
		}
		enter := func(secret string) error {
			_, _, err := w.SignInByLink(ctx, secret, at("192.0.2.1"))
			return err
		}
		once, always, late := link(false), link(true), link(true)
		w.ok(enter(once))
		w.want(enter(once), cx.Unauthorized, "used")
		for range 60 { // an office of one address comes in by good links, which guess nothing
			w.ok(enter(always))
		}
		for range 48 { // bad ones do: with that above and the next they are fifty
			w.want(enter("made-up"), cx.Unauthorized, "")
		}
		w.want(enter("made-up"), cx.Unauthorized, "")
		w.want(enter("made-up"), cx.Busy, "try again in 15 minutes")
		w.want(enter(always), cx.Busy, "")
		w.clock.Advance(time.Hour)
		w.want(enter(late), cx.Unauthorized, "over")
		_, err := w.SignInLink(ctx, system, ana.ID, 31*24*time.Hour, false)
		w.want(err, cx.Invalid, "30 days")
		_, err = w.SignInLink(ctx, system, 99, time.Hour, false)
		w.want(err, cx.NotFound, "")
		_, err = w.SignInLink(ctx, ana.Principal(), ana.ID, time.Hour, false)
		w.want(err, cx.Forbidden, "")
	})
}

func TestSetupHappensOnce(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		old, err := w.SetupLink(ctx)
		w.ok(err)
		link, err := w.SetupLink(ctx)
		w.ok(err)
		if old == "" || link == "" || old == link {
			w.Fatalf("links %q, %q", old, link)
		}
		n := account.NewPerson{Email: "ana@example.com", Name: "Ana", Role: cx.Member, Password: phrase}
		_, _, err = w.CompleteSetup(ctx, old, n, at("192.0.2.1"))
		w.want(err, cx.Unauthorized, "newest")
		_, _, err = w.CompleteSetup(ctx, link, account.NewPerson{Email: "x", Language: "fr"}, at("192.0.2.1"))
		w.want(err, cx.Invalid, "email: is not an e-mail address; name: is missing; language: is one of [es es-ES es-419 en pt]; password: use at least 12")
		_, _, err = w.SignInByLink(ctx, link, at("192.0.2.1"))
		w.want(err, cx.Unauthorized, "")

		var wg sync.WaitGroup
		results := make([]error, 4)
		for i := range results {
			wg.Go(func() {
				mine := n
				mine.Email = fmt.Sprintf("ana%d@example.com", i)
				_, _, results[i] = w.CompleteSetup(ctx, link, mine, at("192.0.2.1"))
			})
		}
		wg.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			} else {
				w.want(err, cx.Conflict, "set up already")
			}
		}
		people, err := w.People(ctx, system)
		w.ok(err)
		if won != 1 || len(people) != 1 || people[0].Role != cx.Admin {
			w.Errorf("%d set-ups made %+v", won, people)
		}
		if again, err := w.SetupLink(ctx); again != "" || err != nil {
			w.Errorf("another set-up link %q, %v", again, err)
		}
	})
}

func TestPeopleAreValidatedWhole(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		_, err := w.CreatePerson(ctx, system, account.NewPerson{Email: "Ana <ana@example.com>", Name: "A\x00", Role: "boss", Areas: []string{"ok", "No"}, Language: "xx", Password: "1111111111"})
		var fields []string
		for _, f := range cx.FaultsOf(err) {
			fields = append(fields, f.Field)
		}
		if diff := cmp.Diff([]string{"email", "name", "role", "areas[1]", "language", "password"}, fields); diff != "" {
			w.Error(diff)
		}
		ana := w.person("ana@example.com", cx.Member)
		_, err = w.CreatePerson(ctx, system, account.NewPerson{Email: "ANA@example.com", Name: "Other", Role: cx.Member})
		w.want(err, cx.Conflict, "")
		for _, bad := range []string{"short", strings.Repeat("long", 60), "abababababab", "ana@example.com"} {
			w.want(w.SetPassword(ctx, system, ana.ID, bad), cx.Invalid, "password")
		}
		w.ok(w.SetLanguage(ctx, ana.Principal(), ana.ID, "pt"))
		w.want(w.SetLanguage(ctx, ana.Principal(), ana.ID, "xx"), cx.Invalid, "language")
		w.want(w.SetLanguage(ctx, ana.Principal(), ana.ID+1, "pt"), cx.Forbidden, "")
		w.want(w.SetPassword(ctx, ana.Principal(), ana.ID+1, phrase), cx.Forbidden, "")
		got, err := w.PersonByEmail(ctx, system, "ANA@EXAMPLE.COM")
		w.ok(err)
		if got.Language != "pt" || got.ID != ana.ID {
			w.Errorf("person %+v", got)
		}
		_, err = w.PersonByEmail(ctx, system, "x@example.com")
		w.want(err, cx.NotFound, "")
		_, _, err = w.SignIn(ctx, "ana@example.com", "", at("192.0.2.1"))
		w.want(err, cx.Unauthorized, "")
	})
}

func TestSignInWithoutPasswordGoesByLinkOnly(t *testing.T) {
	each(t, func(w *world) {
		_, err := w.CreatePerson(w.Context(), system, account.NewPerson{Email: "ana@example.com", Name: "Ana", Role: cx.Member})
		w.ok(err)
		_, _, err = w.SignIn(w.Context(), "ana@example.com", "", at("192.0.2.1"))
		w.want(err, cx.Unauthorized, "wrong")
	})
}

func TestTooManyAttempts(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.person("ana@example.com", cx.Member)
		w.person("eva@example.com", cx.Member)
		try := func(email, password, address string) error {
			_, _, err := w.SignIn(ctx, email, password, at(address))
			return err
		}
		for i := range 10 {
			w.want(try("ana@example.com", "wrong phrase", fmt.Sprintf("192.0.2.%d", i)), cx.Unauthorized, "")
		}
		err := try("ana@example.com", phrase, "192.0.2.99")
		w.want(err, cx.Busy, "try again in 15 minutes")
		if wait, ok := account.RetryAfter(err); !ok || wait != 15*time.Minute {
			w.Errorf("RetryAfter = %v, %v", wait, ok)
		}
		if _, ok := account.RetryAfter(errors.New("other")); ok {
			w.Error("RetryAfter of another error")
		}
		w.ok(try("eva@example.com", phrase, "192.0.2.99"))
		w.clock.Advance(15 * time.Minute)
		w.ok(try("ana@example.com", phrase, "192.0.2.99"))

		for i := range 50 { // links cost no hash, and count by address
			_, _, err := w.SignInByLink(ctx, "made-up", at(fmt.Sprintf("[2001:db8::%x]:80", i)))
			w.want(err, cx.Unauthorized, "")
		}
		w.want(try("eva@example.com", phrase, "2001:db8::ffff:1"), cx.Busy, "")
		w.ok(try("eva@example.com", phrase, "2001:db8:0:1::1"))
	})
}

func TestStaleHashIsMadeAnew(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		ana := w.person("ana@example.com", cx.Member)
		// "caballo batería grapa", hashed at a lower cost.
		const cheap = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
		w.ok(w.db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE account_people SET password = $1 WHERE id = $2`, cheap+account.CheapKey(phrase, "saltsaltsaltsalt"), ana.ID)
			return err
		}))
		for range 2 {
			_, _, err := w.SignIn(ctx, ana.Email, phrase, at("192.0.2.1"))
			w.ok(err)
			if dump := w.dump("account_people"); !strings.Contains(dump, "$argon2id$v=19$m=19456,t=2,p=1$") {
				w.Errorf("the hash stayed: %s", dump)
			}
		}
	})
}
