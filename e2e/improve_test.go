package e2e_test

import (
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestImprovement looks at every page of what is made better, on each width and in
// each theme.
func TestImprovement(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	var opportunities struct{ Items []struct{ ID string } }
	c.ask(t, "/api/v1/opportunities?limit=1", &opportunities)
	if len(opportunities.Items) == 0 {
		t.Fatal("nothing would be worth doing")
	}
	pages := map[string]string{
		"improve":             "/improve",
		"improve-opportunity": "/improve/opportunities/of/" + opportunities.Items[0].ID,
		"improve-propose":     "/improve/opportunities/new",
		"improve-board":       "/improve/board",
		"improve-list":        "/improve/board?as=list",
		"improve-calendar":    "/improve/calendar",
		"improve-learned":     "/improve/learned",
		"improve-new":         "/improve/new?from=" + opportunities.Items[0].ID,
		"improve-worked":      "/improve/of/arrival-notice",
		"improve-staggered":   "/improve/of/door-greeting",
		"improve-did-not":     "/improve/of/thank-you-mail",
		"improve-running":     "/improve/of/signed-card",
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

// TestAnInitiativeIsPlannedAndStarted proposes something, plans it with what the
// form asks, sees how many customers it takes, and starts it: then its plan is
// frozen, and what is measured cannot be changed any more.
func TestAnInitiativeIsPlannedAndStarted(t *testing.T) {
	t.Parallel()
	c := begin(t)
	t.Cleanup(c.stop)
	p := c.enter(t, e2e.Desktop, e2e.Light)
	p.Go(c.URL + "/improve/opportunities/new")
	p.Type(`[name="title.es"]`, "Un banco para quien espera en caja")
	choose(p, "touchpoint", "till")
	choose(p, "area", "tills")
	p.Submit(`.improve-narrow button`)
	p.WaitFor(`location.pathname.startsWith("/improve/opportunities/of/")`)
	p.Submit(`a[href^="/improve/new?from="]`)
	p.WaitFor(`document.querySelector("[name='title.es']").value === "Un banco para quien espera en caja"`)
	p.Type(`[name="hypothesis.es"]`, "Esperar sentado se recuerda mejor")
	e2e.Eval[any](p, `(() => { const s = document.querySelector("[name='owner']"); s.selectedIndex = 1; return null })()`)
	p.Click(`[name="kind"][value="random"]`)
	choose(p, "metric.kind", "score")
	choose(p, "metric.of", "csat-till")
	p.Type(`[name="metric.days"]`, "30")
	p.Type(`[name="expected"]`, "0,5")
	p.Type(`[name="sample"]`, "300")
	p.Check()
	p.Submit(`.improve-plan > div:last-child button`)
	p.WaitFor(`location.pathname.startsWith("/improve/of/")`)
	p.WaitFor(`document.querySelector(".improve-power") != null`)
	p.Check()
	p.Picture("improve-planned")
	p.Submit(`.improve-forms .button-primary`)
	p.WaitFor(`document.querySelector(".improve-frozen") != null`)
	path := e2e.Eval[string](p, `location.pathname`)
	p.Go(c.URL + path + "/edit")
	if got := e2e.Eval[int](p, `document.querySelectorAll("[name='metric.kind']").length`); got != 0 {
		t.Error("what is measured can be changed after the start")
	}
	if !strings.HasPrefix(path, "/improve/of/") {
		t.Errorf("it stands at %s", path)
	}
}
