package e2e_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestEstadoLives refuses a message while the page is open.
func TestEstadoLives(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	p := c.enter(t, e2e.Phone, e2e.Light)
	p.Go(c.URL + "/status")
	before := `document.querySelector("#status-file-warning").innerText`
	p.WaitFor(`(window.was = ` + before + `, true)`)
	c.send(t, `{"userId":"nobody","properties":{"why":"it has no name either"}}`)
	p.WaitFor(before + ` !== window.was`)
	p.Check()
}
