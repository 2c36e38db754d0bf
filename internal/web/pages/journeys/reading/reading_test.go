package reading

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

func reader(t *testing.T) Reader {
	t.Helper()
	bundle, err := i18n.New(ui.Messages)
	if err != nil {
		t.Fatal(err)
	}
	return Reader{Teller: customer.NewTeller(bundle.Locale("es", nil, cxtest.NewClock()), model.Empty())}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	r := reader(t)
	for got, want := range map[string]string{
		r.Money(1234, "EUR"):                     "12,34\u00a0€",
		r.Money(-123456, "EUR"):                  "−1.235\u00a0€",
		r.Share(journey.Share{K: 1, N: 3}):       "33\u00a0%",
		r.Share(journey.Share{K: 1, N: 300}):     "0,3\u00a0%",
		r.Share(journey.Share{}):                 "–",
		r.Signed(-0.66):                          "−0,7",
		Quote(" no «entiende» nada "):            "«no “entiende” nada»",
		Anchor("unexpected:Order Cancelled@pay"): "f-unexpected-order-cancelled-pay",
		Capital("él mismo"):                      "Él mismo",
		Capital(""):                              "",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCertainty(t *testing.T) {
	t.Parallel()
	estimate := func(v, half float64, n int) outcome.Estimate {
		return outcome.Estimate{Value: v, Low: v - half, High: v + half, N: n}
	}
	for i, c := range []struct{ got, want Certainty }{
		{OfDifference(true, -1, 1), Sure},
		{OfDifference(false, -2, -1), Likely},
		{OfDifference(false, 1, 2), Likely},
		{OfDifference(false, -1, 2), Unknown},
		{OfFeeling(estimate(-1, .2, 9)), Unknown},
		{OfFeeling(estimate(-1, .2, 90)), Sure},
		{OfFeeling(estimate(-.3, .2, 90)), Likely},
	} {
		if c.got != c.want {
			t.Errorf("%d: %s, want %s", i, c.got, c.want)
		}
	}
}

// TestAddresses: an address keeps what is asked, and a view of the journey as a
// whole lets go what a link narrowed.
func TestAddresses(t *testing.T) {
	t.Parallel()
	a := Question{Journey: model.Journey{Slug: "order"}, Weeks: usual, Filter: journey.Filter{Place: "goya", State: journey.Stuck, Deviation: "late:pay"}}
	for got, want := range map[string]string{
		a.At(""):                      "/journeys/order?deviation=late%3Apay&place=goya&state=stuck",
		a.At("runs", "deviation", ""): "/journeys/order/runs?place=goya&state=stuck",
		a.Whole("paths"):              "/journeys/order/paths?place=goya",
		a.Path("runs/00ff"):           "/journeys/order/runs/00ff",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
