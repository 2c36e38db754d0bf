package e2e_test

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// open signs in by link and shows the gallery.
func open(t *testing.T, site *webtest.Site, width int, theme e2e.Theme) *e2e.Page {
	t.Helper()
	p := chrome.Open(t, site.Link(cx.Admin), width, theme)
	p.Submit("main .button-primary")
	return p
}

func TestParts(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, webtest.Gallery(nil))
	site.Link(cx.Admin)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := open(t, site, width, theme)
		p.WaitFor(`(document.querySelector("#customers").scrollIntoView(false), document.querySelectorAll("#customers tbody tr").length === 9)`)
		p.WaitFor(`(scrollTo(0, 0), true)`)
		p.Check()
		p.Picture("gallery")
		p.Window("shell")
	})
}

func TestPaletteAndShortcuts(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, webtest.Gallery(nil))
	p := open(t, site, e2e.Desktop, e2e.Light)
	p.Key("k", chromedp.KeyModifiers(input.ModifierCtrl))
	p.WaitFor(`document.querySelectorAll("#palette [role=option]").length === 3`)
	p.Window("palette")
	p.Axe()
	p.Type(".palette-input", "dat")
	p.WaitFor(`document.querySelectorAll("#palette [role=option]").length === 1`)
	p.Type(".palette-input", "zz")
	p.WaitFor(`document.querySelector("#palette-list").textContent.includes("No hay nada con «zz»")`)
	p.Key(kb.Escape)
	p.WaitFor(`!document.querySelector("#palette").open`)
	p.Key("?")
	p.WaitFor(`document.querySelector("#shortcuts").open`)
	p.Window("shortcuts")
	p.Key(kb.Escape)
	p.Key("/")
	p.WaitFor(`document.activeElement.type === "search"`)
}

func TestLiveCopyChartAndTheme(t *testing.T) {
	t.Parallel()
	live := make(chan string, 1)
	site := webtest.New(t, webtest.Gallery(live))
	p := open(t, site, e2e.Desktop, e2e.Light)
	live <- "Marta recogió su pedido"
	p.WaitFor(`document.querySelector("#live li")?.textContent === "Marta recogió su pedido"`)

	p.WaitFor(`(document.querySelector("v-chart svg").focus(), document.activeElement.tagName === "svg")`)
	p.Key(kb.End)
	if got, want := p.Text(".chart-reading"), "23 feb: 43 (entre 39 y 47)"; got != want {
		t.Errorf("the chart reads %q, want %q", got, want)
	}
	p.Key(kb.ArrowLeft)
	p.WaitFor(`document.querySelector(".chart-reading").textContent.startsWith("16 feb")`)

	p.Click(".side-button")
	p.WaitFor(`document.documentElement.dataset.theme === "dark"`)
	p.Go(site.URL + "/dev/ui")
	p.WaitFor(`document.documentElement.dataset.theme === "dark"`)
}

func TestPhoneMenu(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, webtest.Gallery(nil))
	p := open(t, site, e2e.Phone, e2e.Light)
	p.Click(".tabbar button")
	p.WaitFor(`document.querySelector("#more").open`)
	p.Axe()
	p.Window("more")
	small := e2e.Eval[[]string](p, `[...document.querySelectorAll("#more a, #more button, .tabbar > *")]
		.filter(e => e.getBoundingClientRect().height < 44).map(e => e.textContent.trim() + " " + e.getBoundingClientRect().height)`)
	if len(small) > 0 {
		t.Errorf("less than 44 px to touch: %v", small)
	}
}

// TestToasts: htmx sends the session's token, and a refusal changes nothing on
// the page but tells why.
func TestToasts(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, webtest.Gallery(nil))
	p := open(t, site, e2e.Desktop, e2e.Light)
	// A toast goes by itself, on a slow machine before one looks: remember it.
	e2e.Eval[bool](p, `(() => {
		window.told = [];
		new MutationObserver(() => document.querySelectorAll(".toast-positive p").forEach(t => window.told.push(t.textContent)))
			.observe(document.querySelector("#toasts"), {childList: true});
		return true;
	})()`)
	p.WaitFor(`typeof htmx === "object"`)
	p.Click("#try")
	p.WaitFor(`window.told.includes("Hecho")`)
	p.Click("#fail")
	p.WaitFor(`document.querySelector(".toast-negative p")?.textContent === "Falta este dato"`)
	if got := p.Text("#fail"); got != "Fallar" {
		t.Errorf("the button became %q", got)
	}
	p.Forgive("422")
	p.Axe()
	p.Window("toasts")
	p.Click(".toast-negative [data-dismiss]")
	p.WaitFor(`!document.querySelector(".toast-negative")`)
}
