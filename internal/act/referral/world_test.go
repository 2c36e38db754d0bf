package referral

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/segment/segmenttest"
)

// programme is what the world's model declares.
const programme = `
asking: {quiet: none}
surveys:
  - slug: first
    name: Primera
    purpose: transactional
    pages:
      - questions:
          - {id: who, type: single, text: ¿Quién?, options: [{id: friend, text: Un amigo}, {id: press, text: La prensa}]}
          - {id: anyway, type: single, text: ¿Igual?, options: [{id: "yes", text: Sí}, {id: "no", text: "No"}]}
referrals:
  site: https://acme.example/amigos
  reward: {referrer: 10, friend: 5, back: 5d}
  milestones: [{at: 2, reward: 15, name: Dos}]
  proof: {within: 10d, least: 15}
  heard: {survey: first, who: who, anyway: anyway}
  ask: {peak: 1.5, within: 3d, rest: 120d}
`

// world is referrals on a real memory, history and queue; what they write is noted.
type world struct {
	*segmenttest.House
	t     testing.TB
	db    *sqldb.DB
	queue *jobs.Queue
	s     *Service
	log   []cx.Event
	batch int // events in a stretch

	sent         []dialogue.Note
	lived        []dialogue.Lived
	unsubscribed bool
	open         bool // a case
	promises     []promise.Instance
}

func newWorld(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	facts, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Memory: 256 << 20, Threads: 1})
	must(t, err)
	t.Cleanup(func() { must(t, facts.Close()) })
	w := &world{t: t, House: segmenttest.New(t, facts, ""), db: db, batch: 3}
	w.queue, err = jobs.Open(t.Context(), jobs.Config{DB: w.db, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Holder: "test"})
	must(t, err)
	w.House.Model(programme)
	w.anew()
	return w
}

func sqlite(t testing.TB) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

// anew opens the referrals again, as after a restart.
func (w *world) anew() {
	w.t.Helper()
	var err error
	w.s, err = Open(w.t.Context(), Config{
		DB: w.db, Jobs: w.queue, Log: w, Models: w.Models, Memory: w.Memory, Facts: w.Facts, Dialogue: speech{w}, Outbox: outbox{w}, Promises: w, Cases: w,
		Base: "https://cx.example", Key: []byte("key"), Clock: w.Clock, Logger: slog.New(slog.DiscardHandler),
	})
	must(w.t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) Append(ctx context.Context, events []cx.Event) (cx.Seq, error) {
	first, err := w.House.Append(ctx, events)
	for i := range events {
		events[i].Seq = first + cx.Seq(i)
	}
	w.log = append(w.log, events...)
	return first, err
}

func (w *world) LastSeq() cx.Seq {
	if len(w.log) == 0 {
		return 0
	}
	return w.log[len(w.log)-1].Seq
}

// AnyOpen, OfCustomer: what stands against asking.
func (w *world) AnyOpen(context.Context, cx.CustomerID) (bool, error) { return w.open, nil }

func (w *world) OfCustomer(context.Context, cx.Principal, cx.CustomerID) ([]promise.Instance, error) {
	return w.promises, nil
}

// speech notes what customers are written, and what they live.
type speech struct{ w *world }

func (s speech) Send(_ context.Context, _ cx.Principal, n dialogue.Note) (dialogue.Message, error) {
	s.w.sent = append(s.w.sent, n)
	return dialogue.Message{}, nil
}

func (s speech) Live(_ context.Context, l dialogue.Lived) (cx.Seq, error) {
	if !slices.ContainsFunc(s.w.lived, func(o dialogue.Lived) bool { return o.ID == l.ID }) {
		s.w.lived = append(s.w.lived, l)
	}
	return 0, nil
}

// outbox knows who may be written to.
type outbox struct{ w *world }

func (o outbox) Unsubscribed(context.Context, cx.CustomerID) (bool, error) {
	return o.w.unsubscribed, nil
}

func (o outbox) Contacted(context.Context, []cx.CustomerID, cx.Time) (int, error) { return 0, nil }

func (o outbox) Bounced(context.Context, string) (bool, error) { return false, nil }

// follow lets the referrals see what came.
func (w *world) follow() {
	w.t.Helper()
	for {
		position, _ := w.s.Position(w.t.Context())
		var b stream.Batch
		for _, e := range w.log {
			if e.Seq > position && len(b.Events) < w.batch {
				b.Events, b.Last = append(b.Events, e), e.Seq
			}
		}
		if len(b.Events) == 0 {
			return
		}
		must(w.t, w.s.Apply(w.t.Context(), b))
	}
}

// settle follows and works until nothing is due.
func (w *world) settle() {
	w.t.Helper()
	for w.follow(); w.work(); w.follow() {
	}
}

// work does what is due first, as a lane does; false when nothing is.
func (w *world) work() bool {
	w.t.Helper()
	var due []jobs.Job
	must(w.t, w.db.Read(w.t.Context(), func(tx *sqldb.Tx) error {
		rows, err := tx.Query(w.t.Context(), `SELECT key, due, payload FROM jobs WHERE kind = $1 AND due <= $2 AND dead_at = 0 ORDER BY due, key LIMIT 1`, jobKind, int64(w.Clock.Now()))
		if err != nil {
			return err
		}
		due, err = sqldb.Collect(rows, func(rows *sql.Rows) (j jobs.Job, err error) { return j, rows.Scan(&j.Key, &j.Due, &j.Payload) })
		return err
	}))
	if len(due) == 0 {
		return false
	}
	done, err := w.s.work(w.t.Context(), due[0])
	must(w.t, err)
	must(w.t, w.db.Write(w.t.Context(), func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(w.t.Context(), `DELETE FROM jobs WHERE kind = $1 AND key = $2`, jobKind, due[0].Key); err != nil || done == nil {
			return err
		}
		return done(w.t.Context(), tx)
	}))
	return true
}

// lives lets a customer live something, so long before now.
func (w *world) lives(userID, name string, ago time.Duration, properties cxtest.Object) {
	w.t.Helper()
	e := cxtest.Track(userID, name, w.Clock.Now().Sub(cxtest.Epoch)-ago, properties)
	e.MessageID, e.ReceivedAt = fmt.Sprint("m", len(w.log)), w.Clock.Now()
	_, err := w.Append(w.t.Context(), []cx.Event{e})
	must(w.t, err)
}

func (w *world) shares(userID, code string) {
	w.lives(userID, SharedEvent, 0, cxtest.Object{"code": code})
}

func (w *world) buys(userID, order string, amount float64, code string) {
	p := cxtest.Object{"order_id": order, "total": amount, "currency": "EUR"}
	if code != "" {
		p["referral_code"] = code
	}
	w.lives(userID, "Order Completed", 0, p)
}

func (w *world) refunds(userID, order string, amount float64) {
	w.lives(userID, "Order Refunded", 0, cxtest.Object{"order_id": order, "refund": amount, "currency": "EUR"})
}

func (w *world) is(userID string, traits cxtest.Object) {
	w.t.Helper()
	e := cxtest.Identify(userID, "", w.Clock.Now().Sub(cxtest.Epoch), traits)
	e.MessageID = fmt.Sprint("m", len(w.log))
	_, err := w.Append(w.t.Context(), []cx.Event{e})
	must(w.t, err)
}

func (w *world) answers(userID, items string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"type":"answer","userId":%q,"survey":"first","answers":%s}`, userID, items)
	e := cx.Event{Kind: cx.Answer, Name: "first", Source: "test", MessageID: fmt.Sprint("m", len(w.log)), UserID: userID, At: w.Clock.Now(), ReceivedAt: w.Clock.Now(), Body: []byte(body)}
	_, err := w.Append(w.t.Context(), []cx.Event{e})
	must(w.t, err)
}

// claims lists all claims as "code state reason", in the order in which they were made.
func (w *world) claims() (out []string) {
	w.t.Helper()
	page, err := w.s.Claims(w.t.Context(), cx.System(), ClaimsQuery{Limit: maxLimit})
	must(w.t, err)
	for _, c := range slices.Backward(page.Claims) {
		text := c.Code + c.Said + " " + string(c.State)
		if c.Reason != "" {
			text += " " + string(c.Reason)
		}
		if c.Anyway != "" {
			text += " anyway:" + string(c.Anyway)
		}
		out = append(out, text)
	}
	return out
}

// balances sums the ledger by customer, in minor units.
func (w *world) balances() map[cx.CustomerID]int64 {
	w.t.Helper()
	page, err := w.s.Ledger(w.t.Context(), cx.System(), 0, maxLimit)
	must(w.t, err)
	if page.Next != 0 {
		w.t.Fatal("the ledger is longer than a page")
	}
	out := map[cx.CustomerID]int64{}
	for _, e := range page.Entries {
		out[e.Customer] += e.Amount
	}
	return out
}

// decisions lists what the log says was decided about asking, and refused.
func (w *world) decisions() (out []string) {
	for _, e := range w.log {
		if e.Name == DecidedEvent {
			var d Decision
			must(w.t, json.Unmarshal(e.Properties, &d))
			text := d.What
			if d.Reason != "" {
				text += " " + string(d.Reason)
			}
			out = append(out, text)
		}
	}
	return out
}
