package app

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

func TestFromTheEventToTheAnswer(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ana := s.somebody("ana", `,"first_name":"Ana"`)
	s.lives("ana", "Order Delivered", `,"late":true`)
	began := time.Now()
	d := s.told(ana, ask.DecidedEvent, asked)
	if took := time.Since(began); took > time.Second {
		t.Errorf("the line tells the decision after %v", took)
	}
	if d.Survey != "entrega" || d.Way != "mail" || d.Due == nil || !d.Due.Equal(s.clock.Now().Add(time.Hour).Std()) {
		t.Errorf("%+v", d)
	}
	s.later(59 * time.Minute)
	s.idle()
	if n := len(s.mail.Mails()); n != 0 {
		t.Fatalf("%d mails before it was due", n)
	}
	s.later(time.Minute)
	m := s.mail.Next()
	if m.To != "ana@example.com" || !strings.Contains(m.HTML, "Hola, Ana:") || !strings.Contains(m.HTML, "¿Qué tal la entrega?") || !strings.Contains(m.HTML, "?a=nota%3A5") {
		t.Errorf("%s\n%s", m.To, m.HTML)
	}
	s.told(ana, ask.SentEvent, asked)

	link := surveyLink.FindStringSubmatch(m.Text)
	if link == nil {
		t.Fatalf("no link in %s", m.Text)
	}
	// A mail scanner opens everything: that is no answer.
	for _, path := range []string{link[1], link[1] + "?a=nota%3A5"} {
		if w := s.request(http.MethodGet, path, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "¿Qué tal la entrega?") {
			t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
		}
	}
	rates := func() ask.Rates {
		t.Helper()
		r, err := s.Asks.Rates(t.Context(), cx.System(), "entrega", cx.Window{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := rates(); r.Asked != 1 || r.Answered != 0 {
		t.Errorf("%+v", r)
	}
	began = time.Now()
	if w := s.request(http.MethodPost, link[1], url.Values{"_page": {"1"}, "nota": {"2"}}); w.Code >= 400 {
		t.Fatalf("POST: %d %s", w.Code, w.Body)
	}
	for deadline := began.Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		page, err := s.Memory.Timeline(t.Context(), cx.System(), ana, remember.TimelineQuery{Kinds: []cx.Kind{cx.Answer}})
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v, %v", page, err)
		}
		if len(page.Items) == 1 {
			if i := page.Items[0]; i.Answer.Items[0].Value != 2 || !strings.Contains(string(i.Properties), `"order_id":"o-1"`) {
				t.Errorf("%+v %s", i.Answer, i.Properties)
			}
			break
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the answer is on the line after %v", took)
	}
	for deadline := time.Now().Add(5 * time.Second); rates().Answered != 1; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%+v", rates())
		}
	}
	c, err := s.Memory.Customer(t.Context(), cx.System(), ana)
	if err != nil || c.Events != 2 || c.Answers != 1 {
		t.Errorf("decisions count as lived: %d events, %d answers, %v", c.Events, c.Answers, err)
	}
}

func TestWhyNotAsked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		consent, holdout, rule string
		before                 func(s *shop, id cx.CustomerID)
		want                   ask.Reason
	}{
		"of those never asked": {"", "0.5", "", nil, ask.Holdout},
		"no consent":           {", consent: may_ask", "0", "", nil, ask.NoConsent},
		"unsubscribed": {"", "0", "", func(s *shop, id cx.CustomerID) {
			if err := s.Deliver.SetUnsubscribed(s.t.Context(), cx.System(), id, true); err != nil {
				s.t.Fatal(err)
			}
		}, ask.Unsubscribed},
		"no address": {"", "0", "", func(s *shop, _ cx.CustomerID) {
			s.send(`{"type":"identify","userId":"ana","messageId":"no-mail","traits":{"email":null}}`)
			s.settled()
		}, ask.NoAddress},
		"not drawn": {"", "0", ", sample: 0.000001", nil, ask.NotSampled},
		"asked lately": {"", "0", "", func(s *shop, id cx.CustomerID) {
			s.lives("ana", "Order Placed", "")
			s.told(id, ask.DecidedEvent, asked)
			s.told(id, ask.SentEvent, asked)
			s.later(9 * 24 * time.Hour)
		}, ask.Rested},
		"answered by itself": {"", "0", "", func(s *shop, id cx.CustomerID) {
			s.send(`{"type":"answer","survey":"entrega","userId":"ana","messageId":"qr","answers":[{"question":"nota","metric":"csat","scale":"1-5","value":4}]}`)
			s.settled()
		}, ask.Answered},
		"enough today": {"", "0", ", quota: {n: 1, per: day}", func(s *shop, _ cx.CustomerID) {
			bea := s.somebody("bea", "")
			s.lives("bea", "Order Delivered", "")
			s.told(bea, ask.DecidedEvent, asked)
		}, ask.Quota},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			id := s.somebody("ana", "")
			s.apply(fmt.Appendf(nil, asking, test.consent, test.holdout, test.rule), "")
			if test.before != nil {
				test.before(s, id)
			}
			if test.want == ask.Holdout { // half of all: some customer is of them
				for i := range 40 {
					user := fmt.Sprintf("u-%d", i)
					s.somebody(user, "")
					s.lives(user, "Order Delivered", "")
				}
				s.lives("ana", "Order Delivered", "")
				var r ask.Rates
				for deadline := time.Now().Add(10 * time.Second); r.Scheduled+r.Skipped[ask.Holdout] < 41; time.Sleep(5 * time.Millisecond) {
					var err error
					if r, err = s.Asks.Rates(t.Context(), cx.System(), "entrega", cx.Window{}); err != nil || time.Now().After(deadline) {
						t.Fatalf("%+v, %v", r, err)
					}
				}
				if n := r.Skipped[ask.Holdout]; n < 8 || n > 33 {
					t.Errorf("%d of 41 are of the half that is never asked", n)
				}
				return
			}
			s.lives("ana", "Order Delivered", "")
			d := s.told(id, ask.DecidedEvent, notAsked(test.want))
			if test.want == ask.Rested && (d.Since == nil || s.clock.Now().Sub(cx.TimeOf(*d.Since)) < 8*24*time.Hour) {
				t.Errorf("since %v", d.Since)
			}
			s.followed()
			r, err := s.Asks.Rates(t.Context(), cx.System(), "entrega", cx.Window{})
			if err != nil || r.Skipped[test.want] != 1 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// Whom a survey is not meant for, and what was lived long ago, is no decision.
func TestWhatIsNoDecision(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.somebody("ana", "")
	s.lives("ana", "Order Delivered", `,"late":false`)
	s.send(fmt.Sprintf(`{"type":"track","userId":"ana","event":"Order Delivered","messageId":"old","timestamp":%q}`, s.clock.Now().Add(-25*time.Hour)))
	s.lives("ana", "Order Delivered", "") // the same day: this one is
	s.told(id, ask.DecidedEvent, asked)
	if all := s.decisions(id, ask.DecidedEvent); len(all) != 1 {
		t.Errorf("%+v", all)
	}
}

// What changes until it is due is looked at again, and told.
func TestTakenBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(s *shop, id cx.CustomerID)
		wait   time.Duration
		want   ask.Reason
	}{
		"unsubscribed meanwhile": {func(s *shop, id cx.CustomerID) {
			if err := s.Deliver.SetUnsubscribed(s.t.Context(), cx.System(), id, true); err != nil {
				s.t.Fatal(err)
			}
		}, time.Hour, ask.Unsubscribed},
		"answered meanwhile": {func(s *shop, _ cx.CustomerID) {
			s.send(`{"type":"answer","survey":"entrega","userId":"ana","messageId":"qr","answers":[{"question":"nota","metric":"csat","scale":"1-5","value":4}]}`)
			s.settled()
			s.followed()
		}, time.Hour, ask.Answered},
		"the survey went": {func(s *shop, _ cx.CustomerID) {
			s.apply([]byte(strings.Replace(fmt.Sprintf(asking, "", "0", ""), "slug: entrega", "slug: otra", 1)), "")
		}, time.Hour, ask.Undeclared},
		"nobody was there for days": {func(*shop, cx.CustomerID) {}, 4 * 24 * time.Hour, ask.TooLate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			id := s.somebody("ana", "")
			s.lives("ana", "Order Delivered", "")
			s.told(id, ask.DecidedEvent, asked)
			test.change(s, id)
			s.later(test.wait)
			s.told(id, ask.DecidedEvent, notAsked(test.want))
			if n := len(s.mail.Mails()); n != 0 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

// What a program filled in, saying who it is, keeps nobody from being asked.
func TestAProgramsAnswerIsNobodys(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.somebody("ana", "")
	s.send(`{"type":"answer","survey":"espera","userId":"ana","messageId":"bot","answers":[{"question":"nota","metric":"csat","scale":"1-5","value":1}],"properties":{"suspect":true}}`)
	s.settled()
	s.followed()
	s.lives("ana", "Order Placed", "")
	s.told(id, ask.DecidedEvent, asked)
}

func TestForgottenIsAskedNoMore(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.somebody("ana", "")
	s.lives("ana", "Order Delivered", "")
	s.told(id, ask.DecidedEvent, asked)
	exported := string(s.ask("GET", "/customers/"+string(id)+"/export", ""))
	if !strings.Contains(exported, `"asks"`) || !strings.Contains(exported, `"entrega"`) {
		t.Errorf("the export lacks the ask: %s", exported)
	}
	s.ask("POST", "/customers/"+string(id)+"/forget", `{"confirm":"`+string(id)+`"}`)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		st, err := s.App.Forget.State(t.Context())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v, %v", st, err)
		}
		if st.Waiting == 0 {
			break
		}
	}
	s.later(2 * time.Hour)
	s.idle()
	page, err := s.Asks.List(t.Context(), cx.System(), ask.Query{})
	if err != nil || len(page.Asks) != 0 || len(s.mail.Mails()) != 0 {
		t.Errorf("%+v, %d mails, %v", page, len(s.mail.Mails()), err)
	}
	var left int
	if err := s.state.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM jobs WHERE kind IN ('ask', 'deliver', 'deliver.ended')`).Scan(&left)
	}); err != nil || left != 0 {
		t.Errorf("%d jobs are left, %v", left, err)
	}
	if found := traces(t, s.Config.Data, []string{"ana@example.com"}); len(found) != 0 {
		t.Errorf("traces: %v", found)
	}
}

func TestSendingToASegment(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ana, bea := s.somebody("ana", ""), s.somebody("bea", "")
	if err := s.Deliver.SetUnsubscribed(t.Context(), cx.System(), bea, true); err != nil {
		t.Fatal(err)
	}
	s.send(`{"type":"track","anonymousId":"nobody","event":"Order Placed","messageId":"n"}`)
	s.settled()
	r := ask.SendRequest{Survey: "entrega", Segment: "todos", Name: "november"}
	check := func(o ask.Outcome, err error, askedNow int) {
		t.Helper()
		if err != nil || o.Total != 3 || o.Asked != askedNow || o.Skipped[ask.Unsubscribed] != askedNow || o.Skipped[ask.NoAddress] != 1 {
			t.Errorf("%+v, %v", o, err)
		}
	}
	o, err := s.Asks.PreviewSend(t.Context(), cx.System(), r)
	check(o, err, 1)
	if len(s.decisions(ana, ask.DecidedEvent)) != 0 {
		t.Error("a preview decides")
	}
	o, err = s.Asks.Send(t.Context(), cx.System(), r)
	check(o, err, 1)
	s.told(ana, ask.DecidedEvent, asked)
	s.told(bea, ask.DecidedEvent, notAsked(ask.Unsubscribed))
	if m := s.mail.Next(); m.To != "ana@example.com" {
		t.Errorf("to %s", m.To)
	}
	if o, err = s.Asks.Send(t.Context(), cx.System(), r); err != nil || o.Asked != 0 {
		t.Errorf("again: %+v, %v", o, err)
	}
	if _, err := s.Asks.Send(t.Context(), cx.System(), ask.SendRequest{Survey: "none", Segment: "todos", Name: "x"}); cx.KindOf(err) != cx.NotFound {
		t.Error(err)
	}
	if _, err := s.Asks.Send(t.Context(), cx.Principal{ID: "person:1", Role: cx.Member}, r); cx.KindOf(err) != cx.Forbidden {
		t.Error(err)
	}
}

func TestPreviewOfASurvey(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, user := range []string{"ana", "bea", "carl"} {
		s.somebody(user, "")
	}
	s.send(`{"type":"identify","userId":"carl","messageId":"no-mail","traits":{"email":null}}`)
	old := func(user string, days int, late bool) {
		s.n++
		s.send(fmt.Sprintf(`{"type":"track","userId":%q,"event":"Order Delivered","messageId":"p-%d","timestamp":%q,"properties":{"late":%v}}`, user, s.n, s.clock.Now().Add(-time.Duration(days)*24*time.Hour), late))
	}
	old("ana", 29, true)
	old("ana", 25, true) // too near to the one before
	old("ana", 12, true)
	old("bea", 5, false) // not meant
	old("carl", 4, true)
	old("ana", 40, true) // too long ago
	s.settled()
	sv, _ := s.Models.Current().Model.Survey("entrega")
	o, err := s.Asks.Preview(t.Context(), cx.System(), sv)
	if err != nil || o.Total != 5 || o.Of != 5 || o.Meant != 4 || o.Asked != 2 || o.Skipped[ask.Rested] != 1 || o.Skipped[ask.NoAddress] != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	if page, err := s.Asks.List(t.Context(), cx.System(), ask.Query{}); err != nil || len(page.Asks) != 0 {
		t.Errorf("a preview decides: %+v, %v", page, err)
	}
}

// The bot of a mail client unsubscribes with one click, and the line tells it.
func TestOneClickUnsubscribes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.somebody("ana", "")
	s.lives("ana", "Order Placed", "")
	m := s.mail.Next()
	link := strings.TrimPrefix(strings.Trim(m.Header.Get("List-Unsubscribe"), "<>"), "https://cx.candil.example")
	if w := s.request(http.MethodGet, link, nil); w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", link, w.Code, w.Body)
	}
	if is, err := s.Deliver.Unsubscribed(t.Context(), id); err != nil || is {
		t.Fatalf("opening the page unsubscribes: %v, %v", is, err)
	}
	if w := s.request(http.MethodPost, link, url.Values{"List-Unsubscribe": {"One-Click"}}); w.Code != http.StatusOK {
		t.Fatalf("POST %s: %d %s", link, w.Code, w.Body)
	}
	if is, err := s.Deliver.Unsubscribed(t.Context(), id); err != nil || !is {
		t.Errorf("%v, %v", is, err)
	}
	s.settled()
	page, err := s.Memory.Timeline(t.Context(), cx.System(), id, remember.TimelineQuery{})
	if err != nil || !slices.ContainsFunc(page.Items, func(i remember.Item) bool { return i.Name == deliver.UnsubscribedEvent }) {
		t.Errorf("the line: %+v, %v", page.Items, err)
	}
}
