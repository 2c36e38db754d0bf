package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver/delivertest"
)

const asking = `
company: {slug: shop, name: Candil, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: home, name: Home}]
touchpoints: [{slug: door, name: Puerta, stage: after, channel: home, medium: physical, area: home, events: [{name: Order Delivered}], surveys: [entrega]}]
asking: {rest: 10d, quiet: none}
surveys:
  - slug: entrega
    name: Entrega
    purpose: transactional
    pages:
      - questions: [{id: score, type: csat, text: "¿Qué tal la entrega?", required: true}]
      - questions: [{id: text, type: text, text: "¿Qué contarías?"}]
    ask: {event: Order Delivered}
`

// TestKill9WhileAsking asks customers by mail, who answer as their mails come,
// some of them twice, while the server is killed again and again. Each gets one
// mail, by its Message-ID; what was acknowledged to them is kept, once.
func TestKill9WhileAsking(t *testing.T) {
	var mail delivertest.Server
	mail.Start(t)
	h := newHouse(t, t.TempDir())
	for name, value := range map[string]string{"ADDR": mail.Addr(), "SECURITY": "none", "FROM": "hola@candil.example", "PER_MINUTE": "60000"} {
		t.Setenv("VIVENCIA_SMTP_"+name, value)
	}
	declared := filepath.Join(t.TempDir(), "model.yaml")
	if err := os.WriteFile(declared, []byte(asking), 0o600); err != nil {
		t.Fatal(err)
	}
	s := h.start()
	s.ready()
	key, token := h.command("source", "create", "Tienda"), h.command("token", "create", "--role", "admin")
	h.command("model", "apply", declared)

	const n = 90
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	l := &ledger{messages: map[string]message{}}
	var living, answering sync.WaitGroup
	living.Go(func() {
		for i := range n {
			who := person(i)
			q := batch([]message{
				{ID: "i-" + who, Person: who, json: fmt.Appendf(nil, `{"type":"identify","messageId":"i-%[1]s","userId":"%[1]s","traits":{"email":"%[1]s@candil.example"}}`, who)},
				{ID: "e-" + who, Person: who, json: fmt.Appendf(nil, `{"type":"track","event":"Order Delivered","messageId":"e-%[1]s","userId":"%[1]s","properties":{"order_id":"o-%[1]s"}}`, who)},
			})
			if err := deliver(ctx, http.DefaultClient, h, l, key, q); err != nil {
				cancel(err)
				return
			}
			wait(ctx, 30*time.Millisecond)
		}
	})
	var answered, again atomic.Int32
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
			link := linked.FindString(m.Text)
			answering.Go(func() {
				times, err := respond(ctx, h, link, scoreOf(m.To))
				if err != nil {
					cancel(err)
				}
				answered.Add(1)
				again.Add(int32(times))
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
	for deadline := time.Now().Add(2 * time.Minute); answered.Load() < n && ctx.Err() == nil; wait(ctx, 20*time.Millisecond) {
		if read(); time.Now().After(deadline) {
			t.Fatalf("%d mails, %d answers of %d", len(ids), answered.Load(), n)
		}
	}
	living.Wait()
	answering.Wait()
	if err := context.Cause(ctx); err != nil {
		t.Fatal(err)
	}
	wait(ctx, time.Second) // what would still be sent
	read()

	check := func() {
		t.Helper()
		got := h.settled(token)
		sum := 0.0
		for i := range n {
			sum += float64(scoreOf(person(i) + "@candil.example"))
		}
		var score struct {
			N     int
			Value float64
		}
		if err := h.get(token, "/scores?survey=entrega&metric=mean", &score); err != nil || score.N != n || score.Value < sum/n-1e-9 || score.Value > sum/n+1e-9 {
			t.Errorf("%d answers with a mean of %v (%v), %d with a mean of %v were acknowledged; totals %+v", score.N, score.Value, err, n, sum/n, got)
		}
		if got.Answers != 2*n { // one for each page
			t.Errorf("%d answers of %d pages", got.Answers, 2*n)
		}
	}
	check()
	s.end(syscall.SIGTERM)
	h.command("rebuild")
	s = h.start()
	s.ready()
	check()
	wait(ctx, time.Second)
	read()
	s.end(syscall.SIGTERM)
	t.Logf("%d customers asked in %d mails, %d posts were tried again", len(ids), len(mail.Mails()), again.Load())
}

var linked = regexp.MustCompile(`/r/[A-Za-z0-9_-]+`)

// scoreOf is what somebody answers.
func scoreOf(address string) int { return 1 + int(address[len("u-")]-'0')%5 }

// respond posts both pages of a survey until they are acknowledged, sometimes
// twice, and returns how often that took another try.
func respond(ctx context.Context, h *house, path string, score int) (again int, err error) {
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	pages := []url.Values{{"_page": {"1"}, "score": {fmt.Sprint(score)}}, {"_page": {"2"}, "text": {fmt.Sprintf("Un %d & más", score)}}}
	for _, form := range pages {
		for left := 1 + rand.IntN(2); left > 0; {
			base, err := h.address(ctx)
			if err != nil {
				return again, err
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+path, strings.NewReader(form.Encode()))
			if err != nil {
				return again, err
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, err := client.Do(req)
			if err == nil {
				err = res.Body.Close()
			}
			switch {
			case err == nil && res.StatusCode == http.StatusSeeOther:
				left--
			case ctx.Err() != nil:
				return again, ctx.Err()
			case err == nil && res.StatusCode < 500:
				return again, refusedError{res.Status}
			default:
				again++
				wait(ctx, pace)
			}
		}
	}
	return again, nil
}
