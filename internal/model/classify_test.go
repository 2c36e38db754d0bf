package model_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
)

const shop = `
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: stores, name: Stores}, {slug: logistics, name: Logistics}]
suppliers: [{slug: fast, name: Fast Couriers}, {slug: slow, name: Slow Couriers}]
places: [{slug: goya, name: {es: Tienda Goya, en: Goya shop}, kind: shop}]
touchpoints:
  - {slug: till, name: Till, stage: during, channel: store, medium: physical, area: stores, surveys: [csat-till], events: [
      {name: Paid, when: "properties.self != true", valence: "properties.wait_min > 10.0 ? -1.5 : 0.5"}]}
  - {slug: self-till, name: Self-service till, stage: during, channel: store, medium: physical, area: stores, events: [
      {name: Paid, valence: "properties.score"}, Home]}
  - {slug: courier, name: Courier, stage: after, channel: home, medium: physical, area: logistics, supplier: fast, events: [
      {name: Delivered, when: 'traits.vip && context.app == "x"', valence: 7 - 5},
      {name: Delivered, valence: -1}]}
objects: {order: order_id, ticket: ticket}
properties:
  - {slug: late, name: Late, on: Delivered, expr: event.at > timestamp(properties.promised_at), object: order}
  - {slug: days, name: Days, on: Delivered, expr: properties.days}
  - {slug: never, name: Never, on: Delivered, expr: properties.missing}
  - {slug: channel, name: Channel, on: answer, expr: properties.channel}
`

func TestClassify(t *testing.T) {
	t.Parallel()
	m := parse(t, shop)
	till := model.Class{Touchpoint: "till", Stage: "during", Channel: "store", Medium: "physical", Area: "stores"}
	courier := model.Class{Touchpoint: "courier", Stage: "after", Channel: "home", Medium: "physical", Area: "logistics", Supplier: "fast"}
	for name, c := range map[string]struct {
		fact model.Fact
		want func(*model.Class)
	}{
		"first entry that fits": {
			model.Fact{Kind: cx.Track, Name: "Paid", Properties: []byte(`{"wait_min":12,"place":"goya","sku":7,"total":"12.345","order_id":123456789012345678901}`)},
			func(c *model.Class) {
				*c = till
				c.Valence, c.HasValence = -1.5, true
				c.Place, c.Product = "goya", "7"
				c.Revenue, c.HasRevenue = cx.Money{Minor: 1235, Currency: "EUR"}, true
				c.Objects = []model.ObjectRef{{Type: "order", ID: "123456789012345678901"}}
			},
		},
		"second entry, valence out of range": {
			model.Fact{Kind: cx.Track, Name: "Paid", Properties: []byte(`{"self":true,"score":9,"shop":" GOYA shop ","ticket":"t1","order_id":"o1"}`)},
			func(c *model.Class) {
				*c = till
				c.Touchpoint, c.Place = "self-till", "goya"
				c.Valence, c.HasValence = 2, true
				c.Objects = []model.ObjectRef{{Type: "order", ID: "o1"}, {Type: "ticket", ID: "t1"}}
			},
		},
		"valence that cannot be computed": {
			model.Fact{Kind: cx.Track, Name: "Paid", Properties: []byte(`{"self":true,"score":"good"}`)},
			func(c *model.Class) { *c = till; c.Touchpoint = "self-till" },
		},
		"traits and context": {
			model.Fact{Kind: cx.Track, Name: "Delivered", Traits: []byte(`{"vip":true}`), Context: []byte(`{"app":"x"}`)},
			func(c *model.Class) { *c = courier; c.Valence, c.HasValence = 2, true },
		},
		"the event's supplier wins": {
			model.Fact{Kind: cx.Track, Name: "Delivered", Properties: []byte(`{"carrier":"slow couriers"}`)},
			func(c *model.Class) { *c = courier; c.Supplier, c.Valence, c.HasValence = "slow", -1, true },
		},
		"undeclared names stay": {
			model.Fact{Kind: cx.Track, Name: "Delivered", Properties: []byte(`{"carrier":"Other","place":"Elsewhere"}`)},
			func(c *model.Class) {
				*c = courier
				c.Supplier, c.Place, c.Valence, c.HasValence = "Other", "Elsewhere", -1, true
			},
		},
		"a page": {
			model.Fact{Kind: cx.Page, Name: "Home"},
			func(c *model.Class) { *c = till; c.Touchpoint = "self-till" },
		},
		"the touchpoint it names": {
			model.Fact{Kind: cx.Track, Name: "Unheard Of", Touchpoint: "courier"},
			func(c *model.Class) { *c = courier },
		},
		"the touchpoint it names is not declared": {
			model.Fact{Kind: cx.Track, Name: "Home", Touchpoint: "nowhere"},
			func(c *model.Class) { *c = till; c.Touchpoint = "self-till" },
		},
		"an answer to a survey": {
			model.Fact{Kind: cx.Answer, Name: "csat-till", Properties: []byte(`{"order_id":"o1"}`)},
			func(c *model.Class) { *c = till; c.Objects = []model.ObjectRef{{Type: "order", ID: "o1"}} },
		},
		"an answer that says where": {
			model.Fact{Kind: cx.Answer, Name: "csat-till", Touchpoint: "courier"},
			func(c *model.Class) { *c = courier },
		},
		"an answer is no event":       {model.Fact{Kind: cx.Answer, Name: "Paid"}, func(*model.Class) {}},
		"an unknown event":            {model.Fact{Kind: cx.Track, Name: "Unheard Of"}, func(*model.Class) {}},
		"a decision":                  {model.Fact{Kind: cx.Decision, Name: "Paid", Properties: []byte(`{"place":"goya"}`)}, func(*model.Class) {}},
		"properties that are no JSON": {model.Fact{Kind: cx.Track, Name: "x", Properties: []byte(`{"place":`)}, func(*model.Class) {}},
		"revenue in yen": {
			model.Fact{Kind: cx.Track, Name: "x", Properties: []byte(`{"revenue":-1200.4,"currency":"jpy"}`)},
			func(c *model.Class) { c.Revenue, c.HasRevenue = cx.Money{Minor: -1200, Currency: "JPY"}, true },
		},
		"what goes back of it": {
			model.Fact{Kind: cx.Track, Name: "x", Properties: []byte(`{"revenue":12,"refund":"2.5","currency":"EUR"}`)},
			func(c *model.Class) { c.Revenue, c.HasRevenue = cx.Money{Minor: 950, Currency: "EUR"}, true },
		},
		"a refund, by whichever sign": {
			model.Fact{Kind: cx.Track, Name: "x", Properties: []byte(`{"refund":-2.5,"currency":"EUR"}`)},
			func(c *model.Class) { c.Revenue, c.HasRevenue = cx.Money{Minor: -250, Currency: "EUR"}, true },
		},
		"an event whose revenue went back": {
			model.Fact{Kind: cx.Track, Name: "Order Refunded", Properties: []byte(`{"total":30,"currency":"EUR"}`)},
			func(c *model.Class) { c.Revenue, c.HasRevenue = cx.Money{Minor: -3000, Currency: "EUR"}, true },
		},
		"of which a part did": {
			model.Fact{Kind: cx.Track, Name: "Order Cancelled", Properties: []byte(`{"revenue":30,"refund":10,"currency":"EUR"}`)},
			func(c *model.Class) { c.Revenue, c.HasRevenue = cx.Money{Minor: -1000, Currency: "EUR"}, true },
		},
		"a refund of nothing": {
			model.Fact{Kind: cx.Track, Name: "x", Properties: []byte(`{"revenue":30,"refund":0,"currency":"EUR"}`)},
			func(c *model.Class) { c.Revenue, c.HasRevenue = cx.Money{Minor: 3000, Currency: "EUR"}, true },
		},
		"revenue in no currency": {
			model.Fact{Kind: cx.Track, Name: "x", Properties: []byte(`{"revenue":12,"currency":"doubloons"}`)}, func(*model.Class) {},
		},
		"revenue beyond measure": {
			model.Fact{Kind: cx.Track, Name: "x", Properties: []byte(`{"revenue":1e300}`)}, func(*model.Class) {},
		},
	} {
		var want model.Class
		c.want(&want)
		if diff := cmp.Diff(want, m.Classify(c.fact)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestEmptyModelReadsTheUsualProperties(t *testing.T) {
	t.Parallel()
	got := model.Empty().Classify(model.Fact{Kind: cx.Track, Name: "Order Completed", Properties: []byte(`{"order_id":"o1","shop":"goya","revenue":3,"currency":"EUR"}`)})
	want := model.Class{Place: "goya", Revenue: cx.Money{Minor: 300, Currency: "EUR"}, HasRevenue: true, Objects: []model.ObjectRef{{Type: "order", ID: "o1"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := model.Empty().Classify(model.Fact{Kind: cx.Track, Name: "x", Properties: []byte(`{"revenue":3}`)}); got.HasRevenue {
		t.Errorf("an amount in no currency: %+v", got)
	}
}

func TestDerive(t *testing.T) {
	t.Parallel()
	m := parse(t, shop)
	at := cx.TimeOf(time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC)) // 0:30 of the 3rd in Madrid
	for name, c := range map[string]struct {
		fact model.Fact
		want []model.Derived
	}{
		"late in the company's zone": {
			model.Fact{Kind: cx.Track, Name: "Delivered", At: at, Properties: []byte(`{"promised_at":"2026-03-03","days":1}`)},
			[]model.Derived{{Property: "late", Value: true}, {Property: "days", Value: 1.0}},
		},
		"a text and no promise": {
			model.Fact{Kind: cx.Track, Name: "Delivered", At: at, Properties: []byte(`{"days":"two"}`)},
			[]model.Derived{{Property: "days", Value: "two"}},
		},
		"an answer": {
			model.Fact{Kind: cx.Answer, Name: "csat-till", Properties: []byte(`{"channel":"mail"}`)},
			[]model.Derived{{Property: "channel", Value: "mail"}},
		},
		"another event": {model.Fact{Kind: cx.Track, Name: "Paid", Properties: []byte(`{"days":1}`)}, nil},
		"a decision":    {model.Fact{Kind: cx.Decision, Name: "Delivered", Properties: []byte(`{"days":1}`)}, nil},
	} {
		if diff := cmp.Diff(c.want, m.Derive(c.fact)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestFactOf(t *testing.T) {
	t.Parallel()
	e := cxtest.Track("u1", "Paid", 0, cxtest.Object{"touchpoint": "not this one"})
	if f := model.FactOf(e); f.Name != "Paid" || f.Touchpoint != "" || f.UserID != "u1" || string(f.Properties) != string(e.Properties) {
		t.Errorf("%+v", f)
	}
	e.Body = []byte(`{"type":"answer","touchpoint":"till","properties":{"touchpoint":"x"}}`)
	if f := model.FactOf(e); f.Touchpoint != "till" {
		t.Errorf("%+v", f)
	}
}

func TestIdentifierRules(t *testing.T) {
	t.Parallel()
	m := parse(t, string(read(t, published[0])))
	got := m.IdentifierRules()
	want := []model.IdentifierRule{
		{Kind: "email", From: []string{"traits.email"}},
		{Kind: "phone", From: []string{"traits.phone"}},
		{Kind: "loyalty-card", From: []string{"traits.card"}, Merges: true},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(model.IdentifierRule{}, "Name")); diff != "" {
		t.Error(diff)
	}
}

// Candil's causes are planted on these: a fact that moves changes them.
func TestCandilIsLivedAsDeclared(t *testing.T) {
	t.Parallel()
	m := parse(t, string(read(t, published[0])))
	for _, c := range []struct {
		event, properties, touchpoint string
		valence                       float64
	}{
		{"Order Delivered", `{"order_id":"1","carrier":"veloz","days_late":0}`, "courier", 1},
		{"Order Delivered", `{"order_id":"1","carrier":"veloz","days_late":2}`, "courier", -1},
		{"Order Delivered", `{"order_id":"1","carrier":"veloz","days_late":5}`, "courier", -2},
		{"Checkout Paid", `{"wait_min":12.5}`, "till", -1.5},
		{"Checkout Paid", `{"wait_min":1}`, "till", 0.5},
		{"Order Cancelled", `{"reason":"no_stock"}`, "stock-kept", -2},
		{"Switchboard Called", `{"answered":false}`, "switchboard", -1.5},
		{"Store Entered", `{"greeted":true}`, "door-guard", 0.5},
		{"Support Called", `{"solved":true,"times":3}`, "call-centre", -0.5},
		{"Review Posted", `{"rating":1}`, "reviews", -1},
		{"School List Delivered", `{"missing":0,"days_late":0}`, "school-delivery", 1},
	} {
		got := m.Classify(model.Fact{Kind: cx.Track, Name: c.event, Properties: []byte(c.properties)})
		if got.Touchpoint != c.touchpoint || got.Valence != c.valence || !got.HasValence {
			t.Errorf("%s %s: %+v", c.event, c.properties, got)
		}
	}
}

func BenchmarkClassify(b *testing.B) {
	m := parse(b, string(read(b, published[0])))
	for name, f := range map[string]model.Fact{
		"plain":   {Kind: cx.Track, Name: "Product Viewed", Properties: []byte(`{"product_id":"p1","title":"Rayuela","price":12.5}`)},
		"valence": {Kind: cx.Track, Name: "Order Delivered", Properties: []byte(`{"order_id":"o1","carrier":"veloz","promised_at":"2026-03-03T12:00:00Z","region":"galicia","days_late":2,"damaged":false}`)},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Classify(f)
			}
		})
	}
}
