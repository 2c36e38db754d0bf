package simulate_test

import (
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/simulate"
)

// defaultTruth is the answer key of the default company, lived to its end.
var defaultTruth = sync.OnceValues(func() (simulate.Truth, error) {
	s := simulate.Company(simulate.Config{Seed: 1, Until: until})
	if err := s.Run(func(string, []byte) error { return nil }); err != nil {
		return simulate.Truth{}, err
	}
	return s.Truth(), nil
})

func lastTruth(t *testing.T) simulate.Truth {
	t.Helper()
	truth, err := defaultTruth()
	if err != nil {
		t.Fatal(err)
	}
	return truth
}

func promiseOf(t *testing.T, truth simulate.Truth, slug string) simulate.TruthPromise {
	t.Helper()
	for _, p := range truth.Promises {
		if p.Slug == slug {
			return p
		}
	}
	t.Fatalf("nothing is counted of %s: %+v", slug, truth.Promises)
	return simulate.TruthPromise{}
}

// What the simulation counts of its promises is what its messages say.
func TestPromisesAreCountedAsTheyAreLived(t *testing.T) {
	t.Parallel()
	truth := lastTruth(t)
	due, came := map[string]time.Time{}, map[string]time.Time{}
	carrier := map[string]string{}
	short, quick, quickSolved, slow, slowSolved := 0, 0, 0, 0, 0
	brought, refused := map[string]bool{}, 0
	for _, l := range thePast(t) {
		p := &l.Properties
		switch l.Event {
		case "Order Completed":
			if p.Delivery == "home" {
				due[p.OrderID] = p.PromisedAt
			}
		case "Order Delivered":
			came[p.OrderID], carrier[p.OrderID] = l.At, p.Carrier
		case "Checkout Paid":
			if p.Wait <= 5 {
				short++
			}
		case "Return Requested":
			if p.Gift && !p.Receipt {
				brought[l.UserID] = true
			} else if !p.Receipt {
				t.Errorf("%s brings something without its receipt that is no present", l.UserID)
			}
		case "Return Refused":
			refused++
		case "Support Called":
			if p.Minutes < 4 {
				quick++
				if p.Solved && p.Times == 1 {
					quickSolved++
				}
			} else if slow++; p.Solved && p.Times == 1 {
				slowSolved++
			}
		}
	}
	kept, broken, open, azahar := 0, 0, 0, 0
	for order, by := range due {
		switch at, here := came[order]; {
		case here && !at.After(by):
			kept++
		case here || by.Before(until):
			broken++
			if carrier[order] == "azahar" {
				azahar++
			}
		default:
			open++
		}
	}
	d := promiseOf(t, truth, "delivery-on-date")
	if d.Kept != kept || d.Broken != broken || d.Open != open {
		t.Errorf("counted are %+v, lived %d kept, %d broken, %d open", d, kept, broken, open)
	}
	if a, v := d.By["azahar"], d.By["veloz"]; a.Broken < azahar || 2*a.Broken*v.Kept < 3*v.Broken*a.Kept {
		t.Errorf("Azahar breaks %+v, at least %d, Veloz %+v", a, azahar, v)
	}
	till := promiseOf(t, truth, "till-under-5")
	if till.Kept != short {
		t.Errorf("%d tickets were paid in time, counted are %d", short, till.Kept)
	}
	for shop, c := range till.By {
		if worst := till.By["madrid-fuencarral"]; shop != "madrid-fuencarral" && c.Broken*worst.Kept > worst.Broken*c.Kept {
			t.Errorf("%s breaks %+v, Fuencarral %+v", shop, c, worst)
		}
	}
	if mended := promiseOf(t, truth, "till-mended-in-2h"); mended.Kept < 5*mended.Broken || mended.Broken < 20 {
		t.Errorf("of the tills that failed were mended: %+v", mended)
	}
	conflict := truth.Conflicts[0]
	if conflict.Customers != len(brought) || len(brought) < 40 || conflict.Refused != refused || refused < 30 {
		t.Errorf("%d customers brought a present without a receipt and %d were refused; counted are %+v", len(brought), refused, conflict)
	}
	if float64(quickSolved)/float64(quick) > .7*float64(slowSolved)/float64(slow) {
		t.Errorf("short calls solve %d of %d, longer ones %d of %d", quickSolved, quick, slowSolved, slow)
	}
}
