package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// The map quotes customers to whom reaches them, what hurts leads before what
// says little, and of who is forgotten no word is left.
func TestMapOfAJourneyQuotesItsCustomers(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.apply([]byte(strings.Replace(orders, "Order Delivered, valence: -1}]", `Order Delivered, valence: -1}], surveys: [door]`, 1)), "")
	source, err := h.Accounts.CreateSource(t.Context(), cx.System(), "web", "")
	if err != nil {
		t.Fatal(err)
	}
	at := func(before time.Duration) string { return h.clock.Now().Add(-before).Std().Format(time.RFC3339Nano) }
	var messages []string
	for i, user := range []string{"ana", "bea", "carla"} {
		messages = append(messages,
			fmt.Sprintf(`{"type":"track","userId":%q,"event":"Order Completed","messageId":"p-%s","timestamp":%q,"properties":{"order_id":"%s-1"}}`, user, user, at(3*time.Hour), user),
			fmt.Sprintf(`{"type":"track","userId":%q,"event":"Order Delivered","messageId":"d-%s","timestamp":%q,"properties":{"order_id":"%s-1"}}`, user, user, at(2*time.Hour), user),
			fmt.Sprintf(`{"type":"answer","userId":%q,"survey":"door","messageId":"a-%s","timestamp":%q,"properties":{"order_id":"%s-1"},"answers":[{"metric":"csat","scale":"1-5","value":%d},{"question":"why","text":%q}]}`,
				user, user, at(time.Hour-time.Duration(i)*time.Minute), user, []int{1, 2, 5}[i], []string{"it lay in the rain", "wet", "a very kind young man"}[i]))
	}
	r := h.request(http.MethodPost, "/v1/batch", `{"batch":[`+strings.Join(messages, ",")+`]}`, func(r *http.Request) { r.SetBasicAuth(source.Key, "") })
	if r.Code != http.StatusOK {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	ask := func(p cx.Principal) func() (journey.Map, error) {
		return func() (journey.Map, error) { return h.Journeys.Map(t.Context(), p, "order", journey.MapQuery{}) }
	}
	m := waitFor(t, ask(cx.System()), func(m journey.Map) bool { return m.Runs == 3 && len(m.Steps[2].Words) == 3 })
	door := m.Steps[2]
	if got := fmt.Sprint(door.Words[0].Text, ", ", door.Words[1].Text, ", ", door.Words[2].Text); got != "it lay in the rain, wet, a very kind young man" {
		t.Errorf("the door is told as %s", got)
	}
	if q := door.Words[0]; q.Customer != h.customer("ana") || !q.HasFelt || q.Felt != -2 || len(q.Case) != 16 {
		t.Errorf("Ana's words are %+v", q)
	}
	if s := door.Scores; len(s) != 1 || s[0].Metric != outcome.CSAT || s[0].N != 3 || door.Felt.Value != -1 {
		t.Errorf("the door: %+v %+v", s, door.Felt)
	}
	moments := waitFor(t, func() (journey.Moments, error) {
		return h.Journeys.Moments(t.Context(), cx.System(), "order", journey.MomentsQuery{})
	}, func(m journey.Moments) bool { return len(m.Wow) == 1 })
	if w := moments.Wow[0]; w.Step != "get" || w.Area != "stores" || w.Quote == nil || w.Quote.Text != "a very kind young man" || moments.Peak < 0 {
		t.Errorf("%+v", moments)
	}

	// Who may not see what customers live, or not these, reads no words.
	if m, err := ask(cx.Principal{ID: "person:9", Role: cx.Lead, Areas: []string{"online"}})(); err != nil || m.Runs != 0 || m.Steps[2].Words != nil {
		t.Errorf("online sees %+v, %v", m, err)
	}
	if m, err := ask(cx.Principal{ID: "person:8", Role: cx.Lead, Areas: []string{"stores"}})(); err != nil || !m.Limited || len(m.Steps[2].Words) != 3 {
		t.Errorf("the stores see %+v, %v", m, err)
	}
	if _, err := ask(cx.Principal{})(); err == nil {
		t.Error("nobody gets a map")
	}
	if _, err := h.Forget.Forget(t.Context(), cx.System(), h.customer("ana")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, ask(cx.System()), func(m journey.Map) bool {
		return m.Runs == 2 && len(m.Steps[2].Words) == 2 && m.Steps[2].Words[0].Text == "wet"
	})
}
