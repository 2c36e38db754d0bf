package e2e_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func TestAccountAndErrors(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, webtest.Gallery(nil))
	site.Link(cx.Member)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := chrome.Open(t, site.Link(cx.Member), width, theme)
		p.Check()
		p.Picture("sign-in-link")
		p.Submit("main .button-primary")
		p.Go(site.URL + "/me")
		p.Check()
		p.Picture("me")
		p.Go(site.URL + "/nowhere")
		p.Forgive("404")
		p.Check()
		p.Picture("not-found")
	})
}

func TestSetup(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, webtest.Gallery(nil))
	secret, err := site.Accounts.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := chrome.Open(t, site.URL+signin.SetupPath(secret), e2e.Phone, e2e.Light)
	p.Check()
	p.Picture("setup")
	p.Type("#f-name", "Ana Ruiz")
	p.Type("#f-email", "ana@candil.example")
	p.Type("#f-password", webtest.Password)
	p.Submit("main .button-primary")
	p.WaitFor(`location.pathname === "/dev/ui"`)
}
