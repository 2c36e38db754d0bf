package app

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
)

const orders = `
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: stores, name: Stores, customers: own}, {slug: online, name: Online, customers: own}]
touchpoints:
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: online, events: [{name: Viewed, valence: 0.5}]}
  - {slug: till, name: Till, stage: during, channel: store, medium: physical, area: stores, events: [{name: Order Completed, valence: 1}], surveys: [csat]}
  - {slug: door, name: Door, stage: after, channel: home, medium: physical, area: stores, events: [{name: Order Delivered, valence: -1}]}
journeys:
  - slug: order
    name: Order
    case: {key: order_id, before: 1d, after: 7d}
    end: [Order Delivered]
    script:
      - {slug: look, touchpoint: web, optional: true, repeatable: true}
      - {slug: pay, touchpoint: till, events: [Order Completed], within: 2d}
      - {slug: get, touchpoint: door}
`

// waitFor asks until the answer is as wanted; it may take a second from now on.
func waitFor[T any](t *testing.T, ask func() (T, error), wanted func(T) bool) T {
	t.Helper()
	began := time.Now()
	for {
		answer, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); wanted(answer) {
			if took > time.Second {
				t.Errorf("it took %v", took)
			}
			return answer
		} else if took > 10*time.Second {
			t.Fatalf("after %v: %+v", took, answer)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// What is sent over HTTP is told of its run within a second, to whom may know of
// it; and of who is forgotten no run tells.
func TestJourneysAreToldAsTheyAreLived(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.apply([]byte(orders), "")
	source, err := h.Accounts.CreateSource(t.Context(), cx.System(), "web", "")
	if err != nil {
		t.Fatal(err)
	}
	post := func(messages ...string) {
		t.Helper()
		r := h.request(http.MethodPost, "/v1/batch", `{"batch":[`+strings.Join(messages, ",")+`]}`, func(r *http.Request) { r.SetBasicAuth(source.Key, "") })
		if r.Code != http.StatusOK {
			t.Fatalf("%d %s", r.Code, r.Body)
		}
	}
	at := func(before time.Duration) string { return h.clock.Now().Add(-before).Std().Format(time.RFC3339Nano) }
	event := func(user, name string, before time.Duration, properties string) string {
		return fmt.Sprintf(`{"type":"track","userId":%q,"event":%q,"messageId":%q,"timestamp":%q,"properties":{%s}}`, user, name, user+name+properties, at(before), properties)
	}
	runs := func(p cx.Principal) func() (journey.RunsPage, error) {
		return func() (journey.RunsPage, error) {
			return h.Journeys.Runs(t.Context(), p, "order", journey.RunsQuery{})
		}
	}
	everybody, stores, online := cx.System(), cx.Principal{ID: "person:8", Role: cx.Lead, Areas: []string{"stores"}}, cx.Principal{ID: "person:9", Role: cx.Lead, Areas: []string{"online"}}

	post(event("ana", "Viewed", 2*time.Hour, ""), event("ana", "Order Completed", time.Hour, `"order_id":"A-1"`), event("bea", "Order Completed", 3*time.Hour, `"order_id":"B-1"`),
		`{"type":"identify","userId":"ana","traits":{"name":"Ana"}}`)
	page := waitFor(t, runs(everybody), func(p journey.RunsPage) bool {
		return p.N == 2 && p.Runs[0].Customer != nil && p.Runs[0].Customer.Name == "Ana"
	})
	if r := page.Runs[0]; r.Label != "A-1" || r.Steps != 2 || r.State != journey.Running || r.Step == nil || r.Step.Slug != "pay" || r.Felt != .75 {
		t.Errorf("Ana's run is %+v", r)
	}
	post(event("ana", "Order Delivered", 0, `"order_id":"A-1"`),
		`{"type":"answer","userId":"ana","survey":"csat","properties":{"order_id":"A-1"},"answers":[{"metric":"csat","scale":"1-5","value":2},{"question":"why","text":"wet"}]}`)
	page = waitFor(t, runs(everybody), func(p journey.RunsPage) bool {
		return slices.ContainsFunc(p.Runs, func(r journey.RunSummary) bool { return r.State == journey.Completed })
	})
	id := page.Runs[0].Case
	run := waitFor(t, func() (journey.RunDetail, error) { return h.Journeys.Run(t.Context(), everybody, "order", id) },
		func(d journey.RunDetail) bool { return len(d.Facts) == 4 })
	var names []string
	for _, f := range run.Facts {
		names = append(names, f.Name)
		if f.Seq == 0 || (f.Answer == nil) != (f.Name != "csat") || (f.Step == nil) != (f.Name == "csat") {
			t.Errorf("a fact of the run is %+v", f)
		}
	}
	if got := strings.Join(names, ", "); got != "Viewed, Order Completed, Order Delivered, csat" {
		t.Errorf("the run was lived as %s", got)
	}

	for i, m := range run.Moves {
		if m.Kind != "" || m.Event != i || m.Step == nil || m.Step.Slug != []string{"look", "pay", "get"}[i] {
			t.Errorf("move %d is %+v", i, m)
		}
	}
	if len(run.Moves) != 3 || run.Fitness != 1 || len(run.Late) != 0 || run.Deviations != nil {
		t.Errorf("against the script: %+v", run)
	}

	mine, err := h.Journeys.Runs(t.Context(), everybody, "order", journey.RunsQuery{Customer: h.customer("bea")})
	if err != nil || mine.N != 1 || len(mine.Runs) != 1 || mine.Runs[0].Label != "B-1" {
		t.Errorf("Bea's runs are %+v, %v", mine, err)
	}
	if _, err := h.Journeys.Runs(t.Context(), cx.Principal{ID: "person:7", Role: cx.Lead, Areas: []string{"online"}}, "order", journey.RunsQuery{Customer: h.customer("bea")}); cx.KindOf(err) != cx.NotFound {
		t.Errorf("online asks for Bea: %v", err)
	}

	// Who sees only some areas sees those parts of runs, and customers who were
	// there.
	page, err = runs(stores)()
	if err != nil || page.N != 2 || !page.Limited || page.Runs[0].Steps != 2 || page.Runs[0].Customer == nil {
		t.Errorf("the stores see %+v, %v", page, err)
	}
	page, err = runs(online)()
	if err != nil || page.N != 0 {
		t.Errorf("online sees %+v, %v", page, err)
	}
	if _, err := h.Journeys.Run(t.Context(), online, "order", id); cx.KindOf(err) != cx.NotFound {
		t.Errorf("online gets %v", err)
	}
	if page, err := runs(cx.Principal{})(); err == nil {
		t.Errorf("nobody gets %+v", page)
	}

	// Another model, a merge, and who is forgotten.
	h.apply([]byte(strings.Replace(orders, "within: 2d", "within: 1h", 1)), "")
	waitFor(t, runs(everybody), func(p journey.RunsPage) bool {
		return slices.ContainsFunc(p.Runs, func(r journey.RunSummary) bool { return r.State == journey.Stuck })
	})
	if _, err := h.Memory.Merge(t.Context(), cx.System(), h.customer("ana"), h.customer("bea"), "the same"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, runs(everybody), func(p journey.RunsPage) bool {
		return p.N == 2 && p.Runs[0].Customer != nil && p.Runs[1].Customer != nil && *p.Runs[0].Customer == *p.Runs[1].Customer
	})
	if _, err := h.Forget.Forget(t.Context(), cx.System(), h.customer("ana")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, runs(everybody), func(p journey.RunsPage) bool { return p.N == 0 })
	health, err := h.Journeys.List(t.Context(), everybody)
	if err != nil || len(health) != 1 || health[0].Runs != 0 {
		t.Errorf("the journeys are %+v, %v", health, err)
	}
}

func (h house) customer(user string) cx.CustomerID {
	h.t.Helper()
	id, err := h.Memory.Lookup(h.t.Context(), cx.System(), "userId", user)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}
