package cases_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/cases/casestest"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

// Whatever people, customers and time do in whatever order: a case is as its
// story says, its story has no holes, and the log tells the same story.
func TestAnyStoryKeepsTheLaws(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		w := casestest.New(t, open(t), historytest.NewOracle(), casestest.Plan)
		ctx := t.Context()
		ana := w.Customer("ana", "Ana")
		rapid.Check(t, func(t *rapid.T) {
			var ids []string
			for range 2 {
				c, err := w.Cases.Open(ctx, w.Sol, cases.New{Customer: ana, Kind: "late"})
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, c.ID)
			}
			id, tokens := func() string { return rapid.SampledFrom(ids).Draw(t, "case") }, map[string]string{}
			for _, id := range ids {
				full, err := w.Cases.Case(ctx, w.Sol, id, "es")
				if err != nil {
					t.Fatal(err)
				}
				tokens[id] = w.Token(full.Link)
			}
			do := func(err error) {
				switch cx.KindOf(err) {
				case cx.Conflict, cx.Forbidden, cx.Busy: // refused for a reason
				default:
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			t.Repeat(map[string]func(*rapid.T){
				"take":     func(*rapid.T) { do(second(w.Cases.Take(ctx, w.Sol, id()))) },
				"drop":     func(*rapid.T) { do(second(w.Cases.Assign(ctx, w.Sol, id(), ""))) },
				"note":     func(*rapid.T) { do(second(w.Cases.Note(ctx, w.Sol, id(), "@SolVega"))) },
				"check":    func(t *rapid.T) { do(second(w.Cases.Check(ctx, w.Sol, id(), "call", rapid.Bool().Draw(t, "done")))) },
				"give":     func(*rapid.T) { do(second(w.Cases.Give(ctx, w.Leo, id(), 100, "Un vale"))) },
				"write":    func(*rapid.T) { do(second(w.Cases.Write(ctx, w.Sol, id(), "Hola"))) },
				"offer":    func(*rapid.T) { do(second(w.Cases.Offer(ctx, w.Sol, id(), "ways"))) },
				"solve":    func(*rapid.T) { do(second(w.Cases.Solve(ctx, w.Sol, id(), "Hecho"))) },
				"close":    func(*rapid.T) { do(second(w.Cases.Close(ctx, w.Sol, id(), "Nada que hacer"))) },
				"reopen":   func(*rapid.T) { do(second(w.Cases.Reopen(ctx, w.Sol, id(), "Falta algo"))) },
				"escalate": func(*rapid.T) { do(second(w.Cases.Escalate(ctx, w.Sol, id(), "Ayuda"))) },
				"merge":    func(*rapid.T) { do(second(w.Cases.Merge(ctx, w.Sol, ids[0], ids[1]))) },
				"reply":    func(*rapid.T) { do(second(w.Dialogue.Reply(ctx, tokens[id()], "", "Hola"))) },
				"confirm":  func(t *rapid.T) { do(w.Cases.Confirm(ctx, tokens[id()], rapid.Bool().Draw(t, "right"), "")) },
				"time":     func(t *rapid.T) { w.Advance(time.Duration(rapid.IntRange(1, 200).Draw(t, "hours")) * time.Hour) },
			})
			w.Settle()
			for _, id := range ids {
				full, err := w.Cases.Case(ctx, w.Ada, id, "es")
				if err != nil {
					t.Fatal(err)
				}
				holds(t, w, full)
			}
		})
	})
}

func holds(t *rapid.T, w *casestest.World, full cases.Full) {
	state, owner, reopened, given := cases.StateOpen, "", 0, int64(0)
	var told []string
	for i, e := range full.Story {
		if e.N != int64(i+1) || i > 0 && e.At < full.Story[i-1].At {
			t.Fatalf("the story has a hole: %+v", full.Story)
		}
		switch e.What {
		case cases.Assigned:
			owner = e.To
		case cases.Solved:
			state = cases.StateSolved
		case cases.Closed:
			state = cases.StateClosed
		case cases.Merged:
			state = cases.StateMerged
		case cases.Reopened:
			state, reopened = cases.StateOpen, reopened+1
		case cases.Gave:
			given += e.Amount
		}
		if slices.Contains([]cases.What{cases.Opened, cases.Assigned, cases.Due, cases.Solved, cases.Closed, cases.Reopened, cases.Merged, cases.Escalated}, e.What) {
			told = append(told, string(e.What)+" by "+e.By)
		}
	}
	if full.State != state || full.Owner != owner || full.Reopened != reopened || full.Revision != int64(len(full.Story)) {
		t.Fatalf("the case is %s of %s, reopened %d times; its story says %s, %s, %d: %+v", full.State, full.Owner, full.Reopened, state, owner, reopened, full.Story)
	}
	if len(full.Merged) == 0 && full.Given != given || full.Given > 5000*2 {
		t.Fatalf("given %d, the story says %d", full.Given, given)
	}
	over := full.State == cases.StateClosed || full.State == cases.StateMerged
	if over != (full.ClosedAt != 0) || over && full.HeardAt != 0 && full.State == cases.StateMerged || full.State == cases.StateSolved && full.SolvedAt == 0 {
		t.Fatalf("%+v", full.Case)
	}
	var logged []string
	for _, r := range w.Records(full.ID) {
		logged = append(logged, string(r.What)+" by "+r.By)
	}
	slices.Sort(logged)
	slices.Sort(told)
	if !slices.Equal(logged, told) {
		t.Fatalf("the log tells %v, the story %v", logged, told)
	}
}
