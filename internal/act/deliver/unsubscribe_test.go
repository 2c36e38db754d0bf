package deliver_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/deliver/delivertest"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

func (w *world) token(id string) string { return strings.TrimPrefix(w.d.UnsubscribePath(id), "/u/") }

func (w *world) unsubscribed(id cx.CustomerID) bool {
	w.t.Helper()
	is, err := w.d.Unsubscribed(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return is
}

func TestUnsubscribing(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		w := open(t, db(t), &delivertest.Server{}, nil)
		m := message("m1")
		m.Customer = "c_a"
		w.put(m)
		w.becomes("m1", deliver.Sent)
		c, err := w.d.Contact(t.Context(), w.token("m1"))
		if err != nil || c.To != "a•••@example.com" || c.Unsubscribed || c.Language != "es" {
			t.Fatalf("%+v, %v", c, err)
		}
		for range 2 { // once and again is once
			if err := w.d.Unsubscribe(t.Context(), w.token("m1"), "one-click"); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.log.events) != 1 || w.log.events[0].Name != deliver.UnsubscribedEvent || !strings.Contains(string(w.log.events[0].Properties), `"way":"one-click"`) {
			t.Errorf("the log: %+v", w.log.events)
		}
		if !w.unsubscribed("c_a") || !w.unsubscribed("c_b") || w.unsubscribed("c_x") {
			t.Error("not this person, under all ids, and nobody else")
		}
		m.ID, m.Customer = "m2", "c_b"
		w.put(m)
		w.becomes("m2", deliver.Unsubscribed)
		m.ID, m.Class = "m3", deliver.Notice
		w.put(m)
		w.becomes("m3", deliver.Sent)
		notice := w.mail.Mails()[len(w.mail.Mails())-1]
		if notice.Header.Get("List-Unsubscribe") != "" || strings.Contains(notice.HTML, "/u/") {
			t.Error("a notice offers to unsubscribe")
		}
		w.clock.Advance(time.Second)
		if err := w.d.Resubscribe(t.Context(), w.token("m1")); err != nil {
			t.Fatal(err)
		}
		if w.unsubscribed("c_a") || w.unsubscribed("c_b") {
			t.Error("still unsubscribed")
		}
		w.clock.Advance(time.Second)
		if err := w.d.SetUnsubscribed(t.Context(), cx.Principal{ID: "person:1", Role: cx.Member}, "c_a", true); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("a member: %v", err)
		}
		if err := w.d.SetUnsubscribed(t.Context(), cx.Principal{ID: "person:1", Role: cx.Lead}, "c_a", true); err != nil || !w.unsubscribed("c_b") {
			t.Errorf("by a person: %v", err)
		}
	})
}

func TestTokensOfUnsubscribing(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t), &delivertest.Server{}, nil)
	w.put(message("m1"))
	w.becomes("m1", deliver.Sent)
	good := w.token("m1")
	for _, token := range []string{"", ".", "m1", "m1.", "m2" + good[2:], good[:len(good)-1], good + "0", "m9." + strings.Repeat("0", 24), "<script>"} {
		if _, err := w.d.Contact(t.Context(), token); cx.KindOf(err) != cx.NotFound {
			t.Errorf("%q: %v", token, err)
		}
		if err := w.d.Unsubscribe(t.Context(), token, "link"); cx.KindOf(err) != cx.NotFound {
			t.Errorf("%q: %v", token, err)
		}
	}
	if len(w.log.events) != 0 {
		t.Errorf("the log: %+v", w.log.events)
	}
}

// What the log says is kept too when it was not kept at first, and an older
// decision does not take back a newer one.
func TestTheLogsDecisionsAreNoted(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t), &delivertest.Server{}, nil)
	note := func(e cx.Event) {
		t.Helper()
		if err := w.db.Write(t.Context(), func(tx *sqldb.Tx) error { return w.d.Note(t.Context(), tx, e) }); err != nil {
			t.Fatal(err)
		}
	}
	decided := func(name string, at cx.Time, properties string) cx.Event {
		return cx.Event{Kind: cx.Decision, Name: name, At: at, Properties: []byte(properties)}
	}
	now := w.clock.Now()
	note(decided(deliver.UnsubscribedEvent, now, `{"customer":"c_a"}`))
	note(decided(deliver.ResubscribedEvent, now-1, `{"customer":"c_a"}`))
	note(decided(deliver.UnsubscribedEvent, now, `{"customer":7}`))
	note(decided("vivencia.other", now, `{"customer":"c_x"}`))
	if !w.unsubscribed("c_b") || w.unsubscribed("c_x") {
		t.Error("not as the log says")
	}
}

func TestAForgottenCustomersMailIsGone(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		w := open(t, db(t), &delivertest.Server{Refuse: func(_, address string) error {
			if address == "gone@example.com" {
				return delivertest.Code(550, 5, 1, 1, "gone")
			}
			return nil
		}}, nil)
		m := message("m1")
		m.Customer, m.To = "c_a", "gone@example.com"
		w.put(m)
		w.becomes("m1", deliver.Bounced)
		w.mail.Stop()
		other := message("m3")
		w.put(other)
		m.ID, m.Customer, m.To = "m2", "c_b", "ana@example.com"
		w.put(m)
		if err := w.d.SetUnsubscribed(t.Context(), cx.System(), "c_x", true); err != nil {
			t.Fatal(err)
		}
		subject := cx.Subject{Customer: "c_b", Values: []string{"gone@example.com", "c-7"}}
		sections, err := w.d.Export(t.Context(), subject)
		if err != nil || len(sections) != 3 || len(sections[0].Items.([]deliver.Delivery)) != 2 {
			t.Fatalf("%+v, %v", sections, err)
		}
		n, err := w.d.Erase(t.Context(), subject)
		if err != nil || n != 3 { // two messages and a bounce
			t.Errorf("erased %d, %v", n, err)
		}
		if n, err = w.d.Erase(t.Context(), subject); err != nil || n != 0 {
			t.Errorf("again: %d, %v", n, err)
		}
		if bounced, err := w.d.Bounced(t.Context(), "gone@example.com"); err != nil || bounced {
			t.Errorf("the address is known: %v", err)
		}
		if _, err := w.d.Contact(t.Context(), w.token("m2")); cx.KindOf(err) != cx.NotFound {
			t.Errorf("the token: %v", err)
		}
		page, err := w.d.List(t.Context(), cx.System(), deliver.Query{})
		if err != nil || len(page.Deliveries) != 1 || page.Deliveries[0].ID != "m3" {
			t.Errorf("left: %+v, %v", page, err)
		}
		if s, err := w.q.State(t.Context(), cx.System()); err != nil || s.Waiting > 2 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestListsOfDeliveries(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t), &delivertest.Server{}, nil)
	w.mail.Stop()
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		w.put(message(id))
	}
	var got []string
	q := deliver.Query{Limit: 2, State: deliver.Waiting, About: "csat", Customer: "c_x"}
	for {
		page, err := w.d.List(t.Context(), cx.System(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Deliveries {
			got = append(got, d.ID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	if strings.Join(got, "") != "edcba" {
		t.Errorf("%v", got)
	}
	if n, err := w.d.Drop(t.Context()); err != nil || n != 5 {
		t.Errorf("dropped %d, %v", n, err)
	}
	for _, q := range []deliver.Query{{Cursor: "x"}, {Limit: 501}, {Limit: -1}} {
		if _, err := w.d.List(t.Context(), cx.System(), q); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, err := w.d.Show(t.Context(), cx.System(), "z"); cx.KindOf(err) != cx.NotFound {
		t.Error(err)
	}
	if _, err := w.d.List(t.Context(), cx.Principal{ID: "person:1", Role: cx.Board}, deliver.Query{}); cx.KindOf(err) != cx.Forbidden {
		t.Error(err)
	}
}
