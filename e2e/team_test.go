package e2e_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
)

// TestTeamSpeaks: somebody says in two touches what keeps them from serving
// well, and answers the quiz, on every width and theme.
func TestTeamSpeaks(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := c.enter(t, width, theme)
		p.Go(c.URL + "/team")
		p.Check()
		p.Picture("team")
		p.Go(c.URL + "/team?at=till&in=madrid-fuencarral")
		p.Submit(`button[name="what"][value="roster"]`)
		p.WaitFor(`document.querySelector(".toast, .notice-positive") !== null`)
		p.Check()
		p.Go(c.URL + "/s/promise-quiz")
		p.Picture("team-quiz")
	})
}
