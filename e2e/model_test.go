package e2e_test

import (
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestModelByForms adds a touchpoint by form, sees its text beside and what it
// changes, puts it in force, and finds it in what a customer lives from then on;
// then designs a journey. Both change the one draft of a person.
func TestModelByForms(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	var marta struct {
		ID          string
		Identifiers []struct{ Kind, Value string }
	}
	c.ask(t, "/api/v1/customers/lookup?email=marta.llorente@example.com", &marta)
	c.ask(t, "/api/v1/customers/"+marta.ID, &marta)
	p := c.enter(t, e2e.Desktop, e2e.Light)
	p.Go(c.URL + "/model/new/touchpoints")
	for field, text := range map[string]string{"name.es": "El café de la librería", "name.en": "The bookshop's café"} {
		p.Type(`[name="`+field+`"]`, text)
	}
	choose := func(name, value string) {
		e2e.Eval[bool](p, `(s => { s.value = "`+value+`"; return s.dispatchEvent(new Event("change", {bubbles: true})) })(document.querySelector('[name="`+name+`"]'))`)
	}
	for name, value := range map[string]string{"stage": "after", "channel": "store", "medium": "physical", "area": "tiendas"} {
		choose(name, value)
	}
	if got := e2e.Eval[string](p, `document.querySelector('[name="area"]').value`); got == "" {
		choose("area", e2e.Eval[string](p, `document.querySelector('[name="area"]').options[1].value`))
	}
	p.Submit(".model-new button.button-primary")
	p.WaitFor(`location.pathname === "/model/edit/touchpoints/el-cafe-de-la-libreria"`)

	// What is chosen is in the text beside at once.
	p.Type(`[name="events.0.name"]`, "Coffee Served")
	choose("events.0.lived", "1.5")
	p.WaitFor(`document.querySelector("#f-text").value.includes("{name: Coffee Served, valence: 1.5}")`)
	p.Check()
	p.Picture("model-added")
	p.Go(c.URL + "/model/draft")
	p.WaitFor(`document.querySelector(".model-changes").innerText.includes("El café de la librería")`)
	p.Check()
	p.Picture("model-what-changes")
	p.Submit(`form[action="/model/draft/apply"] button`)
	p.WaitFor(`location.pathname === "/model"`)

	for _, i := range marta.Identifiers {
		if i.Kind == "userId" {
			c.send(t, `{"userId":"`+i.Value+`","event":"Coffee Served"}`)
		}
	}
	p.Go(c.URL + "/customers/" + marta.ID)
	p.WaitFor(`document.querySelector("main").innerText.includes("El café de la librería")`)
	if text := p.Text("main"); !strings.Contains(text, "El café de la librería") {
		t.Error("the timeline does not know the new touchpoint")
	}
	designs(p, c.URL)
}
