package reason

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// Who lived a reason is found among those too who never answered.
func TestTouched(t *testing.T) {
	t.Parallel()
	w, _ := grown(t)
	a, err := w.Reasons(t.Context(), cx.System(), Query{})
	if err != nil {
		t.Fatal(err)
	}
	answered, when := a.Reasons[0], cxtest.Epoch.Add(60*day)
	b := w.batch()
	for c := cx.ProfileNo(2001); c <= 2060; c++ {
		days := 0
		if c <= 2040 {
			days = 2
		}
		b.event(c, when.Add(time.Duration(c)*time.Minute), "Delivered", facts{"order_id": fmt.Sprint("silent", c), "supplier": "rayo", "days": days})
	}
	b.event(2061, when, "Ordered", facts{"order_id": "web only"})
	b.live()
	told, err := w.Touched(t.Context(), cx.System(), Query{}, cx.Window{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != 2 || told[0].Reason.ID != "late@courier" || told[1].Reason.ID != "topic.wait" {
		t.Fatalf("%d reasons are told", len(told))
	}
	late, wait := told[0], told[1]
	if len(late.Lived) != answered.N+40 || len(late.Others) != 1500-answered.N+20 {
		t.Errorf("%d lived it and %d could have; of who answered %d did", len(late.Lived), len(late.Others), answered.N)
	}
	if !slices.Contains(late.Lived, 2040) || !slices.Contains(late.Others, 2041) || slices.Contains(late.Others, 2061) {
		t.Error("the silent are not where they belong")
	}
	if len(wait.Lived) != a.Reasons[1].N {
		t.Errorf("%d complained of the wait, not %d", len(wait.Lived), a.Reasons[1].N)
	}
	if told, err = w.Touched(t.Context(), cx.System(), Query{}, cx.Window{}, []cx.CustomerNo{2040, 2041}); err != nil || !slices.Equal(told[0].Lived, []cx.CustomerNo{2040}) || !slices.Equal(told[0].Others, []cx.CustomerNo{2041}) {
		t.Errorf("of two customers: %+v, %v", told, err)
	}
	early := cx.Window{To: when}
	if told, err = w.Touched(t.Context(), cx.System(), Query{}, early, nil); err != nil || slices.Contains(told[0].Lived, 2040) || len(told[0].Lived) == 0 {
		t.Errorf("before: %d, %v", len(told[0].Lived), err)
	}
}
