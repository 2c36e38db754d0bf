package account_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

// chained is an audit log of eight entries, sealed after the sixth, in a
// database that the test may tamper with.
func chained(t *testing.T, open func(*testing.T) *sqldb.DB) *world {
	t.Helper()
	w := &world{T: t, db: open(t), clock: cxtest.NewClock()}
	w.seals = filepath.Join(t.TempDir(), "audit.seals")
	var err error
	w.Service, err = account.Open(t.Context(), w.db, w.clock, account.WithSeals(w.seals))
	w.ok(err)
	for i := range 8 {
		if i == 6 {
			_, err := w.Seal(t.Context())
			w.ok(err)
		}
		w.clock.Advance(time.Second)
		w.ok(w.Record(t.Context(), cx.Principal{ID: "person:1"}, "customer.seen", fmt.Sprintf("customer:c_%d", i)))
	}
	return w
}

// tamper runs SQL behind the service's back, the triggers taken away.
func (w *world) tamper(statements ...string) {
	w.Helper()
	drop := []string{`DROP TRIGGER account_audit_no_update`, `DROP TRIGGER account_audit_no_delete`}
	if w.db.Dialect() == sqldb.Postgres {
		drop = []string{`DROP TRIGGER account_audit_no_update ON account_audit`, `DROP TRIGGER account_audit_no_delete ON account_audit`}
	}
	w.ok(w.db.Write(w.Context(), func(tx *sqldb.Tx) error {
		for _, s := range append(drop, statements...) {
			if _, err := tx.Exec(w.Context(), s); err != nil {
				return err
			}
		}
		return nil
	}))
}

// forge writes the whole chain anew over what the table holds now, as somebody
// would who knows how it is made.
func (w *world) forge() {
	w.Helper()
	w.tamperedReopen(`UPDATE account_audit SET hash = ''`)
}

func (w *world) tamperedReopen(statement string) {
	w.Helper()
	w.ok(w.db.Write(w.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(w.Context(), statement)
		return err
	}))
	_, err := account.Open(w.Context(), w.db, w.clock)
	w.ok(err)
}

func TestVerifyFindsTheFirstBrokenEntry(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		tamper []string
		forge  bool
		broken account.Breakage
		at     int64
	}{
		"untouched":            {},
		"another object":       {tamper: []string{`UPDATE account_audit SET object = 'customer:c_9' WHERE id = 3`}, broken: account.Changed, at: 3},
		"another principal":    {tamper: []string{`UPDATE account_audit SET principal = 'person:2' WHERE id = 1`}, broken: account.Changed, at: 1},
		"another time":         {tamper: []string{`UPDATE account_audit SET at = at + 1 WHERE id = 8`}, broken: account.Changed, at: 8},
		"fields moved":         {tamper: []string{`UPDATE account_audit SET action = 'customer.seencustomer:', object = 'c_3' WHERE id = 4`}, broken: account.Changed, at: 4},
		"taken out":            {tamper: []string{`DELETE FROM account_audit WHERE id = 4`}, broken: account.Missing, at: 4},
		"the first taken out":  {tamper: []string{`DELETE FROM account_audit WHERE id = 1`}, broken: account.Missing, at: 1},
		"taken out and closed": {tamper: []string{`DELETE FROM account_audit WHERE id = 4`, `UPDATE account_audit SET id = -id WHERE id > 4`, `UPDATE account_audit SET id = -id - 1 WHERE id < 0`}, broken: account.Changed, at: 4},
		"reordered":            {tamper: []string{`UPDATE account_audit SET id = -2 WHERE id = 2`, `UPDATE account_audit SET id = 2 WHERE id = 3`, `UPDATE account_audit SET id = 3 WHERE id = -2`}, broken: account.Changed, at: 2},
		"put between":          {tamper: []string{`INSERT INTO account_audit (id, at, principal, action, object, hash) VALUES (9, 1, 'person:1', 'x', 'y', '')`}, broken: account.Changed, at: 9},
		"the tail cut off":     {tamper: []string{`DELETE FROM account_audit WHERE id > 4`}, broken: account.Cut, at: 5},
		"everything cut off":   {tamper: []string{`DELETE FROM account_audit`}, broken: account.Cut, at: 1},
		"rewritten":            {tamper: []string{`UPDATE account_audit SET object = 'customer:c_9' WHERE id = 3`}, forge: true, broken: account.Rewritten, at: 6},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
				w := chained(t, open)
				w.tamper(tt.tamper...)
				if tt.forge {
					w.forge()
				}
				c, err := w.Verify(t.Context(), system)
				w.ok(err)
				if c.Broken != tt.broken || c.At != tt.at {
					t.Errorf("broken %q at %d, want %q at %d", c.Broken, c.At, tt.broken, tt.at)
				}
				if tt.broken == "" && (c.Entries != 8 || c.Sealed.Entries != 6 || c.Head == "") {
					t.Errorf("chain %+v", c)
				}
			})
		})
	}
}

func TestAuditIsAsked(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		w := chained(t, open)
		w.ok(w.Record(t.Context(), system, "person.disabled", "person:3"))
		w.ok(w.Record(t.Context(), system, "personal", "person:3"))
		for _, tt := range []struct {
			query account.AuditQuery
			ids   string
		}{
			{account.AuditQuery{Limit: 2}, "[10 9]"},
			{account.AuditQuery{Before: 3, Limit: 9}, "[2 1]"},
			{account.AuditQuery{Principal: "person:1", Limit: 2}, "[8 7]"},
			{account.AuditQuery{Action: "person", Limit: 9}, "[9]"},
			{account.AuditQuery{Action: "customer.seen", Object: "customer:c_2", Limit: 9}, "[3]"},
			{account.AuditQuery{Object: "' OR 1=1", Limit: 9}, "[]"},
		} {
			entries, err := w.Audit(t.Context(), system, tt.query)
			w.ok(err)
			ids := []int64{}
			for _, e := range entries {
				ids = append(ids, e.ID)
			}
			if got := fmt.Sprint(ids); got != tt.ids {
				t.Errorf("%+v gave %s, want %s", tt.query, got, tt.ids)
			}
		}
		_, err := w.Verify(t.Context(), cx.Principal{ID: "person:2", Role: cx.Lead})
		w.want(err, cx.Forbidden, "")
	})
}

func TestLookingIsPutOnRecordOnceAnHour(t *testing.T) {
	each(t, func(w *world) {
		look := func(person, customer string) {
			w.ok(w.RecordHourly(w.Context(), cx.Principal{ID: person}, "customer.seen", customer))
		}
		for range 3 {
			look("person:1", "customer:c_1")
		}
		look("person:1", "customer:c_2")
		look("person:2", "customer:c_1")
		w.clock.Advance(time.Hour)
		look("person:1", "customer:c_1")
		if got := len(w.actions()); got != 4 {
			w.Errorf("%d entries, want 4: %q", got, w.actions())
		}
	})
}

// TestTheTailIsNotSealedTwice: a seal says something new or is not made.
func TestTheTailIsNotSealedTwice(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		w := chained(t, open)
		first, err := w.Seal(t.Context())
		w.ok(err)
		again, err := w.Seal(t.Context())
		w.ok(err)
		if first.Entries != 8 || again != (account.Seal{}) {
			t.Errorf("sealed %+v, then %+v", first, again)
		}
		if c, err := w.Verify(t.Context(), system); err != nil || c.Sealed.Entries != 8 || c.Broken != "" {
			t.Errorf("chain %+v, %v", c, err)
		}
	})
}

// TestSealsOutliveAPowerCutAndAreNotForged looks at the file of seals.
func TestSealsOutliveAPowerCutAndAreNotForged(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		w := chained(t, open)
		whole, err := os.ReadFile(w.seals)
		w.ok(err)
		w.ok(os.WriteFile(w.seals, append(whole, "7 0123"...), 0o600)) // half a line
		_, err = w.Seal(t.Context())
		w.ok(err)
		if c, err := w.Verify(t.Context(), system); err != nil || c.Broken != "" || c.Sealed.Entries != 8 {
			t.Errorf("after half a line: %+v, %v", c, err)
		}
		w.ok(os.WriteFile(w.seals, []byte("6 short 1\n"), 0o600))
		_, err = w.Verify(t.Context(), system)
		w.want(err, cx.Conflict, "no seal")
	})
}

// TestEntriesOfBeforeAreChained opens a database that the release before left.
func TestEntriesOfBeforeAreChained(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		ctx := t.Context()
		old := fstest.MapFS{}
		for name, text := range account.Migrations() {
			if number := strings.Split(name, "_")[0]; number <= "0002" {
				old[name] = &fstest.MapFile{Data: []byte(text)}
			}
		}
		heads := map[string]bool{}
		for range 2 {
			w := &world{T: t, db: open(t), clock: cxtest.NewClock()}
			w.ok(w.db.Migrate(ctx, "account", fs.FS(old)))
			w.ok(w.db.Write(ctx, func(tx *sqldb.Tx) error {
				return insertOld(ctx, tx)
			}))
			w.reopen()
			w.ok(w.Record(ctx, system, "person.created", "person:7"))
			c, err := w.Verify(ctx, system)
			w.ok(err)
			if c.Entries != 4 || c.Broken != "" {
				t.Errorf("chain %+v", c)
			}
			heads[c.Head] = true
			err = w.db.Write(ctx, func(tx *sqldb.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE account_audit SET object = 'x' WHERE id = 1`)
				return err
			})
			if err == nil {
				t.Error("a chained entry was changed")
			}
		}
		if len(heads) != 1 {
			t.Errorf("the same entries gave the chains %v", heads)
		}
	})
}

func insertOld(ctx context.Context, tx *sqldb.Tx) error {
	for i := range 3 {
		if _, err := tx.Exec(ctx, `INSERT INTO account_audit (id, at, principal, action, object) VALUES ($1, $2, 'system', 'source.created', $3)`,
			i+1, cxtest.Epoch, fmt.Sprintf("source:%d", i)); err != nil {
			return err
		}
	}
	return nil
}
