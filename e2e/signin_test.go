package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/account/oidc"
	"github.com/vivencia-cx/vivencia/internal/account/oidc/oidctest"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// entrance is a site of a company that has a sign-in of its own and makes its
// administrators use one-time codes.
func entrance(t *testing.T) *webtest.Site {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	clock := cxtest.NewClock()
	accounts, err := account.Open(t.Context(), db, clock, account.WithKey(make([]byte, 32)), account.WithRules(account.Rules{SecondFactor: []cx.Role{cx.Admin}}))
	if err != nil {
		t.Fatal(err)
	}
	for email, role := range map[string]cx.Role{"ana@candil.example": cx.Lead, "admin@candil.example": cx.Admin} {
		if _, err := accounts.CreatePerson(t.Context(), cx.System(), account.NewPerson{Email: email, Name: "Ana Ruiz", Role: role, Language: "es", Password: webtest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	idp := oidctest.New(t, clock)
	flow := oidc.New(oidc.Config{Issuer: idp.Issuer, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret}, accounts, clock)
	return webtest.Serve(t, accounts, clock, webtest.Gallery(nil), signin.New(accounts, &signin.Provider{Flow: flow, Name: "Candil"}))
}

// TestSignInWithACode goes the way of somebody who must set up codes, comes
// again with one, and ends a session that they left open elsewhere.
func TestSignInWithACode(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		site := entrance(t)
		give := func(p *e2e.Page) {
			p.Go(site.URL + "/sign-in")
			p.Check()
			p.Picture("sign-in-provider")
			p.Type("#f-email", "admin@candil.example")
			p.Type("#f-password", webtest.Password)
			p.Submit("main button.button")
		}
		p := chrome.Open(t, site.URL+"/sign-in", width, theme)
		give(p)
		p.Check()
		p.Picture("sign-in-codes")
		secret := strings.ReplaceAll(p.Text(".second-factor-secret"), " ", "")
		code := func() string {
			code, err := totp.GenerateCode(secret, site.Clock.Now().Std())
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		p.Type("#f-code", code())
		p.Submit("main .button-primary")
		p.Check()
		p.Picture("recovery-codes")
		p.Submit("main .button-primary")
		p.WaitFor(`location.pathname === "/dev/ui"`)

		site.Clock.Advance(time.Minute)
		again := chrome.Open(t, site.URL+"/sign-in", width, theme)
		give(again)
		again.Check()
		again.Picture("sign-in-code")
		again.Type("#f-code", "000000")
		again.Submit("main .button-primary")
		again.Forgive("401")
		again.Check()
		again.Type("#f-code", code())
		again.Submit("main .button-primary")
		again.Go(site.URL + "/me")
		again.Check()
		again.Picture("me-sessions")
		again.Submit(`form[action$="/end"] button`)
		again.WaitFor(`document.querySelectorAll("main .lines li").length === 1`)

		p.Go(site.URL + "/me")
		p.WaitFor(`location.pathname === "/sign-in"`)
	})
}

// TestSetUpCodesAtHome is for who may use codes and need not.
func TestSetUpCodesAtHome(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, webtest.Gallery(nil))
	site.Link(cx.Lead)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := chrome.Open(t, site.Link(cx.Lead), width, theme)
		p.Submit("main .button-primary")
		p.Go(site.URL + "/me/codes")
		p.Check()
		p.Picture("me-codes")
	})
}

// TestTheCompanysOwnSignIn goes through a real provider and back.
func TestTheCompanysOwnSignIn(t *testing.T) {
	t.Parallel()
	site := entrance(t)
	p := chrome.Open(t, site.URL+"/me", e2e.Phone, e2e.Light)
	if got := p.Text("main .button-primary"); got != "Entrar con Candil" {
		t.Errorf("the button says %q", got)
	}
	p.Submit("main .button-primary")
	p.WaitFor(`location.pathname === "/me"`)
	if got := p.Text("main .lines"); !strings.Contains(got, "Con la cuenta de la empresa") {
		t.Errorf("the session: %q", got)
	}
}
