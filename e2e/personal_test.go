package e2e_test

import (
	"net/http"
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestACustomerIsForgotten goes the way of who answers a customer that wants to
// see everything, and then to be forgotten.
func TestACustomerIsForgotten(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	c.send(t, `{"userId":"olvido-2026","event":"Umbrella Found","context":{"traits":{"name":"Remedios Olvido Paz","email":"remedios@candil.example"}},"properties":{"where":"en el guardarropa del fondo"}}`)
	var who struct{ ID string }
	for who.ID == "" {
		if c.status(t, "/api/v1/customers/lookup?userId=olvido-2026") == http.StatusOK {
			c.ask(t, "/api/v1/customers/lookup?userId=olvido-2026", &who)
		}
	}
	at := c.URL + "/customers/" + who.ID
	p := c.enter(t, e2e.Desktop, e2e.Light)
	p.Go(at)
	p.Submit(`a[href$="/everything"]`)
	p.WaitFor(`document.querySelector("h1").innerText == "Todo lo que sabemos de Remedios Olvido Paz"`)
	p.WaitFor(`document.querySelector("main").innerText.includes("en el guardarropa del fondo")`)
	p.Check()

	p.Go(at)
	p.Submit(`a[href$="/forget"]`)
	p.WaitFor(`document.querySelector("h1").innerText == "¿Olvidar a Remedios Olvido Paz para siempre?"`)
	p.Check()
	p.WaitFor(`!document.querySelector("form[action$='/forget']").checkValidity()`)
	p.Click("#f-sure")
	p.Submit(".button-danger")
	p.WaitFor(`location.pathname == "/customers/forgotten"`)
	p.WaitFor(`document.querySelector("main").innerText.includes("` + who.ID + `")`)
	p.Check()
	p.Picture("forgotten")

	if got := c.status(t, "/api/v1/customers/"+who.ID); got != http.StatusGone {
		t.Errorf("the API answers %d", got)
	}
	if got := c.status(t, "/api/v1/customers/lookup?userId=olvido-2026"); got != http.StatusNotFound {
		t.Errorf("the search answers %d", got)
	}
}

// status asks the API how it would answer.
func (c product) status(t *testing.T, path string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer demo")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}
