package rule

import (
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// A rule that carries out an initiative acts for whom that draws to live it; of the
// others it says why not, and both arms are exposed by the same event.
func TestARuleActsOnTheTreatedOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t), declared+`
rules:
  - slug: notice
    name: Notice
    initiative: arrival-notice
    caps: {per_customer: {n: 1, per: 7d}}
    when: {event: Order Completed}
    then: [{message: {subject: S, text: coming}}]
`)
	for _, user := range []string{"ana", "eva", "leo"} {
		w.lives(user, "Page Read", nil)
	}
	w.arms = map[cx.CustomerID]string{w.ID("ana"): "treated", w.ID("eva"): "control"}
	for _, user := range []string{"ana", "eva", "leo", "ana"} {
		w.lives(user, "Order Completed", nil)
	}
	w.settle()
	if got, want := w.done(), []string{"exposed arrival-notice treated", "exposed arrival-notice control", "message coming"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	d, err := w.rules.Rule(t.Context(), cx.System(), "notice")
	if err != nil {
		t.Fatal(err)
	}
	if d.Not[Control] != 1 || d.Not[Apart] != 1 || d.Not[Capped] != 1 || d.Entered != 1 {
		t.Errorf("%+v", d.Not)
	}
}
