package e2e_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestPromisesAndPolicies looks at every page of promises, contradictions and how we
// serve, on each width and in each theme.
func TestPromisesAndPolicies(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	pages := map[string]string{
		"promises":           "/promises",
		"promises-area":      "/promises/kept-by?of=area",
		"promises-supplier":  "/promises/kept-by?of=supplier",
		"promise":            "/promises/of/delivery-on-date",
		"promise-new":        "/promises/new",
		"promise-edit":       "/promises/of/delivery-on-date/edit",
		"promise-edit-at":    "/promises/of/till-under-5/edit",
		"calendars":          "/promises/calendars",
		"calendar":           "/promises/calendars/of/shops",
		"calendar-new":       "/promises/calendars/new",
		"contradictions":     "/contradictions",
		"policies":           "/contradictions/policies",
		"policy":             "/contradictions/policies/of/large-returns",
		"policy-contradicts": "/contradictions/policies/of/receipt-needed",
		"policy-new":         "/contradictions/policies/new",
		"goal-new":           "/contradictions/goals/new",
		"serving":            "/serving",
		"frame":              "/serving/frames/till",
	}
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := c.enter(t, width, theme)
		for name, path := range pages {
			p.Go(c.URL + path)
			p.Check()
			p.Picture(name)
		}
	})
}

// TestPromisesAndPoliciesAreWritten composes a promise, tries it on the demo's past,
// makes it and finds it among the others; adds a row to a policy that would prevent
// what is promised, and reads so before it is saved; and suspends the one that blocks
// presents.
func TestPromisesAndPoliciesAreWritten(t *testing.T) {
	t.Parallel()
	c := begin(t)
	t.Cleanup(c.stop)
	p := c.enter(t, e2e.Desktop, e2e.Light)
	p.Go(c.URL + "/promises/new")
	p.Type(`[name="name.es"]`, "Lo mandamos a casa en tres días")
	choose(p, "from.event", "Order Completed")
	choose(p, "to.event", "Order Delivered")
	choose(p, "area", "logistics")
	p.Type(`[name="within.n"]`, "3")
	choose(p, "within.unit", "d")
	p.Type(`[name="from.when.0.field"]`, "delivery")
	p.Type(`[name="from.when.0.value"]`, "home")
	choose(p, "about", "order")
	p.Click(`[formaction="/promises/try"]`)
	p.WaitFor(`document.querySelector("#promise-tried").innerText.includes("El último año lo habríamos cumplido el")`)
	if got := e2e.Eval[string](p, `document.querySelector("[name='name.es']").value`); got != "Lo mandamos a casa en tres días" {
		t.Errorf("trying lost the form: %q", got)
	}
	p.Check()
	p.Picture("promise-tried")
	p.Submit(`[formaction="/promises/try"] + button`)
	p.WaitFor(`location.pathname === "/promises"`)
	p.WaitFor(`document.querySelector(".promises-list").innerText.includes("Lo mandamos a casa en tres días")`)

	p.Go(c.URL + "/contradictions/policies/of/large-returns")
	p.Click(`[id="do-row.add"]`)
	p.WaitFor(`document.querySelectorAll(".contradictions-tablerow").length === 3`)
	choose(p, "row.2.0.op", "missing")
	choose(p, "row.2.effect", "refuse")
	choose(p, "row.2.prevents.0", "Return Accepted")
	p.WaitFor(`document.querySelector("#analysis").innerText.includes("impide")`)
	p.Check()
	p.Picture("policy-row")

	p.Go(c.URL + "/contradictions")
	before := e2e.Eval[string](p, `document.querySelector("h1").innerText`)
	p.Submit(`.contradictions-one h3 a`)
	p.Click(`[name="what"][value="suspended"]`)
	p.Type(`[name="why"]`, "Lo prometido va antes")
	p.Picture("contradiction")
	p.Submit(`#decide button`)
	p.WaitFor(`location.pathname === "/contradictions"`)
	if after := e2e.Eval[string](p, `document.querySelector("h1").innerText`); after == before {
		t.Errorf("suspending changed nothing: %q", after)
	}
}

// choose takes one of a select's choices, as somebody does.
func choose(p *e2e.Page, name, value string) {
	e2e.Eval[any](p, `(() => { const s = document.querySelector("[name='`+name+`']"); s.value = "`+value+`"; s.dispatchEvent(new Event("change", {bubbles: true})); return null })()`)
}
