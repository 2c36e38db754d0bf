package cases_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/cases/casestest"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Four cases by hand: answered after 1, 2, 3 and 4 hours, solved after 2, 4, 6 and
// 8, of which the last two are late and one was reopened; scores of 2 and 4 before
// became 8 and 6 after.
func TestFiguresAreThoseByHand(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx, ok := t.Context(), must[cases.Case](t)
		answer := func(user string, value float64) {
			e := cxtest.Track(user, "nps", w.Clock.Now().Sub(cxtest.Epoch), cxtest.Object{})
			e.Kind, e.Name, e.MessageID = cx.Answer, "nps", e.MessageID+"a"
			body, err := json.Marshal(map[string]any{"type": "answer", "survey": "nps", "userId": user, "messageId": e.MessageID, "answers": []any{map[string]any{"question": "q", "metric": "nps", "scale": "0-10", "value": value}}})
			if err != nil {
				t.Fatal(err)
			}
			e.Body = body
			must[cx.Seq](t)(w.Append(ctx, []cx.Event{e}))
		}
		for i, user := range []string{"ana", "ben", "carl", "dora"} {
			id := w.Customer(user, user)
			if i < 2 {
				answer(user, float64(2+2*i))
			}
			w.Clock.Advance(time.Minute)
			c := ok(w.Cases.Open(ctx, w.Sol, cases.New{Customer: id, Kind: "late", Due: w.Clock.Now().Add(5 * time.Hour)}))
			w.Clock.Advance(time.Duration(i+1) * time.Hour)
			ok(w.Cases.Write(ctx, w.Sol, c.ID, "Hola"))
			w.Clock.Advance(time.Duration(i+1) * time.Hour)
			ok(w.Cases.Solve(ctx, w.Sol, c.ID, "Hecho"))
			token := w.Token(must[cases.Full](t)(w.Cases.Case(ctx, w.Sol, c.ID, "es")).Link)
			if i == 3 {
				continue
			}
			if err := w.Cases.Confirm(ctx, token, i > 0, ""); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				ok(w.Cases.Solve(ctx, w.Sol, c.ID, "Ahora sí"))
			}
			if i < 2 {
				w.Clock.Advance(time.Minute)
				answer(user, float64(8-2*i))
			}
		}
		w.Settle()
		f := must[cases.Figures](t)(w.Cases.Figures(ctx, w.Sol, cases.Query{}, "kind"))
		if f.Opened != 4 || f.Solved != 4 || f.Closed != 2 || f.Open != 0 || f.Late != 0 {
			t.Errorf("%+v", f)
		}
		if f.FirstResponse.N != 4 || f.FirstResponse.Median != 2.5*3600 || f.MadeRight.Median != 5*3600 || f.MadeRight.Low != 2*3600 || f.MadeRight.High != 8*3600 {
			t.Errorf("%+v %+v", f.FirstResponse, f.MadeRight)
		}
		if f.InTime.K != 2 || f.Reopened.K != 1 || f.Reopened.N != 4 || f.Right.K != 2 || f.Right.N != 2 {
			t.Errorf("in time %+v, reopened %+v, right %+v", f.InTime, f.Reopened, f.Right)
		}
		// The mean of 6 and 2 is 4; its interval, with one degree of freedom, is wider than the scale allows.
		if r := f.Recovered; r.N != 2 || r.Before != 3 || r.After != 7 || r.Mean != 4 || r.Low != -10 || r.High != 10 {
			t.Errorf("%+v", r)
		}
		if len(f.By) != 1 || f.By[0].Key != "late" || math.IsNaN(f.By[0].InTime.Low) {
			t.Errorf("%+v", f.By)
		}
	})
}

// Of two cases due at the same time the one of whom more is at risk comes first;
// of two customers alike, the one due first.
func TestPriority(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx, ok := t.Context(), must[cases.Case](t)
		open := func(id cx.CustomerID, due time.Duration) string {
			return ok(w.Cases.Open(ctx, w.Sol, cases.New{Customer: id, Kind: "late", Due: w.Clock.Now().Add(due)})).ID
		}
		rich, poor := w.Customer("rich", "R"), w.Customer("poor", "P")
		w.Lived("rich", "Order Completed", cxtest.Object{"revenue": 270.0})
		w.Lived("poor", "Order Completed", cxtest.Object{"revenue": 30.0})
		want := []string{open(rich, 10*time.Hour), open(poor, 10*time.Hour), open("", 10*time.Hour+30*time.Minute), open(rich, 60*time.Hour)}
		w.Settle()
		l := must[cases.List](t)(w.Cases.List(ctx, w.Sol, cases.Query{}))
		for i, c := range l.Cases {
			if c.ID != want[i] {
				t.Errorf("%d: %s, want %s", i, c.ID, want[i])
			}
		}
		if p := l.Cases[0].Priority; p.Value != 27_000 || math.Abs(p.Weight-(1+270*.5/150)) > 1e-9 || p.Known {
			t.Errorf("%+v", p)
		}
	})
}

// Nothing of who is forgotten is left, and what they had is handed over before.
func TestAForgottenCustomerHasNoCases(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx, ok := t.Context(), must[cases.Case](t)
		ana, ben := w.Customer("ana", "Ana"), w.Customer("ben", "Ben")
		c := ok(w.Cases.Open(ctx, w.Sol, cases.New{Customer: ana, Kind: "late", Words: "zzsecret"}))
		kept := ok(w.Cases.Open(ctx, w.Sol, cases.New{Customer: ben, Kind: "late", Words: "de Ben"}))
		ok(w.Cases.Write(ctx, w.Sol, c.ID, "zzsecret sí"))
		ok(w.Cases.Offer(ctx, w.Sol, c.ID, "ways"))
		token := w.Token(must[cases.Full](t)(w.Cases.Case(ctx, w.Sol, c.ID, "es")).Link)
		ok(w.Cases.Solve(ctx, w.Sol, c.ID, "zzsecret hecho"))
		w.Settle()
		if err := w.Cases.Thank(ctx, token, "zzsecret gracias"); err != nil {
			t.Fatal(err)
		}
		subject := must[cx.Subject](t)(w.Subject(ctx, cx.System(), ana))
		for name, h := range map[string]cx.Holder{"cases": w.Cases, "dialogue": w.Dialogue} {
			sections := must[[]cx.Section](t)(h.Export(ctx, subject))
			text := must[[]byte](t)(json.Marshal(sections))
			if n := strings.Count(string(text), "zzsecret"); n == 0 || strings.Contains(string(text), "de Ben") || strings.Contains(string(text), token) {
				t.Errorf("%s hands over %s", name, text)
			}
			if n := must[int](t)(h.Erase(ctx, subject)); n == 0 {
				t.Errorf("%s erased nothing", name)
			}
			if n := must[int](t)(h.Erase(ctx, subject)); n != 0 {
				t.Errorf("%s erased %d more", name, n)
			}
			for _, table := range h.Holds() {
				var left int
				column := map[bool]string{true: "case_id", false: "customer"}[table == "cases_entries"]
				if err := w.DB.Read(ctx, func(tx *sqldb.Tx) error {
					return tx.QueryRow(ctx, `SELECT COUNT(*) FROM `+table+` WHERE `+column+` IN ($1, $2)`, string(ana), c.ID).Scan(&left)
				}); err != nil || left != 0 {
					t.Errorf("%s: %d left, %v", table, left, err)
				}
			}
		}
		if err := second(w.Cases.Yours(ctx, token, "")); cx.KindOf(err) != cx.Gone {
			t.Errorf("their page is still there: %v", err)
		}
		if err := second(w.Dialogue.Follow(ctx, token)); cx.KindOf(err) != cx.Gone {
			t.Errorf("%v", err)
		}
		if l := must[cases.List](t)(w.Cases.List(ctx, w.Sol, cases.Query{})); l.Total != 1 || l.Cases[0].ID != kept.ID {
			t.Errorf("%+v", l)
		}
		w.Advance(30 * 24 * time.Hour)
		if got := w.Events(dialogue.SentEvent); len(got) == 0 {
			t.Error("the log was never told")
		}
	})
}
