package survey_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

func TestPersonalLink(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ref := w.personal()
		f := w.page(ref)
		if f.State != survey.Asking || f.Step != 1 || f.Steps != 2 || f.Questions[0].Text != "¿Cómo fue la entrega del lunes?" || f.Questions[0].High != "Muy bien" || f.Questions[0].Words[2] != "Más o menos" {
			t.Errorf("the first page: %+v", f)
		}
		if f, _ := w.Page(t.Context(), ref, "en"); f.Language != "en" || f.Questions[0].Text != "How was the delivery?" {
			t.Errorf("in English: %+v", f)
		}
		if f := w.post(ref, 1, one()); f.State != survey.Asking || f.Page != 1 || !f.Faulty() || f.Questions[0].Fault != "Hace falta esta respuesta para seguir." {
			t.Errorf("without a needed answer: %+v", f)
		}
		if n := len(w.answers()); n != 0 {
			t.Fatalf("%d answers kept of a page that was refused", n)
		}
		f = w.post(ref, 1, one("score", "2"))
		if f.Page != 2 || f.Title != "Vaya, Ana <b>" || f.Steps != 3 || f.Back != 1 {
			t.Errorf("after a low score: %+v", f)
		}
		w.reopen() // a break, and another process
		if again := w.page(ref); !cmp.Equal(again, f) {
			t.Errorf("resumed: %s", cmp.Diff(f, again))
		}
		f = w.post(ref, 2, one("why", "late", "why", "other", "why.other", "<script>alert(1)</script>\x00\r\nfin"))
		if f.Page != 3 || f.Questions[0].Text != "¿Qué contarías de Llegó tarde, <script>alert(1)</script> fin?" {
			t.Errorf("the last page: %+v", f)
		}
		if f = w.post(ref, 3, one("text", repeat("ñ", 41))); f.Questions[0].Fault != "El texto tiene 41 caracteres y caben 40: hay que acortarlo." || f.Questions[0].Given[0] != repeat("ñ", 41) {
			t.Errorf("a text too long: %+v", f.Questions[0])
		}
		f = w.post(ref, 3, one("text", "Llamaron", "mayask", "true"))
		if f.State != survey.Thanks || f.Thanks != "Gracias, Ana <b>" || f.CorrectUntil == 0 {
			t.Errorf("the end: %+v", f)
		}
		if f := w.page(ref); f.State != survey.Answered || f.CorrectUntil == 0 {
			t.Errorf("replayed: %+v", f)
		}

		all := w.answers()
		if len(all) != 3 {
			t.Fatalf("%d answers in the log", len(all))
		}
		for i, a := range all {
			if a.UserID != "u1" || a.Survey != "delivery" || a.Source != "vivencia" || a.Says["order_id"] != "P1" || a.Says["way"] != "mail" ||
				a.Says["response_id"] != all[0].Says["response_id"] || a.Says["complete"] != (i == 2) || a.Says["survey_version"] != f.Version {
				t.Errorf("answer %d: %s", i, a.Body)
			}
		}
		if it := all[0].item("score"); it.Metric != "csat" || it.Value != 2 || it.Scale != "1-5" {
			t.Errorf("the score: %+v", it)
		}
		if it := all[1].item("why"); it.Choice != `["late","other"]` || it.Text != "<script>alert(1)</script>\nfin" {
			t.Errorf("the choices: %+v", it)
		}
		if string(all[2].Traits) != `{"may_ask":true}` || len(all[2].Items) != 2 {
			t.Errorf("consent: %s", all[2].Body)
		}
	})
}

func TestSamePostCountsOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ref := w.personal()
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				if f, err := w.Receive(t.Context(), ref, 1, one("score", "5"), ""); err != nil || f.Page != 3 {
					t.Errorf("%+v, %v", f, err)
				}
			})
		}
		wait.Wait()
		if all := w.answers(); len(all) != 1 {
			t.Errorf("%d answers of one that was posted eight times at once", len(all))
		}
	})
}

func TestCorrected(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ref := w.personal()
		w.post(ref, 1, one("score", "1"))
		if back := w.page(survey.Ref{Token: ref.Token, Page: 1}); back.Page != 1 || back.Questions[0].Given[0] != "1" {
			t.Errorf("back on the first page: %+v", back)
		}
		if f := w.post(ref, 1, one("score", "5")); f.Page != 3 {
			t.Errorf("after correcting: %+v", f)
		}
		w.post(ref, 3, one())
		w.clock.Advance(survey.CorrectWithin - time.Minute)
		if f := w.post(ref, 1, one("score", "4")); f.State != survey.Thanks {
			t.Errorf("corrected after the end: %+v", f)
		}
		w.clock.Advance(time.Hour)
		if f := w.post(ref, 1, one("score", "4")); f.State != survey.Answered && f.State != survey.Thanks {
			t.Errorf("the same again, too late: %+v", f)
		}
		if f := w.post(ref, 1, one("score", "2")); f.State != survey.Answered || f.CorrectUntil != 0 {
			t.Errorf("another, too late: %+v", f)
		}
		all := w.answers()
		if len(all) != 4 {
			t.Fatalf("%d answers", len(all))
		}
		if all[0].Says["corrects"] != nil || !cmp.Equal(all[1].Says["corrects"], []any{float64(all[0].Seq)}) || !cmp.Equal(all[3].Says["corrects"], []any{float64(all[1].Seq)}) {
			t.Errorf("they correct %v, %v, %v", all[0].Says["corrects"], all[1].Says["corrects"], all[3].Says["corrects"])
		}
	})
}

func TestLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ref := w.personal()
		token := ref.Token
		flipped := []byte(token)
		flipped[3] ^= 1
		for name, c := range map[string]struct {
			ref  survey.Ref
			want survey.State
		}{
			"forged":            {survey.Ref{Token: string(flipped)}, survey.Unknown},
			"cut short":         {survey.Ref{Token: token[:20]}, survey.Unknown},
			"made up":           {survey.Ref{Token: "hello"}, survey.Unknown},
			"no such survey":    {survey.Ref{Survey: "nothing"}, survey.Unknown},
			"the team's":        {survey.Ref{Survey: "voice"}, survey.Unknown},
			"a kiosk by itself": {survey.Ref{Survey: "till-smiles", Way: survey.ByKiosk}, survey.Unknown},
		} {
			if f := w.page(c.ref); f.State != c.want {
				t.Errorf("%s: %+v", name, f)
			}
			if f := w.post(c.ref, 1, one("score", "1")); f.State != c.want {
				t.Errorf("%s, posted: %+v", name, f)
			}
		}
		l := w.link(survey.LinkRequest{Survey: "delivery", Way: survey.ByLink, Customer: ana, Expire: time.Hour})
		if err := w.Revoke(t.Context(), admin, l.ID); err != nil {
			t.Fatal(err)
		}
		if f := w.page(survey.Ref{Token: l.Token}); f.State != survey.Revoked {
			t.Errorf("revoked: %+v", f)
		}
		if err := w.Revoke(t.Context(), admin, "nothing"); cx.KindOf(err) != cx.NotFound {
			t.Errorf("revoking nothing: %v", err)
		}
		l = w.link(survey.LinkRequest{Survey: "delivery", Way: survey.ByLink, Customer: ana, Expire: time.Hour})
		w.clock.Advance(time.Hour)
		if f := w.post(survey.Ref{Token: l.Token}, 1, one("score", "3")); f.State != survey.Expired {
			t.Errorf("expired: %+v", f)
		}
		delete(w.people, ana)
		if f := w.post(ref, 1, one("score", "3")); f.State != survey.Revoked {
			t.Errorf("of somebody who is gone: %+v", f)
		}
		w.apply(strings.Replace(company, "slug: delivery", "slug: deliveries", 1))
		if f := w.page(ref); f.State != survey.Closed {
			t.Errorf("of a survey that is not asked any more: %+v", f)
		}
		if n := len(w.answers()); n != 0 {
			t.Errorf("%d answers kept", n)
		}
	})
}

func TestAnotherVersion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ref := w.personal()
		ref.Version = w.page(ref).Version
		w.apply(strings.NewReplacer(`{id: score, type: csat, text: {es: "¿Cómo fue la entrega del {event.at|weekday ?? pedido}?", en: How was the delivery?}, required: true}`,
			`{id: colour, type: text, text: De qué color, required: true}`, "when: answers.score <= 3", "when: answers.colour == \"rojo\"").Replace(company))
		f := w.post(ref, 1, one("score", "2", "text", "Bien", "_page", "1", "website", ""))
		if f.Page != 1 || f.Questions[0].ID != "colour" || f.Version == ref.Version {
			t.Errorf("what is left to ask: %+v", f)
		}
		all := w.answers()
		if len(all) != 1 || all[0].Says["survey_version"] != ref.Version || !cmp.Equal(all[0].Says["retired"], []any{"score"}) ||
			all[0].item("score").Choice != "2" || all[0].item("score").HasValue || all[0].item("text").Text != "Bien" {
			t.Fatalf("kept: %s", all[0].Body)
		}
	})
}

func TestEveryType(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ref := w.open("all-types")
		good := one("nps", "9", "ces", "7", "feel", "calm", "one", "other", "one.other", "C", "order.x", "3", "order.y", "1", "order.z", "2",
			"grid.r1", "4", "n", "3,5", "day", "2026-11-22")
		for name, bad := range map[string][2]string{
			"nps": {"nps", "11"}, "ces": {"ces", "0"}, "emotion": {"feel", "hunger"}, "single": {"one", "c"}, "ranking": {"order.x", "1"},
			"matrix": {"grid.r1", "9"}, "number": {"n", "many"}, "least": {"n", "-1"}, "most": {"n", "1e3"}, "date": {"day", "2026-02-30"}, "nan": {"n", "NaN"},
		} {
			values := one()
			for k, v := range good {
				values[k] = v
			}
			values[bad[0]] = []string{bad[1]}
			f := w.post(ref, 1, values)
			faults := 0
			for _, q := range f.Questions {
				if q.Fault != "" {
					faults++
				}
			}
			if faults != 1 {
				t.Errorf("%s: %d faults in %+v", name, faults, f)
			}
		}
		if f := w.post(ref, 1, good); f.State != survey.Thanks {
			t.Fatalf("%+v", f)
		}
		a := w.answers()[0]
		got := map[string]any{}
		for _, it := range a.Items {
			switch {
			case it.HasValue:
				got[it.Question] = it.Metric + " " + it.Scale
			case it.Choice != "":
				got[it.Question] = it.Choice + it.Text
			default:
				got[it.Question] = nil
			}
		}
		want := map[string]any{
			"nps": "nps 0-10", "ces": "ces 1-7", "feel": "calm", "one": "otherC", "order": `["y","z","x"]`, "grid.r1": "rating 1-5", "grid.r2": nil,
			"n": "3.5", "day": "2026-11-22",
		}
		delete(want, "grid.r2")
		if got["grid.r2"] != nil {
			t.Errorf("a row without an answer has %v", got["grid.r2"])
		}
		delete(got, "grid.r2")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("items (-want +got):\n%s", diff)
		}
		if a.AnonymousID == "" || a.AnonymousID != a.Says["response_id"] || a.UserID != "" {
			t.Errorf("whose: %s", a.Body)
		}
	})
}

func TestBots(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		suspects := func() (n int) {
			for _, a := range w.answers() {
				if a.Says["suspect"] == true {
					n++
				}
			}
			return n
		}
		// Somebody takes their time.
		w.post(w.open("till-smiles"), 1, one("score", "5"))
		if n := suspects(); n != 0 {
			t.Fatalf("a person is held for a program")
		}
		// A program fills what nobody sees, or answers what it was never shown, at once.
		w.post(w.open("till-smiles"), 1, one("score", "1", survey.TrapField, "http://spam.example"))
		fast := survey.Ref{Survey: "till-smiles", Address: "198.51.100.1"}
		w.post(fast, 1, one("score", "1"))
		fast.Response = w.page(fast).Response
		w.post(fast, 1, one("score", "1"))
		if n := suspects(); n != 3 {
			t.Errorf("%d of 3 programs were marked", n)
		}
		// Many in a minute from one address: first marked, then told to wait.
		states := map[survey.State]int{}
		for range 100 {
			ref := survey.Ref{Survey: "till-smiles", Address: "192.0.2.9"}
			ref.Response = w.page(ref).Response
			states[w.post(ref, 1, one("score", "1")).State]++
		}
		if states[survey.TooMany] == 0 || states[survey.Thanks] == 0 {
			t.Errorf("a flood met %v", states)
		}
		w.clock.Advance(2 * time.Minute)
		if f := w.post(w.open("till-smiles"), 1, one("score", "5")); f.State != survey.Thanks {
			t.Errorf("a person after the flood: %+v", f)
		}
		r, err := w.Results(t.Context(), admin, "till-smiles", cx.Window{})
		if err != nil {
			t.Fatal(err)
		}
		if all := r.Responses(); all.Completed != 2 || all.Suspect != states[survey.Thanks]+3 || r.Questions[0].N != 2 || r.Questions[0].Score.Value != 5 {
			t.Errorf("results: %+v", r)
		}
	})
}

func TestKiosk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		request := survey.LinkRequest{Survey: "till-smiles", Way: survey.ByKiosk, Touchpoint: "till", Place: "gracia"}
		l := w.link(request)
		if again := w.link(request); again.Token != l.Token || !strings.HasPrefix(l.Path, "/k/") {
			t.Errorf("the same kiosk has another address: %+v, %+v", l, again)
		}
		touched := w.clock.Now()
		w.clock.Advance(26 * time.Hour) // offline
		ref := survey.Ref{Token: l.Token, Response: "0a4f9c2e-1b1d-4c39-9a53-0d8b5f3f2a10", At: touched}
		for range 2 {
			if f := w.post(ref, 1, one("score", "4")); f.State != survey.Thanks {
				t.Errorf("%+v", f)
			}
		}
		all := w.answers()
		if len(all) != 1 || all[0].At != touched || all[0].Says["place"] != "gracia" || all[0].Answer.Touchpoint != "till" || all[0].Says["suspect"] != nil {
			t.Errorf("kept: %+v", all)
		}
		if err := w.Revoke(t.Context(), admin, l.ID); err != nil {
			t.Fatal(err)
		}
		if next := w.link(request); next.Token == l.Token {
			t.Error("a poster made anew leads to the link that was revoked")
		}
	})
}

func TestAnonymousStaysSo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		l := w.link(survey.LinkRequest{Survey: "secret", Way: survey.ByMail, Customer: ana, About: map[string]string{"order_id": "P7"}})
		if f := w.post(survey.Ref{Token: l.Token}, 1, one("score", "2")); f.State != survey.Thanks || f.CorrectUntil != 0 {
			t.Fatalf("%+v", f)
		}
		a := w.answers()[0]
		if a.UserID != "" || strings.Contains(string(a.Body), "P7") || strings.Contains(string(a.Body), l.ID) || strings.Contains(string(a.Body), "u1") {
			t.Errorf("the answer tells whose it is: %s", a.Body)
		}
		if f := w.page(survey.Ref{Token: l.Token}); f.State != survey.Answered {
			t.Errorf("replayed: %+v", f)
		}
		// Nor does a time lead from the link to the response, in any table.
		var opened, linked, begun, completed int64
		if err := w.db.Read(t.Context(), func(tx *sqldb.Tx) error {
			return errors.Join(
				tx.QueryRow(t.Context(), `SELECT opened_at, completed_at FROM survey_links WHERE id = $1`, l.ID).Scan(&opened, &linked),
				tx.QueryRow(t.Context(), `SELECT begun_at, completed_at FROM survey_responses`).Scan(&begun, &completed))
		}); err != nil {
			t.Fatal(err)
		}
		day := int64(24 * time.Hour / time.Microsecond)
		if linked == 0 || linked%day != 0 || opened%day != 0 || completed != int64(w.clock.Now()) {
			t.Errorf("the link was completed at %d, opened at %d; the response began at %d and ended at %d", linked, opened, begun, completed)
		}
		// Nor what the page around a widget says.
		l = w.link(survey.LinkRequest{Survey: "secret", Way: survey.ByWidget})
		w.post(survey.Ref{Token: l.Token, UserID: "u1", About: map[string]string{"order_id": "P8"}}, 1, one("score", "2"))
		if a := w.answers()[1]; a.UserID != "" || strings.Contains(string(a.Body), "P8") || strings.Contains(string(a.Body), "u1") {
			t.Errorf("the answer in a widget tells whose it is: %s", a.Body)
		}
	})
}

// gone is a request whose browser leaves as soon as its answer is in the log.
type gone struct {
	survey.Appender
	leave context.CancelFunc
}

func (g gone) Append(ctx context.Context, events []cx.Event) (cx.Seq, error) {
	seq, err := g.Appender.Append(ctx, events)
	g.leave()
	return seq, err
}

// Who touches twice breaks the first request off: it is kept all the same, and
// what they say later corrects it.
func TestWhoLeavesIsKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ref := w.personal()
		ctx, leave := context.WithCancel(t.Context())
		defer leave()
		w.Log = gone{w.log, leave}
		if _, err := w.Receive(ctx, ref, 1, one("score", "5"), ""); err != nil {
			t.Errorf("what is in the log was not noted: %v", err)
		}
		w.Log = w.log
		w.post(ref, 1, one("score", "2"))
		all := w.answers()
		if len(all) != 2 || fmt.Sprint(fact.Corrects(all[1].Event)) != fmt.Sprint([]cx.Seq{all[0].Seq}) {
			t.Errorf("%d answers, the last corrects %v", len(all), fact.Corrects(all[len(all)-1].Event))
		}
	})
}

// A survey that asks a customer nothing has no page to post to.
func TestNothingToAsk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.apply(strings.Replace(company, "    pages: [{questions: [{id: score, type: rating", "    pages: [{when: properties.vip == true, questions: [{id: score, type: rating", 1))
		ref := survey.Ref{Survey: "secret", Address: "203.0.113.7"}
		if f := w.page(ref); f.State != survey.Answered {
			t.Errorf("%+v", f)
		}
		if f := w.post(ref, 1, one("score", "5")); f.State != survey.Answered || len(w.answers()) != 0 {
			t.Errorf("posted: %+v", f)
		}
	})
}

func TestTeam(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ref := survey.Ref{Survey: "voice", Speaker: cx.Principal{ID: "person:3"}}
		if f := w.post(ref, 1, one("idea", "Otra caja")); f.State != survey.Thanks {
			t.Fatalf("%+v", f)
		}
		if a := w.answers()[0]; a.Kind != cx.Team || a.UserID+a.AnonymousID != "" {
			t.Errorf("%+v", a)
		}
		if f := w.page(survey.Ref{Survey: "delivery", Speaker: cx.Principal{ID: "person:3"}}); f.State != survey.Unknown {
			t.Errorf("the team meets a survey for customers: %+v", f)
		}
	})
}

func TestWidget(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		l := w.link(survey.LinkRequest{Survey: "delivery", Way: survey.ByWidget})
		ref := survey.Ref{Token: l.Token, UserID: "u9", About: map[string]string{"order_id": "P9"}}
		ref.Response = w.page(ref).Response
		w.clock.Advance(3 * time.Second)
		w.post(ref, 1, one("score", "5"))
		if a := w.answers()[0]; a.UserID != "u9" || a.Says["order_id"] != "P9" || a.Says["way"] != "widget" {
			t.Errorf("%s", a.Body)
		}
		ref.Response, ref.About = "", map[string]string{"suspect": "true"}
		if f := w.post(ref, 1, one("score", "5")); f.Page != 3 {
			t.Errorf("what may not be carried is left out: %+v", f)
		}
	})
}

func TestLinkFaults(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for field, r := range map[string]survey.LinkRequest{
			"survey":     {Survey: "nothing", Way: survey.Anonymous},
			"way":        {Survey: "delivery", Way: "pigeon"},
			"customer":   {Survey: "delivery", Way: survey.ByLink},
			"place":      {Survey: "delivery", Way: survey.ByQR, Place: "moon"},
			"touchpoint": {Survey: "delivery", Way: survey.ByQR, Touchpoint: "moon"},
			"language":   {Survey: "delivery", Way: survey.ByQR, Language: "tlh"},
			"expire":     {Survey: "delivery", Way: survey.ByLink, Customer: ana, Expire: 1000 * 24 * time.Hour},
			"about":      {Survey: "delivery", Way: survey.ByLink, Customer: ana, About: map[string]string{"complete": "true"}},
		} {
			_, err := w.Link(t.Context(), admin, r)
			if faults := cx.FaultsOf(err); len(faults) != 1 || faults[0].Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		if _, err := w.Link(t.Context(), board, survey.LinkRequest{Survey: "delivery", Way: survey.Anonymous}); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("the board makes a link: %v", err)
		}
		if _, err := w.Link(t.Context(), admin, survey.LinkRequest{Survey: "delivery", Way: survey.ByLink, Customer: "c_nobody"}); cx.KindOf(err) != cx.NotFound {
			t.Errorf("a link for nobody: %v", err)
		}
		l := w.link(survey.LinkRequest{Survey: "delivery", Way: survey.Anonymous})
		if u, err := url.Parse(l.URL); err != nil || u.Path != "/s/delivery" || l.Token != "" {
			t.Errorf("%+v", l)
		}
	})
}

func TestPreselect(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ref := w.personal()
		f := w.page(ref)
		for value, want := range map[string]int{"4": 1, "6": 0, "": 0, "<b>": 0} {
			g := f
			g.Questions = append([]survey.Question(nil), f.Questions...)
			if g.Preselect("score", value); len(g.Questions[0].Given) != want {
				t.Errorf("%q: %v", value, g.Questions[0].Given)
			}
		}
		if len(w.answers()) != 0 {
			t.Error("looking at a page answered it")
		}
	})
}

func TestPreview(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		m := w.models.Current().Model
		s, _ := m.Survey("delivery")
		if f := w.Preview(s, m, 1, nil, "es"); f.Questions[0].Text != "¿Cómo fue la entrega del pedido?" || f.Steps != 2 {
			t.Errorf("%+v", f)
		}
		if f := w.Preview(s, m, 2, one("score", "1"), "es"); f.Page != 2 || f.Title != "Vaya, lo sentimos" {
			t.Errorf("%+v", f)
		}
		if f := w.Preview(s, m, 9, nil, "es"); f.State != survey.Thanks || f.Thanks != "Gracias, de verdad" {
			t.Errorf("%+v", f)
		}
	})
}
