package rule

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// TestOff: a rule that was switched off begins nothing, outranks nobody and
// clashes with none; what it began goes on.
func TestOff(t *testing.T) {
	t.Parallel()
	on := declared + `
rules:
  - {slug: later, name: Later, priority: 9, when: {event: Order Completed}, then: [{wait: 1h}, {message: {subject: S, text: later}}]}
  - {slug: now, name: Now, when: {event: Order Completed}, then: [{message: {subject: S, text: now}}]}
`
	w := newWorld(t, sqlite(t), on)
	w.lives("ana", "Order Completed", nil)
	w.settle()
	w.House.Model(strings.Replace(on, "{slug: later,", "{slug: later, off: true,", 1))
	w.lives("eva", "Order Completed", nil)
	w.settle()
	if got := w.done(); !slices.Equal(got, []string{"message now"}) {
		t.Errorf("with the rule off: %q", got)
	}
	now, _ := w.Models.Current().Model.Rule("now")
	if clashes, err := w.rules.Conflicts(t.Context(), cx.System(), now); err != nil || len(clashes) > 0 {
		t.Errorf("it clashes with one that is off: %v, %v", clashes, err)
	}
	w.Clock.Advance(time.Hour)
	w.settle()
	if got := w.done(); !slices.Equal(got, []string{"message now", "message later"}) {
		t.Errorf("an hour later: %q", got)
	}
}
