package e2e_test

import (
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/e2e"
)

// inPhone finds something on what the customer's phone shows.
func inPhone(selector string) string {
	return `document.querySelector("#walk-frame")?.contentDocument?.querySelector('` + selector + `')`
}

// TestTheDemosMinute plays both stories of the demo's minute to their end: what
// the buttons make happen comes in by the gate, and what the page then shows comes
// from promises, rules, conversations and cases.
func TestTheDemosMinute(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	p := c.enter(t, e2e.Desktop, e2e.Light)
	said := func(text string) string {
		return `document.querySelector("#walk-line")?.innerText.includes("` + text + `")`
	}

	began := time.Now()
	p.Go(c.URL + "/demo/recorrido")
	p.Check()
	p.Submit("#walk-step-risk button")
	// The rule has written to her: her phone shows the page of the choice.
	p.WaitFor(inPhone("button[value=shop]") + ` != null`)
	p.Picture("walk-late-choice")
	p.WaitFor(`(` + inPhone("button[value=shop]") + `.click(), true)`)
	p.WaitFor(inPhone("[role=status]") + ` != null`)
	p.Submit("#walk-step-reserve button")
	p.WaitFor(`document.querySelector("#walk-step-right button") != null`)
	p.WaitFor(`document.querySelector("#walk-frame").src.includes("/case/")`)
	p.Picture("walk-late-solved")
	p.Submit("#walk-step-right button")
	p.WaitFor(`document.querySelector("#walk-step-over") != null`)
	p.WaitFor(said("Llega el día que dijimos") + ` && ` + said("Lo que eliges se cumple"))
	p.WaitFor(`[...document.querySelectorAll("[id^=walk-promise]")].some(e => e.innerText.includes("Rota")) && [...document.querySelectorAll("[id^=walk-promise]")].some(e => e.innerText.includes("Cumplida"))`)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("Marta's story took %s", took)
	}
	p.Check()
	p.Picture("walk-late-over")

	began = time.Now()
	p.Go(c.URL + "/demo/recorrido?tale=gift")
	p.Submit("#walk-step-brings button")
	p.WaitFor(`document.querySelector("#walk-step-refused button") != null`)
	p.Submit("#walk-step-refused button")
	p.WaitFor(`document.querySelector("#walk-step-suspend button") != null && document.querySelector("#walk-against .walk-facts").innerText.includes("clientes en esa situación")`)
	p.WaitFor(`document.querySelector("#walk-frame").src.includes("/case/")`)
	p.Picture("walk-gift-refused")
	p.Submit("#walk-step-suspend button")
	p.WaitFor(`document.querySelector("#walk-step-exchange button") != null && document.querySelector("#walk-against").innerText.includes("Política suspendida")`)
	p.Submit("#walk-step-exchange button")
	p.WaitFor(`document.querySelector("#walk-step-over") != null && document.querySelector("#walk-promise-0").innerText.includes("Cumplida")`)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("Lucía's story took %s", took)
	}
	p.Check()
	p.Picture("walk-gift-over")

	// Again: the rule holds once more, and another present is brought.
	p.Go(c.URL + "/demo/recorrido?tale=gift")
	p.Submit("#walk-step-brings button")
	p.WaitFor(`document.querySelector("#walk-against").innerText.includes("En vigor") && document.querySelector("#walk-step-refused button") != null`)
}

// TestTheMinuteOnAPhone looks at one side at a time where both have no room.
func TestTheMinuteOnAPhone(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	p := c.enter(t, e2e.Phone, e2e.Dark)
	p.Go(c.URL + "/demo/recorrido")
	p.Check()
	p.WaitFor(`document.querySelector("#walk-phone").offsetHeight > 0 && document.querySelector("#walk-company").offsetHeight === 0`)
	p.Picture("walk-phone")
	p.Click(`.walk-sides [value="company"]`)
	p.WaitFor(`document.querySelector("#walk-phone").offsetHeight === 0 && document.querySelector("#walk-company").offsetHeight > 0`)
	p.Check()
	p.Picture("walk-company")
}
