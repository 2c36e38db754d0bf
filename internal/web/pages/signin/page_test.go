package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func TestWrongPasswordSaysSoAndKeepsTheAddress(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	site.As(cx.Admin)
	for _, email := range []string{"admin@candil.example", "nobody@candil.example"} {
		r := site.Anonymous().Post("/sign-in", url.Values{"email": {email}, "password": {"wrong"}, "next": {"/me"}})
		if got := r.Text("[role=alert]"); r.Status != http.StatusUnauthorized || got != "El correo o la contraseña no son correctos" {
			t.Errorf("%s: got %d %q", email, r.Status, got)
		}
		if r.Attr("#f-email", "value") != email || r.Attr("[name=next]", "value") != "/me" || r.Attr("#f-password", "value") != "" {
			t.Errorf("%s: the form lost what was written, or kept the password", email)
		}
	}
}

func TestTooManyAttempts(t *testing.T) {
	t.Parallel()
	v := webtest.New(t).Anonymous()
	for range 100 {
		r := v.Post("/sign-in", url.Values{"email": {"ana@candil.example"}, "password": {"wrong"}})
		if r.Status == http.StatusTooManyRequests {
			if r.Header.Get("Retry-After") == "" || !strings.HasPrefix(r.Text("[role=alert]"), "Demasiados intentos") {
				t.Errorf("got %q, Retry-After %q", r.Text("[role=alert]"), r.Header.Get("Retry-After"))
			}
			return
		}
	}
	t.Error("a hundred attempts were let through")
}

// TestLinkIsUsedUpByItsButton: a scanner that follows the link in a mail must
// not use it up.
func TestLinkIsUsedUpByItsButton(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	site.As(cx.Lead)
	person, err := site.Accounts.PersonByEmail(t.Context(), cx.System(), "lead@candil.example")
	if err != nil {
		t.Fatal(err)
	}
	secret, err := site.Accounts.SignInLink(t.Context(), cx.System(), person.ID, 1e9*3600, false)
	if err != nil {
		t.Fatal(err)
	}
	path := signin.LinkPath(secret)
	v := site.Anonymous()
	for range 2 {
		if r := v.Get(path); r.Status != http.StatusOK || r.Text("main button") != "Entrar en Vivencia" {
			t.Fatalf("got %d", r.Status)
		}
	}
	if r := v.Post(path, nil); r.Status != http.StatusSeeOther {
		t.Fatalf("the button got %d", r.Status)
	}
	if r := v.Get("/me"); r.Status != http.StatusOK {
		t.Errorf("after the link /me answers %d", r.Status)
	}
	r := site.Anonymous().Post(path, nil)
	if got := r.Text("[role=alert]"); r.Status != http.StatusUnauthorized || got != "Este enlace ya se usó o ha caducado. Pide otro" {
		t.Errorf("the second use got %d %q", r.Status, got)
	}
}

func TestSetUpMakesTheFirstAdministrator(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	secret, err := site.Accounts.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v := site.Anonymous()
	path := signin.SetupPath(secret)
	r := v.Post(path, url.Values{"name": {""}, "email": {"ana"}, "password": {"short"}})
	if got := strings.Join(r.All(".fault"), "|"); r.Status != http.StatusUnprocessableEntity ||
		got != "Falta este dato|No es una dirección de correo|Usa al menos 12 caracteres: unas pocas palabras que recuerdes" {
		t.Errorf("got %d %s", r.Status, got)
	}
	if r = v.Post(path, url.Values{"name": {"Ana Ruiz"}, "email": {"ana@candil.example"}, "password": {webtest.Password}}); r.Status != http.StatusSeeOther {
		t.Fatalf("got %d", r.Status)
	}
	if got := v.Get("/me").All(".facts dd")[1]; got != "Administración" {
		t.Errorf("the first person is %q", got)
	}
	if r = site.Anonymous().Post(path, url.Values{"name": {"Eva"}, "email": {"eva@candil.example"}, "password": {webtest.Password}}); r.Text("[role=alert]") != "Vivencia ya está en marcha. Entra con tu correo" {
		t.Errorf("the second use got %d %q", r.Status, r.Text("[role=alert]"))
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	v := webtest.New(t).As(cx.Admin)
	if r := v.Post("/sign-out", nil); r.Header.Get("Location") != "/sign-in" {
		t.Errorf("got %d", r.Status)
	}
	if r := v.Get("/me"); r.Status != http.StatusSeeOther {
		t.Errorf("signed out, /me answers %d", r.Status)
	}
}
