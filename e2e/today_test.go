package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestTodayIsLive looks at Hoy while something is lived: it appears, and
// nothing else moves. The chart is read by keyboard.
func TestTodayIsLive(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	p := c.enter(t, e2e.Desktop, e2e.Light)
	p.Go(c.URL + "/today")
	before := e2e.Eval[float64](p, `document.querySelector("#hurts").getBoundingClientRect().top`)
	c.send(t, `{"userId":"today-e2e","event":"Checkout Paid","properties":{"shop":"madrid-fuencarral","wait_min":30}}`)
	p.WaitFor(`document.querySelector("#now-list").innerText.includes("today-e2e")`)
	if after := e2e.Eval[float64](p, `document.querySelector("#hurts").getBoundingClientRect().top`); after != before {
		t.Errorf("the page jumped from %v to %v", before, after)
	}
	p.WaitFor(`(document.querySelector("v-chart svg").focus(), document.activeElement.tagName === "svg")`)
	p.Key(kb.End)
	p.WaitFor(`document.querySelector(".chart-reading").textContent.includes("entre")`)
	// By the keyboard: what happens moves the list under a pointer.
	p.WaitFor(`(document.querySelector(".today-now .today-export a").focus(), document.activeElement.matches(".today-now .today-export a"))`)
	p.Key(kb.Enter)
	p.WaitFor(`location.search.includes("live=off") && !document.querySelector(".today-now [hx-sse\\:connect]")`)
}

// TestTodayForTheBoard waits until the board's page is known, which it tells by itself,
// and goes on with another area without losing whom it is for.
func TestTodayForTheBoard(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := c.enter(t, width, theme)
		p.Go(c.URL + "/today?for=board")
		p.WaitFor(`document.querySelectorAll("#board .stat").length === 4 && document.querySelectorAll("#board .today-halves").length === 2`)
		p.Check()
		p.Picture("today-board")
		if got := e2e.Eval[string](p, `document.querySelector("#board .today-age").innerText`); !strings.HasPrefix(got, "Datos de hace") {
			t.Errorf("it says of its age %q", got)
		}
		p.Go(c.URL + e2e.Eval[string](p, `document.querySelector("form.row select[name=area]").form.elements.for.value === "board" ? "/today?for=board&area=stores" : "/"`))
		p.WaitFor(`document.querySelectorAll("#board .stat").length === 4`)
		p.Check()
	})
}
