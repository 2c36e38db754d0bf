package app

import (
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
)

// Where it hurts in the demo, something is found that would be worth doing: with
// figures and the customers and words behind it, each matter once.
func TestOpportunitiesAreFound(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	until := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	if _, err := h.FoundDemo(t.Context(), DemoConfig{Customers: 4000, Seed: 1, Until: until}, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // sources come again
		h.Cycle.Refresh(t.Context())
	}
	all, err := h.Cycle.Opportunities(t.Context(), cx.System(), cycle.OpportunityQuery{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	found := map[cycle.Source]int{}
	titles := map[string]bool{}
	for _, o := range all {
		t.Logf("%2d %-8s %-60s customers %5d money %9.0f [%9.0f, %9.0f] memory %6.0f n %d", o.Place, o.Source, o.Title.ES, o.Customers, o.Score.Money.Value, o.Score.Money.Low, o.Score.Money.High, o.Score.Memory.Value, o.Score.PerDay.N)
		found[o.Source]++
		if titles[o.Title.ES] {
			t.Errorf("%q twice", o.Title.ES)
		}
		titles[o.Title.ES] = true
		if o.Score.Money.N > 0 && (o.Score.Money.Low > o.Score.Money.Value || o.Score.Money.High < o.Score.Money.Value || o.Score.Currency != "EUR") {
			t.Errorf("%s: %+v", o.Title.ES, o.Score)
		}
	}
	for _, source := range []cycle.Source{cycle.FromDriver, cycle.FromJourney, cycle.FromPromise, cycle.FromPolicy} {
		if found[source] == 0 {
			t.Errorf("nothing is found by %s", source)
		}
	}
	i := slices.IndexFunc(all, func(o cycle.Opportunity) bool { return o.Source == cycle.FromDriver })
	d, err := h.Cycle.Opportunity(t.Context(), cx.System(), all[i].ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Evidence.Customers) == 0 || len(d.Said) == 0 || d.Said[0].Words == "" || d.Memory.Value <= 0 || d.Customers == 0 || d.Customers > 4000 {
		t.Errorf("%+v", d)
	}
}
