package e2e_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestJourneys looks at the pages of journeys as people see them: the list, each
// journey's map, what lies behind what hurts, one run.
func TestJourneys(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := c.enter(t, width, theme)
		look := func(name, path string) {
			if path != "" {
				p.Go(c.URL + path)
			}
			p.Check()
			p.Picture("journeys-" + name)
		}
		look("list", "/journeys")
		p.Go(c.URL + "/journeys/online-order")
		p.Click(".filters-more > summary")
		p.Check()
		p.Window("journeys-filters")
		for _, slug := range []string{"online-order", "shop-visit", "help"} {
			p.Go(c.URL + "/journeys/" + slug)
			p.WaitFor(`document.querySelector(".journey-sections") !== null`)
			look(slug, "")
		}
		look("runs", "/journeys/online-order/runs?state=stuck&weeks=0")
		p.Go(c.URL + "/journeys/online-order")
		p.Click(".hurt h3 a")
		p.WaitFor(`location.pathname.endsWith("/runs") && document.querySelector("#runs tbody tr") !== null`)
		look("behind", "")
		p.Click("#runs tbody a")
		p.WaitFor(`document.querySelector(".run-line") !== null`)
		look("run", "")
	})
}

// TestJourneyPicture saves the map as a PNG, which the browser draws.
func TestJourneyPicture(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	p := c.enter(t, e2e.Desktop, e2e.Light)
	p.Go(c.URL + "/journeys/online-order")
	// The download itself is the browser's: what is saved is looked at instead.
	e2e.Eval[bool](p, `(() => { HTMLAnchorElement.prototype.click = function () { window.saved = this.download + " " + this.href.slice(0, 22) + " " + this.href.length; }; return true; })()`)
	p.Click("a[data-png]")
	p.WaitFor(`window.saved !== undefined`)
	if got := e2e.Eval[string](p, `window.saved`); got < "viaje-online-order.png data:image/png;base64, 1" {
		t.Errorf("saved %q", got)
	}
}

// TestJourneysAreLive looks at the runs and at one run while it is lived.
func TestJourneysAreLive(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	p := c.enter(t, e2e.Desktop, e2e.Light)
	p.Go(c.URL + "/journeys/online-order/runs?state=running")
	p.WaitFor(`document.querySelector("#runs tbody tr") !== null`)
	c.send(t, `{"userId":"journeys-e2e","event":"Order Completed","properties":{"order_id":"E2E-1","revenue":20,"currency":"EUR","items":1,"delivery":"home"}}`)
	p.WaitFor(`document.querySelector("#runs tbody").innerText.includes("E2E-1")`)
	p.Go(c.URL + e2e.Eval[string](p, `[...document.querySelectorAll("#runs tbody tr")].find(r => r.innerText.includes("E2E-1")).querySelector("a").getAttribute("href")`))
	c.send(t, `{"userId":"journeys-e2e","event":"Order Shipped","properties":{"order_id":"E2E-1","carrier":"veloz"}}`)
	p.WaitFor(`document.querySelector(".run-line").innerText.includes("Sale de camino")`)
	p.Check()
}
