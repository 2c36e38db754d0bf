package simulate_test

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/simulate"
)

func initiativeOf(t *testing.T, truth simulate.Truth, slug string) simulate.TruthInitiative {
	t.Helper()
	for _, x := range truth.Initiatives {
		if x.Slug == slug {
			return x
		}
	}
	t.Fatalf("nothing was tried out as %s", slug)
	return simulate.TruthInitiative{}
}

// buys tells whether a message is a purchase.
func (l *lived) buys() bool { return l.Event == "Order Completed" || l.Event == "Checkout Paid" }

// person names who lived a message: the till knows the card alone.
func (l *lived) person() string {
	if l.UserID != "" {
		return l.UserID
	}
	return cards()[l.AnonymousID]
}

// cards tells whose each card is, also where no system ever says so.
var cards = sync.OnceValue(func() map[string]string {
	of := map[string]string{}
	for n := range 8000 {
		of[fmt.Sprintf("card-%010d", 29e8+(n*3141593+271828)%1e8)] = fmt.Sprintf("cl-%08d", (n*7654321+1234567)%1e8)
	}
	return of
})

// What a draw tried out shows when its arms are compared, within four standard
// errors of what is planted; half live it; what does nothing shows nothing.
func TestDrawsShowWhatIsPlanted(t *testing.T) {
	t.Parallel()
	all, truth := thePast(t), lastTruth(t)
	for _, slug := range []string{"arrival-notice", "thank-you-mail"} {
		x := initiativeOf(t, truth, slug)
		metric := x.Metrics[0]
		since, arm := map[string]time.Time{}, map[string]bool{}
		back := map[string]bool{}
		for i := range all {
			l := &all[i]
			who := l.person()
			if l.Event == "Experiment Viewed" && l.Properties.Experiment == slug {
				if _, twice := since[who]; twice {
					t.Errorf("%s is exposed to %s twice", who, slug)
				}
				if l.At.Before(x.Since) || l.At.After(x.Until.Add(time.Second)) {
					t.Errorf("%s is exposed to %s at %v", who, slug, l.At)
				}
				since[who], arm[who] = l.At, l.Properties.Variation == "treated"
			}
			if at, ok := since[who]; ok && l.buys() && l.At.After(at) && !l.At.After(at.AddDate(0, 0, metric.Days)) {
				back[who] = true
			}
		}
		var with, without []bool
		for who, treated := range arm {
			if treated {
				with = append(with, back[who])
			} else {
				without = append(without, back[who])
			}
		}
		near(t, slug+": lives it", values(arm), .5)
		effect := share(with) - share(without)
		se := math.Sqrt(share(with)*(1-share(with))/float64(len(with)) + share(without)*(1-share(without))/float64(len(without)))
		if math.Abs(effect-metric.Effect) > 4*se {
			t.Errorf("%s: %.3f of %d come back, %.3f of %d otherwise; planted is %+.3f", slug, share(with), len(with), share(without), len(without), metric.Effect)
		}
		if x.Works != (metric.Effect > .08) || !x.Works && metric.Effect != 0 {
			t.Errorf("%s works: %v, by %.3f", slug, x.Works, metric.Effect)
		}
	}
}

func values(of map[string]bool) (list []bool) {
	for _, x := range of {
		list = append(list, x)
	}
	return list
}

// In shops where somebody greets more are greeted once they do, beside what changes
// in the others meanwhile; music does nothing.
func TestStagesShowWhatIsPlanted(t *testing.T) {
	t.Parallel()
	all, truth := thePast(t), lastTruth(t)
	for slug, value := range map[string]func(*lived) (float64, bool){
		"door-greeting": func(l *lived) (float64, bool) {
			v := 0.0
			if l.Properties.Greeted {
				v = .5
			}
			if l.Properties.BagChecked {
				v = -1
			}
			return v, l.Event == "Store Entered"
		},
		"shop-music": func(l *lived) (float64, bool) {
			return float64(map[bool]int{true: 1}[l.Properties.Wait <= 5]), l.Event == "Checkout Paid" && l.Properties.Shop != "madrid-fuencarral"
		},
	} {
		x := initiativeOf(t, truth, slug)
		lived := map[[2]bool][]float64{} // here, later
		for i := range all {
			v, ok := value(&all[i])
			if !ok {
				continue
			}
			start, here := x.Starts[all[i].Properties.Shop]
			if !here {
				start = x.Since
			}
			at := [2]bool{here, !all[i].At.Before(start)}
			lived[at] = append(lived[at], v)
		}
		effect, sum := 0.0, 0.0
		for at, list := range lived {
			sign := 1.0
			if at[0] != at[1] {
				sign = -1
			}
			effect += sign * mean(list)
			sum += variance(list) / float64(len(list))
		}
		if planted := x.Metrics[0].Effect; x.Works != (planted > .1) || !x.Works && planted != 0 || math.Abs(effect-planted) > 3*math.Sqrt(sum) {
			t.Errorf("%s adds %+.3f ± %.3f, planted is %+.3f", slug, effect, math.Sqrt(sum), planted)
		}
	}
}

// The club ends as it is planted to, and more so for who was let down.
func TestMembersLeaveAsPlanted(t *testing.T) {
	t.Parallel()
	all, club := thePast(t), lastTruth(t).Club
	since := map[string]time.Time{}
	started, ended, months := 0, 0, 0.0
	for i := range all {
		l := &all[i]
		switch l.Event {
		case "Membership Started":
			if _, twice := since[l.UserID]; twice {
				t.Errorf("%s joins twice", l.UserID)
			}
			since[l.UserID] = l.At
			started++
		case "Membership Ended":
			at, member := since[l.UserID]
			if !member || math.Abs(l.At.Sub(at).Hours()/24/30-math.Round(l.At.Sub(at).Hours()/24/30)) > 1e-9 {
				t.Errorf("%s leaves the club at %v, a member since %v", l.UserID, l.At, at)
			}
			ended++
			months += l.At.Sub(at).Hours() / 24 / 30
			delete(since, l.UserID)
		}
	}
	for _, at := range since {
		months += math.Floor(until.Sub(at).Hours() / 24 / 30)
	}
	if started != club.Started || ended != club.Ended || started < 500 {
		t.Errorf("%d join and %d leave, counted are %+v", started, ended, club)
	}
	if hazard := float64(ended) / months; hazard < club.Hazard*.8 || hazard > club.Hazard*1.6 {
		t.Errorf("%.3f leave in a month, planted is %.3f for who remembers as usual", hazard, club.Hazard)
	}
}

// Whom the campaign brought do not come back, and send back more.
func TestCampaignBringsTheWrongCustomers(t *testing.T) {
	t.Parallel()
	all, campaign := thePast(t), lastTruth(t).Campaigns[0]
	first, again, orders, sentBack := map[string]time.Time{}, map[string]bool{}, map[string]string{}, map[string]bool{}
	for i := range all {
		l := &all[i]
		switch {
		case l.Event == "Order Completed" && l.Properties.Campaign == campaign.Slug:
			first[l.UserID], orders[l.Properties.OrderID] = l.At, l.UserID
			if l.At.Before(campaign.Since) || l.At.After(campaign.Until) {
				t.Errorf("%s is brought at %v", l.UserID, l.At)
			}
		case l.Event == "Order Completed":
			if at, ok := first[l.UserID]; ok && l.At.Before(at.AddDate(0, 0, 90)) {
				again[l.UserID] = true
			}
		case l.Event == "Order Refunded" && orders[l.Properties.OrderID] != "":
			sentBack[orders[l.Properties.OrderID]] = true
		}
	}
	n := float64(len(first))
	if len(first) != campaign.Customers || math.Abs(float64(len(again))/n-campaign.Repeat90) > 1e-9 || math.Abs(float64(len(sentBack))/n-campaign.Refunded) > 1e-9 {
		t.Errorf("%d brought, %d come again, %d send back; counted are %+v", len(first), len(again), len(sentBack), campaign)
	}
	if campaign.Repeat90 > campaign.Others.Repeat90/3 || campaign.Refunded < 3*campaign.Others.Refunded || campaign.Customers < 200 {
		t.Errorf("whom the campaign brought are like the others: %+v", campaign)
	}
}

// Codes are named as they are counted, and nobody names one before it is known.
func TestReferralsAreCountedAsTheyAreLived(t *testing.T) {
	t.Parallel()
	all, planted := thePast(t), lastTruth(t).Referrals
	owner, bought := map[string]string{}, map[string]bool{}
	brought := map[string]string{} // by whom
	var got simulate.TruthReferrals
	answers := map[string]int{}
	for i := range all {
		l := &all[i]
		who, code := l.person(), l.Properties.ReferredBy
		switch l.Event {
		case "Referral Shared":
			got.Prescribers++
			owner[l.Properties.Code] = who
		case "Referral Claimed":
			got.Said++
		}
		if !l.buys() {
			continue
		}
		if code != "" {
			got.Claims++
			switch by := owner[code]; {
			case by == "":
				got.Refused.Unknown++
			case by == who:
				got.Refused.Self++
			case bought[who]:
				got.Refused.Duplicate++
			case brought[brought[by]] == who || brought[by] == who:
				got.Refused.Circular++
			default:
				brought[who] = by
			}
			answers[l.Properties.WouldHaveCome]++
		}
		bought[who] = true
	}
	got.Proven, got.ClawedBack, got.Otherwise = planted.Proven, planted.ClawedBack, planted.Otherwise
	if got != *planted {
		t.Errorf("lived are %+v, counted %+v", got, *planted)
	}
	if r := planted.Refused; r.Self < 5 || r.Duplicate < 10 || r.Circular != 1 || r.Unknown < 10 || planted.Proven < 150 || planted.ClawedBack < 5 {
		t.Errorf("too little is planted: %+v", planted)
	}
	said := float64(answers["no"]) / float64(answers["no"]+answers["yes"])
	if math.Abs(said-planted.Otherwise) > .08 {
		t.Errorf("%.2f say that they would not have come, planted is %.2f (%v)", said, planted.Otherwise, answers)
	}
}

// What goes back is told once of an order, and never more than was paid.
func TestRefundsAreOfWhatWasPaid(t *testing.T) {
	t.Parallel()
	all := thePast(t)
	paid := map[string]float64{}
	refunds := 0
	for i := range all {
		p := &all[i].Properties
		switch all[i].Event {
		case "Order Completed":
			paid[p.OrderID] = p.Revenue
		case "Checkout Paid":
			paid[p.TicketID] = p.Revenue
		}
		if p.Refund == 0 {
			continue
		}
		refunds++
		of := p.OrderID
		if of == "" {
			of = p.TicketID
		}
		if paid[of] -= p.Refund; paid[of] < -.005 {
			t.Errorf("%s of %s gives %.2f back, %.2f too much", all[i].Event, of, p.Refund, -paid[of])
		}
	}
	if refunds < 300 {
		t.Errorf("only %d refunds", refunds)
	}
}

// Memory is worth money: the same year lived with a better one brings more.
func TestMemoryIsWorthMoney(t *testing.T) {
	t.Parallel()
	if c := lastTruth(t).Chain; c.RevenuePerPoint < 5 || c.RevenuePerPoint > 60 || c.Visits <= 0 {
		t.Errorf("the chain is %+v", c)
	}
}
