package cases_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/cases/casestest"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

func each(t *testing.T, fn func(t *testing.T, w *casestest.World)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		fn(t, casestest.New(t, open(t), historytest.NewOracle(), casestest.Plan))
	})
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func whats(story []cases.Entry) (all []cases.What) {
	for _, e := range story {
		all = append(all, e.What)
	}
	return all
}

func TestACaseIsMadeRight(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx, ok := t.Context(), must[cases.Case](t)
		ana := w.Customer("ana", "Ana Ruiz")
		n := cases.New{Key: "rule:1:2", Customer: ana, Kind: "late", Words: "El pedido no llega", By: "rule:late", About: map[string]string{"order_id": "7"}}
		c := ok(w.Cases.Open(ctx, cx.System(), n))
		if again := ok(w.Cases.Open(ctx, cx.System(), n)); again.ID != c.ID || again.Number != 1 {
			t.Errorf("opened twice: %+v", again)
		}
		if c.Area != "sales" || c.Title != "Llega tarde" || c.Due != cxtest.Epoch.Add(4*time.Hour) || c.State != cases.StateOpen {
			t.Errorf("%+v", c)
		}
		w.Settle() // who takes it before the area is told spares the others the notice
		ok(w.Cases.Take(ctx, w.Sol, c.ID))
		ok(w.Cases.Note(ctx, w.Sol, c.ID, "¿Puedes mirarlo, @LeoDiaz?"))
		ok(w.Cases.Check(ctx, w.Sol, c.ID, "call", true))
		ok(w.Cases.Write(ctx, w.Sol, c.ID, "Lo miro {ahora}"))
		w.Settle()
		if got := w.Notices(w.Leo); !slices.Equal(got, []string{"Sol Vega te menciona en el caso 1"}) {
			t.Errorf("Leo is told %q", got)
		}
		if got := w.Told("sales"); !slices.Equal(got, []string{"Hay un caso nuevo: Llega tarde"}) {
			t.Errorf("sales is told %q", got)
		}

		full := must[cases.Full](t)(w.Cases.Case(ctx, w.Sol, c.ID, "en"))
		if full.KindName != "It is late" || full.OwnerName != "Sol Vega" || full.CustomerName != "Ana Ruiz" || len(full.Checklist) != 1 || !full.Checklist[0].Done || full.RespondedAt != cxtest.Epoch {
			t.Errorf("%+v", full)
		}
		token := w.Token(full.Link)
		w.Advance(time.Minute)
		must[dialogue.Message](t)(w.Dialogue.Reply(ctx, token, "f1", "Sigo esperando"))
		must[dialogue.Message](t)(w.Dialogue.Reply(ctx, token, "f1", "Sigo esperando"))
		w.Settle()
		if l := must[cases.List](t)(w.Cases.List(ctx, w.Sol, cases.Query{Heard: true})); l.Total != 1 {
			t.Errorf("who waits for an answer: %+v", l)
		}
		yours := must[cases.Yours](t)(w.Cases.Yours(ctx, token, ""))
		if len(yours.Messages) != 2 || yours.Messages[0].Text != "Lo miro (ahora)" || yours.Who != "Sol" || yours.Area != "Ventas" || yours.AskRight || yours.Steps[1].At == 0 || yours.Steps[2].At != 0 {
			t.Errorf("%+v", yours)
		}

		ok(w.Cases.Solve(ctx, w.Sol, c.ID, "Lo llevamos hoy a tu casa"))
		w.Settle()
		yours = must[cases.Yours](t)(w.Cases.Yours(ctx, token, ""))
		if last := yours.Messages[len(yours.Messages)-1]; !yours.AskRight || !strings.Contains(last.Text, "Lo llevamos hoy a tu casa") || last.In {
			t.Errorf("%+v", yours)
		}
		for range 2 {
			if err := w.Cases.Confirm(ctx, token, false, "No ha venido nadie"); err != nil {
				t.Fatal(err)
			}
		}
		w.Settle()
		if l := must[cases.List](t)(w.Cases.List(ctx, w.Sol, cases.Query{})); l.Cases[0].Reopened != 1 || l.Cases[0].State != cases.StateOpen || l.Cases[0].MadeRight != cases.Wrong {
			t.Errorf("%+v", l.Cases)
		}
		ok(w.Cases.Solve(ctx, w.Sol, c.ID, "Entregado en mano"))
		w.Settle()
		if err := w.Cases.Confirm(ctx, token, true, ""); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.Cases.Thank(ctx, token, "Gracias, Sol"); err != nil {
				t.Fatal(err)
			}
		}
		w.Settle()
		day := must[cases.Day](t)(w.Cases.Mine(ctx, w.Sol, "es"))
		if len(day.Cases) != 0 || len(day.Thanks) != 1 || day.Thanks[0].OwnerName != "Sol Vega" {
			t.Errorf("%+v", day)
		}

		full = must[cases.Full](t)(w.Cases.Case(ctx, w.Ada, c.ID, "es"))
		want := []cases.What{"opened", "assigned", "noted", "checked", "wrote", "heard", "solved", "said", "reopened", "heard", "solved", "said", "closed"}
		if got := whats(full.Story); !slices.Equal(got, want) {
			t.Errorf("the story is %v", got)
		}
		var told []cases.What
		for _, r := range w.Records(c.ID) {
			told = append(told, r.What)
			if r.Customer != ana || r.Kind != "late" || r.Rule != "late" || r.About["order_id"] != "7" {
				t.Errorf("%+v", r)
			}
		}
		slices.Sort(told)
		if want := []cases.What{"assigned", "closed", "opened", "reopened", "solved", "solved"}; !slices.Equal(told, want) {
			t.Errorf("the log tells %v", told)
		}
		for name, n := range map[string]int{dialogue.SentEvent: 3, dialogue.ReceivedEvent: 2, dialogue.ThankedEvent: 1} {
			if got := w.Events(name); len(got) != n || got[0].UserID != "ana" || strings.Contains(string(got[0].Properties), "Ana Ruiz") {
				t.Errorf("%s: %d, want %d", name, len(got), n)
			}
		}
	})
}

// Nobody finds, changes or counts a case that is not of their areas, theirs or
// opened by them.
func TestPeopleReachTheirAreasCases(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx, ok := t.Context(), must[cases.Case](t)
		sales := ok(w.Cases.Open(ctx, w.Ada, cases.New{Kind: "late"}))
		care := ok(w.Cases.Open(ctx, w.Ada, cases.New{Kind: "broken"}))
		told := ok(w.Cases.Open(ctx, w.Sol, cases.New{Kind: "broken", Words: "Visto en tienda"}))
		for _, c := range []struct {
			who  cx.Principal
			want []string
		}{{w.Sol, []string{sales.ID, told.ID}}, {w.Leo, []string{sales.ID}}, {w.Cora, []string{care.ID, told.ID}}, {w.Ada, []string{sales.ID, care.ID, told.ID}}} {
			l := must[cases.List](t)(w.Cases.List(ctx, c.who, cases.Query{Sort: cases.ByNewest}))
			var got []string
			for _, one := range l.Cases {
				got = append(got, one.ID)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s sees %v, want %v", c.who.Name, got, c.want)
			}
			f := must[cases.Figures](t)(w.Cases.Figures(ctx, c.who, cases.Query{}, ""))
			if f.Opened != len(c.want) {
				t.Errorf("%s counts %d", c.who.Name, f.Opened)
			}
		}
		for what, err := range map[string]error{
			"look": second(w.Cases.Case(ctx, w.Cora, sales.ID, "es")), "words": second(w.Cases.Conversation(ctx, w.Cora, sales.ID, "es")), "take": second(w.Cases.Take(ctx, w.Cora, sales.ID)),
			"write": second(w.Cases.Write(ctx, w.Cora, sales.ID, "Hola")), "merge": second(w.Cases.Merge(ctx, w.Cora, care.ID, sales.ID)), "none": second(w.Cases.Take(ctx, w.Cora, "k_none")),
		} {
			if cx.KindOf(err) != cx.NotFound {
				t.Errorf("%s: %v", what, err)
			}
		}
		board := cx.Principal{ID: "person:9", Role: cx.Board}
		if err := second(w.Cases.Take(ctx, board, sales.ID)); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("the board works on cases: %v", err)
		}
		moved := ok(w.Cases.Move(ctx, w.Sol, sales.ID, "care"))
		if moved.Owner != "" || moved.Area != "care" {
			t.Errorf("%+v", moved)
		}
		if err := second(w.Cases.Case(ctx, w.Leo, sales.ID, "es")); cx.KindOf(err) != cx.NotFound {
			t.Errorf("it is still within reach: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// 8 business hours from Friday 16:00 end on Monday; then the lead is told, then
// who stands above.
func TestWhatIsLateIsToldToMore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx := t.Context()
		w.Advance(4*24*time.Hour + 6*time.Hour) // Friday, 16:00 in Madrid
		c := must[cases.Case](t)(w.Cases.Open(ctx, w.Ada, cases.New{Kind: "broken"}))
		due := time.Date(2026, 3, 9, 15, 0, 0, 0, time.UTC) // Monday, 16:00
		if c.Due.Std() != due {
			t.Fatalf("due %s, want %s", c.Due, due)
		}
		w.Settle()
		step := func(d time.Duration, want ...cases.What) {
			t.Helper()
			w.Advance(d)
			var got []cases.What
			for _, e := range must[cases.Full](t)(w.Cases.Case(ctx, w.Ada, c.ID, "es")).Story[1:] {
				got = append(got, e.What)
			}
			if !slices.Equal(got, want) {
				t.Errorf("at %s: %v, want %v", w.Clock.Now(), got, want)
			}
		}
		step(c.Due.Sub(w.Clock.Now()) - time.Second)
		step(time.Second, cases.Due)
		step(2*time.Hour, cases.Due)                                       // 18:00 is not yet two business hours later
		step(16*time.Hour, cases.Due, cases.Escalated)                     // Tuesday, 10:00
		step(6*time.Hour, cases.Due, cases.Escalated, cases.Escalated)     // Tuesday, 16:00
		step(30*24*time.Hour, cases.Due, cases.Escalated, cases.Escalated) // nobody is told again
		must[cases.Case](t)(w.Cases.Postpone(ctx, w.Ada, c.ID, w.Clock.Now().Add(time.Hour), "Falta una pieza"))
		step(time.Hour, cases.Due, cases.Escalated, cases.Escalated, cases.Delayed, cases.Due)
		records := w.Records(c.ID)
		if last := records[3]; last.What != cases.Escalated || last.Area != "care" {
			t.Errorf("%+v", records)
		}
	})
}

// What nobody says anything about is closed after the time of the plan.
func TestSilenceClosesWhatIsSolved(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx, ok := t.Context(), must[cases.Case](t)
		c := ok(w.Cases.Open(ctx, w.Sol, cases.New{Customer: w.Customer("ana", "Ana"), Kind: "late"}))
		ok(w.Cases.Solve(ctx, w.Sol, c.ID, "Hecho"))
		w.Advance(7*24*time.Hour - time.Second)
		if l := must[cases.List](t)(w.Cases.List(ctx, w.Sol, cases.Query{State: cases.StateSolved})); l.Total != 1 {
			t.Fatalf("%+v", l)
		}
		w.Advance(time.Second)
		full := must[cases.Full](t)(w.Cases.Case(ctx, w.Sol, c.ID, "es"))
		if full.State != cases.StateClosed || full.MadeRight != cases.Unsaid || full.Story[len(full.Story)-1].By != "system" {
			t.Errorf("%+v", full.Case)
		}
		if err := w.Cases.Confirm(ctx, w.Token(full.Link), false, ""); err != nil { // they may still say so
			t.Fatal(err)
		}
		if l := must[cases.List](t)(w.Cases.List(ctx, w.Sol, cases.Query{State: cases.StateOpen})); l.Total != 1 || l.Cases[0].Reopened != 1 {
			t.Errorf("%+v", l)
		}
	})
}

func TestWhatMayBeGivenIsCounted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx, ok := t.Context(), must[cases.Case](t)
		var ids []string
		for range 4 {
			ids = append(ids, ok(w.Cases.Open(ctx, w.Sol, cases.New{Kind: "late"})).ID)
		}
		give := func(who cx.Principal, id string, amount int64) error {
			return second(w.Cases.Give(ctx, who, id, amount, "Un vale"))
		}
		for _, c := range []struct {
			who    cx.Principal
			id     string
			amount int64
			kind   cx.ErrorKind
		}{
			{w.Sol, ids[0], 700, 0},
			{w.Sol, ids[0], 400, cx.Forbidden}, // 3.00 are left in this case
			{w.Leo, ids[0], 4300, 0},           // a lead may give 50 in one case, 7 of which are given
			{w.Leo, ids[0], 1, cx.Forbidden},
			{w.Sol, ids[1], 1000, 0},
			{w.Sol, ids[2], 900, cx.Forbidden}, // 8.00 are left of the month
			{w.Sol, ids[2], 800, 0},
			{w.Sol, ids[3], 1, cx.Forbidden},
			{w.Ada, ids[3], 1, cx.Forbidden}, // the plan says nothing of administrators
			{w.Sol, ids[3], 0, cx.Invalid},
		} {
			if err := give(c.who, c.id, c.amount); cx.KindOf(err) != c.kind && (err != nil || c.kind != 0) {
				t.Errorf("%s gives %d: %v", c.who.Name, c.amount, err)
			}
		}
		a := must[cases.Allowance](t)(w.Cases.MayGive(ctx, w.Sol))
		if !a.Allowed || a.GivenMonth != 2500 || a.Left != 0 || a.Each != 1000 || a.Currency != "EUR" {
			t.Errorf("%+v", a)
		}
		w.Clock.Advance(31 * 24 * time.Hour)
		if a := must[cases.Allowance](t)(w.Cases.MayGive(ctx, w.Sol)); a.Left != 1000 {
			t.Errorf("next month: %+v", a)
		}
		if f := must[cases.Figures](t)(w.Cases.Figures(ctx, w.Ada, cases.Query{}, "area")); f.Given != 6800 || len(f.By) != 1 || f.By[0].Key != "sales" {
			t.Errorf("%+v", f)
		}
	})
}

func TestTwoCasesBecomeOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx, ok := t.Context(), must[cases.Case](t)
		ana, ben := w.Customer("ana", "Ana"), w.Customer("ben", "Ben")
		into := ok(w.Cases.Open(ctx, w.Sol, cases.New{Customer: ana, Kind: "late"}))
		from := ok(w.Cases.Open(ctx, w.Sol, cases.New{Customer: ana, Kind: "late", Words: "Otra vez"}))
		other := ok(w.Cases.Open(ctx, w.Sol, cases.New{Customer: ben, Kind: "late"}))
		ok(w.Cases.Give(ctx, w.Sol, from.ID, 500, "Un café"))
		token := w.Token(must[cases.Full](t)(w.Cases.Case(ctx, w.Sol, from.ID, "es")).Link)
		must[dialogue.Message](t)(w.Dialogue.Reply(ctx, token, "", "¿Y lo mío?"))
		if err := second(w.Cases.Merge(ctx, w.Sol, into.ID, other.ID)); cx.KindOf(err) != cx.Conflict {
			t.Errorf("two customers became one: %v", err)
		}
		merged := ok(w.Cases.Merge(ctx, w.Sol, into.ID, from.ID))
		if merged.Given != 500 || merged.HeardAt == 0 {
			t.Errorf("%+v", merged)
		}
		if err := second(w.Cases.Merge(ctx, w.Sol, into.ID, from.ID)); cx.KindOf(err) != cx.Conflict {
			t.Errorf("merged twice: %v", err)
		}
		if y := must[cases.Yours](t)(w.Cases.Yours(ctx, token, "es")); y.Number != into.Number || len(y.Messages) != 1 {
			t.Errorf("the customer's link leads to %+v", y)
		}
		full := must[cases.Full](t)(w.Cases.Case(ctx, w.Sol, into.ID, "es"))
		if !slices.Equal(full.Merged, []string{from.ID}) {
			t.Errorf("%v", full.Merged)
		}
		if err := second(w.Cases.Solve(ctx, w.Sol, from.ID, "Hecho")); cx.KindOf(err) != cx.Conflict {
			t.Errorf("what is merged is worked on: %v", err)
		}
		if f := must[cases.Figures](t)(w.Cases.Figures(ctx, w.Ada, cases.Query{}, "")); f.Opened != 2 || f.Given != 500 {
			t.Errorf("%+v", f)
		}
		w.Settle()
	})
}
