package forget

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

// What forgetting does to every store is tested with all of them in app.
func TestReceiptsSurvive(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		ctx, clock, db := t.Context(), cxtest.NewClock(), open(t)
		s, err := Open(ctx, Config{DB: db, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		first := Receipt{Customer: "c_1", IDs: []cx.CustomerID{"c_1", "c_2"}, AskedAt: clock.Now().Std(), AskedBy: "person:1"}
		second := Receipt{AskedAt: clock.Now().Std(), AskedBy: "system", Expired: []Expired{{Source: "web", Keep: "90 days", Before: clock.Now().Std(), Events: 3}}}
		for _, r := range []*Receipt{&first, &second} {
			if err := db.Write(ctx, func(tx *sqldb.Tx) error { return s.begin(ctx, tx, r) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.count(ctx, &first, "log", 7); err != nil {
			t.Fatal(err)
		}
		if st, err := s.State(ctx); st.Waiting != 2 || err != nil {
			t.Errorf("%+v, %v", st, err)
		}
		if all, err := s.Ledger(ctx); len(all) != 0 || err != nil {
			t.Errorf("in the ledger before it is done: %v, %v", all, err)
		}
		if err := s.finish(ctx, &first); err != nil {
			t.Fatal(err)
		}

		again, err := Open(ctx, Config{DB: db, Clock: clock}) // another start
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range first.IDs {
			r, ok, err := again.Forgotten(ctx, id)
			if err != nil || !ok || r.SHA256 != r.Sum() {
				t.Fatalf("%s: %v %v", id, ok, err)
			}
			if diff := cmp.Diff(first, r); diff != "" {
				t.Error(diff)
			}
		}
		if _, ok, err := again.Forgotten(ctx, "c_3"); ok || err != nil {
			t.Errorf("somebody else: %v, %v", ok, err)
		}
		if all, err := again.Receipts(ctx, cx.System(), 0, 10); err != nil || len(all) != 2 || all[0].ID != 2 || all[0].Done() {
			t.Errorf("%+v, %v", all, err)
		}
		if _, err := again.Receipts(ctx, cx.Principal{ID: "person:2", Role: cx.Analyst}, 0, 10); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("an analyst: %v", err)
		}

		// A sealed receipt that is carried out again stays as it was.
		var line Receipt
		if b, err := json.Marshal(first); err != nil || json.Unmarshal(b, &line) != nil {
			t.Fatal(err)
		}
		if err := db.Write(ctx, func(tx *sqldb.Tx) error { return again.again(ctx, tx, line) }); err != nil {
			t.Fatal(err)
		}
		if err := again.count(ctx, &line, "log", 1); err != nil {
			t.Fatal(err)
		}
		if err := again.finish(ctx, &line); err != nil {
			t.Fatal(err)
		}
		if all, err := again.Ledger(ctx); err != nil || len(all) != 1 || cmp.Diff(first, all[0]) != "" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}
