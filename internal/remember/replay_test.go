package remember_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// TestReplayGivesTheSameMemory lives a log with duplicates, late events, merges
// and undoing through the service, then applies that log again into empty
// databases in batches of other sizes, and asks everything of each.
func TestReplayGivesTheSameMemory(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(seed, 1))
				first := newWorld(t, open(t))
				first.liveThrough(r, 25)
				want := first.everything()
				for _, size := range []int{1, 7, 10_000} {
					again := newWorld(t, open(t))
					again.replay(first.log, size)
					if diff := cmp.Diff(want, again.everything()); diff != "" {
						t.Fatalf("seed %d in batches of %d (-first +again):\n%s", seed, size, diff)
					}
				}
			})
		}
	})
}

// replay applies a log in batches, each of which begins in the one before, and
// opens the memory again on the way.
func (w *world) replay(log []cx.Event, size int) {
	w.t.Helper()
	for from := 0; from < len(log); from += size {
		to := min(from+size, len(log))
		err := w.Apply(w.t.Context(), stream.Batch{Events: log[max(0, from-2):to], Last: cx.Seq(to)})
		if err != nil {
			w.t.Fatal(err)
		}
		if from%50 == 7 {
			w.open()
		}
	}
	w.log = log
}

func (w *world) liveThrough(r *rand.Rand, rounds int) {
	w.t.Helper()
	ctx, root := w.t.Context(), cx.System()
	pick := func(names ...string) string { return names[r.IntN(len(names))] }
	for round := range rounds {
		if round == rounds/3 {
			w.applyModel()
		}
		var batch []cx.Event
		for range 1 + r.IntN(12) {
			after := time.Duration(r.IntN(3000)) * time.Minute
			var e cx.Event
			user, device := pick("", "u1", "u2", "u3", "u4", "u5", "u6"), pick("", "a1", "a2", "a3", "a4", "a5", "a6", "a7")
			if user == "" && device == "" {
				device = "a8"
			}
			switch r.IntN(8) {
			case 0, 1:
				traits := cxtest.Object{"city": pick("Madrid", "Lugo"), "name": pick("Ana", "Bea", "Íñigo")}
				if r.IntN(2) == 0 {
					traits["email"] = pick("x", "y", "z") + "@x.es"
				}
				if r.IntN(4) == 0 {
					traits["card"] = pick("c1", "c2")
				}
				e = cxtest.Identify(user, device, after, traits)
			case 2:
				e = answer("", after, 1+r.IntN(5))
			case 3:
				e = circumstance("till-closed", `"place":"goya"`, after, 0)
				e.MessageID += fmt.Sprint(round, len(batch))
			case 4:
				e = cxtest.Fill(cx.Event{
					Kind: cx.Alias, Name: "Alias", Source: "web", PreviousID: pick("a1", "a9", "u1"), At: cxtest.Epoch.Add(after), ReceivedAt: cxtest.Epoch.Add(after),
				}, nil, nil)
				user = "u" + fmt.Sprint(1+r.IntN(6))
			default:
				e = cxtest.Track("", pick("Product Viewed", "Checkout Paid", "Unknown"), after, cxtest.Object{"place": "goya", "wait": r.IntN(9)})
			}
			if e.Kind.OfCustomer() {
				e.UserID, e.AnonymousID = user, device
				e.MessageID = fmt.Sprint(round, "/", len(batch))
				if r.IntN(5) == 0 {
					e.GroupID = pick("g1", "g2")
				}
			}
			e.Source = pick("web", "crm")
			batch = append(batch, e)
			if r.IntN(10) == 0 {
				batch = append(batch, e) // sent twice
			}
			if n := len(w.log); n > 0 && r.IntN(10) == 0 {
				batch = append(batch, w.log[r.IntN(n)]) // sent again, much later
			}
		}
		w.live(batch...)
		w.clock.Advance(time.Minute)

		found := must[remember.CustomerPage](w)(w.Search(ctx, root, "", "", 500)).Customers
		if len(found) == 0 { // forgotten, all of them
			continue
		}
		a, b := found[r.IntN(len(found))], found[r.IntN(len(found))]
		switch r.IntN(5) {
		case 0:
			if a.ID != b.ID {
				must[remember.Customer](w)(w.Merge(ctx, root, a.ID, b.ID, "they said so"))
			}
		case 1, 2:
			for _, m := range must[remember.Graph](w)(w.Graph(ctx, root, a.ID)).Merges {
				if m.UndoneAt == 0 {
					must[[]remember.CustomerSummary](w)(w.Unmerge(ctx, root, m.ID))
					break
				}
			}
		case 3:
			if s := must[remember.SuggestionPage](w)(w.Suggestions(ctx, root, "", "", 0)).Suggestions; len(s) > 0 {
				if err := w.DismissSuggestion(ctx, root, s[r.IntN(len(s))].ID); err != nil {
					w.t.Fatal(err)
				}
			}
		}
	}
}

// everything asks the memory all that it can tell.
type everything struct {
	Totals        remember.Totals
	Resolved      history.Resolved
	Customers     []remember.Customer
	Graphs        []remember.Graph
	Lines         []remember.Item
	Episodes      []remember.Episode
	Suggestions   []remember.Suggestion
	Organizations []remember.Organization
	Events        []remember.EventLine
	Found         map[string][]remember.CustomerSummary
	Seen          []bool
}

func (w *world) everything() (all everything) {
	w.t.Helper()
	ctx, root := w.t.Context(), cx.System()
	all.Totals = w.totals()
	all.Resolved = must[history.Resolved](w)(w.Resolve(ctx, 0, all.Totals.Applied))
	sums := remember.Totals{Duplicates: all.Totals.Duplicates, Applied: all.Totals.Applied}
	for cursor := ""; ; {
		page := must[remember.CustomerPage](w)(w.Search(ctx, root, "", cursor, 3))
		for _, s := range page.Customers {
			c := must[remember.Customer](w)(w.Customer(ctx, root, s.ID))
			all.Customers = append(all.Customers, c)
			all.Graphs = append(all.Graphs, must[remember.Graph](w)(w.Graph(ctx, root, s.ID)))
			sums.Customers, sums.Events, sums.Answers = sums.Customers+1, sums.Events+int64(c.Events), sums.Answers+int64(c.Answers)
			lived := 0
			for q := (remember.TimelineQuery{Limit: 7}); ; {
				p := w.timeline(s.ID, q)
				all.Lines, all.Episodes, lived = append(all.Lines, p.Items...), append(all.Episodes, p.Episodes...), lived+len(p.Items)
				if q.Cursor = p.Next; q.Cursor == "" {
					break
				}
			}
			if lived != c.Events+c.Answers {
				w.t.Errorf("customer %s lived %d items and counts %d", s.ID, lived, c.Events+c.Answers)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if sums != all.Totals {
		w.t.Errorf("the customers make %+v and the totals say %+v", sums, all.Totals)
	}
	all.Suggestions = must[remember.SuggestionPage](w)(w.Suggestions(ctx, root, "", "", 500)).Suggestions
	for _, o := range must[remember.OrganizationPage](w)(w.Organizations(ctx, root, "", "", 0)).Organizations {
		all.Organizations = append(all.Organizations, must[remember.Organization](w)(w.Organization(ctx, root, o.ID)))
	}
	all.Events = must[remember.EventPage](w)(w.Events(ctx, root, remember.EventQuery{Limit: 500})).Events
	all.Found = map[string][]remember.CustomerSummary{}
	for _, query := range []string{"ana", "inigo", "x@x.es", "u1", "a3"} {
		all.Found[query] = must[remember.CustomerPage](w)(w.Search(ctx, root, query, "", 0)).Customers
	}
	for _, e := range w.log {
		all.Seen = append(all.Seen, must[[]bool](w)(w.Seen(ctx, e.Source, []string{e.MessageID}))[0])
	}
	return all
}
