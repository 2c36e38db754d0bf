package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// TestComposingARule makes a rule by choosing, moves its steps by keyboard, sees
// what the customer would, tries it on the past, and puts it in force.
func TestComposingARule(t *testing.T) {
	t.Parallel()
	c := ask(t, "http://localhost")
	if _, err := c.Accounts.CreateSource(t.Context(), cx.System(), "Tienda", "e2e-key"); err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+"/v1/track", strings.NewReader(`{"userId":"u-17","event":"Checkout Paid","properties":{"total":12}}`))
	req.SetBasicAuth("e2e-key", "")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	_ = res.Body.Close()
	secret, err := c.Accounts.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := chrome.Open(t, c.URL+signin.SetupPath(secret), e2e.Desktop, e2e.Light)
	p.Type("#f-name", "Eva Sanz")
	p.Type("#f-email", "eva@candil.example")
	p.Type("#f-password", webtest.Password)
	p.Submit("main .button-primary")

	p.Go(c.URL + "/rules")
	p.Check()
	p.Type("#f-name", "Gracias por venir")
	p.Submit(".rules-new .button-primary")
	p.WaitFor(`location.pathname === "/rules/of/gracias-por-venir/edit"`)
	p.Check()

	choose := func(id, value string) {
		t.Helper()
		e2e.Eval[bool](p, `(() => {
			const field = document.getElementById(`+"`"+id+"`"+`);
			field.value = `+"`"+value+"`"+`;
			field.dispatchEvent(new Event("change", {bubbles: true}));
			return true;
		})()`)
	}
	// What is asked goes with what was chosen, and the sentence follows at once.
	choose("f-when.kind", "event")
	p.WaitFor(`document.querySelector('[data-of="event"]').offsetHeight > 0 && document.querySelector('[data-of="promise"]').offsetHeight === 0`)
	choose("f-when.event", "Checkout Paid")
	p.WaitFor(`document.querySelector(".rules-sentence")?.innerText.startsWith("Cuando ocurre «Pagó en caja»") === true`)
	choose("f-if.0.kind", "count")
	p.WaitFor(`document.getElementById("f-if.0.days").offsetHeight > 0`)
	choose("f-if.0.event", "Checkout Paid")
	choose("f-if.0.op", ">=")
	choose("f-if.0.value", "1")
	p.WaitFor(`document.querySelector(".rules-sentence")?.innerText.includes("si vivió «Pagó en caja» al menos 1") === true`)

	// A message comes after, and by keyboard before.
	choose("f-then.add", "message")
	p.Submit(`#then button[value="add:then"]`)
	p.WaitFor(`document.querySelector(".rules-bubble") !== null`)
	p.Type(`[id="f-then.1.title.es"]`, "¡Gracias!")
	p.Click(`[id="f-then.1.text.es"]`)
	p.WaitFor(`document.querySelector(".rules-bubble strong")?.innerText.includes("¡Gracias!") === true`)
	e2e.Eval[bool](p, `(document.querySelector('button[value="up:then.1"]').focus(), true)`)
	p.Press(kb.Enter)
	p.WaitFor(`document.querySelector('input[name="then.0.kind"]').value === "message"`)
	p.Check()
	p.Picture("rule-composed")

	// It is tried on the last month, and put in force.
	p.Submit(`button[value="test"]`)
	p.WaitFor(`document.querySelector("#tried .rules-found") !== null`)
	if found := p.Text("#tried .rules-found"); !strings.HasPrefix(found, "Habría llegado a ") {
		t.Errorf("tried on the past: %q", found)
	}
	p.WaitFor(`document.querySelector('#tried a[href^="/customers/"]') !== null`)
	p.Check()
	p.Picture("rule-tried")
	p.Submit(`form[action$="/apply"] button`)
	p.WaitFor(`location.pathname === "/rules/of/gracias-por-venir"`)
	p.Check()
	p.Picture("rule-begun")

	// And it is switched off.
	p.Submit(".rules-switch")
	p.WaitFor(`document.querySelector(".rules-switch").getAttribute("aria-checked") === "false"`)
}
