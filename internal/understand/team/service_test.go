package team_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/understand/team/teamtest"
)

func facts(t *testing.T) history.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func overview(t *testing.T, w *teamtest.World) team.Overview {
	t.Helper()
	o, err := w.Overview(t.Context(), cx.System())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func obstruct(t *testing.T, w *teamtest.World, person int, place, words string) {
	t.Helper()
	if err := w.Obstruct(t.Context(), teamtest.Person(person), team.ObstacleReport{Touchpoint: "till", Place: place, What: team.Roster, Words: words}); err != nil {
		t.Fatal(err)
	}
}

// What five people say at one place is shown when the week is over, masked;
// four, or one who speaks five times, wait. A store made again says the same.
func TestFivePeopleAreShown(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		w := teamtest.New(t, facts(t), func() *sqldb.DB { return open(t) })
		for i := range 5 {
			obstruct(t, w, i, "goya", fmt.Sprintf("Falta gente en la caja %d, llamadme al 612 345 678", i))
			obstruct(t, w, 1, "retiro", "Siempre yo")
		}
		if o := overview(t, w); o.Reports != 0 || !o.Waiting || len(o.Obstacles) != 0 {
			t.Fatalf("shown before the week is over: %+v", o)
		}
		w.Later()
		o := overview(t, w)
		if len(o.Obstacles) != 1 {
			t.Fatalf("%+v", o)
		}
		l := o.Obstacles[0]
		if l.N != 5 || l.Share.Value != 1 || l.Share.N != 5 || l.Share.Low > .57 || len(l.Words) != 5 {
			t.Errorf("%+v", l)
		}
		if d := cmp.Diff([]team.Count{{Key: "goya", N: 5}}, l.Places); d != "" {
			t.Errorf("who spoke alone is shown (-want +got)\n%s", d)
		}
		if d := cmp.Diff([]string{"till-roster"}, l.Whys); d != "" {
			t.Errorf("whys (-want +got)\n%s", d)
		}
		if text := strings.Join(l.Words, " "); strings.Contains(text, "612") || strings.Contains(text, "Siempre yo") {
			t.Errorf("words: %s", text)
		}
		w.Open()
		if d := cmp.Diff(o, overview(t, w)); d != "" {
			t.Errorf("opened again (-before +after)\n%s", d)
		}
		w.Anew(open(t))
		if d := cmp.Diff(o, overview(t, w)); d != "" {
			t.Errorf("made again (-before +after)\n%s", d)
		}
	})
}

// Nothing of who speaks, or when to the minute, is in the log.
func TestReportsNameNobody(t *testing.T) {
	t.Parallel()
	w := teamtest.New(t, facts(t), nil)
	w.Clock.Advance(17 * time.Minute)
	obstruct(t, w, 7, "goya", "No llegamos")
	e := w.Log[len(w.Log)-1]
	if strings.Contains(string(e.Body), "person") || e.UserID != "" || e.AnonymousID != "" || e.Kind != cx.Team {
		t.Errorf("the log has %s", e.Body)
	}
	if at := e.At.Std(); at.Minute() != 0 || at.Second() != 0 || e.ReceivedAt != e.At {
		t.Errorf("it tells when: %s, received %s", e.At, e.ReceivedAt)
	}
}

func TestWhatIsNoReportIsRefused(t *testing.T) {
	t.Parallel()
	w := teamtest.New(t, facts(t), nil)
	for _, r := range []team.ObstacleReport{
		{What: team.Tool},
		{Touchpoint: "moon", What: team.Tool},
		{Touchpoint: "till"},
		{Touchpoint: "till", What: "person"},
		{Touchpoint: "till", Place: "moon", What: team.Tool},
		{Touchpoint: "till", What: team.Tool, Words: strings.Repeat("a", team.MaxWords+1)},
		{Touchpoint: "till", What: team.Tool, Words: "\xff"},
	} {
		if err := w.Obstruct(t.Context(), teamtest.Person(1), r); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%.60v: %v", r, err)
		}
	}
	if err := w.Suggest(t.Context(), teamtest.Person(1), team.IdeaReport{Words: " "}); cx.KindOf(err) != cx.Invalid {
		t.Error(err)
	}
	if err := w.Suggest(t.Context(), cx.Principal{}, team.IdeaReport{Words: "x"}); cx.KindOf(err) != cx.Unauthorized {
		t.Error(err)
	}
	if _, err := w.Overview(t.Context(), cx.Principal{}); cx.KindOf(err) != cx.Unauthorized {
		t.Error(err)
	}
}

// An idea that is shown is answered, by who may, and the answer is in the log.
func TestIdeasAreAnswered(t *testing.T) {
	t.Parallel()
	w := teamtest.New(t, facts(t), nil)
	for i := range 5 {
		if err := w.Suggest(t.Context(), teamtest.Person(i), team.IdeaReport{Words: fmt.Sprint("Idea ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	w.Later()
	ideas := overview(t, w).Ideas
	if len(ideas) != 5 || ideas[0].State != team.New {
		t.Fatalf("%+v", ideas)
	}
	lead := cx.Principal{ID: "person:1", Role: cx.Lead}
	if err := w.Reply(t.Context(), teamtest.Person(1), ideas[0].ID, team.Planned, ""); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("a member answers: %v", err)
	}
	if err := w.Reply(t.Context(), lead, "00", team.Planned, ""); cx.KindOf(err) != cx.NotFound {
		t.Error(err)
	}
	if err := w.Reply(t.Context(), lead, ideas[0].ID, team.New, ""); cx.KindOf(err) != cx.Invalid {
		t.Error(err)
	}
	if err := w.Reply(t.Context(), lead, ideas[0].ID, team.Planned, "Gracias: en marzo"); err != nil {
		t.Fatal(err)
	}
	w.Open()
	if got := overview(t, w).Ideas[0]; got.State != team.Planned || got.Reply != "Gracias: en marzo" || got.ID != ideas[0].ID {
		t.Errorf("%+v", got)
	}
}

// Of nine who answer alike and three who do not, two agree by
// (9·8 + 3·2) / (12·11) = 78/132; an area of fewer than five is never told.
func TestAgreementByArea(t *testing.T) {
	t.Parallel()
	w := teamtest.New(t, facts(t), nil)
	for i := range 12 {
		choice := "two"
		if i >= 9 {
			choice = "four"
		}
		w.Answers(teamtest.Person(i, "tills"), "quiz", `[{"question":"days","choice":"`+choice+`"}]`)
	}
	for i := range 4 {
		w.Answers(teamtest.Person(20+i, "web"), "quiz", `[{"question":"days","choice":"two"}]`)
		w.Answers(teamtest.Person(20+i, "web"), "quiz", `[{"question":"days","choice":"two"}]`)
	}
	w.Later()
	s := overview(t, w).Surveys
	if len(s) != 1 || s[0].N != 12 || len(s[0].Agreement) != 2 {
		t.Fatalf("%+v", s)
	}
	a := s[0].Agreement[1]
	if a.Area != "tills" || a.Same.N != 12 || math.Abs(a.Same.Value-78./132) > 1e-12 || a.Same.Low >= a.Same.Value || a.Same.High <= a.Same.Value {
		t.Errorf("%+v", a)
	}
	if o := s[0].Questions[0].Options; len(o) != 2 || o[0].ID != "two" || o[0].N != 9 || o[0].Share.N != 12 {
		t.Errorf("%+v", o)
	}
}

// The team thinks well of the till, the customers do not; of the web nothing is
// known of customers.
func TestDifferences(t *testing.T) {
	t.Parallel()
	w := teamtest.New(t, facts(t), nil)
	for i := range 8 {
		w.Answers(teamtest.Person(i), "pulse", fmt.Sprintf(`[{"question":"lived.till","metric":"rating","scale":"1-5","value":%d},{"question":"lived.shop","metric":"rating","scale":"1-5","value":4},{"question":"more","text":"Bien %d"}]`, 4+i%2, i))
	}
	w.Scores("till", 2, 2, 1, 3, 2, 2, 1, 3, 2, 2)
	w.Later()
	o := overview(t, w)
	if len(o.Differences) != 1 {
		t.Fatalf("%+v", o.Differences)
	}
	d := o.Differences[0]
	if d.Touchpoint != "till" || d.Team.Value != .875 || d.Team.N != 8 || d.Customers.Value != .25 || d.Customers.N != 10 || !d.Clear {
		t.Errorf("%+v", d)
	}
	if d.Difference.Value != -.625 || d.Difference.Low > -.625 || d.Difference.High < -.625 || d.Difference.High > 0 {
		t.Errorf("%+v", d.Difference)
	}
	if q := o.Surveys[0].Questions; len(q) != 3 || q[0].Row != "till" || q[0].Score == nil || q[0].Score.Value != 4.5 || len(q[2].Words) != 8 {
		t.Errorf("%+v", q)
	}
	if o, err := w.Overview(t.Context(), cx.Principal{ID: "person:3", Role: cx.Lead, Areas: []string{"web"}}); err != nil || len(o.Differences) != 0 || len(o.Surveys) != 1 {
		t.Errorf("who is limited to another area sees what customers live at the till: %+v %v", o.Differences, err)
	}
}

// What is erased of the log is gone, and what comes twice counts once.
func TestEraseAndTwice(t *testing.T) {
	t.Parallel()
	w := teamtest.New(t, facts(t), nil)
	for i := range 6 {
		obstruct(t, w, i, "goya", fmt.Sprint("Palabra ", i))
	}
	w.Says(`{"type":"team","messageId":"twice","survey":"idea","answers":[{"question":"words","text":"x"}]}`)
	w.Says(`{"type":"team","messageId":"twice","survey":"idea","answers":[{"question":"words","text":"x"}]}`)
	w.Says(`{"type":"team","messageId":"bot","survey":"obstacle","touchpoint":"till","answers":[{"question":"what","choice":"tool"}],"properties":{"place":"goya","suspect":true}}`)
	w.Later()
	before := overview(t, w).Obstacles[0]
	if before.N != 6 {
		t.Fatalf("%+v", before)
	}
	n, err := w.Erase(t.Context(), cx.Subject{Seqs: []cx.Seq{2}})
	if err != nil || n != 1 {
		t.Fatalf("%d erased: %v", n, err)
	}
	if after := overview(t, w).Obstacles[0]; after.N != 5 || strings.Contains(strings.Join(after.Words, " "), "Palabra 0") {
		t.Errorf("%+v", after)
	}
}
