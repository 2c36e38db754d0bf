package rule

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/segment/segmenttest"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// world is rules on a real memory, history and queue; what they do is noted.
type world struct {
	*segmenttest.House
	t     testing.TB
	db    *sqldb.DB
	queue *jobs.Queue
	rules *Service
	log   []cx.Event

	did          []string // what was done, in order, with its key
	broken       error    // what every effect answers
	during       func()   // happens while the next is done
	unsubscribed map[cx.CustomerID]bool
	contacted    int
	runs         []journey.RunSummary
	texts        []voice.Text
	arms         map[cx.CustomerID]string // of whom an initiative knows
}

func newWorld(t testing.TB, open func() *sqldb.DB, yaml string) *world {
	t.Helper()
	facts, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Memory: 256 << 20, Threads: 1})
	must(t, err)
	t.Cleanup(func() { must(t, facts.Close()) })
	w := &world{t: t, House: segmenttest.New(t, facts, ""), db: open(), unsubscribed: map[cx.CustomerID]bool{}}
	w.queue, err = jobs.Open(t.Context(), jobs.Config{DB: w.db, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Holder: "test"})
	must(t, err)
	w.House.Model(yaml)
	w.anew()
	return w
}

func sqlite(t testing.TB) func() *sqldb.DB {
	return func() *sqldb.DB {
		db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
		must(t, err)
		t.Cleanup(func() { must(t, db.Close()) })
		return db
	}
}

// anew opens the rules again, as after a restart.
func (w *world) anew() {
	w.t.Helper()
	var err error
	w.rules, err = Open(w.t.Context(), Config{
		DB: w.db, Jobs: w.queue, Log: w, Models: w.Models, Memory: w.Memory, Facts: w.Facts, Segments: w.Segments, Journeys: w, Voices: texts{w},
		Cases: opener{w}, Dialogue: writer{w}, Asks: w, Notices: w, Outbox: w, Arms: w, Key: []byte("key"), Clock: w.Clock, Logger: slog.New(slog.DiscardHandler),
	})
	must(w.t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Append appends to the log, remembers and counts.
func (w *world) Append(ctx context.Context, events []cx.Event) (cx.Seq, error) {
	first, err := w.House.Append(ctx, events)
	for i := range events {
		events[i].Seq = first + cx.Seq(i)
	}
	w.log = append(w.log, events...)
	return first, err
}

// LastSeq returns the last seq that rules see: of the model's records they know nothing.
func (w *world) LastSeq() cx.Seq {
	if len(w.log) == 0 {
		return 0
	}
	return w.log[len(w.log)-1].Seq
}

func (w *world) Read(_ context.Context, after cx.Seq, fn func(stream.Batch) error) error {
	events := slices.DeleteFunc(slices.Clone(w.log), func(e cx.Event) bool { return e.Seq <= after })
	if len(events) == 0 {
		return nil
	}
	return fn(stream.Batch{Events: events, Last: w.LastSeq()})
}

func (w *world) note(what, key string, of ...string) error {
	if w.broken != nil {
		return w.broken
	}
	if w.during != nil {
		during := w.during
		w.during = nil
		during()
	}
	w.did = append(w.did, strings.TrimSpace(what+" "+strings.Join(of, " "))+" @"+key)
	return nil
}

// opener notes cases, writer what is written to customers.
type (
	opener struct{ w *world }
	writer struct{ w *world }
)

func (o opener) Open(_ context.Context, _ cx.Principal, n cases.New) (cases.Case, error) {
	return cases.Case{}, o.w.note("case", n.Key, n.Kind, n.Area, n.Title)
}

func (o writer) Send(_ context.Context, _ cx.Principal, n dialogue.Note) (dialogue.Message, error) {
	return dialogue.Message{}, o.w.note("message", n.Key, n.Text.ES, n.Offer)
}

func (o writer) Offer(_ context.Context, _ cx.Principal, n dialogue.NewOffer) (dialogue.Offer, error) {
	return dialogue.Offer{ID: "offer-" + n.Choice}, o.w.note("offer", n.Key, n.Choice, n.About["order_id"])
}

func (w *world) AskOne(_ context.Context, _ cx.Principal, r ask.OneRequest) (ask.Reason, error) {
	return "", w.note("survey", r.Key, r.Survey)
}

func (w *world) Tell(_ context.Context, n notify.Notice) error {
	return w.note("notify", n.Key, n.To.Area, n.Text.ES)
}

func (w *world) PutHook(_ context.Context, _ *sqldb.Tx, hooks ...deliver.Hook) error {
	return w.note("webhook", hooks[0].ID, hooks[0].Endpoint)
}

func (w *world) Unsubscribed(_ context.Context, id cx.CustomerID) (bool, error) {
	return w.unsubscribed[id], nil
}

func (w *world) Contacted(context.Context, []cx.CustomerID, cx.Time) (int, error) {
	return w.contacted, nil
}

func (w *world) Runs(_ context.Context, _ cx.Principal, _ string, q journey.RunsQuery) (journey.RunsPage, error) {
	return journey.RunsPage{Runs: slices.DeleteFunc(slices.Clone(w.runs), func(r journey.RunSummary) bool { return r.State != q.Filter.State })}, nil
}

// Arm notes who is exposed, and when.
func (w *world) Arm(_ context.Context, initiative string, customer cx.CustomerID, at cx.Time) (acts, part bool, err error) {
	arm, part := w.arms[customer]
	if part {
		err = w.note("exposed", at.String(), initiative, arm)
	}
	return arm == "treated", part, err
}

// texts tells what was written; world.Tell is another's.
type texts struct{ w *world }

func (x texts) Tell(_ context.Context, _ cx.Principal, f voice.Filter, fn func(*voice.Text) error) error {
	for i := range x.w.texts {
		if t := &x.w.texts[i]; f.Window.Contains(t.At) && slices.Contains(t.Topics, f.Where[0].In[0]) {
			if err := fn(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow lets the rules see what came, in stretches of a few events.
func (w *world) follow() {
	w.t.Helper()
	for {
		position, _ := w.rules.Position(w.t.Context())
		var b stream.Batch
		for _, e := range w.log {
			if e.Seq > position && len(b.Events) < 3 {
				b.Events, b.Last = append(b.Events, e), e.Seq
			}
		}
		if len(b.Events) == 0 {
			return
		}
		must(w.t, w.rules.Apply(w.t.Context(), b))
	}
}

// settle follows and works until nothing is due.
func (w *world) settle() {
	w.t.Helper()
	for {
		w.follow()
		if !w.work() {
			return
		}
	}
}

// work does what is due first, as a lane does; false when nothing is.
func (w *world) work() bool {
	w.t.Helper()
	var due []jobs.Job
	must(w.t, w.db.Read(w.t.Context(), func(tx *sqldb.Tx) error {
		rows, err := tx.Query(w.t.Context(), `SELECT key, due FROM jobs WHERE kind = $1 AND due <= $2 AND dead_at = 0 ORDER BY due, key LIMIT 1`, jobKind, int64(w.Clock.Now()))
		if err != nil {
			return err
		}
		due, err = sqldb.Collect(rows, func(rows *sql.Rows) (j jobs.Job, err error) { return j, rows.Scan(&j.Key, &j.Due) })
		return err
	}))
	if len(due) == 0 {
		return false
	}
	j := due[0]
	done, err := w.rules.work(w.t.Context(), j)
	must(w.t, w.db.Write(w.t.Context(), func(tx *sqldb.Tx) error {
		if err != nil {
			_, bad := tx.Exec(w.t.Context(), `UPDATE jobs SET dead_at = $1, error = $2 WHERE kind = $3 AND key = $4`, int64(w.Clock.Now()), err.Error(), jobKind, j.Key)
			return bad
		}
		if _, err := tx.Exec(w.t.Context(), `DELETE FROM jobs WHERE kind = $1 AND key = $2`, jobKind, j.Key); err != nil || done == nil {
			return err
		}
		return done(w.t.Context(), tx)
	}))
	return true
}

// sweeps lets the rules look once.
func (w *world) sweeps() {
	w.t.Helper()
	done, err := w.rules.sweep(w.t.Context(), jobs.Job{})
	must(w.t, err)
	must(w.t, w.db.Write(w.t.Context(), func(tx *sqldb.Tx) error { return done(w.t.Context(), tx) }))
}

// lives lets a customer live something now.
func (w *world) lives(userID, name string, properties cxtest.Object) {
	w.t.Helper()
	e := cxtest.Track(userID, name, w.Clock.Now().Sub(cxtest.Epoch), properties)
	e.MessageID = fmt.Sprint("m", len(w.log))
	_, err := w.Append(w.t.Context(), []cx.Event{e})
	must(w.t, err)
}

// is lets a customer be known by traits.
func (w *world) is(userID string, traits cxtest.Object) {
	w.t.Helper()
	e := cxtest.Identify(userID, "", w.Clock.Now().Sub(cxtest.Epoch), traits)
	e.MessageID = fmt.Sprint("m", len(w.log))
	_, err := w.Append(w.t.Context(), []cx.Event{e})
	must(w.t, err)
}

// answers lets a customer answer one question of a response that is, or is not yet,
// complete.
func (w *world) answers(userID, survey, metric string, value int, complete bool) {
	w.t.Helper()
	body := fmt.Sprintf(`{"type":"answer","userId":%q,"survey":%q,"answers":[{"question":"score","metric":%q,"scale":"1-5","value":%d}],"properties":{"response_id":"%s-%d","complete":%t}}`,
		userID, survey, metric, value, userID, value, complete)
	e, err := intake.Decode([]byte(body), intake.Defaults{Source: "test", MessageID: fmt.Sprint("m", len(w.log)), ReceivedAt: w.Clock.Now()})
	must(w.t, err)
	_, err = w.Append(w.t.Context(), []cx.Event{e})
	must(w.t, err)
}

// records lets another part of the product tell what it decided about a customer.
func (w *world) records(userID, name string, properties cxtest.Object) {
	w.t.Helper()
	properties["customer"] = w.ID(userID)
	raw, err := json.Marshal(properties)
	must(w.t, err)
	_, err = w.Append(w.t.Context(), []cx.Event{cx.NewDecision(name, fmt.Sprint("r", len(w.log)), w.Clock.Now(), raw)})
	must(w.t, err)
}

// decided lists what the log says, each as "STEP EFFECT OF" or "STEP EFFECT: REASON".
func (w *world) decided() (out []string) {
	for _, e := range w.log {
		if e.Name != DecidedEvent {
			continue
		}
		var d Decision
		must(w.t, json.Unmarshal(e.Properties, &d))
		text := strings.TrimSpace(d.Step + " " + d.Effect)
		if !d.Acted {
			text = strings.TrimSpace(text + ": " + string(d.Reason))
		}
		out = append(out, text)
	}
	return out
}

// done lists what was done, without keys.
func (w *world) done() (out []string) {
	for _, d := range w.did {
		what, _, _ := strings.Cut(d, " @")
		out = append(out, what)
	}
	return out
}
