package e2e_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestScripts looks at a journey as it is designed, at one step of it, and at
// what is learned from how it is lived.
func TestScripts(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := c.enter(t, width, theme)
		for name, path := range map[string]string{"script": "online-order", "script-step": "online-order/steps/7.0.2", "script-learned": "special-order/lived"} {
			p.Go(c.URL + "/model/edit/journeys/" + path)
			p.WaitFor(`location.pathname.endsWith("` + path + `")`)
			p.Check()
			p.Picture(name)
		}
	})
}

// designs adds a step to a journey, says how it should be lived, and moves it
// to the beginning.
func designs(p *e2e.Page, address string) {
	const journey = "/model/edit/journeys/help"
	p.Go(address + "/model/new/journeys/help/steps?at=0.0.2")
	choose := func(name, value string) {
		e2e.Eval[bool](p, `(s => { s.value = "`+value+`"; return s.dispatchEvent(new Event("change", {bubbles: true})) })(document.querySelector('[name="`+name+`"]'))`)
	}
	choose("touchpoint", "reviews")
	p.WaitFor(`document.querySelector("#model-step-events").innerText.includes("Review Posted")`)
	p.Check()
	p.Picture("script-new-step")
	p.Submit(".model-new button.button-primary")
	p.WaitFor(`location.pathname === "` + journey + `/steps/0.0.2"`)
	choose("valence", "1")
	p.WaitFor(`document.querySelector("#f-text").value.includes("{slug: reviews, touchpoint: reviews, valence: 1}")`)
	p.Submit(`form[action$="/steps/0.0.2/move"] button`)
	p.WaitFor(`location.pathname === "` + journey + `" && document.querySelector("#step-0 a b").innerText === "Opiniones y redes"`)
	p.Check()
	p.Picture("script-moved")
	p.Go(address + "/model/draft")
	p.WaitFor(`document.querySelector(".model-changes").innerText.includes("Pedir ayuda › Opiniones y redes")`)
	p.Submit(`form[action="/model/draft/drop"] button`)
}
