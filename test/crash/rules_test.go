package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver/delivertest"
)

const ruling = `
company: {slug: shop, name: Candil, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: home, name: Home}]
touchpoints: [{slug: door, name: Puerta, stage: after, channel: home, medium: physical, area: home, events: [{name: Order Delivered}, {name: Order Returned}]}]
cases: {kinds: [{slug: right, name: Reparación, area: home, within: 8h}]}
rules:
  - slug: sorry
    name: Lo sentimos
    when: {event: Order Delivered}
    quiet: false
    then:
      - message: {subject: Tu pedido, text: ¿Lo devuelves?}
      - wait: {until: {event: Order Returned}, most: 1d}
      - trait: {returned: true}
      - case: {kind: right, title: Ha vuelto}
`

// TestKill9WhileRulesAct writes to customers, waits for what they do, and opens a
// case for each, while the server is killed again and again: one mail, one case
// and one answer to the wait each, by whichever process.
func TestKill9WhileRulesAct(t *testing.T) {
	var mail delivertest.Server
	mail.Start(t)
	h := newHouse(t, t.TempDir())
	for name, value := range map[string]string{"ADDR": mail.Addr(), "SECURITY": "none", "FROM": "hola@candil.example", "PER_MINUTE": "60000"} {
		t.Setenv("VIVENCIA_SMTP_"+name, value)
	}
	declared := filepath.Join(t.TempDir(), "model.yaml")
	if err := os.WriteFile(declared, []byte(ruling), 0o600); err != nil {
		t.Fatal(err)
	}
	s := h.start()
	s.ready()
	key, token := h.command("source", "create", "Tienda"), h.command("token", "create", "--role", "admin")
	h.command("model", "apply", declared)

	const n = 60
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	l := &ledger{messages: map[string]message{}}
	var living sync.WaitGroup
	live := func(messages ...message) {
		if err := deliver(ctx, http.DefaultClient, h, l, key, batch(messages)); err != nil {
			cancel(err)
		}
	}
	living.Go(func() {
		for i := range n {
			who := person(i)
			live(message{ID: "i-" + who, Person: who, json: fmt.Appendf(nil, `{"type":"identify","messageId":"i-%[1]s","userId":"%[1]s","traits":{"email":"%[1]s@candil.example"}}`, who)},
				message{ID: "e-" + who, Person: who, json: fmt.Appendf(nil, `{"type":"track","event":"Order Delivered","messageId":"e-%[1]s","userId":"%[1]s","properties":{"order_id":"o-%[1]s"}}`, who)})
			wait(ctx, 30*time.Millisecond)
		}
	})
	ids := map[string]string{} // of the mails to each
	read := func() {
		for _, m := range mail.Mails() {
			id := m.Header.Get("Message-Id")
			if was, known := ids[m.To]; known {
				if was != id {
					t.Fatalf("%s got two mails: %s and %s", m.To, was, id)
				}
				continue
			}
			ids[m.To] = id
			who := m.To[:len(m.To)-len("@candil.example")]
			living.Go(func() { // at once, and the server may be dead
				live(message{ID: "r-" + who, Person: who, json: fmt.Appendf(nil, `{"type":"track","event":"Order Returned","messageId":"r-%[1]s","userId":"%[1]s"}`, who)})
			})
		}
	}
	for range rounds(4) {
		if rand.IntN(4) > 0 {
			s.ready()
		} // else: it may be struck before it listens
		for strike := time.Now().Add(time.Duration(rand.IntN(1500)) * time.Millisecond); time.Now().Before(strike); {
			read()
			wait(ctx, 10*time.Millisecond)
		}
		s.end(syscall.SIGKILL)
		s = h.start()
	}
	s.ready()
	var rules struct {
		Items []struct{ Entered, Acted, Going, Failed int }
	}
	check := func() error {
		if err := h.get(token, "/rules", &rules); err != nil {
			return err
		}
		if r := rules.Items[0]; r.Entered != n || r.Acted != 3*n || r.Going > 0 || r.Failed > 0 {
			return fmt.Errorf("%d mails, %+v", len(ids), r)
		}
		return nil
	}
	for deadline := time.Now().Add(2 * time.Minute); ; wait(ctx, 50*time.Millisecond) {
		read()
		err := check()
		if err == nil {
			break
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			t.Fatal(err, context.Cause(ctx))
		}
	}
	living.Wait()
	wait(ctx, time.Second) // what would still be done
	read()
	cases := func() {
		t.Helper()
		var list struct{ Total int }
		if err := h.get(token, "/cases?limit=1", &list); err != nil || list.Total != n {
			t.Errorf("%d cases, %v", list.Total, err)
		}
		if err := check(); err != nil {
			t.Error(err)
		}
	}
	cases()
	s.end(syscall.SIGTERM)
	h.command("rebuild")
	s = h.start()
	s.ready()
	h.settled(token)
	wait(ctx, time.Second)
	read()
	cases()
	s.end(syscall.SIGTERM)
}
