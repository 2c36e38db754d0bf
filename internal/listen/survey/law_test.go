package survey_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// questionnaire draws a survey of pages whose conditions read answers before,
// and tells what each page waits for: the index of the page and the least score.
func questionnaire(t *rapid.T) (yaml string, waits [][2]int) {
	var b strings.Builder
	n := rapid.IntRange(1, 6).Draw(t, "pages")
	for i := range n {
		wait := [2]int{-1, 0}
		b.WriteString("      - ")
		if i > 0 && rapid.Bool().Draw(t, "conditional") {
			wait = [2]int{rapid.IntRange(0, i-1).Draw(t, "on"), rapid.IntRange(1, 5).Draw(t, "least")}
			fmt.Fprintf(&b, "when: answers.q%d >= %d\n        ", wait[0], wait[1])
		}
		fmt.Fprintf(&b, "questions: [{id: q%d, type: rating, text: Q}]\n", i)
		waits = append(waits, wait)
	}
	return `
company: {slug: c, name: C, timezone: UTC, currency: EUR}
surveys:
  - slug: s
    name: S
    purpose: relationship
    pages:
` + b.String(), waits
}

// The pages that are met are those whose conditions hold, in their order; each
// answer is kept once, and the last one says that the response is complete.
func TestPagesFollowTheAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ownDB(t))
	rapid.Check(t, func(t *rapid.T) {
		yaml, waits := questionnaire(t)
		if _, err := w.models.Apply(context.Background(), admin, []byte(yaml), ""); err != nil {
			t.Fatal(err)
		}
		before := len(w.answers())
		scores := make([]int, len(waits))
		var want, got []int
		for i, wait := range waits {
			scores[i] = rapid.IntRange(0, 5).Draw(t, "score") // 0: skipped
			if wait[0] < 0 || slices.Contains(want, wait[0]) && scores[wait[0]] >= wait[1] {
				want = append(want, i)
			}
		}
		ref := survey.Ref{Survey: "s", Way: survey.ByAPI}
		f, err := w.Page(context.Background(), ref, "")
		ref.Response = f.Response
		for err == nil && f.State == survey.Asking {
			i := f.Page - 1
			got = append(got, i)
			values := survey.Values{}
			if scores[i] > 0 {
				values[fmt.Sprint("q", i)] = []string{fmt.Sprint(scores[i])}
			}
			if rapid.Bool().Draw(t, "leave and resume") {
				f, _ = w.Page(context.Background(), ref, "")
			}
			for range 1 + rapid.IntRange(0, 1).Draw(t, "posted twice") {
				f, err = w.Receive(context.Background(), ref, i+1, values, "")
			}
		}
		if err != nil || f.State != survey.Thanks || !slices.Equal(got, want) {
			t.Fatalf("pages %v, want %v; %s, %v", got, want, f.State, err)
		}
		kept := w.answers()[before:]
		if len(kept) != len(want) {
			t.Fatalf("%d answers of %d pages", len(kept), len(want))
		}
		for i, a := range kept {
			if a.Says["complete"] != (i == len(kept)-1) {
				t.Fatalf("answer %d of %d: %s", i, len(kept), a.Body)
			}
		}
	})
}

func ownDB(t testing.TB) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: t.TempDir() + "/state.db", Synchronous: "NORMAL", MaxReaders: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func FuzzToken(f *testing.F) {
	db := newWorld(f, ownDB(f)).Service
	f.Add("", "AAAA")
	f.Add("pVnXc1oXs2mM5xw1n8aVb3kQ", "")
	f.Add("pVnXc1oXs2mM5xw1", "pVnXc1oXs2mM5xw1n8aVb3kQpVnXc1oXs2m")
	f.Fuzz(func(t *testing.T, token, response string) {
		form, err := db.Page(context.Background(), survey.Ref{Token: token, Survey: "delivery", Response: response}, "")
		if err != nil {
			t.Fatal(err)
		}
		if token != "" && form.State != survey.Unknown {
			t.Errorf("the token %q leads to %+v", token, form)
		}
	})
}

func FuzzPost(f *testing.F) {
	db := newWorld(f, ownDB(f)).Service
	f.Add(-1, "0", "0", "\xff", "all-types")
	f.Add(1, "score", "4", "0123456789", "delivery")
	f.Add(1, "nps", "9", "", "delivery")
	f.Add(1, "why.\xff", "v", "0123456789", "delivery")
	f.Add(2, "why.other", "\xff\x00<", "0123456789", "all-types")
	f.Add(-1, "order.x", "1e400", "v", "all-types")
	f.Add(3, "text", strings.Repeat("\"", 5000), "", "delivery")
	f.Fuzz(func(t *testing.T, page int, name, value, version, slug string) {
		ref := survey.Ref{Survey: slug, Way: survey.ByAPI, Version: version}
		form, err := db.Receive(context.Background(), ref, page, survey.Values{name: {value, value}, "score": {"2"}, "why": {"other"}}, "")
		if err != nil {
			t.Fatalf("%v", err)
		}
		if form.State == "" {
			t.Fatal("nothing is said")
		}
	})
}

func TestExportAndErase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ref := w.personal()
		w.post(ref, 1, one("score", "1"))
		w.post(ref, 2, one("why", "other", "why.other", "zanahoria"))
		widget := survey.Ref{Survey: "delivery", Way: survey.ByWidget, UserID: "u1"}
		widget.Response = w.page(widget).Response
		w.clock.Advance(time.Minute)
		w.post(widget, 1, one("score", "1"))
		w.post(widget, 2, one("why", "other", "why.other", "berenjena"))
		other := w.open("all-types")
		w.post(other, 1, one("nps", "3"))

		subject := cx.Subject{Customer: ana, Values: []string{"u1"}}
		for _, a := range w.answers() {
			if a.UserID == "u1" {
				subject.Seqs = append(subject.Seqs, a.Seq)
			}
		}
		sections, err := w.Export(t.Context(), subject)
		if text := fmt.Sprintf("%+v", sections); err != nil || !strings.Contains(text, "zanahoria") || !strings.Contains(text, "berenjena") || !strings.Contains(text, "P1") {
			t.Errorf("%s, %v", text, err)
		}
		if n, err := w.Erase(t.Context(), subject); err != nil || n != 3 {
			t.Errorf("erased %d, %v", n, err)
		}
		if n, err := w.Erase(t.Context(), subject); err != nil || n != 0 {
			t.Errorf("erased %d again, %v", n, err)
		}
		if f := w.page(ref); f.State != survey.Revoked {
			t.Errorf("the link of somebody forgotten: %+v", f)
		}
		r, err := w.Results(t.Context(), admin, "all-types", cx.Window{})
		if err != nil || r.Responses().Completed != 1 {
			t.Errorf("somebody else's: %+v, %v", r, err)
		}
	})
}

func TestResults(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		seen := w.personal()
		w.page(seen)
		for i, score := range []string{"5", "5", "2"} {
			ref := w.personal()
			w.page(ref)
			w.post(ref, 1, one("score", score))
			switch i {
			case 0:
				w.post(ref, 3, one("text", "Bien"))
			case 2:
				w.post(ref, 2, one("why", "late", "why", "rude"))
			}
		}
		r, err := w.Results(t.Context(), admin, "delivery", cx.Window{})
		if err != nil {
			t.Fatal(err)
		}
		all := r.Responses()
		if all.Sent != 4 || all.Opened != 4 || all.Started != 3 || all.Completed != 1 || all.Partial != 2 || all.Rate.N != 4 || all.Rate.Value != .25 {
			t.Errorf("responses: %+v %+v", all, all.Rate)
		}
		score, why, text := r.Questions[0], r.Questions[1], r.Questions[2]
		if score.N != 3 || score.Score.Value != 4 || score.Score.Low >= 4 || score.Score.High != 5 || score.Options[4].N != 2 || score.Options[4].Share.Value != 2./3 {
			t.Errorf("the score: %+v %+v", score, score.Score)
		}
		if why.N != 1 || why.Options[0].N != 1 || why.Options[1].N != 0 || why.Options[2].N != 1 || text.N != 1 {
			t.Errorf("the others: %+v, %+v", why, text)
		}
		if r, err = w.Results(t.Context(), tills, "delivery", cx.Window{}); err != nil || r.Responses().Sent+r.Responses().Started != 0 {
			t.Errorf("who answers for the tills sees of deliveries: %+v, %v", r, err)
		}
		if r, err = w.Results(t.Context(), admin, "delivery", cx.Window{To: 1}); err != nil || r.Responses().Sent+r.Responses().Started != 0 {
			t.Errorf("before anything: %+v, %v", r, err)
		}
		if _, err = w.Results(t.Context(), admin, "nothing", cx.Window{}); cx.KindOf(err) != cx.NotFound {
			t.Errorf("of no survey: %v", err)
		}
	})
}
