package account_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var here = at("192.0.2.1")

// withCodes opens the service with a key and rules.
func (w *world) withCodes(rules account.Rules) {
	w.Helper()
	var err error
	w.Service, err = account.Open(w.Context(), w.db, w.clock, account.WithKey(bytes.Repeat([]byte{7}, 32)), account.WithRules(rules))
	w.ok(err)
}

// code is what the person's phone shows now.
func (w *world) code(secret string) string {
	w.Helper()
	code, err := totp.GenerateCode(secret, w.clock.Now().Std())
	w.ok(err)
	return code
}

// enrol sets up a person's codes.
func (w *world) enrol(p account.Person) (secret string, recovery []string) {
	w.Helper()
	e, err := w.BeginSecondFactor(w.Context(), p.Principal(), p.ID)
	w.ok(err)
	recovery, err = w.ConfirmSecondFactor(w.Context(), p.Principal(), p.ID, w.code(e.Secret), here)
	w.ok(err)
	w.clock.Advance(time.Minute)
	return e.Secret, recovery
}

func (w *world) half(email string) (account.Session, string) {
	w.Helper()
	half, secret, err := w.SignIn(w.Context(), email, phrase, here)
	w.ok(err)
	_, err = w.SessionBySecret(w.Context(), secret)
	w.want(err, cx.Unauthorized, "sign in")
	return half, secret
}

func TestCodesAreAskedForAndServeOnce(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.withCodes(account.Rules{})
		ana := w.person("ana@example.com", cx.Lead)
		e, err := w.BeginSecondFactor(ctx, ana.Principal(), ana.ID)
		w.ok(err)
		if again, err := w.BeginSecondFactor(ctx, ana.Principal(), ana.ID); err != nil || again != e {
			w.Errorf("a page shown again gave another secret: %v", err)
		}
		if want := "otpauth://totp/Vivencia:ana@example.com?issuer=Vivencia&secret=" + e.Secret; e.URL != want {
			w.Errorf("got %s", e.URL)
		}
		_, err = w.ConfirmSecondFactor(ctx, ana.Principal(), ana.ID, "000000", here)
		w.want(err, cx.Unauthorized, "wrong")
		if _, _, err := w.SignIn(ctx, ana.Email, phrase, here); err != nil {
			w.Errorf("codes are asked for before they are confirmed: %v", err)
		}
		used := w.code(e.Secret)
		_, err = w.ConfirmSecondFactor(ctx, ana.Principal(), ana.ID, used, here)
		w.ok(err)
		_, err = w.BeginSecondFactor(ctx, ana.Principal(), ana.ID)
		w.want(err, cx.Conflict, "already")

		half, secret := w.half(ana.Email)
		if half.Waits != account.ForCode {
			w.Errorf("waits for %q", half.Waits)
		}
		_, _, err = w.CompleteSignIn(ctx, secret, used, here)
		w.want(err, cx.Unauthorized, "used")
		w.clock.Advance(30 * time.Second)
		code := w.code(e.Secret)
		session, whole, err := w.CompleteSignIn(ctx, secret, code[:3]+" "+code[3:], here)
		w.ok(err)
		if whole == secret || session.Waits != account.ForNothing || session.Way != account.ByPassword {
			w.Errorf("session %+v", session)
		}
		_, err = w.SessionBySecret(ctx, whole)
		w.ok(err)
		_, err = w.Half(ctx, secret)
		w.want(err, cx.Unauthorized, "")
		_, err = w.Half(ctx, whole)
		w.want(err, cx.Unauthorized, "")

		_, secret = w.half(ana.Email)
		_, _, err = w.CompleteSignIn(ctx, secret, code, here)
		w.want(err, cx.Unauthorized, "used")
		w.clock.Advance(61 * time.Second)
		_, _, err = w.CompleteSignIn(ctx, secret, code, here)
		w.want(err, cx.Unauthorized, "wrong")
		w.clock.Advance(10 * time.Minute)
		_, _, err = w.CompleteSignIn(ctx, secret, w.code(e.Secret), here)
		w.want(err, cx.Unauthorized, "ended")
	})
}

func TestClocksMayDifferByAStep(t *testing.T) {
	each(t, func(w *world) {
		w.withCodes(account.Rules{})
		ana := w.person("ana@example.com", cx.Lead)
		key, _ := w.enrol(ana)
		for _, tt := range []struct {
			off  time.Duration
			good bool
		}{{-30 * time.Second, true}, {30 * time.Second, true}, {-61 * time.Second, false}, {61 * time.Second, false}} {
			w.clock.Advance(5 * time.Minute)
			_, secret := w.half(ana.Email)
			code, err := totp.GenerateCode(key, w.clock.Now().Std().Add(tt.off))
			w.ok(err)
			if _, _, err = w.CompleteSignIn(w.Context(), secret, code, here); (err == nil) != tt.good {
				w.Errorf("a phone that is %v off: %v", tt.off, err)
			}
		}
	})
}

func TestRecoveryCodes(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.withCodes(account.Rules{})
		ana, eva := w.person("ana@example.com", cx.Lead), w.person("eva@example.com", cx.Lead)
		_, recovery := w.enrol(ana)
		_, others := w.enrol(eva)
		if len(recovery) != 10 {
			w.Fatalf("codes %q", recovery)
		}
		for _, code := range recovery {
			if strings.Contains(w.dump("account_recovery_codes"), strings.ReplaceAll(code, "-", "")) {
				w.Error("a recovery code is kept readable")
			}
		}
		_, secret := w.half(ana.Email)
		_, _, err := w.CompleteSignIn(ctx, secret, others[0], here)
		w.want(err, cx.Unauthorized, "wrong")
		_, _, err = w.CompleteSignIn(ctx, secret, strings.ToUpper(recovery[0]), here)
		w.ok(err)
		_, secret = w.half(ana.Email)
		_, _, err = w.CompleteSignIn(ctx, secret, recovery[0], here)
		w.want(err, cx.Unauthorized, "used")
		if log := strings.Join(w.actions(), "\n"); !strings.Contains(log, "person:1 person.recovery-code-used person:1") || !strings.Contains(log, "anonymous sign-in.code-refused person:1") {
			w.Errorf("the record:\n%s", log)
		}
	})
}

func TestCodesAreNotGuessed(t *testing.T) {
	each(t, func(w *world) {
		w.withCodes(account.Rules{})
		ana := w.person("ana@example.com", cx.Lead)
		key, _ := w.enrol(ana)
		_, secret := w.half(ana.Email)
		for i := range 10 {
			_, _, err := w.CompleteSignIn(w.Context(), secret, "000000", at(fmt.Sprintf("192.0.2.%d", i)))
			w.want(err, cx.Unauthorized, "")
		}
		_, _, err := w.CompleteSignIn(w.Context(), secret, w.code(key), at("192.0.2.99"))
		w.want(err, cx.Busy, "15 minutes")
		_, again := w.half(ana.Email) // the password does not give new attempts
		_, _, err = w.CompleteSignIn(w.Context(), again, w.code(key), at("192.0.2.99"))
		w.want(err, cx.Busy, "")
	})
}

func TestCodesAreRequired(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.withCodes(account.Rules{SecondFactor: []cx.Role{cx.Admin}})
		w.person("admin@example.com", cx.Admin)
		ana := w.person("ana@example.com", cx.Member)
		half, secret := w.half("admin@example.com")
		if half.Waits != account.ForSetup {
			w.Fatalf("waits for %q", half.Waits)
		}
		e, err := w.BeginSecondFactor(ctx, half.Principal(), half.Person.ID)
		w.ok(err)
		_, _, err = w.CompleteSignIn(ctx, secret, w.code(e.Secret), here)
		w.want(err, cx.Unauthorized, "")
		_, whole, recovery, err := w.SetUpSignIn(ctx, secret, w.code(e.Secret), here)
		w.ok(err)
		if _, err := w.SessionBySecret(ctx, whole); err != nil || len(recovery) != 10 {
			w.Errorf("%d codes, %v", len(recovery), err)
		}

		_, _, err = w.SignIn(ctx, ana.Email, phrase, here)
		w.ok(err)
		w.ok(w.RequireSecondFactor(ctx, system, ana.ID, true))
		link, err := w.SignInLink(ctx, system, ana.ID, time.Hour, false)
		w.ok(err)
		if half, _, err := w.SignInByLink(ctx, link, here); err != nil || half.Waits != account.ForSetup {
			w.Errorf("by link: %+v, %v", half, err)
		}
		w.ok(w.RequireSecondFactor(ctx, system, ana.ID, false))
		w.want(w.RequireSecondFactor(ctx, ana.Principal(), ana.ID, false), cx.Forbidden, "")
	})
}

func TestCodesAreTakenAway(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.withCodes(account.Rules{})
		ana, eva := w.person("ana@example.com", cx.Lead), w.person("eva@example.com", cx.Lead)
		key, _ := w.enrol(ana)
		w.want(w.RemoveSecondFactor(ctx, eva.Principal(), ana.ID, w.code(key), here), cx.Forbidden, "")
		w.want(w.RemoveSecondFactor(ctx, ana.Principal(), ana.ID, "000000", here), cx.Unauthorized, "wrong")
		w.ok(w.RemoveSecondFactor(ctx, ana.Principal(), ana.ID, w.code(key), here))
		if s, _, err := w.SignIn(ctx, ana.Email, phrase, here); err != nil || s.Waits != account.ForNothing {
			w.Errorf("%+v, %v", s, err)
		}
		w.clock.Advance(time.Minute)
		w.enrol(ana)
		w.ok(w.RemoveSecondFactor(ctx, system, ana.ID, "", account.From{}))
		_, err := w.BeginSecondFactor(ctx, system, ana.ID)
		w.want(err, cx.Forbidden, "their own")
	})
}

// TestTheSecretIsOfNoUseWithoutTheKey: the database alone gives no codes.
func TestTheSecretIsOfNoUseWithoutTheKey(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.withCodes(account.Rules{})
		ana := w.person("ana@example.com", cx.Lead)
		key, _ := w.enrol(ana)
		if strings.Contains(w.dump("account_people"), key) {
			w.Error("the secret is kept readable")
		}
		_, secret := w.half(ana.Email)
		w.reopen()
		_, _, err := w.CompleteSignIn(ctx, secret, w.code(key), here)
		w.want(err, cx.Unavailable, "key file")
		w.Service, err = account.Open(ctx, w.db, w.clock, account.WithKey(bytes.Repeat([]byte{8}, 32)))
		w.ok(err)
		_, _, err = w.CompleteSignIn(ctx, secret, w.code(key), here)
		w.want(err, cx.Unavailable, "not the one")
	})
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret.key")
	made, err := account.KeyFile(path)
	if err != nil || len(made) != 32 {
		t.Fatalf("%d bytes, %v", len(made), err)
	}
	if again, err := account.KeyFile(path); err != nil || !bytes.Equal(made, again) {
		t.Errorf("another key: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := account.KeyFile(path); cx.KindOf(err) != cx.Invalid {
		t.Errorf("a damaged key: %v", err)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		ana, eva := w.person("ana@example.com", cx.Lead), w.person("eva@example.com", cx.Lead)
		enter := func(address, agent string) (account.Session, string) {
			w.Helper()
			s, secret, err := w.SignIn(ctx, ana.Email, phrase, account.From{Address: address, Agent: agent})
			w.ok(err)
			w.clock.Advance(time.Second)
			return s, secret
		}
		first, _ := enter("203.0.113.77:4711", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
		second, mine := enter("2001:db8:1:2:3::4", "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36")
		third, _ := enter("", "curl/8")
		all, err := w.Sessions(ctx, ana.Principal(), ana.ID)
		w.ok(err)
		var lines []string
		for _, u := range all {
			lines = append(lines, string(u.Way)+"|"+u.Device+"|"+u.Network)
		}
		if got := strings.Join(lines, " "); got != "password|| password|Chrome · Android|2001:db8:1::/48 password|Firefox · Linux|203.0.113.0/24" {
			w.Errorf("sessions: %s", got)
		}
		if strings.Contains(w.dump("account_sessions"), "203.0.113.77") {
			w.Error("the whole address is kept")
		}
		_, err = w.Sessions(ctx, eva.Principal(), ana.ID)
		w.want(err, cx.Forbidden, "")
		w.want(w.EndSession(ctx, eva.Principal(), eva.ID, first.ID), cx.NotFound, "ended")
		w.want(w.EndSession(ctx, eva.Principal(), ana.ID, first.ID), cx.Forbidden, "")
		w.ok(w.EndSession(ctx, ana.Principal(), ana.ID, first.ID))
		w.ok(w.EndSessions(ctx, ana.Principal(), ana.ID, second.ID))
		_, err = w.SessionBySecret(ctx, mine)
		w.ok(err)
		w.ok(w.EndSessions(ctx, system, ana.ID, ""))
		_, err = w.SessionBySecret(ctx, mine)
		w.want(err, cx.Unauthorized, "")
		_ = third
	})
}

func TestRulesOfSessions(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.withCodes(account.Rules{SessionLife: 12 * time.Hour, SessionIdle: 30 * time.Minute})
		w.person("ana@example.com", cx.Lead)
		_, idle, err := w.SignIn(ctx, "ana@example.com", phrase, here)
		w.ok(err)
		_, used, err := w.SignIn(ctx, "ana@example.com", phrase, here)
		w.ok(err)
		for range 35 {
			w.clock.Advance(20 * time.Minute)
			_, err = w.SessionBySecret(ctx, used)
			w.ok(err)
		}
		_, err = w.SessionBySecret(ctx, idle)
		w.want(err, cx.Unauthorized, "")
		w.clock.Advance(20 * time.Minute)
		_, err = w.SessionBySecret(ctx, used)
		w.want(err, cx.Unauthorized, "")
	})
}

func TestRecovery(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		ana := w.person("ana@example.com", cx.Lead)
		_, open, err := w.SignIn(ctx, ana.Email, phrase, here)
		w.ok(err)
		_, err = w.RecoveryLink(ctx, ana.Principal(), ana.ID)
		w.want(err, cx.Forbidden, "")
		link, err := w.RecoveryLink(ctx, system, ana.ID)
		w.ok(err)
		_, _, err = w.SignInByLink(ctx, link, here)
		w.want(err, cx.Unauthorized, "")
		_, _, err = w.Recover(ctx, link, "password1234", here)
		w.want(err, cx.Invalid, "easy to guess")
		session, _, err := w.Recover(ctx, link, "otra frase que no se olvida", here)
		w.ok(err)
		if session.Way != account.ByRecovery {
			w.Errorf("session %+v", session)
		}
		_, err = w.SessionBySecret(ctx, open)
		w.want(err, cx.Unauthorized, "")
		_, _, err = w.Recover(ctx, link, "otra frase que no se olvida", here)
		w.want(err, cx.Unauthorized, "used")
		_, _, err = w.SignIn(ctx, ana.Email, "otra frase que no se olvida", here)
		w.ok(err)
		late, err := w.RecoveryLink(ctx, system, ana.ID)
		w.ok(err)
		w.clock.Advance(24 * time.Hour)
		_, _, err = w.Recover(ctx, late, phrase, here)
		w.want(err, cx.Unauthorized, "over")
	})
}

func TestLinksAreListedAndRevoked(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		ana := w.person("ana@example.com", cx.Member)
		secret, err := w.SignInLink(ctx, system, ana.ID, 48*time.Hour, true)
		w.ok(err)
		_, err = w.RecoveryLink(ctx, system, ana.ID)
		w.ok(err)
		all, err := w.Links(ctx, system, ana.ID)
		w.ok(err)
		for _, l := range all {
			if l.MadeBy != "system" || l.Reusable == l.Recovers || l.ExpiresAt <= l.CreatedAt {
				w.Errorf("link %+v", l)
			}
			w.ok(w.RevokeLink(ctx, system, l.ID))
			w.want(w.RevokeLink(ctx, system, l.ID), cx.NotFound, "")
		}
		_, _, err = w.SignInByLink(ctx, secret, here)
		w.want(err, cx.Unauthorized, "")
		if len(all) != 2 {
			w.Errorf("%d links", len(all))
		}
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.person("ana@example.com", cx.Lead)
		session, old, err := w.SignIn(ctx, "ana@example.com", phrase, here)
		w.ok(err)
		_, _, err = w.ChangePassword(ctx, session, "not this one", "otra frase larga", here)
		w.want(err, cx.Unauthorized, "wrong")
		_, fresh, err := w.ChangePassword(ctx, session, phrase, "otra frase larga", here)
		w.ok(err)
		_, err = w.SessionBySecret(ctx, old)
		w.want(err, cx.Unauthorized, "")
		_, err = w.SessionBySecret(ctx, fresh)
		w.ok(err)
	})
}

func TestPasswordsThatAreEasyToGuess(t *testing.T) {
	each(t, func(w *world) {
		for password, want := range map[string]string{
			"password1234": "easy to guess", "qwertyuiop123": "easy to guess", "aaaaaaaaaaaaaaaa": "easy to guess", "contraseña123": "",
			"ana@example.com": "easy to guess", "vivenciavivencia": "easy to guess", "eleven char": "at least 12", phrase: "",
			strings.Repeat("á", 12): "easy to guess", strings.Repeat("long enough ", 17): "at most 200",
		} {
			_, err := w.CreatePerson(w.Context(), system, account.NewPerson{Email: "ana@example.com", Name: "Ana", Role: cx.Member, Password: password})
			if want != "" {
				w.want(err, cx.Invalid, want)
				continue
			}
			w.ok(err)
			w.ok(w.db.Write(w.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.Exec(w.Context(), `DELETE FROM account_people`)
				return err
			}))
		}
	})
}
