package promise_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// Whoever is forgotten takes their promises along, to the last byte; what another
// customer lived of the same order stays theirs.
func TestAForgottenCustomersPromisesGo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.order("secret-7741", time.Hour)
		w.happens("luis", "Ordered", cxtest.Object{"order_id": "B2", "delivery": "home", "promised_at": w.clock.Now().Add(time.Hour).Std().Format(time.RFC3339)})
		w.happens("marta", "Delivered", cxtest.Object{"order_id": "secret-7741", "place": "Calle Escondida 12"})
		w.pass(2 * time.Hour)
		id, err := w.memory.Lookup(t.Context(), cx.System(), "userId", "marta")
		if err != nil {
			t.Fatal(err)
		}
		mine, err := w.OfCustomer(t.Context(), cx.System(), id)
		if err != nil || len(mine) != 1 || mine[0].State != promise.Kept || mine[0].About.ID != "secret-7741" {
			t.Fatalf("%+v, %v", mine, err)
		}
		trust, err := w.Trust(t.Context(), cx.System(), id)
		if err != nil || trust.N != 1 || trust.Value <= .5 || trust.Before != .5 {
			t.Errorf("%+v, %v", trust, err)
		}
		subject, err := w.memory.Subject(t.Context(), cx.System(), id)
		if err != nil {
			t.Fatal(err)
		}
		sections, err := w.Export(t.Context(), subject)
		if err != nil {
			t.Fatal(err)
		}
		if raw, _ := json.Marshal(sections); !bytes.Contains(raw, []byte("secret-7741")) {
			t.Errorf("%s", raw)
		}
		if n, err := w.Erase(t.Context(), subject); err != nil || n != 2 {
			t.Errorf("%d, %v", n, err)
		}
		if all := w.all("on-date"); len(all) != 1 || all[0].About.ID != "B2" || all[0].State != promise.Broken {
			t.Errorf("%+v", all)
		}
		files, err := filepath.Glob(filepath.Join(w.dir, "promises.db*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if b, err := os.ReadFile(file); err != nil || bytes.Contains(b, []byte("secret-7741")) || bytes.Contains(b, []byte("Escondida")) {
				t.Errorf("%s still knows, %v", filepath.Base(file), err)
			}
		}
	})
}

// Who is limited to areas sees the promises that these answer for, or that are
// made to them; whom they are of only where they reach the customer.
func TestAreasSeeTheirPromises(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.order("A1", time.Hour)
	w.happens("tienda-goya", "Till Broken", nil)
	stores := cx.Principal{ID: "person:2", Role: cx.Member, Areas: []string{"stores"}}
	all, err := w.Promises(t.Context(), stores, promise.Query{})
	if err != nil || len(all) != 2 || all[0].Promise.Slug != "till-fast" || all[1].Promise.Slug != "repaired" || all[1].Open != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := w.Promise(t.Context(), stores, "on-date", promise.Query{}); cx.KindOf(err) != cx.NotFound {
		t.Errorf("%v", err)
	}
	if _, err := w.Instances(t.Context(), stores, "on-date", promise.Filter{}); cx.KindOf(err) != cx.NotFound {
		t.Errorf("%v", err)
	}
	if _, err := w.Instance(t.Context(), stores, w.all("on-date")[0].ID); cx.KindOf(err) != cx.NotFound {
		t.Errorf("%v", err)
	}
	soon, err := w.DueSoon(t.Context(), cx.System(), "", w.clock.Now().Add(24*time.Hour), 10)
	if err != nil || len(soon) != 2 || soon[0].Promise != "on-date" || soon[1].Promise != "repaired" {
		t.Errorf("%+v, %v", soon, err)
	}
	if soon, err := w.DueSoon(t.Context(), stores, "logistics", w.clock.Now().Add(24*time.Hour), 10); err != nil || len(soon) != 0 {
		t.Errorf("%+v, %v", soon, err)
	}
	if _, err := w.Promises(t.Context(), cx.Principal{}, promise.Query{}); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("%v", err)
	}
}
