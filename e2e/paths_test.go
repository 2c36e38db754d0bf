package e2e_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestPaths looks at how journeys are lived against how they were designed, and
// at what lies behind a stop of the graph.
func TestPaths(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := c.enter(t, width, theme)
		look := func(name, path string) {
			if path != "" {
				p.Go(c.URL + path)
			}
			p.Check()
			p.Picture("paths-" + name)
		}
		for _, slug := range []string{"online-order", "shop-visit", "help"} {
			look(slug, "/journeys/"+slug+"/paths")
		}
		look("advanced", "/journeys/online-order/advanced")
		look("advanced-undesigned", "/journeys/help/advanced?outcome=abandoned&noise=0&weeks=0")
		look("all", "/journeys/online-order/paths?coverage=100&weeks=0&a=supplier:azahar&b=supplier:veloz")
	})
}
