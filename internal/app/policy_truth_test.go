package app

import (
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// The rules inside that contradict a promise of the demo are found, each with the
// situation that was planted, and of policies with as many customers as really were
// in it; nothing else is called a contradiction.
func TestPlantedContradictionsAreFound(t *testing.T) {
	t.Parallel()
	h, truth := candil(t)
	all, err := h.Policies.Conflicts(t.Context(), cx.System(), policy.Query{Window: cx.Window{From: 1, To: cx.TimeOf(candilUntil) + 1}})
	if err != nil {
		t.Fatal(err)
	}
	var found []policy.Conflict
	for _, c := range all.Conflicts {
		if c.Open() {
			found = append(found, c)
		}
	}
	if len(truth.Conflicts) == 0 {
		t.Fatal("nothing is planted")
	}
	for _, planted := range truth.Conflicts {
		i := slices.IndexFunc(found, func(c policy.Conflict) bool {
			return c.Subject() == planted.Kind+"."+planted.With && c.With == "promise."+planted.Promise
		})
		if i < 0 {
			t.Errorf("%s %s against %s is not found", planted.Kind, planted.With, planted.Promise)
			continue
		}
		c := found[i]
		found = slices.Delete(found, i, i+1)
		if c.Area != planted.Owner {
			t.Errorf("%s is of %s, not %s", c.Subject(), c.Area, planted.Owner)
		}
		if planted.Kind == "policy" && (c.Lived.Customers != planted.Customers || c.Lived.Broken != planted.Refused) {
			t.Errorf("%s: %d customers, refused %d times; they were %d and %d", c.Subject(), c.Lived.Customers, c.Lived.Broken, planted.Customers, planted.Refused)
		}
		for _, term := range c.Situation {
			if want, ok := planted.Situation[term.Field]; ok && want != term.Example {
				t.Errorf("%s: %s, planted %v", c.Subject(), term, want)
			}
		}
		t.Logf("%s against %s: %d customers, %d times, %+v, %+v", c.Subject(), c.With, c.Lived.Customers, c.Lived.Times, c.Lived.Money, c.Lived.Excess)
	}
	for _, c := range found {
		t.Errorf("%s against %s is none: %s, %+v", c.Subject(), c.With, policy.SituationText(c.Situation), c.Lived.Excess)
	}
}
