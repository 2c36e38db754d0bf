package remember_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

var _ cx.Holder = (*remember.Memory)(nil)

// redact does to the world's log what stream.Log.Redact does.
func (w *world) redact(r remember.Redaction) {
	w.t.Helper()
	w.log = slices.Clone(w.log)
	for _, seq := range r.Seqs {
		e := r.With(w.log[seq-1])
		if again := r.With(e); !cmp.Equal(again, e) {
			w.t.Fatalf("seq %d redacted twice is another: %s and %s", seq, e.Body, again.Body)
		}
		if e.Seq != seq {
			w.t.Fatalf("seq %d became %d", seq, e.Seq)
		}
		w.log[seq-1] = e
	}
}

// forget does what the service of forgetting does, memory's part.
func (w *world) forget(id cx.CustomerID) cx.Subject {
	w.t.Helper()
	ctx, root := w.t.Context(), cx.System()
	for range 2 { // the second time is after a crash
		if err := w.LetGo(ctx, root, id); err != nil {
			w.t.Fatal(err)
		}
	}
	s := must[cx.Subject](w)(w.Subject(ctx, root, id))
	w.erase(s)
	return s
}

func (w *world) erase(s cx.Subject) {
	w.t.Helper()
	w.redact(must[remember.Redaction](w)(w.Redaction(w.t.Context(), s)))
	must[int](w)(w.Erase(w.t.Context(), s))
	if n := must[int](w)(w.Erase(w.t.Context(), s)); n != 0 {
		w.t.Errorf("erased %d records again", n)
	}
}

// TestErasedIsAsNeverLived: after customers were forgotten and stretches of
// events grew too old, every answer is what the redacted log gives from its
// beginning; and nobody else's answers change.
func TestErasedIsAsNeverLived(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		for seed := range uint64(12) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				ctx, root := t.Context(), cx.System()
				r := rand.New(rand.NewPCG(seed, 7))
				w := newWorld(t, open(t))
				w.liveThrough(r, 12)
				for round := range 4 {
					if round%2 == 0 {
						found := must[remember.CustomerPage](w)(w.Search(ctx, root, "", "", 500)).Customers
						if len(found) == 0 {
							break
						}
						gone := found[r.IntN(len(found))]
						before := w.others(gone.ID)
						w.forget(gone.ID)
						if diff := cmp.Diff(before, w.others(gone.ID)); diff != "" {
							t.Fatalf("others changed with %s (-before +after):\n%s", gone.ID, diff)
						}
						if _, err := w.Customer(ctx, root, gone.ID); cx.KindOf(err) != cx.NotFound {
							t.Errorf("forgotten, and still there: %v", err)
						}
					} else {
						w.expire("web", cxtest.Epoch.Add(time.Duration(r.IntN(2000))*time.Minute))
					}
					w.open()
					again := newWorld(t, open(t))
					again.replay(w.log, 10)
					if diff := cmp.Diff(w.everything(), again.everything()); diff != "" {
						t.Fatalf("round %d: in place and from the redacted log (-in place +again):\n%s", round, diff)
					}
					w.liveThrough(r, 3)
				}
			})
		}
	})
}

// expire erases what was lived before a time and told by a source.
func (w *world) expire(source string, before cx.Time) {
	w.t.Helper()
	var s cx.Subject
	for _, e := range w.log {
		switch e.Kind {
		case cx.Track, cx.Page, cx.Screen, cx.Answer:
			if e.Source == source && e.At < before {
				s.Seqs = append(s.Seqs, e.Seq)
			}
		}
	}
	w.erase(s)
	if err := w.Scrub(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// others is what everybody but one customer hears.
func (w *world) others(gone cx.CustomerID) map[cx.CustomerID]any {
	w.t.Helper()
	ctx, root := w.t.Context(), cx.System()
	out := map[cx.CustomerID]any{}
	for _, s := range must[remember.CustomerPage](w)(w.Search(ctx, root, "", "", 500)).Customers {
		if s.ID == gone {
			continue
		}
		c := must[remember.Customer](w)(w.Customer(ctx, root, s.ID))
		c.OpenSuggestions = 0 // with the one who left
		lived := w.timeline(s.ID, remember.TimelineQuery{Limit: 500}).Items
		for i := range lived {
			if lived[i].Kind == cx.Answer {
				lived[i].Traits = nil // may have held some of the one who left
			}
		}
		out[s.ID] = []any{c, lived}
	}
	return out
}

func TestForgottenPeopleComeBackAsSomebodyNew(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		ctx, root := t.Context(), cx.System()
		ana := cxtest.Identify("u1", "a1", 0, cxtest.Object{"name": "Ana Sepúlveda", "email": "ANA@x.es"})
		w.live(ana, cxtest.Track("u1", "Checkout Paid", time.Hour, nil), answer("u1", 2*time.Hour, 5), cxtest.Identify("u2", "", 0, cxtest.Object{"email": "ana@x.es"}))
		id := w.id("userId", "u1")
		s := must[cx.Subject](w)(w.Subject(ctx, root, id))
		if diff := cmp.Diff(cx.Subject{
			Customer: id, Profiles: []cx.ProfileNo{1}, Seqs: []cx.Seq{1, 2, 3}, Values: []string{"a1", "ana@x.es", "u1", "ANA@x.es", "Ana Sepúlveda"},
		}, s); diff != "" {
			t.Errorf("subject (-want +got):\n%s", diff)
		}
		if _, err := w.Erase(ctx, s); cx.KindOf(err) != cx.Conflict {
			t.Errorf("erased who is still there: %v", err)
		}
		if sections := must[[]cx.Section](w)(w.Export(ctx, s)); !bytes.Contains(must[[]byte](w)(json.Marshal(sections)), []byte("Ana Sepúlveda")) || len(sections) != 9 {
			t.Errorf("export %+v", sections)
		}
		w.forget(id)
		for _, e := range w.log[:3] {
			if e.Kind != cx.Redacted || bytes.Contains(bytes.ToLower(e.Body), []byte("ana")) || e.UserID+e.AnonymousID+e.MessageID+e.Name != "" {
				t.Errorf("left in the log: %+v %s", e, e.Body)
			}
		}
		if got := w.totals(); got.Customers != 1 || got.Events != 1 || got.Answers != 0 {
			t.Errorf("totals %+v", got)
		}
		w.live(ana) // a retry
		if got := w.totals(); got.Customers != 1 || got.Duplicates != 1 {
			t.Errorf("a retry brought them back: %+v", got)
		}
		late := must[[]cx.Seq](w)(w.Stragglers(ctx, 10))
		if !slices.Equal(late, []cx.Seq{6}) {
			t.Errorf("stragglers %v", late)
		}
		w.redact(must[remember.Redaction](w)(w.Redaction(ctx, cx.Subject{Customer: "whoever", Seqs: late})))
		must[int](w)(w.Erase(ctx, cx.Subject{Seqs: late}))
		if e := w.log[5]; e.UserID+e.MessageID != "" || bytes.Contains(e.Body, []byte("u1")) {
			t.Errorf("the retry stays in the log: %+v", e)
		}
		if late := must[[]cx.Seq](w)(w.Stragglers(ctx, 10)); len(late) > 0 {
			t.Errorf("stragglers again: %v", late)
		}
		w.live(with(ana, func(e *cx.Event) { e.MessageID = "new" }))
		if back := w.id("userId", "u1"); back == id {
			t.Errorf("they came back as %s, who they were", back)
		}
		if got := w.totals(); got.Customers != 2 {
			t.Errorf("totals %+v", got)
		}
		if _, err := w.Subject(ctx, root, "c_0000000000000"); cx.KindOf(err) != cx.NotFound {
			t.Errorf("nobody: %v", err)
		}
		if err := w.LetGo(ctx, cx.Principal{ID: "person:9", Role: cx.Member}, id); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("a member lets go: %v", err)
		}
	})
}

// TestRepeatsInTheLogAreTheirsToo: the log holds what memory dropped.
func TestRepeatsInTheLogAreTheirsToo(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		e := cxtest.Track("u1", "Checkout Paid", 0, cxtest.Object{"note": "secret"})
		w.live(e)
		w.live(e)
		w.expire(e.Source, cxtest.Epoch+1)
		if s := must[cx.Subject](w)(w.Subject(t.Context(), cx.System(), w.id("userId", "u1"))); !slices.Equal(s.Seqs, []cx.Seq{1, 2}) {
			t.Errorf("seqs %v", s.Seqs)
		}
		for _, e := range w.log {
			if e.Kind != cx.Redacted || bytes.Contains(e.Body, []byte("secret")) || e.UserID != "u1" {
				t.Errorf("left in the log: %+v %s", e, e.Body)
			}
		}
		if c := w.customer("userId", "u1"); c.Events != 0 || c.LastAt != 0 || !c.Identified {
			t.Errorf("customer %+v", c)
		}
	})
}

// TestNoByteIsLeft searches the files for what was erased, after so many
// insertions and deletions that pages were split and joined.
func TestNoByteIsLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(dir, "views.db"), Synchronous: "NORMAL"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	w := newWorld(t, db)
	r := rand.New(rand.NewPCG(1, 1))
	// Each customer has a mark of their own in all that they say.
	mark := func(u int) string { return fmt.Sprintf("zq%06dxv", u) }
	const customers = 120
	for round := range 12 {
		var batch []cx.Event
		for range 100 {
			u := r.IntN(customers)
			m := mark(u)
			e := cxtest.Track("user-"+m, "Checkout Paid", time.Duration(r.IntN(90000))*time.Second, cxtest.Object{"note": m + fmt.Sprintf("%0*d", r.IntN(300), 0), "place": "goya"})
			switch r.IntN(4) {
			case 0:
				e = cxtest.Identify("user-"+m, "device-"+m, e.At.Sub(cxtest.Epoch), cxtest.Object{"name": "Ana " + m, "email": m + "@x.es", "city": "Villa " + m + fmt.Sprintf("%0*d", r.IntN(200), 0)})
			case 1:
				e.Kind, e.Name, e.GroupID = cx.Group, "Group", "school-of-"+m
				e = cxtest.Fill(e, nil, cxtest.Object{"name": "School " + m})
			}
			e.MessageID = fmt.Sprintf("%s/%d/%d", m, round, len(batch))
			batch = append(batch, e)
		}
		w.live(batch...)
	}
	for _, u := range r.Perm(customers)[:customers/3] {
		id, err := w.Lookup(t.Context(), cx.System(), "userId", "user-"+mark(u))
		if err != nil {
			continue
		}
		w.forget(id)
		for _, e := range w.log {
			for _, s := range []string{string(e.Body), e.UserID, e.AnonymousID, e.GroupID, e.MessageID} {
				if bytes.Contains([]byte(s), []byte(mark(u))) {
					t.Fatalf("the log keeps %+v", e)
				}
			}
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if raw := must[[]byte](w)(os.ReadFile(file)); bytes.Contains(raw, []byte(mark(u))) {
				t.Fatalf("%s keeps %s at %d", filepath.Base(file), mark(u), bytes.Index(raw, []byte(mark(u))))
			}
		}
	}
}

// TestHoldsNamesEveryTable: whoever adds a table says whether it holds personal
// data.
func TestHoldsNamesEveryTable(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		impersonal := []string{"circumstances", "dedupe_chunks", "dedupe_open", "dedupe_segments", "memory_state", "models", "vivencia_migrations"}
		named := append(w.Holds(), impersonal...)
		query := `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`
		if w.db.Dialect() == sqldb.Postgres {
			query = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`
		}
		var tables []string
		if err := w.db.Read(t.Context(), func(tx *sqldb.Tx) error {
			rows, err := tx.Query(t.Context(), query)
			if err == nil {
				tables, err = sqldb.Collect(rows, sqldb.Scan[string])
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(named)
		if diff := cmp.Diff(tables, named, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("tables (-in the database +named):\n%s", diff)
		}
	})
}
