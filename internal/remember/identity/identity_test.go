package identity_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

// world is a store and the number of the last event.
type world struct {
	t     testing.TB
	db    *sqldb.DB
	store *identity.Store
	seq   cx.Seq
}

func newWorld(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	store, err := identity.Open(t.Context(), db, []byte("salt"))
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, db: db, store: store}
}

func (w *world) write(fn func(*identity.Writer) error) {
	w.t.Helper()
	var iw *identity.Writer
	if err := w.db.Write(w.t.Context(), func(tx *sqldb.Tx) error {
		iw = w.store.Begin(w.t.Context(), tx)
		if err := fn(iw); err != nil {
			return err
		}
		return iw.Flush()
	}); err != nil {
		w.t.Fatal(err)
	}
	iw.Commit()
}

// event identifies one event; evidence is pairs of kind and value.
func (w *world) event(user, anonymous string, evidence ...string) (o identity.Outcome) {
	w.t.Helper()
	return w.fact(identity.Fact{Kind: cx.Track, UserID: user, AnonymousID: anonymous, Evidence: evidenceOf(evidence...)})
}

func evidenceOf(pairs ...string) (out []identity.Evidence) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, identity.NewEvidence(pairs[i], pairs[i+1], pairs[i] == "card", i/2))
	}
	return out
}

func (w *world) fact(f identity.Fact) (o identity.Outcome) {
	w.t.Helper()
	w.seq++
	f.Seq, f.Source = w.seq, "web"
	w.write(func(iw *identity.Writer) (err error) {
		if err = iw.Prefetch([]identity.Fact{f}); err == nil {
			o, err = iw.Identify(f)
		}
		return err
	})
	return o
}

func (w *world) decide(fn func(*identity.Writer, identity.Decision) (identity.Outcome, error)) (o identity.Outcome) {
	w.t.Helper()
	w.seq++
	w.write(func(iw *identity.Writer) (err error) {
		o, err = fn(iw, identity.Decision{Seq: w.seq, By: "person:1"})
		return err
	})
	return o
}

func (w *world) read(fn func(ctx context.Context, tx *sqldb.Tx) error) {
	w.t.Helper()
	if err := w.db.Read(w.t.Context(), func(tx *sqldb.Tx) error { return fn(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

// clusters returns the customer of each profile; profile 1 comes first.
func (w *world) clusters() (out []cx.CustomerNo) {
	w.t.Helper()
	w.read(func(ctx context.Context, tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT customer_no FROM profiles ORDER BY profile_no`)
		if err == nil {
			out, err = sqldb.Collect(rows, sqldb.Scan[cx.CustomerNo])
		}
		return err
	})
	return out
}

func (w *world) suggestions() (out []identity.Suggestion) {
	w.t.Helper()
	w.read(func(ctx context.Context, tx *sqldb.Tx) (err error) {
		out, err = identity.Suggestions(ctx, tx, 0, 0, 100)
		return err
	})
	return out
}

func (w *world) merges() (out []identity.Merge) {
	w.t.Helper()
	w.read(func(ctx context.Context, tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT merge_id FROM merges ORDER BY merge_id`)
		if err != nil {
			return err
		}
		ids, err := sqldb.Collect(rows, sqldb.Scan[int64])
		for _, id := range ids {
			m, err := identity.MergeByID(ctx, tx, id)
			if err != nil {
				return err
			}
			out = append(out, m)
		}
		return err
	})
	return out
}

func (w *world) want(step string, clusters []cx.CustomerNo, suggestions int) {
	w.t.Helper()
	if diff := cmp.Diff(clusters, w.clusters()); diff != "" {
		w.t.Errorf("%s: customers of the profiles (-want +got):\n%s", step, diff)
	}
	if got := w.suggestions(); len(got) != suggestions {
		w.t.Errorf("%s: %d suggestions, want %d: %v", step, len(got), suggestions, got)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	type no = []cx.CustomerNo
	for name, c := range map[string]func(w *world){
		"an unknown userId names the anonymous profile": func(w *world) {
			w.event("", "A")
			if o := w.event("u1", "A"); o.Profile != 1 || o.Created || len(o.Attached) != 1 {
				w.t.Errorf("outcome %+v", o)
			}
			w.want("named", no{1}, 0)
		},
		"a known userId takes over the past of an anonymous device": func(w *world) {
			w.event("u1", "")
			w.event("", "A")
			if o := w.event("u1", "A"); len(o.Merged) != 1 || o.Merged[0] != (identity.Merged{Into: 1, From: 2}) {
				w.t.Errorf("outcome %+v", o)
			}
			w.want("merged", no{1, 1}, 0)
			if m := w.merges()[0]; m.Evidence != "anonymousId" || m.Value != "A" || m.Into != 1 || m.From != 2 {
				w.t.Errorf("merge %+v", m)
			}
		},
		"the identified survives, though younger": func(w *world) {
			w.event("", "A", "email", "x@x.es")
			w.event("u1", "", "email", "x@x.es")
			w.want("merged", no{2, 2}, 0)
		},
		"the older of two anonymous survives": func(w *world) {
			w.event("", "A", "email", "x@x.es")
			w.event("", "B", "email", "x@x.es")
			w.want("merged", no{1, 1}, 0)
		},
		"a second userId on a device merges nothing": func(w *world) {
			w.event("u1", "A")
			w.event("u2", "A")
			w.want("two people", no{1, 2}, 0)
			if o := w.event("", "A"); o.Profile != 1 {
				w.t.Errorf("the device's event went to %d", o.Profile)
			}
			if o := w.event("u2", "A"); o.Profile != 2 {
				w.t.Errorf("the second user's event went to %d", o.Profile)
			}
		},
		"e-mail never joins two identified": func(w *world) {
			w.event("u1", "", "email", "x@x.es")
			w.event("u2", "", "email", "x@x.es")
			w.event("u2", "", "email", "x@x.es")
			w.want("two people", no{1, 2}, 1)
			if s := w.suggestions()[0]; s.Evidence != "email" || s.Value != "x@x.es" || s.CustomerA != 1 || s.CustomerB != 2 {
				w.t.Errorf("suggestion %+v", s)
			}
		},
		"an identifier declared to merge joins two identified": func(w *world) {
			w.event("u1", "", "card", "c1")
			w.event("u2", "", "card", "c1")
			w.want("one person", no{1, 1}, 0)
		},
		"a name given to a merged profile counts for its customer": func(w *world) {
			w.event("", "A", "email", "x@x.es")
			w.event("u1", "", "email", "x@x.es") // customer 2 has device A now
			w.event("u2", "A")                   // a second user on it
			w.want("two people", no{2, 2, 3}, 0)
		},
		"alias joins what was anonymous": func(w *world) {
			w.event("", "A")
			w.event("u1", "")
			w.fact(identity.Fact{Kind: cx.Alias, UserID: "u1", PreviousID: "A"})
			w.want("one person", no{2, 2}, 0)
		},
		"alias joins two userIds into the older": func(w *world) {
			w.event("old", "")
			w.fact(identity.Fact{Kind: cx.Alias, UserID: "new", PreviousID: "old"})
			w.want("one person", no{1, 1}, 0)
			if m := w.merges()[0]; m.Evidence != "alias" || m.Value != "old" {
				w.t.Errorf("merge %+v", m)
			}
		},
		"alias names an anonymous": func(w *world) {
			w.event("", "A")
			w.fact(identity.Fact{Kind: cx.Alias, UserID: "u1", PreviousID: "A"})
			w.want("one profile", no{1}, 0)
		},
		"alias of what nobody knows is remembered": func(w *world) {
			w.fact(identity.Fact{Kind: cx.Alias, UserID: "u1", AnonymousID: "A", PreviousID: "A"})
			w.fact(identity.Fact{Kind: cx.Alias, UserID: "u1", PreviousID: "B"})
			w.event("", "B")
			w.want("one profile", no{1}, 0)
		},
		"an undo gives back and keeps apart": func(w *world) {
			w.event("u1", "")
			w.event("", "A")
			w.event("u1", "A")
			id := w.merges()[0].ID
			o := w.decide(func(iw *identity.Writer, d identity.Decision) (identity.Outcome, error) { return iw.Undo(d, id) })
			if o.Parted != (identity.Parted{Customer: 1, New: 2}) {
				w.t.Errorf("outcome %+v", o)
			}
			w.want("undone", no{1, 2}, 0)
			w.event("u1", "A")
			w.want("suggested, not merged", no{1, 2}, 1)
			w.decide(func(iw *identity.Writer, d identity.Decision) (identity.Outcome, error) {
				return iw.Join(d, cx.CustomerIDOf(2), cx.CustomerIDOf(1), "same voice")
			})
			w.want("a person's word is stronger", no{2, 2}, 0)
		},
		"an undo below another merge takes its part along": func(w *world) {
			w.event("u1", "", "email", "x@x.es")                // 1
			w.event("", "A", "email", "x@x.es", "phone", "600") // 2 → 1 by e-mail
			w.event("", "B", "phone", "600")                    // 3 → 1 by phone of 2
			w.want("stacked", no{1, 1, 1}, 0)
			id := w.merges()[0].ID
			w.decide(func(iw *identity.Writer, d identity.Decision) (identity.Outcome, error) { return iw.Undo(d, id) })
			w.want("undone", no{1, 2, 2}, 0)
		},
		"an undo elsewhere leaves who survived": func(w *world) {
			w.event("", "A", "email", "x@x.es")                 // 1
			w.event("", "B", "email", "x@x.es", "phone", "600") // 2 → 1
			w.event("u1", "", "phone", "600")                   // 3 takes 1 by its profile 2
			w.event("", "C", "phone", "600")                    // 4 → 3
			w.want("stacked", no{3, 3, 3, 3}, 0)
			id := w.merges()[2].ID
			w.decide(func(iw *identity.Writer, d identity.Decision) (identity.Outcome, error) { return iw.Undo(d, id) })
			w.want("undone", no{3, 3, 3, 4}, 0)
		},
		"what is kept apart is suggested once, and not after it was dismissed": func(w *world) {
			w.event("u1", "", "email", "x@x.es")
			w.event("u2", "", "email", "x@x.es")
			w.decide(func(iw *identity.Writer, d identity.Decision) (o identity.Outcome, err error) {
				return o, iw.KeepApart(d, cx.CustomerIDOf(1), cx.CustomerIDOf(2))
			})
			w.event("u2", "", "email", "x@x.es")
			w.want("dismissed", no{1, 2}, 0)
			w.event("u1", "", "card", "c")
			w.event("u2", "", "card", "c")
			w.want("by other evidence", no{1, 2}, 1)
		},
		"decisions about who is not there do nothing": func(w *world) {
			w.event("u1", "")
			w.decide(func(iw *identity.Writer, d identity.Decision) (identity.Outcome, error) {
				return iw.Join(d, cx.CustomerIDOf(1), cx.CustomerIDOf(99), "")
			})
			w.decide(func(iw *identity.Writer, d identity.Decision) (identity.Outcome, error) { return iw.Undo(d, 5) })
			w.decide(func(iw *identity.Writer, d identity.Decision) (o identity.Outcome, err error) {
				return o, iw.KeepApart(d, "c_nonsense", cx.CustomerIDOf(1))
			})
			w.want("nothing", no{1}, 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) { c(newWorld(t, open(t))) })
		})
	}
}

func rowsOf(ctx context.Context, tx *sqldb.Tx, query string) (out [][6]string, err error) {
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (r [6]string, err error) {
		return r, rows.Scan(&r[0], &r[1], &r[2], &r[3], &r[4], &r[5])
	})
}
