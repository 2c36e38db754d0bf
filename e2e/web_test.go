package e2e_test

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

var chrome e2e.Browser

func TestMain(m *testing.M) {
	code := e2e.Run(m, &chrome)
	if candil.stop != nil {
		candil.stop()
	}
	os.Exit(code)
}

// everywhere runs fn at both widths in both themes.
func everywhere(t *testing.T, fn func(t *testing.T, width int, theme e2e.Theme)) {
	for _, width := range []int{e2e.Desktop, e2e.Phone} {
		for _, theme := range []e2e.Theme{e2e.Light, e2e.Dark} {
			t.Run(string(theme)+map[int]string{e2e.Desktop: " desktop", e2e.Phone: " phone"}[width], func(t *testing.T) {
				t.Parallel()
				fn(t, width, theme)
			})
		}
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	site.As(cx.Admin)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := chrome.Open(t, site.URL+"/sign-in", width, theme)
		p.Check()
		p.Picture("sign-in")
		p.Type("#f-email", "admin@candil.example")
		p.Type("#f-password", "wrong")
		p.Submit("main .button-primary")
		p.Forgive("401")
		p.Check()
		p.Picture("sign-in-fault")
		p.Type("#f-password", webtest.Password+kb.Enter)
		p.WaitFor(`location.pathname !== "/sign-in"`)
		p.Forgive("404")
	})
}
