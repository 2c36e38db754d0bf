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

// designs adds a step to a journey, says how it should be lived, moves it to the
// beginning, and drags it back into a way.
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
	e2e.Eval[bool](p, `((from, to) => {
		const fire = (on, type, y) => on.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, clientY: y, dataTransfer: new DataTransfer()}));
		fire(from.querySelector(".disc"), "dragstart", 0);
		const below = to.getBoundingClientRect().bottom - 1;
		fire(to, "dragover", below);
		return fire(to, "drop", below) || true;
	})(document.querySelector("#step-0"), document.querySelector("#step-1-0-0"))`)
	p.WaitFor(`document.querySelector("#step-0-0-1 b")?.innerText === "Opiniones y redes"`)
	p.Go(address + "/model/draft")
	p.WaitFor(`document.querySelector(".model-changes").innerText.includes("Pedir ayuda › Opiniones y redes")`)
	p.Submit(`form[action="/model/draft/drop"] button`)
}
