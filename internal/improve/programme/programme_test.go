package programme_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/programme"
	"github.com/vivencia-cx/vivencia/internal/improve/programme/programmetest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

func each(t *testing.T, fn func(t *testing.T, w *programmetest.World)) {
	t.Helper()
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) { fn(t, programmetest.New(t, open(t))) })
}

// must returns what a call told; it ends the test when it failed.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func refused(t *testing.T, err error, kind cx.ErrorKind, words string) {
	t.Helper()
	if cx.KindOf(err) != kind || !strings.Contains(fmt.Sprint(err, cx.FaultsOf(err)), words) {
		t.Errorf("%v %v, want %v that says %q", cx.KindOf(err), err, kind, words)
	}
}

// Weeks are those of ISO 8601, over every turn of a year, and are read back.
func TestWeeks(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Date(2000, 1, 1, 0, 0, 0, 0, zone).Add(time.Duration(rapid.Int64Range(0, 40*366*24*60).Draw(t, "minutes")) * time.Minute)
		week := programme.WeekOf(cx.TimeOf(at), zone)
		w := week.Window(zone)
		if !w.Contains(cx.TimeOf(at)) || w.From.Std().In(zone).Weekday() != time.Monday || w.From.Std().In(zone).Hour() != 0 {
			t.Fatalf("%v is in %s, %v", at, week, w)
		}
		if y, n := at.ISOWeek(); string(week) != fmt.Sprintf("%04d-W%02d", y, n) {
			t.Fatalf("%v is in %s", at, week)
		}
		if before := week.Before(1); before.Window(zone).To != w.From || before >= week {
			t.Fatalf("before %s is %s", week, before)
		}
		if read, err := programme.ParseWeek(string(week)); err != nil || read != week {
			t.Fatalf("%s is read as %s, %v", week, read, err)
		}
	})
	for _, bad := range []string{"", "2026", "2026-W00", "2026-W54", "2025-W53", "2026-W4", "2026-w47", "2026-W47 ", "-001-W01", "2026-W1\x00"} {
		if _, err := programme.ParseWeek(bad); err == nil {
			t.Errorf("%q is a week", bad)
		}
	}
}

// A commitment is kept when the product saw it done in time, whoever says what; what
// nobody can see they say themselves; when its day is over it is broken for good.
func TestCommitments(t *testing.T) {
	each(t, func(t *testing.T, w *programmetest.World) {
		ctx := t.Context()
		day := func(n int) string {
			return w.Clock.Now().Add(time.Duration(n) * 24 * time.Hour).Std().Format(time.DateOnly)
		}
		done := 0
		w.Counted = func(who account.Person, kind programme.Kind, window cx.Window) int {
			if who.Name == "Leo" && kind == programme.Calls && window.From != 0 && window.To <= w.Clock.Now() {
				return done
			}
			return 0
		}
		calls := must[programme.Commitment](t)(w.Commit(ctx, w.Leo, programme.NewCommitment{Kind: programme.Calls, Target: 3, Due: day(6)}))
		decide := must[programme.Commitment](t)(w.Commit(ctx, w.Bea, programme.NewCommitment{Kind: programme.Contradictions, Due: day(2)}))
		own := must[programme.Commitment](t)(w.Commit(ctx, w.Ada, programme.NewCommitment{Kind: programme.Other, Target: 9, Words: " Un día en la caja ", Due: day(3)}))
		if own.Target != 1 || own.Words != "Un día en la caja" || decide.Target != 1 {
			t.Errorf("%+v", own)
		}
		done = 2
		all := must[[]programme.Commitment](t)(w.Commitments(ctx, w.Sol))
		var order []int64
		for _, c := range all {
			order = append(order, c.ID)
		}
		if !slices.Equal(order, []int64{decide.ID, own.ID, calls.ID}) || all[2].Done != 2 || all[2].State != programme.Underway || all[2].Name != "Leo" {
			t.Errorf("%+v", all)
		}
		refused(t, second(w.Fulfil(ctx, w.Leo, calls.ID)), cx.Conflict, "seen in the cases")
		refused(t, second(w.Fulfil(ctx, w.Leo, own.ID)), cx.NotFound, "no such commitment")
		if c := must[programme.Commitment](t)(w.Fulfil(ctx, w.Ada, own.ID)); c.State != programme.Kept {
			t.Errorf("%+v", c)
		}
		refused(t, second(w.Withdraw(ctx, w.Ada, own.ID)), cx.Conflict, "is over")
		done = 3
		w.Clock.Advance(4 * 24 * time.Hour)
		all = must[[]programme.Commitment](t)(w.Commitments(ctx, w.Sol))
		done = 0 // customers are forgotten: what was kept stays kept
		again := must[[]programme.Commitment](t)(w.Commitments(ctx, w.Sol))
		if !slices.Equal(all, again) {
			t.Errorf("%+v, then %+v", all, again)
		}
		states := map[int64]programme.State{}
		for _, c := range again {
			states[c.ID] = c.State
		}
		if states[calls.ID] != programme.Kept || states[decide.ID] != programme.Broken || states[own.ID] != programme.Kept {
			t.Errorf("%v", states)
		}
		back := must[programme.Commitment](t)(w.Commit(ctx, w.Leo, programme.NewCommitment{Kind: programme.Calls, Due: day(0)}))
		if c := must[programme.Commitment](t)(w.Withdraw(ctx, w.Leo, back.ID)); c.State != programme.Withdrawn {
			t.Errorf("%+v", c)
		}
		h := must[programme.Health](t)(w.Health(ctx, w.Ada))
		if h.Commitments != (programme.Part{N: 2, Of: 3}) || h.Promised != 0 || h.People != (programme.Part{N: 3, Of: 4}) {
			t.Errorf("%+v", h)
		}
		for name, n := range map[string]programme.NewCommitment{
			"is none of calls":     {Kind: "dance", Due: day(1)},
			"is 1 to 500":          {Kind: programme.Calls, Target: 501, Due: day(1)},
			"say what you will do": {Kind: programme.Other, Words: " ", Due: day(1)},
			"at most 500":          {Kind: programme.Other, Words: strings.Repeat("á", 501), Due: day(1)},
			"such as 2026-11-30":   {Kind: programme.Calls, Due: "soon"},
			"from today on":        {Kind: programme.Calls, Due: day(-1)},
			"and within a year":    {Kind: programme.Calls, Due: day(400)},
		} {
			_, err := w.Commit(ctx, w.Leo, n)
			refused(t, err, cx.Invalid, name)
		}
		_, err := w.Commit(ctx, cx.Principal{ID: "token:1", Role: cx.Admin}, programme.NewCommitment{Kind: programme.Calls, Due: day(1)})
		refused(t, err, cx.Forbidden, "people who sign in")
		_, err = w.Commitments(ctx, cx.Principal{})
		refused(t, err, cx.Unauthorized, "sign in")
	})
}

func second[T any](_ T, err error) error { return err }

// Of maturity nothing is told of fewer than five, and what more people say shows when
// they are five more; nobody says it twice in a quarter, and who said what is nowhere.
func TestMaturity(t *testing.T) {
	each(t, func(t *testing.T, w *programmetest.World) {
		ctx := t.Context()
		level := func(v int) map[string]int {
			return map[string]int{"strategy": v, "culture": v, "processes": 1, "measurement": 3, "people": 5}
		}
		var people []cx.Principal
		for i := range 11 {
			people = append(people, w.Person(fmt.Sprint("P", i), cx.Member))
		}
		for i, p := range people {
			if err := w.Assess(ctx, p, level(2+i%2)); err != nil {
				t.Fatal(err)
			}
			m := must[programme.Maturity](t)(w.Maturity(ctx, p))
			told := (i + 1) / programme.Together * programme.Together
			if !m.Said || m.Waiting != (told != i+1) || (told > 0) != (len(m.Rounds) == 1) || told > 0 && m.Rounds[0].N != told {
				t.Fatalf("after %d: %+v", i+1, m)
			}
		}
		refused(t, w.Assess(ctx, people[0], level(1)), cx.Conflict, "this quarter already")
		m := must[programme.Maturity](t)(w.Maturity(ctx, w.Bea))
		r := m.Rounds[0]
		if m.Said || r.Sides[0].Mean.Value != 2.5 || !(r.Sides[0].Mean.Low > 2 && r.Sides[0].Mean.High < 3) || r.Sides[0].Next != 3 || r.Sides[4].Next != 5 || r.Sides[0].Change != nil {
			t.Errorf("%+v", m)
		}
		if !slices.Equal(m.Weakest, []string{"processes", "strategy"}) {
			t.Errorf("the weakest are %v", m.Weakest)
		}
		w.Clock.Advance(92 * 24 * time.Hour)
		for _, p := range people[:5] {
			if err := w.Assess(ctx, p, level(4)); err != nil {
				t.Fatal(err)
			}
		}
		m = must[programme.Maturity](t)(w.Maturity(ctx, w.Bea))
		if len(m.Rounds) != 2 || m.Rounds[0].Round <= m.Rounds[1].Round || m.Rounds[0].Sides[0].Change.By != 1.5 || !(m.Rounds[0].Sides[0].Change.P < .01) {
			t.Errorf("%+v", m.Rounds)
		}
		refused(t, w.Assess(ctx, w.Sol, map[string]int{"strategy": 6, "charm": 1}), cx.Invalid, "choose the sentence")
		refused(t, w.Assess(ctx, w.Sol, map[string]int{"strategy": 1, "culture": 1, "processes": 1, "measurement": 3, "people": 5, "charm": 1}), cx.Invalid, "no side of maturity")
		// The store has hashes and sums.
		err := w.DB.Read(ctx, func(tx *sqldb.Tx) error {
			var n, most int
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM programme_said WHERE who LIKE '%person%'`).Scan(&n); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, `SELECT MAX(n) FROM programme_maturity`).Scan(&most); err != nil {
				return err
			}
			if n > 0 || most != programme.Together {
				t.Errorf("%d name somebody; a batch has %d", n, most)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A sheet is one and the same for everybody all week: an episode of the area that tells
// nobody, a promise of it; in another week another.
func TestSheets(t *testing.T) {
	each(t, func(t *testing.T, w *programmetest.World) {
		ctx, week := t.Context(), w.Week()
		zone := w.Current().Model.Company.Zone()
		w.Path = []string{"shop", "till"}
		var asked []cx.Window
		w.Said = func(touchpoint string, window cx.Window) (all []voice.Quote) {
			asked = append(asked, window)
			if touchpoint != "till" || window == week.Before(1).Window(zone) {
				return nil // nothing last week: the week before tells
			}
			for i := range 8 {
				all = append(all, voice.Quote{
					Ref: voice.Ref{Seq: cx.Seq(100 + i)}, At: window.From.Add(30 * time.Hour), Language: "es", Sentiment: -.5,
					Words: fmt.Sprintf("Esperé 25 minutos, pedido 4.512/%d, y nadie me dijo nada de nada", i),
				})
			}
			return append(all, voice.Quote{Ref: voice.Ref{Seq: 1}, At: window.From, Words: "Mal"})
		}
		sheet := must[programme.Sheet](t)(w.Sheet(ctx, w.Sol, week, "tills"))
		e := sheet.Episode
		if e == nil || e.Words != "Esperé … minutos, pedido …, y nadie me dijo nada de nada" || e.Touchpoint != "till" || e.Weekday != 2 || e.Part != "morning" || e.Good || !slices.Equal(e.Before, []string{"shop", "till"}) {
			t.Fatalf("%+v", e)
		}
		if sheet.Promise != "quick" {
			t.Errorf("the promise of the till is %q", sheet.Promise)
		}
		for _, window := range asked {
			if window.To > week.Window(zone).From {
				t.Errorf("it asked for %v, which is not over", window)
			}
		}
		w.Clock.Advance(5 * 24 * time.Hour)
		if again := must[programme.Sheet](t)(w.Sheet(ctx, w.Ada, week, "tills")); fmt.Sprint(*again.Episode) != fmt.Sprint(*e) {
			t.Errorf("on Saturday it is %+v", again.Episode)
		}
		empty := must[programme.Sheet](t)(w.Sheet(ctx, w.Ada, week, "web"))
		if empty.Episode != nil || empty.Promise != "" {
			t.Errorf("%+v", empty)
		}
		// Who does it is counted, and what they say is of nobody.
		const words = "Le habría llamado al 612 345 678"
		for _, p := range []cx.Principal{w.Sol, w.Leo, w.Sol} {
			if err := w.Say(ctx, p, week, "tills", words); err != nil {
				t.Fatal(err)
			}
		}
		sheet = must[programme.Sheet](t)(w.Sheet(ctx, w.Sol, week, "tills"))
		if sheet.People != 2 || strings.Contains(fmt.Sprint(sheet.Answers), "612") || sheet.Answers[0].Mine == sheet.Answers[1].Mine {
			t.Errorf("%+v", sheet)
		}
		did := must[[]programme.Done](t)(w.Did(ctx, w.Ada, week))
		if !slices.Equal(did, []programme.Done{{Area: "tills", People: 2}, {Area: "web"}}) {
			t.Errorf("%+v", did)
		}
		if own := must[[]programme.Done](t)(w.Did(ctx, w.Sol, week)); !slices.Equal(own, []programme.Done{{Area: "tills", People: 2, Mine: true}}) {
			t.Errorf("%+v", own)
		}
		refused(t, second(w.Sheet(ctx, w.Sol, week, "web")), cx.NotFound, "no such area")
		refused(t, second(w.Sheet(ctx, w.Ada, week, "moon")), cx.NotFound, "no such area")
		refused(t, second(w.Sheet(ctx, w.Ada, programme.WeekOf(w.Clock.Now().Add(7*24*time.Hour), zone), "tills")), cx.NotFound, "not made yet")
		refused(t, w.Say(ctx, w.Sol, week, "tills", " "), cx.Invalid, "what you would have done")
		refused(t, w.Say(ctx, w.Sol, week, "tills", strings.Repeat("a", 1001)), cx.Invalid, "what you would have done")
		refused(t, w.Say(ctx, w.Sol, week.Before(2), "tills", "tarde"), cx.Conflict, "is over")
		refused(t, w.Say(ctx, cx.Principal{ID: "token:9", Role: cx.Admin}, week, "tills", "sí"), cx.Forbidden, "people who sign in")
		if err := w.Say(ctx, w.Sol, week, "tills", "\xff sí"); err != nil {
			t.Error(err)
		}
	})
}

// The programme is alive while something happens, and two weeks of nothing are quiet.
func TestHealth(t *testing.T) {
	t.Parallel()
	w := programmetest.New(t, nil)
	ctx, now := t.Context(), w.Week()
	zone := w.Current().Model.Company.Zone()
	steps := map[programme.Week]int{}
	w.Steps = func(window cx.Window) (c cycle.Cadence) {
		for week, n := range steps {
			if window.Contains(week.Window(zone).From) {
				c.Planned += n
				c.Areas, c.Who = []string{"web"}, []string{w.Bea.ID, "system"}
			}
		}
		return c
	}
	w.InTime = func(window cx.Window) cases.Share {
		if window.To == w.Clock.Now() {
			return cases.Share{K: 45, N: 50}
		}
		return cases.Share{K: 30, N: 50}
	}
	w.Lived = func(cx.Window) (customers, answered int) { return 200, 50 }
	for _, c := range []struct {
		weeks  []int // before this one, in which something happened
		life   programme.Life
		silent int
	}{
		{nil, programme.Unborn, programme.Weeks - 1},
		{[]int{0, 1, 2, 3, 7}, programme.Alive, 0},
		{[]int{1, 2, 3}, programme.Alive, 0},
		{[]int{0, 6}, programme.Fading, 0},
		{[]int{2, 3, 4}, programme.Fading, 1},
		{[]int{10, 11}, programme.Quiet, 9}, // two weeks on the billboard
		{[]int{3}, programme.Quiet, 2},
	} {
		clear(steps)
		for _, back := range c.weeks {
			steps[now.Before(back)] = 2
		}
		h := must[programme.Health](t)(w.Health(ctx, w.Ada))
		if h.Life != c.life || h.Silent != c.silent || h.Active != len(c.weeks) || len(h.Weeks) != programme.Weeks || h.Weeks[programme.Weeks-1].Week != now {
			t.Errorf("%v: %+v", c.weeks, h)
		}
	}
	if err := w.Say(ctx, w.Sol, now.Before(1), "tills", "Escucharle"); err != nil {
		t.Fatal(err)
	}
	h := must[programme.Health](t)(w.Health(ctx, w.Ada))
	if h.Areas != (programme.Part{N: 2, Of: 2}) || h.People != (programme.Part{N: 2, Of: 4}) || h.Sheets != (programme.Part{N: 1, Of: 2}) || h.Weeks[programme.Weeks-2].Sheets != 1 {
		t.Errorf("%+v", h)
	}
	if h.InTime.Now.Value != .9 || h.InTime.Now.N != 50 || !(h.InTime.P < .01) || h.Answered.Now.Value != .25 || h.Answered.P != 1 {
		t.Errorf("%+v", h)
	}
	if own := must[programme.Health](t)(w.Health(ctx, w.Sol)); own.Areas.Of != 1 || own.Sheets != (programme.Part{N: 1, Of: 1}) {
		t.Errorf("%+v", own)
	}
	_, err := w.Health(ctx, cx.Principal{})
	refused(t, err, cx.Unauthorized, "sign in")
}
