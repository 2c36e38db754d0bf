package simulate_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/simulate"
)

func fault(t *testing.T, slug string) simulate.TruthJourney {
	t.Helper()
	for _, j := range simulate.Company(simulate.Config{Seed: 1, Until: until}).Truth().Journeys {
		if j.Slug == slug {
			return j
		}
	}
	t.Fatalf("nothing is planted as %s", slug)
	return simulate.TruthJourney{}
}

// run is what was lived of one object, in time order.
type run []lived

// runs gathers what was lived by an object that key finds.
func runs(t *testing.T, key func(*lived) string) map[string]run {
	t.Helper()
	of := map[string]run{}
	all := thePast(t)
	for i := range all {
		if k := key(&all[i]); k != "" {
			of[k] = append(of[k], all[i])
		}
	}
	return of
}

// orders are the runs of orders, with what was lived of their basket.
func orders(t *testing.T) map[string]run {
	return runs(t, func(l *lived) string {
		if l.Properties.CartID != "" {
			return l.Properties.CartID[1:]
		}
		if l.Properties.OrderID != "" {
			return l.Properties.OrderID[1:]
		}
		return ""
	})
}

// specials are the runs of special orders.
func specials(t *testing.T) map[string]run {
	return runs(t, func(l *lived) string { return l.Properties.SpecialID })
}

// count tells how often an event was lived in the run, and when first.
func (r run) count(event string) (n int, first lived) {
	for i := range slices.Backward(r) {
		if r[i].Event == event {
			n++
			first = r[i]
		}
	}
	return n, first
}

// scores returns the answers to a survey that the run was followed by.
func (r run) scores(survey string) (list []float64) {
	for i := range r {
		if score, ok := r[i].score(); ok && r[i].Survey == survey {
			list = append(list, score)
		}
	}
	return list
}

func TestAzaharAnnouncesNoMore(t *testing.T) {
	t.Parallel()
	j := fault(t, "notice-missing")
	var exposed, others, fails, failsOtherwise []bool
	var bad, good []float64
	for _, r := range orders(t) {
		n, delivered := r.count("Order Delivered")
		if n == 0 {
			continue
		}
		p := &delivered.Properties
		noticed, _ := r.count("Delivery Notified")
		failed, _ := r.count("Delivery Failed")
		if p.Carrier != j.Where["supplier"] || p.PromisedAt.Before(j.Since) {
			others = append(others, noticed == 0)
			failsOtherwise = append(failsOtherwise, failed > 0)
			continue
		}
		exposed = append(exposed, noticed == 0)
		if noticed == 0 {
			fails = append(fails, failed > 0)
			bad = append(bad, r.scores("csat-delivery")...)
		} else {
			good = append(good, r.scores("csat-delivery")...)
		}
	}
	near(t, "unannounced, Azahar since then", exposed, j.Share)
	near(t, "unannounced otherwise", others, j.Otherwise)
	near(t, "unannounced deliveries fail", fails, .6)
	near(t, "others fail", failsOtherwise, .04)
	if mean(bad) >= mean(good) {
		t.Errorf("unannounced deliveries score %.2f (n %d), the others %.2f (n %d)", mean(bad), len(bad), mean(good), len(good))
	}
}

func TestOneShopAnswersLate(t *testing.T) {
	t.Parallel()
	j := fault(t, "answer-late")
	var exposed, before, elsewhere []bool
	for _, r := range specials(t) {
		n, answered := r.count("Special Order Answered")
		_, placed := r.count("Special Order Placed")
		if n == 0 {
			continue
		}
		late := answered.At.Sub(placed.At) > 6*24*time.Hour
		switch {
		case placed.Properties.Shop != j.Where["place"]:
			elsewhere = append(elsewhere, late)
		case answered.At.Before(j.Since):
			before = append(before, late)
		default:
			exposed = append(exposed, late)
		}
	}
	near(t, "answered late in Fuencarral since then", exposed, j.Share)
	near(t, "… before", before, j.Otherwise)
	near(t, "… elsewhere", elsewhere, j.Otherwise)
}

func TestPaymentLoopsOnTheWeb(t *testing.T) {
	t.Parallel()
	j := fault(t, "payment-loop")
	loops := 0
	for id, r := range runs(t, func(l *lived) string { return l.Properties.CartID }) {
		fails, first := r.count("Checkout Failed")
		if fails < 2 {
			continue
		}
		loops++
		if first.Source != j.Where["source"] || first.At.Before(j.Since) || first.At.After(j.Until.Add(time.Hour)) {
			t.Errorf("%s fails %d times by %s at %v", id, fails, first.Source, first.At)
		}
	}
	var exposed []bool // one for each basket that was filled there
	for _, l := range thePast(t) {
		if l.Event == "Product Added" && l.Source == j.Where["source"] && l.At.After(j.Since) && l.At.Before(*j.Until) {
			exposed = append(exposed, len(exposed) < loops)
		}
	}
	near(t, "payments that loop on the web in these weeks", exposed, j.Share)
}

func TestMailsAreNotAnswered(t *testing.T) {
	t.Parallel()
	j := fault(t, "mail-unanswered")
	var exposed, before []bool
	for id, r := range runs(t, func(l *lived) string { return l.Properties.CaseID }) {
		sent, mail := r.count("Support Mail Sent")
		answered, _ := r.count("Support Mail Answered")
		calls, _ := r.count("Support Called")
		if sent == 0 || mail.At.After(until.Add(-5*24*time.Hour)) {
			continue
		}
		if answered == 0 && calls != 2 {
			t.Errorf("%s is not answered, and calls %d times", id, calls)
		}
		if mail.At.After(j.Since) {
			exposed = append(exposed, answered == 0)
		} else if mail.At.Before(j.Since.Add(-5 * 24 * time.Hour)) {
			before = append(before, answered == 0)
		}
	}
	near(t, "not answered since then", exposed, j.Share)
	near(t, "not answered before", before, j.Otherwise)
}

func TestOrdersOfOneShopAreReminded(t *testing.T) {
	t.Parallel()
	j := fault(t, "reminder-mistaken")
	var exposed, otherwise []bool
	for _, r := range specials(t) {
		_, placed := r.count("Special Order Placed")
		reminded, _ := r.count("Payment Reminded")
		if placed.At.IsZero() || placed.At.After(until.Add(-36*time.Hour)) {
			continue
		}
		if placed.Properties.Shop == j.Where["place"] && placed.At.After(j.Since) {
			exposed = append(exposed, reminded > 0)
		} else {
			otherwise = append(otherwise, reminded > 0)
		}
	}
	near(t, "reminded in Gràcia since then", exposed, j.Share)
	if share(otherwise) > 0 {
		t.Errorf("%.4f of the other orders are reminded", share(otherwise))
	}
}

// What changes nothing is lived, and scores no less.
func TestNullFaultsChangeNothing(t *testing.T) {
	t.Parallel()
	tap, wrap := fault(t, "one-tap"), fault(t, "wrap-first")
	var tapped, early []bool
	with, without := []float64{}, []float64{}
	for _, r := range orders(t) {
		_, ordered := r.count("Order Completed")
		if ordered.At.Before(tap.Since.Add(time.Hour)) {
			continue
		}
		started, _ := r.count("Checkout Started")
		tapped = append(tapped, started == 0)
		if scores := r.scores("csat-web"); started == 0 {
			with = append(with, scores...)
		} else {
			without = append(without, scores...)
		}
	}
	near(t, "orders by one tap", tapped, tap.Share)
	z := (mean(with) - mean(without)) / math.Sqrt(variance(with)/float64(len(with))+variance(without)/float64(len(without)))
	if p := math.Erfc(math.Abs(z) / math.Sqrt2); p <= .05 {
		t.Errorf("by one tap %.2f (n %d), otherwise %.2f (n %d): p %.3f", mean(with), len(with), mean(without), len(without), p)
	}
	for _, r := range runs(t, func(l *lived) string { return l.Properties.TicketID }) {
		n, wrapped := r.count("Gift Wrapped")
		_, paid := r.count("Checkout Paid")
		if n == 0 {
			continue
		}
		first := wrapped.At.Before(paid.At)
		if here := paid.Properties.Shop == wrap.Where["place"] && wrapped.At.After(wrap.Since); here {
			early = append(early, first)
		} else if first {
			t.Errorf("wrapped before it is paid, in %s at %v", paid.Properties.Shop, wrapped.At)
		}
	}
	near(t, "wrapped before they are paid in Triana", early, wrap.Share)
}
