package app

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/mention"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// TestMentionsAreMatchedByProof: an order that one customer alone lived makes a
// review theirs; one that two share, or nobody, does not.
func TestMentionsAreMatchedByProof(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.send(
		`{"type":"track","messageId":"1","userId":"ana","event":"Order Completed","timestamp":"2026-03-02T09:00:00Z","properties":{"order_id":"77"}}`,
		`{"type":"track","messageId":"2","userId":"ana","event":"Order Completed","timestamp":"2026-03-02T09:00:00Z","properties":{"order_id":"78"}}`,
		`{"type":"track","messageId":"3","userId":"bea","event":"Order Delivered","timestamp":"2026-03-03T09:00:00Z","properties":{"order_id":"78"}}`,
	)
	h.settled()
	raw := func(id, order string) []byte {
		return []byte(`{"network":"google","id":"` + id + `","at":"2026-03-04T09:00:00Z","text":"Todo bien","author":"Ana","proof":{"order":"` + order + `"}}`)
	}
	r, err := h.Mentions.Accept(t.Context(), "reviews", "test", [][]byte{raw("1", "77"), raw("2", "78"), raw("3", "79"), raw("1", "77")})
	if err != nil || r.Accepted != 4 || len(r.Refused) != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	h.settled()
	page, err := h.Memory.Timeline(t.Context(), cx.System(), h.customer("ana"), remember.TimelineQuery{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, i := range page.Items {
		if i.Name == mention.Published {
			said++
		}
	}
	if said != 1 {
		t.Errorf("Ana's timeline has %d mentions, want the one that is proved, once", said)
	}
	if totals, err := h.Outcomes.Totals(t.Context(), cx.System()); err != nil || totals.Events != 4 || totals.Customers != 2 {
		t.Errorf("what is said in public counts as lived: %+v %v", totals, err)
	}
}
