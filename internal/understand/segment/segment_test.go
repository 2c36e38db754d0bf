package segment_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/understand/segment/segmenttest"
)

const day = 24 * time.Hour

const segments = `
segments:
  - {slug: buyers, name: Compran, when: 'count("Order Completed", days(30)) >= 2'}
  - {slug: quito, name: De Quito, when: 'traits.city == "Quito" && traits.nothing != "x"'}
  - {slug: called, name: Llamaron, when: 'visits("help") > 0'}
  - {slug: unhappy, name: Descontentos, when: 'score("nps") <= 6'}
  - {slug: gone, name: Se fueron, when: 'last("Order Completed") < now - days(20)'}
  - {slug: nobody, name: Nadie, when: 'traits.missing > 3'}
`

func nps(user string, after time.Duration, value int) cx.Event {
	at := cxtest.Epoch.Add(after)
	return cx.Event{
		Kind: cx.Answer, Name: "nps", Source: "survey", MessageID: fmt.Sprint("nps/", user, after), UserID: user, At: at, ReceivedAt: at,
		Body: fmt.Appendf(nil, `{"type":"answer","survey":"nps","answers":[{"question":"score","metric":"nps","scale":"0-10","value":%d}]}`, value),
	}
}

func facts(t *testing.T) history.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func aHouse(t *testing.T) *segmenttest.House {
	h := segmenttest.New(t, facts(t), segments)
	h.Live(
		cxtest.Identify("ana", "", 0, cxtest.Object{"name": "Ana", "city": "Quito"}),
		cxtest.Identify("ben", "", 0, cxtest.Object{"name": "Ben", "city": "Lima"}),
		cxtest.Track("ana", "Order Completed", 0, cxtest.Object{"revenue": 10}),
		cxtest.Track("ana", "Order Completed", day, nil),
		cxtest.Track("ben", "Order Completed", 25*day, nil),
		cxtest.Track("ben", "Support Called", 26*day, nil),
		nps("ana", day, 10), nps("ben", 2*day, 9), nps("ben", 26*day, 3),
	)
	h.Clock.Advance(28 * day)
	return h
}

func counted(t *testing.T, h *segmenttest.House, p cx.Principal) string {
	t.Helper()
	c, err := h.Segments.Counts(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range c.Counts {
		out = append(out, fmt.Sprintf("%s %d", s.Segment.Slug, s.N))
	}
	return fmt.Sprintf("%s of %d", strings.Join(out, ", "), c.Of)
}

func TestCountsFollowWhatIsLived(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	if got, want := counted(t, h, cx.System()), "buyers 1, quito 1, called 1, unhappy 1, gone 1, nobody 0 of 2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	h.Live(cxtest.Track("ben", "Order Completed", 27*day, nil), cxtest.Identify("ben", "", 27*day, cxtest.Object{"city": "Quito"}))
	if got := counted(t, h, cx.System()); !strings.HasPrefix(got, "buyers 1, quito 1") {
		t.Errorf("counted again at once: %s", got)
	}
	h.Clock.Advance(3 * time.Second)
	if got, want := counted(t, h, cx.System()), "buyers 2, quito 2, called 1, unhappy 1, gone 1, nobody 0 of 2"; got != want {
		t.Errorf("later %s, want %s", got, want)
	}
	c, err := h.Segments.Counts(t.Context(), cx.System())
	if err != nil || c.At != h.Clock.Now() || c.Counts[2].Share != .5 {
		t.Errorf("at %s, share %v, %v", c.At, c.Counts[2].Share, err)
	}
	// Another model counts at once.
	h.Model("segments: [{slug: all, name: Todos, when: 'count() > 0'}]")
	if got := counted(t, h, cx.System()); got != "all 2 of 2" {
		t.Errorf("another model: %s", got)
	}
	if _, err := h.Segments.Members(t.Context(), cx.System(), "buyers", "", 10); cx.KindOf(err) != cx.NotFound {
		t.Errorf("a segment that is gone: %v", err)
	}
	// Time alone moves people.
	h.Model(segments)
	h.Clock.Advance(60 * day)
	if got := counted(t, h, cx.System()); !strings.HasPrefix(got, "buyers 0,") || !strings.Contains(got, "gone 2") {
		t.Errorf("two months later: %s", got)
	}
}

func TestAreas(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	care := cx.Principal{ID: "person:1", Role: cx.Lead, Areas: []string{"care"}}
	if got, want := counted(t, h, care), "buyers 0, quito 1, called 1, unhappy 1, gone 0, nobody 0 of 2"; got != want {
		t.Errorf("care sees %s, want %s", got, want)
	}
	h.Live(cxtest.Track("eva", "Order Completed", 27*day, nil))
	h.Clock.Advance(day)
	if got := counted(t, h, care); !strings.HasSuffix(got, "of 2") {
		t.Errorf("a customer of others: %s", got)
	}
	if _, err := h.Segments.Containing(t.Context(), care, h.ID("eva")); cx.KindOf(err) != cx.NotFound {
		t.Errorf("a customer out of reach: %v", err)
	}
	if got := counted(t, h, cx.Principal{ID: "person:2", Role: cx.Lead, Areas: []string{}}); !strings.HasSuffix(got, "of 0") {
		t.Errorf("of no area: %s", got)
	}
	if _, err := h.Segments.Counts(t.Context(), cx.Principal{}); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("nobody gets %v", err)
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	h := segmenttest.New(t, facts(t), "segments: [{slug: all, name: Todos, when: 'count(\"Order Completed\") > 0'}, {slug: some, name: Uno, when: 'traits.n == 3.0'}]")
	var events []cx.Event
	for i := range 25 {
		events = append(events, cxtest.Track(fmt.Sprint("u", i), "Order Completed", 0, nil), cxtest.Identify(fmt.Sprint("u", i), "", 0, cxtest.Object{"n": i}))
	}
	h.Live(events...)
	seen := map[cx.CustomerID]bool{}
	cursor, pages := "", 0
	for {
		page, err := h.Segments.Members(t.Context(), cx.System(), "all", cursor, 10)
		if err != nil || page.N != 25 || page.Of != 25 {
			t.Fatalf("%+v, %v", page, err)
		}
		pages++
		for _, c := range page.Customers {
			seen[c.ID] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 25 || pages != 3 {
		t.Errorf("%d customers on %d pages", len(seen), pages)
	}
	for _, bad := range []func() error{
		func() error { _, err := h.Segments.Members(t.Context(), cx.System(), "all", "x", 10); return err },
		func() error { _, err := h.Segments.Members(t.Context(), cx.System(), "all", "", 0); return err },
	} {
		if err := bad(); cx.KindOf(err) != cx.Invalid {
			t.Errorf("got %v", err)
		}
	}
	nos, err := h.Segments.Customers(t.Context(), cx.System(), "some")
	if err != nil || len(nos) != 1 {
		t.Errorf("%v, %v", nos, err)
	}
	in, err := h.Segments.Containing(t.Context(), cx.System(), h.ID("u3"))
	if err != nil || len(in) != 2 || in[1].Slug != "some" {
		t.Errorf("u3 is in %v, %v", in, err)
	}
	if in, err = h.Segments.Containing(t.Context(), cx.System(), h.ID("u4")); err != nil || len(in) != 1 {
		t.Errorf("u4 is in %v, %v", in, err)
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	page, err := h.Segments.Preview(t.Context(), cx.System(), `score("nps") > 6`)
	if err != nil || page.N != 1 || page.Of != 2 || len(page.Customers) != 1 || page.Customers[0].Name != "Ana" {
		t.Errorf("%+v, %v", page, err)
	}
	for when, want := range map[string]string{
		`counts("x") > 1`:          "there is no 'counts'",
		`count() > "x"`:            "compare like with like",
		`count()`:                  "must be a condition",
		`visits("nowhere") > 0`:    `there is no touchpoint "nowhere"`,
		``:                         "empty",
		strings.Repeat("x", 10000): "longer than",
		`count(`:                   "",
	} {
		if _, err := h.Segments.Preview(t.Context(), cx.System(), when); cx.KindOf(err) != cx.Invalid || !strings.Contains(cx.MessageOf(err), want) {
			t.Errorf("%.40s: %v", when, err)
		}
	}
	if page, err := h.Segments.Preview(t.Context(), cx.System(), `traits.missing == "x"`); err != nil || page.N != 0 {
		t.Errorf("a trait that nobody has: %+v, %v", page, err)
	}
}

// TestTraitsAreThoseOfMemory holds the traits that conditions see to those that
// people see, whatever is said, merged and undone.
func TestTraitsAreThoseOfMemory(t *testing.T) {
	t.Parallel()
	h, checks := segmenttest.New(t, facts(t), ""), 0
	rapid.Check(t, func(r *rapid.T) {
		checks++
		of := func(name string) string { return fmt.Sprint(name, " ", checks) }
		users := []string{of("a"), of("b"), of("c")}
		for i := range rapid.IntRange(1, 12).Draw(r, "steps") {
			user := rapid.SampledFrom(users).Draw(r, "user")
			after := time.Duration(rapid.IntRange(0, 5).Draw(r, "after")) * time.Hour
			traits := cxtest.Object{}
			for _, name := range []string{"city", "plan", "ñ \"x\"", strings.Repeat("n", 201), "a\x00b"} {
				if v := rapid.SampledFrom([]any{"Quito", "Lima", 7, true, nil, nil, cxtest.Object{"x": []int{1}}}).Draw(r, name); rapid.Bool().Draw(r, "said") {
					traits[name] = v
				}
			}
			var e cx.Event
			switch rapid.IntRange(0, 5).Draw(r, "what") {
			case 0:
				e = cxtest.Fill(cxtest.Track(user, "Order Completed", after, nil), nil, traits)
			case 1:
				e = cxtest.Fill(cxtest.Track(user, "Acme", after, nil), nil, traits)
				e.Kind, e.GroupID = cx.Group, "g"
			case 2:
				e = cxtest.Identify(user, rapid.SampledFrom([]string{of("dev1"), of("dev2")}).Draw(r, "device"), after, traits)
			case 3:
				mergeOrUndo(r, h, user, rapid.SampledFrom(users).Draw(r, "other"))
				continue
			default:
				e = cxtest.Identify(user, "", after, traits)
			}
			e.Source, e.MessageID = rapid.SampledFrom([]string{"web", "crm"}).Draw(r, "source"), of(fmt.Sprint(i))
			h.Live(e)
		}
		q := history.BehaviourQuery{Traits: true}
		for _, user := range users {
			if id, err := h.Lookup(t.Context(), cx.System(), "userId", user); err == nil {
				c, err := h.Customer(t.Context(), cx.System(), id)
				if err != nil {
					r.Fatal(err)
				}
				q.Customers = append(q.Customers, c.No)
			}
		}
		err := h.Facts.Behaviour(t.Context(), cx.System(), q, func(b history.Behaviour) error {
			got, want := map[string]any{}, map[string]any{}
			if err := json.Unmarshal(b.Traits, &got); err != nil {
				return err
			}
			who, err := h.CustomersByNo(t.Context(), cx.System(), []cx.CustomerNo{b.Customer})
			if err != nil || len(who) != 1 {
				return fmt.Errorf("customer %d: %v, %w", b.Customer, who, err)
			}
			c, err := h.Customer(t.Context(), cx.System(), who[0].ID)
			for _, trait := range c.Traits {
				var v any
				if err := json.Unmarshal(trait.Value, &v); err != nil {
					return err
				}
				want[trait.Name] = v
			}
			if diff := cmp.Diff(want, got); diff != "" {
				r.Errorf("customer %d (-memory +history):\n%s", b.Customer, diff)
			}
			return err
		})
		if err != nil {
			r.Fatal(err)
		}
	})
}

func mergeOrUndo(r *rapid.T, h *segmenttest.House, one, other string) {
	ctx := r.Context()
	a, errA := h.Lookup(ctx, cx.System(), "userId", one)
	b, errB := h.Lookup(ctx, cx.System(), "userId", other)
	if errA != nil || errB != nil {
		return
	}
	if a != b {
		if _, err := h.Merge(ctx, cx.System(), a, b, "the same person"); err != nil {
			r.Fatal(err)
		}
		return
	}
	graph, err := h.Graph(ctx, cx.System(), a)
	if err != nil {
		r.Fatal(err)
	}
	for _, m := range graph.Merges {
		if m.UndoneAt == 0 {
			if _, err := h.Unmerge(ctx, cx.System(), m.ID); err != nil {
				r.Fatal(err)
			}
			return
		}
	}
}
