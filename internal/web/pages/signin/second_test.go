package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func TestHalfASessionOpensNothing(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	site.As(cx.Lead)
	person, err := site.Accounts.PersonByEmail(t.Context(), cx.System(), "lead@candil.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := site.Accounts.RequireSecondFactor(t.Context(), cx.System(), person.ID, true); err != nil {
		t.Fatal(err)
	}
	enter := func(next string) *webtest.Visitor {
		v := site.Anonymous()
		if r := v.Post("/sign-in", url.Values{"email": {person.Email}, "password": {webtest.Password}, "next": {next}}); r.Status != http.StatusSeeOther {
			t.Fatalf("the password got %d", r.Status)
		}
		return v
	}
	v := enter("/me")
	if r := v.Get("/me"); r.Header.Get("Location") != "/sign-in?next=%2Fme" {
		t.Errorf("half a session opens /me: %d", r.Status)
	}
	if r := v.Get("/sign-in/code"); r.Status != http.StatusSeeOther {
		t.Errorf("a code is asked for before there are any: %d", r.Status)
	}
	page := v.Get("/sign-in/codes?next=%2Fme")
	secret := strings.ReplaceAll(page.Text(".second-factor-secret"), " ", "")
	if page.Attr("svg.qr", "aria-label") == "" || v.Get("/sign-in/codes").Text(".second-factor-secret") != page.Text(".second-factor-secret") {
		t.Error("the picture is missing, or the secret changes with each look")
	}
	code, err := totp.GenerateCode(secret, site.Clock.Now().Std())
	if err != nil {
		t.Fatal(err)
	}
	if r := v.Post("/sign-in/codes", url.Values{"code": {"123"}}); r.Status != http.StatusUnauthorized || r.Text("[role=alert] p") != "Ese código no es correcto o ya se usó. Espera al siguiente" {
		t.Errorf("a wrong code got %d %q", r.Status, r.Text("[role=alert] p"))
	}
	r := v.Post("/sign-in/codes", url.Values{"code": {code}, "next": {"https://evil.example/"}})
	recovery := r.All(".recovery-codes code")
	if len(recovery) != 10 || r.Attr("main a.button", "href") != "/" {
		t.Errorf("%d codes, on to %q", len(recovery), r.Attr("main a.button", "href"))
	}
	if r := v.Get("/me"); r.Status != http.StatusOK {
		t.Errorf("the whole session got %d", r.Status)
	}

	site.Clock.Advance(time.Minute)
	v = enter("/me?x=1")
	if r := v.Post("/sign-in/code", url.Values{"code": {code}, "next": {"/me?x=1"}}); r.Status != http.StatusUnauthorized || r.Attr("[name=next]", "value") != "/me?x=1" {
		t.Errorf("a used code got %d", r.Status)
	}
	if r := v.Post("/sign-in/code", url.Values{"code": {recovery[3]}, "next": {"/me?x=1"}}); r.Header.Get("Location") != "/me?x=1" {
		t.Errorf("a recovery code got %d", r.Status)
	}
	if r := site.Anonymous().Get("/sign-in/code"); r.Status != http.StatusSeeOther {
		t.Errorf("nobody gets the code's page: %d", r.Status)
	}
}

func TestRecoverByLink(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	open := site.As(cx.Lead)
	person, err := site.Accounts.PersonByEmail(t.Context(), cx.System(), "lead@candil.example")
	if err != nil {
		t.Fatal(err)
	}
	secret, err := site.Accounts.RecoveryLink(t.Context(), cx.System(), person.ID)
	if err != nil {
		t.Fatal(err)
	}
	v, path := site.Anonymous(), signin.RecoveryPath(secret)
	if r := v.Get(path); r.Status != http.StatusOK {
		t.Fatalf("got %d", r.Status)
	}
	if r := v.Post(path, url.Values{"password": {"password1234"}}); r.Status != http.StatusUnprocessableEntity || !strings.HasPrefix(r.Text(".fault"), "Es demasiado fácil") {
		t.Errorf("an easy one got %d", r.Status)
	}
	if r := v.Post(path, url.Values{"password": {"another horse battery"}}); r.Header.Get("Location") != "/" {
		t.Errorf("got %d", r.Status)
	}
	if r := open.Get("/me"); r.Status != http.StatusSeeOther {
		t.Errorf("the open session still answers %d", r.Status)
	}
	if r := site.Anonymous().Post(path, url.Values{"password": {"another horse battery"}}); r.Status != http.StatusUnauthorized {
		t.Errorf("the second use got %d", r.Status)
	}
}
