package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/simulate"
)

// candilOf founds the simulated company as it is now, and returns it with its
// answer key.
func candilOf(t *testing.T, customers int) (house, simulate.Truth) {
	t.Helper()
	h := openHouse(t, t.TempDir())
	demo, err := h.FoundDemo(t.Context(), DemoConfig{Customers: customers, Seed: 1}, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return h, demo.sim.Truth()
}

// What was promised stands as the simulation itself counts it; what burns is told
// to who answers for it, within seconds of the event that decides it.
func TestPlantedPromisesAreFound(t *testing.T) {
	t.Parallel()
	h, truth := candilOf(t, 3000)
	ctx, all := t.Context(), cx.System()
	if len(truth.Promises) == 0 {
		t.Fatal("nothing is counted")
	}
	always := promise.Query{Window: cx.Window{From: 1, To: h.clock.Now().Add(time.Hour)}}
	for _, want := range truth.Promises {
		t.Run(want.Slug, func(t *testing.T) {
			got, err := h.Promises.Promise(ctx, all, want.Slug, always)
			if err != nil {
				t.Fatal(err)
			}
			// What was open at the end of the past may have fallen due since.
			if got.Kept != want.Kept || got.Void != want.Void || got.Broken < want.Broken || got.Broken > want.Broken+want.Open ||
				got.Broken+got.Open+got.AtRisk != want.Broken+want.Open {
				t.Errorf("%+v; there were %+v", got.Tally, want.TruthKept)
			}
		})
	}
	t.Run("whom it is with", func(t *testing.T) {
		for _, r := range truth.Reports {
			by := promise.BySupplier
			if r.Promise == "till-under-5" {
				by = promise.ByPlace
			}
			groups, err := h.Promises.By(ctx, all, r.Promise, by, always) // of a month there are too few in some shops
			if err != nil {
				t.Fatal(err)
			}
			worst := promise.Group{}
			for _, g := range groups {
				if g.Decided() >= 20 && (worst.Key == "" || g.High < worst.High) {
					worst = g
				}
			}
			if worst.Key != r.By || worst.Verdict == promise.Meets {
				t.Errorf("%s is broken most by %q (%+v), planted is %q", r.Promise, worst.Key, worst.Share, r.By)
			}
		}
	})
	t.Run("who is told", func(t *testing.T) {
		for _, told := range []struct{ promise, email string }{
			{"delivery-on-date", "nerea.vidal@candil.example"},
			{"till-under-5", "pablo.cid@candil.example"},
			{"gift-exchange", simulate.Manager},
		} {
			person, err := h.Accounts.PersonByEmail(ctx, all, told.email)
			if err != nil {
				t.Fatal(err)
			}
			before := heard(t, h, person.Principal())
			began := time.Now()
			breaks(t, h, told.promise)
			for heard(t, h, person.Principal()) == before {
				if time.Since(began) > 5*time.Second {
					t.Errorf("%s burns, and %s is not told within 5 s: %q", told.promise, person.Name, before)
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			t.Logf("%s: told after %s", told.promise, time.Since(began).Round(time.Millisecond))
		}
	})
}

// heard are the titles of those of a kind that somebody has.
func heard(t *testing.T, h house, p cx.Principal) string {
	t.Helper()
	page, err := h.Notices.Mine(t.Context(), p, notify.Query{Kind: notify.Promise})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, item := range page.Items {
		fmt.Fprintln(&b, item.Title, item.Text)
	}
	return b.String()
}

// breaks lets twenty customers live now that a promise is broken to them.
func breaks(t *testing.T, h house, slug string) {
	t.Helper()
	now := h.clock.Now()
	var all []string
	add := func(i int, event string, at cx.Time, properties string) {
		all = append(all, fmt.Sprintf(`{"type":"track","event":%q,"userId":"%s-%d","messageId":"%s-%s-%d","timestamp":%q,"properties":{%s}}`, event, slug, i, slug, event, i, at, properties))
	}
	for i := range 20 {
		switch id := fmt.Sprintf("%s-%d", slug, i); slug {
		case "delivery-on-date":
			due := now.Add(-time.Minute)
			add(i, "Order Completed", now.Add(-20*time.Hour), fmt.Sprintf(`"order_id":%q,"delivery":"home","promised_at":%q,"region":"andalucia"`, id, due))
			add(i, "Order Delivered", now, fmt.Sprintf(`"order_id":%q,"carrier":"azahar","promised_at":%q,"region":"andalucia","days_late":1,"damaged":false`, id, due))
		case "till-under-5":
			add(i, "Checkout Paid", now, fmt.Sprintf(`"ticket_id":%q,"shop":"madrid-fuencarral","wait_min":21.5,"items":1,"revenue":12.5,"currency":"EUR","method":"card"`, id))
		case "gift-exchange":
			add(i, "Return Requested", now.Add(-3*time.Hour), fmt.Sprintf(`"return_id":%q,"shop":"madrid-arguelles","reason":"gift","gift":true,"receipt":false,"value":15`, id))
			add(i, "Return Refused", now, fmt.Sprintf(`"return_id":%q,"shop":"madrid-arguelles","reason":"no_receipt"`, id))
		}
	}
	h.send(all...)
}
