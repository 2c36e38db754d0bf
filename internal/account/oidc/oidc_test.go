package oidc_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/account/oidc"
	"github.com/vivencia-cx/vivencia/internal/account/oidc/oidctest"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const callback = "http://vivencia.example/sign-in/provider/answer"

var from = account.From{Address: "192.0.2.1"}

// office is a company with a provider, and Ana among its people.
type office struct {
	*testing.T
	*oidc.Provider
	idp      *oidctest.Provider
	accounts *account.Service
	clock    *cxtest.Clock
	ana      account.Person
}

func newOffice(t *testing.T, admission account.Admission) *office {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	o := &office{T: t, clock: cxtest.NewClock()}
	o.accounts, err = account.Open(t.Context(), db, o.clock)
	must(t, err)
	o.ana, err = o.accounts.CreatePerson(t.Context(), cx.System(), account.NewPerson{Email: "ana@candil.example", Name: "Ana", Role: cx.Lead})
	must(t, err)
	o.idp = oidctest.New(t, o.clock)
	o.configure(admission)
	return o
}

func (o *office) configure(a account.Admission) {
	o.Provider = oidc.New(oidc.Config{Issuer: o.idp.Issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, Admission: a}, o.accounts, o.clock)
}

// enter goes the whole way as a browser does.
func (o *office) enter() (account.Session, error) {
	o.Helper()
	address, secret, err := o.Begin(o.Context(), callback, "/today")
	if err != nil {
		return account.Session{}, err
	}
	session, _, next, err := o.Finish(o.Context(), secret, o.idp.Approve(o, address), from)
	if err == nil && next != "/today" {
		o.Errorf("next is %q", next)
	}
	return session, err
}

func (o *office) refuses(what, message string) {
	o.Helper()
	session, err := o.enter()
	if err == nil || cx.KindOf(err) != cx.Unauthorized || !strings.Contains(cx.MessageOf(err), message) || session.ID != "" {
		o.Errorf("%s: got %v error %v, want unauthorized with %q", what, cx.KindOf(err), err, message)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheVerifiedAddressLinksOnceForAll(t *testing.T) {
	t.Parallel()
	o := newOffice(t, account.Admission{})
	session, err := o.enter()
	must(t, err)
	if session.Person.ID != o.ana.ID || session.Way != account.ByProvider || session.Waits != account.ForNothing {
		t.Errorf("session %+v", session)
	}
	// The address changed at the provider: the identity is still Ana's.
	o.idp.As(oidctest.Claims{"email": "ana.ruiz@candil.example", "email_verified": false})
	if session, err = o.enter(); err != nil || session.Person.ID != o.ana.ID {
		t.Errorf("by subject: %+v, %v", session, err)
	}
	// Her old address went to somebody else there: it does not open her account.
	o.idp.As(oidctest.Claims{"sub": "eva-2", "email": "ana@candil.example", "email_verified": true})
	o.refuses("a recycled address", "another identity")
	must(t, o.accounts.Unlink(t.Context(), cx.System(), o.ana.ID))
	if session, err = o.enter(); err != nil || session.Person.ID != o.ana.ID {
		t.Errorf("after unlinking: %+v, %v", session, err)
	}
}

func TestTokensThatDoNotHold(t *testing.T) {
	t.Parallel()
	o := newOffice(t, account.Admission{})
	unsigned := func(c oidctest.Claims) (string, error) {
		body, err := json.Marshal(c)
		encode := base64.RawURLEncoding.EncodeToString
		return encode([]byte(`{"alg":"none"}`)) + "." + encode(body) + ".", err
	}
	// The client's secret is no key to sign with, even if both know it.
	symmetric := func(c oidctest.Claims) (string, error) {
		key := []byte(strings.Repeat(oidctest.ClientSecret, 2))
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: key}, nil)
		if err != nil {
			return "", err
		}
		return jwt.Signed(signer).Claims(c).Serialize()
	}
	other := oidctest.New(t, o.clock)
	for name, spoil := range map[string]func(oidctest.Claims){
		"another nonce":    func(c oidctest.Claims) { c["nonce"] = "other" },
		"no nonce":         func(c oidctest.Claims) { delete(c, "nonce") },
		"another audience": func(c oidctest.Claims) { c["aud"] = "other" },
		"for another":      func(c oidctest.Claims) { c["aud"] = []string{"other", oidctest.ClientID}; c["azp"] = "other" },
		"another issuer":   func(c oidctest.Claims) { c["iss"] = other.Issuer },
		"expired":          func(c oidctest.Claims) { c["exp"] = o.clock.Now().Std().Add(-time.Second).Unix() },
		"never expires":    func(c oidctest.Claims) { delete(c, "exp") },
		"not yet":          func(c oidctest.Claims) { c["nbf"] = o.clock.Now().Std().Add(time.Hour).Unix() },
	} {
		o.idp.Spoil(spoil)
		o.refuses(name, "no valid answer")
	}
	o.idp.Spoil(nil)
	for name, sign := range map[string]func(oidctest.Claims) (string, error){
		"not signed": unsigned, "signed with the secret": symmetric, "no token": func(oidctest.Claims) (string, error) { return "", nil },
		"not a token": func(oidctest.Claims) (string, error) { return "a.b.c", nil },
	} {
		o.idp.Sign(sign)
		o.refuses(name, "no valid answer")
	}
	o.idp.Sign(nil)
	if _, err := o.enter(); err != nil {
		t.Errorf("afterwards the true one: %v", err)
	}
}

func TestAnswersThatAreNotToOurQuestion(t *testing.T) {
	t.Parallel()
	o := newOffice(t, account.Admission{})
	ctx := t.Context()
	finish := func(secret string, answer url.Values) error {
		_, _, _, err := o.Finish(ctx, secret, answer, from)
		return err
	}
	begin := func() (secret string, answer url.Values) {
		address, secret, err := o.Begin(ctx, callback, "/")
		must(t, err)
		return secret, o.idp.Approve(t, address)
	}
	want := func(what string, err error, message string) {
		t.Helper()
		if err == nil || cx.KindOf(err) != cx.Unauthorized || !strings.Contains(cx.MessageOf(err), message) {
			t.Errorf("%s: %v", what, err)
		}
	}
	secret, answer := begin()
	must(t, finish(secret, answer))
	want("played again", finish(secret, answer), "not begun here")

	mine, _ := begin()
	_, theirs := begin()
	want("another browser's answer", finish(mine, theirs), "not begun here")
	want("no cookie", finish("", theirs), "not begun here")

	first, used := begin()
	must(t, finish(first, used))
	second, fresh := begin()
	fresh.Set("code", used.Get("code"))
	want("a used code", finish(second, fresh), "no valid answer")

	secret, answer = begin()
	_, other := begin()
	answer.Set("code", other.Get("code"))
	want("another flow's code: its verifier is another", finish(secret, answer), "no valid answer")

	secret, answer = begin()
	answer.Set("iss", "https://other.example")
	want("another issuer's answer", finish(secret, answer), "no valid answer")

	secret, answer = begin()
	want("refused there", finish(secret, url.Values{"state": answer["state"], "error": {"access_denied"}}), "access_denied")

	secret, answer = begin()
	o.clock.Advance(10 * time.Minute)
	want("too late", finish(secret, answer), "took too long")
}

func TestWhoMayComeIn(t *testing.T) {
	t.Parallel()
	o := newOffice(t, account.Admission{})
	o.idp.As(oidctest.Claims{"email_verified": false})
	o.refuses("an address that nobody verified", "not verified")
	o.idp.As(oidctest.Claims{"email_verified": "true"})
	if _, err := o.enter(); err != nil {
		t.Errorf("the word true: %v", err)
	}
	o.idp.As(oidctest.Claims{"sub": "eva-2", "email": "eva@candil.example", "name": "Eva Gil"})
	o.refuses("a stranger", "nobody here")
	must(t, o.accounts.DisablePerson(t.Context(), cx.System(), o.ana.ID))
	o.idp.As(oidctest.Claims{"sub": "ana-1", "email": "ana@candil.example"})
	o.refuses("a disabled person", "may not sign in")
}

func TestGroupsGiveRoleAndAreas(t *testing.T) {
	t.Parallel()
	o := newOffice(t, account.Admission{})
	o.configure(account.Admission{Create: true, Domains: []string{"candil.example"}, Grants: account.Grants{
		Roles: []account.RoleGrant{{Group: "cx-admins", Role: cx.Admin}, {Group: "shop-*", Role: cx.Member}},
		Areas: []account.AreaGrant{{Group: "shop-north", Area: "norte"}, {Group: "shop-south", Area: "sur"}},
	}})
	o.idp.As(oidctest.Claims{"sub": "eva-2", "email": "eva@candil.example", "name": "Eva Gil", "groups": []string{"staff", "shop-north"}})
	eva, err := o.enter()
	must(t, err)
	if eva.Person.Name != "Eva Gil" || eva.Person.Role != cx.Member || strings.Join(eva.Person.Areas, ",") != "norte" {
		t.Errorf("Eva is %+v", eva.Person)
	}
	o.idp.As(oidctest.Claims{"groups": "shop-north cx-admins"})
	if eva, err = o.enter(); err != nil || eva.Person.Role != cx.Admin {
		t.Errorf("promoted: %+v, %v", eva.Person, err)
	}
	o.idp.As(oidctest.Claims{"groups": []string{"shop-south"}})
	if _, err = o.enter(); cx.KindOf(err) != cx.Conflict {
		t.Errorf("the last administrator went: %v", err)
	}
	o.idp.As(oidctest.Claims{"groups": []string{"staff"}})
	o.refuses("no group with a role", "none of your groups")
	o.idp.As(oidctest.Claims{"sub": "x-3", "email": "x@other.example", "groups": []string{"cx-admins"}})
	o.refuses("another domain", "the company's own")
}

// TestTheProviderFills asks the user's information for what the token lacks.
func TestTheProviderFills(t *testing.T) {
	t.Parallel()
	o := newOffice(t, account.Admission{})
	o.idp.Spoil(func(c oidctest.Claims) { delete(c, "email"); delete(c, "email_verified") })
	if session, err := o.enter(); err != nil || session.Person.ID != o.ana.ID {
		t.Errorf("got %+v, %v", session, err)
	}
}

func TestTheProviderIsDownAndTurnsItsKeys(t *testing.T) {
	t.Parallel()
	o := newOffice(t, account.Admission{})
	o.idp.Down(true)
	if _, _, err := o.Begin(context.Background(), callback, "/"); cx.KindOf(err) != cx.Unavailable {
		t.Errorf("down before: %v", err)
	}
	o.idp.Down(false)
	if _, err := o.enter(); err != nil {
		t.Errorf("up again: %v", err)
	}
	o.idp.Rotate(t)
	if _, err := o.enter(); err != nil {
		t.Errorf("with another key: %v", err)
	}
	address, secret, err := o.Begin(t.Context(), callback, "/")
	must(t, err)
	answer := o.idp.Approve(t, address)
	o.idp.Down(true)
	if _, _, _, err := o.Finish(t.Context(), secret, answer, from); cx.KindOf(err) != cx.Unavailable {
		t.Errorf("down between: %v", err)
	}
}
