package simulate_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/simulate"
)

func cause(t *testing.T, slug string) simulate.TruthCause {
	t.Helper()
	for _, c := range simulate.Company(simulate.Config{Seed: 1, Until: until}).Truth().Causes {
		if c.Slug == slug {
			return c
		}
	}
	t.Fatalf("nothing is planted as %s", slug)
	return simulate.TruthCause{}
}

// near checks a share against the planted one within four standard errors and
// a little for what happens besides.
func near(t *testing.T, what string, of []bool, want float64) {
	t.Helper()
	if len(of) < 20 {
		t.Fatalf("%s: only %d", what, len(of))
	}
	got := share(of)
	if margin := .03 + 4*math.Sqrt(want*(1-want)/float64(len(of))); math.Abs(got-want) > margin {
		t.Errorf("%s: %.3f of %d, planted was %.3f ± %.3f", what, got, len(of), want, margin)
	}
}

// worse checks that scores differ by at least some points, with a z above 3.
func worse(t *testing.T, what string, affected, others []float64, by float64) {
	t.Helper()
	if len(affected) < 15 || len(others) < 30 {
		t.Fatalf("%s: only %d affected, %d others", what, len(affected), len(others))
	}
	a, o := mean(affected), mean(others)
	z := (o - a) / math.Sqrt(variance(affected)/float64(len(affected))+variance(others)/float64(len(others)))
	if o-a < by || z < 3 {
		t.Errorf("%s: %.2f (n %d) against %.2f (n %d), z %.1f; want %.1f less", what, a, len(affected), o, len(others), z, by)
	}
}

func TestCourierIsLateInOneRegionFromADayOn(t *testing.T) {
	t.Parallel()
	c := cause(t, "courier-late")
	strike := cause(t, "carrier-strike")
	late := map[string]bool{}
	var exposed, before, elsewhere, other []bool
	var bad, good []float64
	for _, l := range thePast(t) {
		p := &l.Properties
		switch {
		case l.Event == "Order Delivered" && len(l.UserID) == len("cl-12345678"):
			isLate := l.At.After(p.PromisedAt)
			late[p.OrderID] = isLate
			here := p.Region == c.Where["region"]
			due := p.PromisedAt.After(c.Since.Add(24 * time.Hour))
			switch {
			case p.Carrier != c.Where["supplier"]:
				if l.At.Before(strike.Since) || l.At.After(strike.Until.Add(96*time.Hour)) {
					other = append(other, isLate)
				}
			case !here:
				elsewhere = append(elsewhere, isLate)
			case due:
				exposed = append(exposed, isLate)
			case l.At.Before(c.Since):
				before = append(before, isLate)
			}
		case l.Survey == "csat-delivery":
			if score, ok := l.score(); ok && late[p.OrderID] {
				bad = append(bad, score)
			} else if ok {
				good = append(good, score)
			}
		}
	}
	near(t, "late, Azahar in Andalucía since then", exposed, c.Share+(1-c.Share)*c.Otherwise)
	near(t, "late, the same before", before, c.Otherwise)
	near(t, "late, Azahar elsewhere", elsewhere, c.Otherwise)
	near(t, "late, Veloz", other, c.Otherwise)
	worse(t, "score of late deliveries", bad, good, 1.2)
}

func TestStrikeDelaysWhatWasDueInIt(t *testing.T) {
	t.Parallel()
	c := cause(t, "carrier-strike")
	var due []bool
	for _, l := range thePast(t) {
		p := &l.Properties
		if l.Event == "Order Delivered" && p.Carrier == "veloz" && p.PromisedAt.After(c.Since) && p.PromisedAt.Before(*c.Until) {
			due = append(due, l.At.After(p.PromisedAt))
		}
		if l.Event == "Order Delivered" && p.Carrier == "veloz" && l.At.After(c.Since) && l.At.Before(*c.Until) {
			t.Fatalf("Veloz delivered at %v, on strike", l.At)
		}
	}
	if len(due) < 5 || share(due) < .5 {
		t.Errorf("%.2f of %d due in the strike came late", share(due), len(due))
	}
}

func TestTillQueuesOnSaturdaysInOneShop(t *testing.T) {
	t.Parallel()
	c := cause(t, "till-queue")
	long := map[string]bool{}
	var exposed, weekdays, elsewhere []bool
	var bad, good []float64
	for _, l := range thePast(t) {
		p := &l.Properties
		switch {
		case l.Event == "Checkout Paid":
			queued := p.Wait > 10
			long[p.TicketID] = queued
			at := local(l.At, zoneOf(p.Shop)).Add(-time.Duration(p.Wait * float64(time.Minute)))
			saturday := at.Weekday() == time.Saturday
			busy := at.Hour() >= 11 && at.Hour() < 15 || at.Hour() >= 17
			switch {
			case p.Shop != c.Where["place"]:
				elsewhere = append(elsewhere, queued)
			case saturday && busy:
				exposed = append(exposed, queued)
			case !saturday:
				weekdays = append(weekdays, queued)
			}
		case l.Survey == "csat-till":
			if score, ok := l.score(); ok && long[p.TicketID] {
				bad = append(bad, score)
			} else if ok {
				good = append(good, score)
			}
		}
	}
	near(t, "queues in Fuencarral on Saturdays", exposed, c.Share)
	near(t, "… on other days", weekdays, 0)
	near(t, "queues elsewhere", elsewhere, 0)
	worse(t, "score of long queues", bad, good, 1)
}

func TestWebIsWrongAboutSomeTitles(t *testing.T) {
	t.Parallel()
	c := cause(t, "wrong-stock")
	phantom := map[string]bool{}
	for id := range strings.SplitSeq(c.Where["products"], ",") {
		phantom[id] = true
	}
	if len(phantom) < 4 {
		t.Fatalf("only %d titles: %v", len(phantom), c.Where)
	}
	hurt := map[string]bool{}
	var said, found, plain []bool
	var bad, good []float64
	for _, l := range thePast(t) {
		p := &l.Properties
		switch {
		case l.Event == "Stock Checked" && phantom[p.ProductID]:
			said = append(said, *p.InStock)
		case l.Event == "Shelf Browsed" && len(l.UserID) < 12:
			if phantom[p.ProductID] {
				found = append(found, *p.Found)
			} else {
				plain = append(plain, *p.Found)
			}
		case l.Event == "Order Cancelled" && p.Reason == "no_stock", l.Event == "Order Collected" && !*p.Found:
			hurt[p.OrderID] = true
		case l.Survey == "csat-collect":
			if score, ok := l.score(); ok && hurt[p.OrderID] {
				bad = append(bad, score)
			} else if ok {
				good = append(good, score)
			}
		}
	}
	if share(said) < 1 || share(found) > .05 || share(plain) < .8 {
		t.Errorf("said in stock %.2f, found %.2f, others found %.2f", share(said), share(found), share(plain))
	}
	worse(t, "score of reservations without a book", bad, good, 1)
}

func TestWrapColourChangesNothing(t *testing.T) {
	t.Parallel()
	if !cause(t, "wrap-colour").Null {
		t.Error("the truth says that the colour does something")
	}
	scores := map[string][]float64{}
	for _, l := range thePast(t) {
		if score, ok := l.score(); ok && l.Answers[0].Metric == "csat" {
			scores[l.Properties.GiftWrap] = append(scores[l.Properties.GiftWrap], score)
		}
	}
	blue, maroon := scores["azul"], scores["granate"]
	if len(blue) < 100 || len(maroon) < 100 {
		t.Fatalf("only %d and %d answers", len(blue), len(maroon))
	}
	z := (mean(blue) - mean(maroon)) / math.Sqrt(variance(blue)/float64(len(blue))+variance(maroon)/float64(len(maroon)))
	if p := math.Erfc(math.Abs(z) / math.Sqrt2); p <= .05 {
		t.Errorf("blue %.2f (n %d), maroon %.2f (n %d): p %.3f", mean(blue), len(blue), mean(maroon), len(maroon), p)
	}
}

// What was lived moves what is remembered, who comes back and who brings whom.
func TestWhatIsLivedMovesWhatTheyDo(t *testing.T) {
	t.Parallel()
	all := thePast(t)
	orders, deliveries := map[string][]time.Time{}, []lived{}
	recommends := map[bool][]float64{}
	everLate := map[string]bool{}
	codes, brought := map[string]bool{}, 0
	for _, l := range all {
		switch {
		case l.Event == "Order Delivered":
			everLate[l.UserID] = everLate[l.UserID] || l.At.After(l.Properties.PromisedAt)
			deliveries = append(deliveries, l)
		case l.Event == "Order Completed":
			orders[l.UserID] = append(orders[l.UserID], l.At)
		case l.Survey == "nps":
			if score, ok := l.score(); ok {
				recommends[everLate[l.UserID]] = append(recommends[everLate[l.UserID]], score)
			}
		case l.Event == "Friend Referred":
			codes[l.UserID] = true
		}
		if l.Properties.ReferredBy != "" {
			brought++
		}
	}
	worse(t, "recommendation of who had a late parcel", recommends[true], recommends[false], .4)
	const soon = 80 * 24 * time.Hour
	back := map[bool][]float64{}
	for _, l := range deliveries {
		if l.At.Add(soon).After(until) {
			continue
		}
		again := 0.0
		for _, at := range orders[l.UserID] {
			if at.After(l.At) && at.Before(l.At.Add(soon)) {
				again = 1
			}
		}
		late := l.At.After(l.Properties.PromisedAt)
		back[late] = append(back[late], again)
	}
	if late, inTime := mean(back[true]), mean(back[false]); late >= inTime*.85 {
		t.Errorf("%.2f of %d order again soon after a late parcel, %.2f of %d after one in time", late, len(back[true]), inTime, len(back[false]))
	} else {
		t.Logf("%.2f of %d order again soon after a late parcel, %.2f of %d after one in time", late, len(back[true]), inTime, len(back[false]))
	}
	if len(codes) < 200 || brought < 100 || brought > len(codes)*3 {
		t.Errorf("%d brought friends, %d came", len(codes), brought)
	}
}

// Who answers is not like who is silent: the older answer more, and so do those
// who feel strongly, in spite of what they feel being bad.
func TestSilenceIsNotRandom(t *testing.T) {
	t.Parallel()
	late, born := map[string]bool{}, map[string]int{}
	all := thePast(t)
	for _, l := range all {
		if l.Traits.BirthYear > 0 {
			born[l.UserID] = l.Traits.BirthYear
		}
	}
	asked, answered := map[string]float64{}, map[string]float64{}
	for _, l := range all {
		count := func(in map[string]float64, isLate bool) {
			if isLate {
				in["late"]++
			} else {
				in["in time"]++
			}
			switch b := born[l.UserID]; {
			case b > 1995:
				in["young"]++
			case b > 0 && b < 1965:
				in["old"]++
			}
		}
		switch {
		case l.Event == "Order Delivered":
			late[l.Properties.OrderID] = l.At.After(l.Properties.PromisedAt)
			count(asked, late[l.Properties.OrderID])
		case l.Survey == "csat-delivery":
			count(answered, late[l.Properties.OrderID])
		}
	}
	rate := func(of string) float64 { return answered[of] / asked[of] }
	if rate("in time") < .2 || rate("in time") > .4 || rate("late") < rate("in time")*.85 {
		t.Errorf("%.2f answer after a late delivery, %.2f after one in time", rate("late"), rate("in time"))
	}
	if rate("old") < 1.3*rate("young") {
		t.Errorf("%.2f of the older answer, %.2f of the younger", rate("old"), rate("young"))
	}
}

// Who shares an e-mail or a device is not one customer.
func TestSomeShareAnEmailOrADevice(t *testing.T) {
	t.Parallel()
	mails, devices := map[string]map[string]bool{}, map[string]map[string]bool{}
	add := func(of map[string]map[string]bool, k, user string) {
		if k == "" || user == "" {
			return
		}
		if of[k] == nil {
			of[k] = map[string]bool{}
		}
		of[k][user] = true
	}
	for _, l := range thePast(t) {
		add(mails, l.Traits.Email, l.UserID)
		if l.Type == "identify" {
			add(devices, l.AnonymousID, l.UserID)
		}
	}
	shared := func(of map[string]map[string]bool) (n int) {
		for _, users := range of {
			if len(users) > 1 {
				n++
			}
			if len(users) > 2 {
				t.Errorf("%d customers share one thing", len(users))
			}
		}
		return n
	}
	truth := simulate.Company(simulate.Config{Seed: 1, Until: until}).Truth().Identity
	if n := shared(mails); n < truth.SharedMail/4 || n > truth.SharedMail {
		t.Errorf("%d pairs share an e-mail, planted were at most %d", n, truth.SharedMail)
	}
	if n := shared(devices); n < truth.SharedDevice/5 || n > truth.SharedDevice {
		t.Errorf("%d pairs share a device, planted were at most %d", n, truth.SharedDevice)
	}
}

func TestTruthIsWhole(t *testing.T) {
	t.Parallel()
	truth := simulate.Company(simulate.Config{Seed: 1, Until: until}).Truth()
	if len(truth.Causes) != 7 || len(truth.Journeys) != 7 || len(truth.Stories) != 12 || len(truth.Surveys) != 12 {
		t.Errorf("%d causes, %d faults of journeys, %d stories, %d surveys", len(truth.Causes), len(truth.Journeys), len(truth.Stories), len(truth.Surveys))
	}
	raw, err := json.Marshal(truth)
	if err != nil {
		t.Fatal(err)
	}
	var back simulate.Truth
	if err := json.Unmarshal(raw, &back); err != nil || back.Causes[0].Where["region"] != "andalucia" {
		t.Errorf("truth.json does not come back: %v", err)
	}
	for _, c := range truth.Causes {
		if c.Slug == "" || c.What == "" || c.Touchpoint == "" || c.Property == "" || c.Since.Before(truth.From) || c.Since.After(truth.Until) {
			t.Errorf("cause %+v is not told whole", c)
		}
	}
	for _, j := range truth.Journeys {
		if j.Slug == "" || j.What == "" || j.Journey == "" || j.Kind == "" || j.Step == "" || j.Share == 0 || j.Null != (j.Valence == 0) || j.Since.Before(truth.From) || j.Since.After(truth.Until) {
			t.Errorf("the fault %+v is not told whole", j)
		}
	}
}
