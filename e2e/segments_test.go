package e2e_test

import (
	"fmt"
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestSegmentsAreLive looks at the segments while somebody lives what makes
// them a regular: the count follows. Then a condition is composed and tried.
func TestSegmentsAreLive(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	p := c.enter(t, e2e.Desktop, e2e.Light)
	p.Go(c.URL + "/segments")
	before := p.Text(".segments-n")
	for i := range 4 {
		c.send(t, fmt.Sprintf(`{"userId":"segments-e2e","messageId":"segments-e2e-%d","event":"Checkout Paid","properties":{"shop":"madrid-fuencarral","wait_min":1}}`, i))
	}
	p.WaitFor(fmt.Sprintf(`document.querySelector(".segments-n").innerText.trim() !== %q`, before))
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := c.enter(t, width, theme)
		for name, path := range map[string]string{"segments": "/segments", "segment": "/segments/of/regulars", "segment-new": "/segments/new"} {
			p.Go(c.URL + path)
			p.Check()
			p.Picture(name)
		}
		p.Go(c.URL + "/segments/new")
		p.Type("#f-name", "Clientes de siempre")
		p.Type("#f-times", "3")
		p.Submit(`main form[action="/segments/preview"] button`)
		p.WaitFor(`document.querySelectorAll(".segments-first li").length === 10`)
		p.Check()
		p.Picture("segment-tried")
	})
}
