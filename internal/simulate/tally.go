package simulate

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// The promises of Candil's model, and what came of them in its past, counted by
// the simulation itself from what it lets happen.

// pledge is one promise as it is counted.
type pledge struct {
	slug   string
	within time.Duration // from its beginning; 0: until what was promised, or at once
}

const (
	deliveryOnDate = iota
	collectIn2h
	specialIn5d
	giftExchange
	tillUnder5
	solvedFirst
	tillMended
	pledges
)

var pledged = [pledges]pledge{
	deliveryOnDate: {slug: "delivery-on-date"},
	collectIn2h:    {slug: "collect-in-2h"},
	specialIn5d:    {slug: "special-order-answered", within: 5 * 24 * time.Hour},
	giftExchange:   {slug: "gift-exchange", within: 2 * time.Hour},
	tillUnder5:     {slug: "till-under-5"},
	solvedFirst:    {slug: "solved-first-time"},
	tillMended:     {slug: "till-mended-in-2h"},
}

// tally counts promises while the past is lived. Many are open at once, few at
// any time: what ended is a number.
type tally struct {
	w      *world
	open   [pledges]map[string]*instance
	counts [pledges]map[string]*TruthKept // by supplier or place; "" for none
	hit    map[string]bool                // customers who brought a gift without its receipt
	refuse int
}

type instance struct {
	due int64
	by  string
}

func newTally(w *world) *tally {
	t := &tally{w: w, hit: map[string]bool{}}
	for i := range pledges {
		t.open[i], t.counts[i] = map[string]*instance{}, map[string]*TruthKept{}
	}
	return t
}

func (t *tally) begins(p int, object string, due int64, by string) {
	t.open[p][object] = &instance{due, by}
}

func (t *tally) ends(p int, object string, at int64) {
	if i := t.open[p][object]; i != nil {
		delete(t.open[p], object)
		t.count(p, i.by, at <= i.due)
	}
}

func (t *tally) count(p int, by string, kept bool) {
	if kept {
		t.of(p, by).Kept++
	} else {
		t.of(p, by).Broken++
	}
}

func (t *tally) of(p int, by string) *TruthKept {
	c := t.counts[p][by]
	if c == nil {
		c = &TruthKept{}
		t.counts[p][by] = c
	}
	return c
}

// happens is a thing that promises are about, whoever says it.
type happens struct {
	event, customer, object, by string
	at, due                     int64
	home, gift, receipt, solved bool
	times                       int
	wait                        float64
}

func (t *tally) lives(h happens) {
	switch h.event {
	case "Order Completed":
		if h.home {
			t.begins(deliveryOnDate, h.object, h.due, "")
		} else {
			t.begins(collectIn2h, h.object, h.due, h.by)
		}
	case "Order Cancelled":
		for _, p := range []int{deliveryOnDate, collectIn2h} {
			if i := t.open[p][h.object]; i != nil && h.at <= i.due { // afterwards it was broken already
				delete(t.open[p], h.object)
				t.of(p, i.by).Void++
			}
		}
	case "Order Shipped", "Delivery Notified", "Delivery Failed":
		if i := t.open[deliveryOnDate][h.object]; i != nil {
			i.by = h.by
		}
	case "Order Delivered":
		if i := t.open[deliveryOnDate][h.object]; i != nil {
			i.by = h.by
		}
		t.ends(deliveryOnDate, h.object, h.at)
	case "Order Ready":
		t.ends(collectIn2h, h.object, h.at)
	case "Special Order Placed":
		t.begins(specialIn5d, h.object, h.at+pledged[specialIn5d].within.Milliseconds(), h.by)
	case "Special Order Answered":
		t.ends(specialIn5d, h.object, h.at)
	case "Return Requested":
		if h.gift {
			t.begins(giftExchange, h.object, h.at+pledged[giftExchange].within.Milliseconds(), h.by)
			if !h.receipt {
				t.hit[h.customer] = true
			}
		}
	case "Return Accepted":
		t.ends(giftExchange, h.object, h.at)
	case "Return Refused":
		t.refuse++
	case "Checkout Paid":
		t.count(tillUnder5, h.by, h.wait <= 5)
	case "Support Called":
		t.count(solvedFirst, "", h.solved && h.times == 1)
	case "Till Failed":
		t.begins(tillMended, h.object, t.w.deskHours(h.at, mendPromise), h.by)
	case "Till Mended":
		t.ends(tillMended, h.object, h.at)
	}
}

// fact counts a fact of the engine's.
func (t *tally) fact(f *fact) {
	h := happens{event: sent[f.verb].event, at: f.at, due: f.due}
	switch f.verb {
	case ordered, ready, cancelled:
		h.object, h.by, h.home = code("P", f.object), f.place(), f.shop == noShop
	case shipped, notified, deliveryFailed, delivered:
		h.object, h.by = code("P", f.object), carriers[f.carrier]
	case specialPlaced, specialAnswered:
		h.object, h.by = code("E", f.object), f.place()
	case returnRequested, returnAccepted, returnRefused:
		h.object, h.by, h.gift, h.receipt = code("D", f.object), f.place(), f.also, f.yes
		h.customer = strconv.FormatUint(uint64(f.customer), 10)
	case paid:
		h.by, h.wait = f.place(), math.Round(float64(f.amount)*10)/10
	case called:
		h.solved, h.times = f.yes, int(f.count)
	default:
		return
	}
	t.lives(h)
}

func (f *fact) place() string {
	if f.shop == noShop {
		return ""
	}
	return shops[f.shop].slug
}

func code(prefix string, n uint64) string { return fmt.Sprintf("%s%010d", prefix, n) }

// told counts what is not the engine's: the stories, and the tills that failed.
func (t *tally) told(m told) {
	if m.source == "team" || m.source == "mentions" {
		return
	}
	var e struct {
		Event, UserID string
		Properties    struct {
			Delivery       string
			Carrier        string
			Shop           string
			OrderID        string    `json:"order_id"`
			SpecialOrderID string    `json:"special_order_id"`
			ReturnID       string    `json:"return_id"`
			TillFaultID    string    `json:"till_fault_id"`
			PromisedAt     time.Time `json:"promised_at"`
			Gift           bool
			Receipt        bool
			Solved         bool
			Times          int
			Wait           float64 `json:"wait_min"`
		}
	}
	if err := json.Unmarshal(m.body, &e, json.MatchCaseInsensitiveNames(true)); err != nil {
		panic(err) // the simulation wrote it
	}
	p := &e.Properties
	h := happens{
		event: e.Event, customer: e.UserID, object: cmp.Or(p.OrderID, p.SpecialOrderID, p.ReturnID, p.TillFaultID), by: p.Shop,
		at: m.at, due: p.PromisedAt.UnixMilli(), home: p.Delivery == "home", gift: p.Gift, receipt: p.Receipt, solved: p.Solved, times: p.Times, wait: p.Wait,
	}
	if p.Carrier != "" {
		h.by = p.Carrier
	}
	t.lives(h)
}

// truth closes the count at the end of the past: what was due by then and has
// not come is broken.
func (t *tally) truth() []TruthPromise {
	out := make([]TruthPromise, pledges)
	for p := range pledges {
		line := TruthPromise{Slug: pledged[p].slug, By: map[string]TruthKept{}}
		for _, i := range t.open[p] {
			if i.due < t.w.until {
				t.count(p, i.by, false)
			} else {
				t.of(p, i.by).Open++
			}
		}
		for _, by := range slices.Sorted(maps.Keys(t.counts[p])) {
			c := *t.counts[p][by]
			line.Kept, line.Broken, line.Void, line.Open = line.Kept+c.Kept, line.Broken+c.Broken, line.Void+c.Void, line.Open+c.Open
			if by != "" {
				line.By[by] = c
			}
		}
		out[p] = line
	}
	return out
}
