package account_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

var system = cx.System()

// world is a service with a clock that stands still, and its database.
type world struct {
	*testing.T
	*account.Service
	db    *sqldb.DB
	clock *cxtest.Clock
	seals string // the file of the audit log's seals, if it has one
}

// each runs fn on every engine with a new instance.
func each(t *testing.T, fn func(w *world)) {
	t.Helper()
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		w := &world{T: t, db: open(t), clock: cxtest.NewClock()}
		w.reopen()
		fn(w)
	})
}

func at(address string) account.From { return account.From{Address: address} }

// reopen starts the service again on the same database.
func (w *world) reopen() {
	w.Helper()
	service, err := account.Open(w.Context(), w.db, w.clock)
	if err != nil {
		w.Fatal(err)
	}
	w.Service = service
}

// ok fails the test when err is not nil.
func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// want checks the kind of an error, and that its message holds a text.
func (w *world) want(err error, kind cx.ErrorKind, text string) {
	w.Helper()
	if err == nil || cx.KindOf(err) != kind || !strings.Contains(cx.MessageOf(err), text) {
		w.Errorf("got %v error %v, want %v with %q", cx.KindOf(err), err, kind, text)
	}
}

func (w *world) actions() (all []string) {
	w.Helper()
	entries, err := w.Audit(w.Context(), system, account.AuditQuery{Limit: 1000})
	w.ok(err)
	for i := len(entries) - 1; i >= 0; i-- {
		all = append(all, entries[i].Principal+" "+entries[i].Action+" "+entries[i].Object)
	}
	return all
}

func TestInstanceStays(t *testing.T) {
	each(t, func(w *world) {
		first, err := w.Instance(w.Context())
		w.ok(err)
		if len(first.Salt) != 32 || first.ID == "" || first.CreatedAt != cxtest.Epoch || first.Demo {
			w.Errorf("instance %+v", first)
		}
		w.clock.Advance(time.Hour)
		w.reopen()
		if again, err := w.Instance(w.Context()); err != nil || cmp.Diff(first, again) != "" {
			w.Errorf("another instance: %s, %v", cmp.Diff(first, again), err)
		}
	})
}

func TestDemoSecretsOpenNothingElsewhere(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		_, _, err := w.CreateToken(ctx, system, "demo", cx.Admin, nil, "demo")
		w.want(err, cx.Invalid, "secret")
		_, err = w.CreateSource(ctx, system, "Web", "demo")
		w.want(err, cx.Invalid, "key")

		w.ok(w.EnterDemo(ctx))
		if i, _ := w.Instance(ctx); !i.Demo {
			w.Error("the instance is not marked")
		}
		_, err = w.CreateSource(ctx, system, "Web", "demo")
		w.ok(err)
		_, _, err = w.CreateToken(ctx, system, "demo", cx.Admin, nil, "demo")
		w.ok(err)
		_, err = w.PrincipalByToken(ctx, "demo")
		w.ok(err)
		_, err = w.SourceByKey(ctx, "demo")
		w.ok(err)

		w.reopen() // by serve, on the demo's folder
		_, err = w.PrincipalByToken(ctx, "demo")
		w.want(err, cx.Unauthorized, "")
		_, err = w.SourceByKey(ctx, "demo")
		w.want(err, cx.Unauthorized, "")
	})
}

func TestDemoRefusesACompany(t *testing.T) {
	each(t, func(w *world) {
		_, err := w.CreatePerson(w.Context(), system, account.NewPerson{Email: "ana@example.com", Name: "Ana", Role: cx.Admin})
		w.ok(err)
		w.want(w.EnterDemo(w.Context()), cx.Conflict, "folder of its own")
	})
}

func TestDemoRefusesACompanyThatHasAWriteKey(t *testing.T) {
	each(t, func(w *world) {
		_, err := w.CreateSource(w.Context(), system, "web", "")
		w.ok(err)
		w.want(w.EnterDemo(w.Context()), cx.Conflict, "folder of its own")
	})
}

func TestSources(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		web, err := w.CreateSource(ctx, system, "  Tienda en línea ", "")
		w.ok(err)
		if web.Slug != "tienda-en-linea" || web.Name != "Tienda en línea" || len(web.Key) < 32 {
			w.Errorf("source %+v", web)
		}
		_, err = w.CreateSource(ctx, system, "Caja", "our-own_KEY1")
		w.ok(err)
		_, err = w.CreateSource(ctx, system, "tienda EN linea", "")
		w.want(err, cx.Conflict, "tienda-en-linea")
		_, err = w.CreateSource(ctx, system, "Caja 2", "our-own_KEY1")
		w.want(err, cx.Conflict, "key")
		_, err = w.CreateSource(ctx, system, "", "a b")
		w.want(err, cx.Invalid, "name: is missing; key:")
		_, err = w.CreateSource(ctx, system, "Vivencia!", "")
		w.want(err, cx.Invalid, "other than vivencia")

		w.reopen()
		for _, key := range []string{web.Key, "our-own_KEY1"} {
			if _, err := w.SourceByKey(ctx, key); err != nil {
				w.Error(err)
			}
		}
		w.ok(w.RevokeSource(ctx, system, "caja"))
		_, err = w.SourceByKey(ctx, "our-own_KEY1")
		w.want(err, cx.Unauthorized, "revoked")
		w.want(w.RevokeSource(ctx, system, "caja"), cx.NotFound, "caja")
		all, err := w.Sources(ctx, system)
		w.ok(err)
		if len(all) != 2 || all[0].RevokedAt == 0 || all[1].RevokedAt != 0 || all[1].Key != web.Key {
			w.Errorf("sources %+v", all)
		}
		if _, err := w.SourceByKey(ctx, ""); cx.KindOf(err) != cx.Unauthorized {
			w.Errorf("no key: %v", err)
		}
	})
}

func TestTokens(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		token, secret, err := w.CreateToken(ctx, system, "Cuadro de mando", cx.Analyst, []string{"tienda", "web"}, "")
		w.ok(err)
		_, _, err = w.CreateToken(ctx, system, "", "boss", []string{"A b"}, "short")
		w.want(err, cx.Invalid, "name: is missing; role: is one of [admin board analyst lead member]; areas[0]:")
		_, _, err = w.CreateToken(ctx, system, "x", cx.Admin, nil, secret)
		w.want(err, cx.Conflict, "")

		w.reopen()
		p, err := w.PrincipalByToken(ctx, secret)
		w.ok(err)
		if diff := cmp.Diff(cx.Principal{ID: "token:1", Name: "Cuadro de mando", Role: cx.Analyst, Areas: []string{"tienda", "web"}}, p); diff != "" {
			w.Error(diff)
		}
		all, err := w.Tokens(ctx, system)
		w.ok(err)
		if len(all) != 1 || all[0].LastUsedAt != w.clock.Now() {
			w.Errorf("tokens %+v", all)
		}
		w.ok(w.RevokeToken(ctx, system, token.ID))
		_, err = w.PrincipalByToken(ctx, secret)
		w.want(err, cx.Unauthorized, "revoked")
		w.want(w.RevokeToken(ctx, system, token.ID), cx.NotFound, "")
	})
}

func TestNoSecretIsKept(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		person, err := w.CreatePerson(ctx, system, account.NewPerson{Email: "ana@example.com", Name: "Ana", Role: cx.Admin, Password: "caballo batería grapa"})
		w.ok(err)
		_, token, err := w.CreateToken(ctx, system, "x", cx.Member, nil, "")
		w.ok(err)
		link, err := w.SignInLink(ctx, system, person.ID, time.Hour, true)
		w.ok(err)
		_, session, err := w.SignInByLink(ctx, link, at("192.0.2.1"))
		w.ok(err)
		for _, table := range []string{"account_people", "account_tokens", "account_links", "account_sessions", "account_audit"} {
			dump := w.dump(table)
			for _, secret := range []string{"caballo batería grapa", token, link, session} {
				if strings.Contains(dump, secret) {
					w.Errorf("%s holds a secret in the clear: %s", table, dump)
				}
			}
			if table == "account_audit" && strings.Contains(dump, "ana@") {
				w.Errorf("the audit log holds personal data: %s", dump)
			}
		}
	})
}

func (w *world) dump(table string) string {
	w.Helper()
	var b strings.Builder
	w.ok(w.db.Read(w.Context(), func(tx *sqldb.Tx) error {
		rows, err := tx.Query(w.Context(), `SELECT * FROM `+table)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		columns, err := rows.Columns()
		for rows.Next() {
			values, into := make([]string, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				return err
			}
			b.WriteString(strings.Join(values, " ") + "\n")
		}
		return err
	}))
	return b.String()
}

func TestAuditOnlyGrows(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		for _, object := range []string{"customer:c_1", "customer:c_2", "customer:c_3"} {
			w.ok(w.Record(ctx, system, "customer.seen", object))
			w.clock.Advance(time.Second)
		}
		for _, text := range []string{`UPDATE account_audit SET object = 'x'`, `DELETE FROM account_audit`} {
			err := w.db.Write(ctx, func(tx *sqldb.Tx) error { _, err := tx.Exec(ctx, text); return err })
			if err == nil || !strings.Contains(err.Error(), "only grows") {
				w.Errorf("%s: %v", text, err)
			}
		}
		page, err := w.Audit(ctx, system, account.AuditQuery{Before: 3, Limit: 1})
		w.ok(err)
		want := []account.Entry{{ID: 2, At: cxtest.Epoch.Add(time.Second), Principal: "system", Action: "customer.seen", Object: "customer:c_2"}}
		if diff := cmp.Diff(want, page, cmpopts.IgnoreFields(account.Entry{}, "Hash")); diff != "" {
			w.Error(diff)
		}
		_, err = w.Audit(ctx, cx.Principal{ID: "person:9", Role: cx.Analyst}, account.AuditQuery{Limit: 10})
		w.want(err, cx.Forbidden, "")
	})
}

func TestChangesAreOnRecord(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		_, err := w.CreateSource(ctx, system, "Web", "")
		w.ok(err)
		w.ok(w.RevokeSource(ctx, system, "web"))
		token, _, err := w.CreateToken(ctx, system, "x", cx.Admin, nil, "")
		w.ok(err)
		p := cx.Principal{ID: "token:1", Role: cx.Admin}
		person, err := w.CreatePerson(ctx, p, account.NewPerson{Email: "a@example.com", Name: "A", Role: cx.Member})
		w.ok(err)
		w.ok(w.SetPassword(ctx, p, person.ID, "una frase larga"))
		_, _, err = w.SignIn(ctx, "a@example.com", "otra frase", at("192.0.2.1"))
		w.want(err, cx.Unauthorized, "")
		session, secret, err := w.SignIn(ctx, "a@example.com", "una frase larga", at("192.0.2.1"))
		w.ok(err)
		w.ok(w.SignOut(ctx, secret))
		w.ok(w.DisablePerson(ctx, p, person.ID))
		w.ok(w.EnablePerson(ctx, p, person.ID))
		w.ok(w.RevokeToken(ctx, system, token.ID))
		want := []string{
			"system source.created source:web", "system source.revoked source:web", "system token.created token:1",
			"token:1 person.created person:1", "token:1 person.password-set person:1", "anonymous sign-in.refused person:1",
			"person:1 sign-in.password " + session.ID, "person:1 sign-out " + session.ID,
			"token:1 person.disabled person:1", "token:1 person.enabled person:1", "system token.revoked token:1",
		}
		if diff := cmp.Diff(want, w.actions()); diff != "" {
			w.Error(diff)
		}
	})
}

func TestOnlyWhoMayManages(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.person("ana@example.com", cx.Admin)
		for _, role := range []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member, ""} {
			p := cx.Principal{ID: "person:9", Role: role}
			want := cx.Forbidden
			if role == "" {
				want = cx.Unauthorized
			}
			for name, err := range map[string]error{
				"CreateSource": second(w.CreateSource(ctx, p, "x", "")), "RevokeSource": w.RevokeSource(ctx, p, "x"),
				"CreateToken": third(w.CreateToken(ctx, p, "x", role, nil, "")), "RevokeToken": w.RevokeToken(ctx, p, 1), "Tokens": second(w.Tokens(ctx, p)),
				"CreatePerson": second(w.CreatePerson(ctx, p, account.NewPerson{})), "People": second(w.People(ctx, p)),
				"PersonByEmail": second(w.PersonByEmail(ctx, p, "ana@example.com")), "SetPassword": w.SetPassword(ctx, p, 1, phrase),
				"SetLanguage": w.SetLanguage(ctx, p, 1, "es"), "DisablePerson": w.DisablePerson(ctx, p, 1), "EnablePerson": w.EnablePerson(ctx, p, 1),
				"SignInLink": second(w.SignInLink(ctx, p, 1, time.Hour, false)), "Audit": second(w.Audit(ctx, p, account.AuditQuery{Limit: 1})),
			} {
				if cx.KindOf(err) != want {
					w.Errorf("%q may %s: %v", role, name, err)
				}
			}
		}
		if got := w.actions(); len(got) != 1 {
			w.Errorf("something was changed: %v", got)
		}
	})
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

func TestOlderVersionLeavesTheAccountsAlone(t *testing.T) {
	each(t, func(w *world) {
		w.want(w.db.Migrate(w.Context(), "account", fstest.MapFS{}), cx.Conflict, "newer version")
	})
}
