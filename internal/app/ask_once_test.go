package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// A mail server that is down, a restart and a rebuild ask nobody twice.
func TestNobodyIsAskedTwice(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const n = 5
	var ids []cx.CustomerID
	for i := range n {
		ids = append(ids, s.somebody(fmt.Sprintf("u-%d", i), ""))
	}
	s.mail.Stop()
	for i, id := range ids {
		s.lives(fmt.Sprintf("u-%d", i), "Order Placed", "")
		s.told(id, ask.DecidedEvent, asked)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		st, err := s.Deliver.Status(t.Context(), cx.System())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v, %v", st, err)
		}
		if st.Down != 0 && st.Count[deliver.Waiting] == n {
			break
		}
	}
	s.followed()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Made anew from the log: memory, history; not what was decided.
	if err := removeDatabase(s.Config.file(viewsFile)); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(5 * time.Hour)
	again := openShop(t, s.Config.Data, s.clock, s.mail)
	again.settled()
	again.followed()
	again.Jobs.Wake()
	seen := map[string]bool{}
	for range n {
		seen[again.mail.Next().To] = true
	}
	again.idle()
	if len(seen) != n || len(again.mail.Mails()) != n {
		t.Errorf("%d mails to %v", len(again.mail.Mails()), seen)
	}
	for i, id := range ids {
		again.told(id, ask.SentEvent, asked)
		if all := again.decisions(id, ask.DecidedEvent); len(all) != 1 {
			t.Errorf("u-%d: %+v", i, all)
		}
	}
	f, err := again.Asks.Fatigue(t.Context(), cx.System())
	if err != nil || f.People[1] != n || f.Resting != n {
		t.Errorf("%+v, %v", f, err)
	}
}

// Whoever was decided about just before a crash, and unsubscribed just after it,
// reads on their line what holds.
func TestDecidedAgainAfterACrash(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.somebody("ana", "")
	s.followed()
	before := s.Log.LastSeq()
	s.lives("ana", "Order Delivered", "")
	s.told(id, ask.DecidedEvent, asked)
	if err := s.Deliver.SetUnsubscribed(t.Context(), cx.System(), id, true); err != nil {
		t.Fatal(err)
	}
	s.followed()
	if err := s.state.Write(t.Context(), func(tx *sqldb.Tx) error { // the decision is in the log; what follows from it is not
		for _, text := range []string{`DELETE FROM ask_asks`, `DELETE FROM jobs`, fmt.Sprintf(`UPDATE ask_state SET position = %d`, before)} {
			if _, err := tx.Exec(t.Context(), text); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openShop(t, s.Config.Data, s.clock, s.mail)
	again.settled()
	again.followed()
	again.told(id, ask.DecidedEvent, notAsked(ask.Unsubscribed))
}

// A server that comes back in the night writes to nobody before the morning, and
// not to who answered meanwhile.
func TestMailThatWaitedKeepsTheHours(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ana, bea := s.somebody("ana", ""), s.somebody("bea", "")
	s.mail.Stop()
	for _, user := range []string{"ana", "bea"} {
		s.lives(user, "Order Placed", "")
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		st, err := s.Deliver.Status(t.Context(), cx.System())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v, %v", st, err)
		}
		if st.Down != 0 && st.Count[deliver.Waiting] == 2 {
			break
		}
	}
	s.send(`{"type":"answer","survey":"espera","userId":"bea","messageId":"qr","answers":[{"question":"nota","metric":"csat","scale":"1-5","value":4}]}`)
	s.settled()
	s.followed()
	s.later(10 * time.Hour) // ten at night
	s.mail.Start(t)
	s.told(bea, ask.DecidedEvent, notAsked(ask.Answered))
	s.idle()
	if n := len(s.mail.Mails()); n != 0 {
		t.Fatalf("%d mails at ten at night", n)
	}
	s.later(11 * time.Hour)
	if m := s.mail.Next(); m.To != "ana@example.com" {
		t.Errorf("to %s", m.To)
	}
	s.told(ana, ask.SentEvent, asked)
	s.idle()
	if n := len(s.mail.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// Two who turn out to be one, both to be asked in the same minute, are asked once.
func TestTwoWhoAreOneAreAskedOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.later(11 * time.Hour) // eleven at night
	for _, user := range []string{"ana", "bea"} {
		id := s.somebody(user, "")
		s.lives(user, "Order Placed", "")
		s.told(id, ask.DecidedEvent, asked)
	}
	s.send(`{"type":"alias","previousId":"bea","userId":"ana","messageId":"one"}`)
	s.settled()
	s.followed()
	s.later(10 * time.Hour)
	s.mail.Next()
	s.told(s.id("ana"), ask.DecidedEvent, notAsked(ask.Rested))
	s.idle()
	if n := len(s.mail.Mails()); n != 1 {
		t.Errorf("%d mails to one person", n)
	}
}

// What a backup holds of asks does not go out again when it comes back.
func TestARestoredBackupAsksNobodyAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.somebody("ana", "")
	s.mail.Stop()
	s.lives("ana", "Order Placed", "")
	s.told(id, ask.DecidedEvent, asked)
	s.followed()
	target := t.TempDir()
	if _, err := s.Backups.Run(t.Context(), cx.System(), target); err != nil {
		t.Fatal(err)
	}
	s.mail.Start(t)
	s.later(time.Hour)
	s.mail.Next()
	s.idle()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c := configOf(t.TempDir())
	c.clock = s.clock
	if _, err := Restore(t.Context(), c, RestoreConfig{Target: target}, quietly, nil); err != nil {
		t.Fatal(err)
	}
	again := openShop(t, c.Data, s.clock, s.mail)
	again.settled()
	again.followed()
	again.idle()
	if n := len(again.mail.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
	again.lives("ana", "Order Placed", "") // what is lived from now on is decided
	again.told(id, ask.DecidedEvent, func(d ask.Decision) bool { return d.About == again.Log.LastSeq() || d.Reason == ask.Rested || d.Asked })
}
