package e2e_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestScriptByForms opens a journey as it is designed, adds a step, says how it
// should be lived, moves it, and finds it in the text beside.
func TestScriptByForms(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	const journey = "/model/edit/journeys/help"
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := c.enter(t, width, theme)
		p.Go(c.URL + "/model/edit/journeys/online-order")
		p.Check()
		p.Picture("script")
		p.Go(c.URL + journey + "/steps/0.0.1")
		p.Check()
		p.Picture("script-step")
		p.Go(c.URL + "/model/edit/journeys/help/lived")
		p.WaitFor(`location.pathname.endsWith("/lived")`)
		p.Check()
		p.Picture("script-learned")
	})
	p := c.enter(t, e2e.Desktop, e2e.Light)
	p.Go(c.URL + "/model/new/journeys/help/steps?at=0.0.2")
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
	p.WaitFor(`location.pathname === "` + journey + `" && document.querySelector("#step-0 a b").innerText !== ""`)
	p.Check()
	p.Picture("script-moved")
	p.Go(c.URL + "/model/draft")
	p.WaitFor(`document.querySelector(".model-changes").innerText.includes("Pedir ayuda › Opiniones y redes")`)
	p.Submit(`form[action="/model/draft/drop"] button`)
}
