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
)

const bringing = `
company: {slug: shop, name: Candil, timezone: Europe/Madrid, currency: EUR, languages: [es]}
referrals: {reward: {referrer: 10, friend: 5}, milestones: [{at: 10, reward: 50, name: Diez}]}
`

// TestKill9WhileFriendsCome has friends come by one code, every third of whom gives
// back what they bought, while the server is killed again and again: the ledger is
// what it would have been, each reward and each milestone in it once, and the log
// tells each once.
func TestKill9WhileFriendsCome(t *testing.T) {
	h := newHouse(t, t.TempDir())
	declared := filepath.Join(t.TempDir(), "model.yaml")
	if err := os.WriteFile(declared, []byte(bringing), 0o600); err != nil {
		t.Fatal(err)
	}
	s := h.start()
	s.ready()
	key, token := h.command("source", "create", "Tienda"), h.command("token", "create", "--role", "admin")
	h.command("model", "apply", declared)

	const n, back = 60, 20
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	l := &ledger{messages: map[string]message{}}
	live := func(id, who, event, properties string) {
		m := message{ID: id, Person: who, json: fmt.Appendf(nil, `{"type":"track","event":%q,"messageId":%q,"userId":%q,"properties":{%s}}`, event, id, who, properties)}
		if err := deliver(ctx, http.DefaultClient, h, l, key, batch([]message{m})); err != nil {
			cancel(err)
		}
	}
	var living sync.WaitGroup
	living.Go(func() {
		live("share", "ana", "Referral Shared", `"code":"ANA-1"`)
		for i := range n {
			who := person(i)
			live("b-"+who, who, "Order Completed", fmt.Sprintf(`"order_id":"o-%s","total":20,"currency":"EUR","referral_code":"ANA-1"`, who))
			if i%3 == 0 {
				live("r-"+who, who, "Order Refunded", fmt.Sprintf(`"order_id":"o-%s","refund":20,"currency":"EUR"`, who))
			}
			wait(ctx, 30*time.Millisecond)
		}
	})
	for range rounds(4) {
		if rand.IntN(4) > 0 {
			s.ready()
		} // else: it may be struck before it listens
		wait(ctx, time.Duration(rand.IntN(1500))*time.Millisecond)
		s.end(syscall.SIGKILL)
		s = h.start()
	}
	s.ready()
	living.Wait()
	if err := context.Cause(ctx); err != nil {
		t.Fatal(err)
	}
	check := func() error {
		var page struct {
			Items []struct {
				Customer, Claim string
				Milestone       int
				Amount          int64
			}
		}
		if err := h.get(token, "/referrals/ledger?limit=200", &page); err != nil {
			return err
		}
		sums, milestones := map[string]int64{}, 0
		for _, e := range page.Items {
			sums[e.Customer+" "+e.Claim] += e.Amount
			if e.Milestone > 0 {
				milestones++
			}
		}
		var total int64
		for of, sum := range sums {
			total += sum
			if sum != 0 && sum != 500 && sum != 1000 && sum != 5000 {
				return fmt.Errorf("%s has %d", of, sum)
			}
		}
		if want := int64(1500*(n-back) + 5000); total != want || milestones != 1 {
			return fmt.Errorf("%d in the ledger, want %d; %d milestones", total, want, milestones)
		}
		var told struct{ Items []struct{ MessageID string } }
		if err := h.get(token, "/events?name=Referral+Rewarded&limit=200", &told); err != nil {
			return err
		}
		rewards := 0
		for _, e := range page.Items {
			if e.Amount > 0 {
				rewards++
			}
		}
		if len(told.Items) != rewards {
			return fmt.Errorf("%d rewards told, %d in the ledger", len(told.Items), rewards)
		}
		return nil
	}
	until := func() {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; wait(ctx, 50*time.Millisecond) {
			err := check()
			if err == nil {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
	}
	until()
	s.end(syscall.SIGTERM)
	h.command("rebuild")
	s = h.start()
	s.ready()
	h.settled(token)
	until()
	s.end(syscall.SIGTERM)
}
