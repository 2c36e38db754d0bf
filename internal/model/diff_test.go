package model_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/model"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	changed := strings.NewReplacer(
		"name: Shop,", "name: Shops,",
		"{slug: logistics, name: Logistics}", "{slug: logistics, name: {es: Logística, en: Logistics}, customers: own}, {slug: web, name: Web}",
		", {slug: slow, name: Slow Couriers}", "",
		"kind: shop}", "kind: shop, city: Madrid}",
		"supplier: fast, ", "",
		"valence: -1}", "valence: -2}",
		"ticket: ticket", "ticket: ticket_id",
		"- {slug: never, name: Never, on: Delivered, expr: properties.missing}", "",
	).Replace(shop)
	want := []model.Change{
		{Path: "company.name", Kind: model.Changed, Before: "Shop", After: "Shops"},
		{Path: "areas.logistics.name", Kind: model.Changed, Before: "Logistics", After: "es: Logística · en: Logistics"},
		{Path: "areas.logistics.customers", Kind: model.Changed, Before: "all", After: "own"},
		{Path: "areas.web", Kind: model.Added, After: "Web"},
		{Path: "suppliers.slow", Kind: model.Removed, Before: "Slow Couriers"},
		{Path: "places.goya.city", Kind: model.Added, After: "Madrid"},
		{Path: "touchpoints.courier.supplier", Kind: model.Removed, Before: "fast"},
		{
			Path: "touchpoints.courier.events", Kind: model.Changed,
			Before: `Delivered when traits.vip && context.app == "x" valence 7 - 5; Delivered valence -1`,
			After:  `Delivered when traits.vip && context.app == "x" valence 7 - 5; Delivered valence -2`,
		},
		{Path: "objects.ticket.property", Kind: model.Changed, Before: "ticket", After: "ticket_id"},
		{Path: "properties.never", Kind: model.Removed, Before: "Never"},
	}
	if diff := cmp.Diff(want, model.Diff(parse(t, shop), parse(t, changed))); diff != "" {
		t.Error(diff)
	}
	if all := model.Diff(model.Empty(), parse(t, shop)); len(all) < 12 || all[0].Kind != model.Added {
		t.Errorf("from nothing: %+v", all)
	}
}

func TestDiffTellsANewOrderOfClaims(t *testing.T) {
	t.Parallel()
	one, two := `
  - {slug: one, name: One, stage: after, channel: web, medium: digital, area: a, events: [{name: E, when: properties.a}]}`, `
  - {slug: two, name: Two, stage: after, channel: web, medium: digital, area: a, events: [{name: E, when: properties.b}]}`
	const head = `
company: {slug: x, name: X, timezone: UTC, currency: EUR}
areas: [{slug: a, name: A}]
touchpoints:`
	want := []model.Change{{Path: "order.E", Kind: model.Changed, Before: "one, two", After: "two, one"}}
	if diff := cmp.Diff(want, model.Diff(parse(t, head+one+two), parse(t, head+two+one))); diff != "" {
		t.Error(diff)
	}
}

func TestDiffOfAJourneyNamesItsSteps(t *testing.T) {
	t.Parallel()
	const head = `
company: {slug: x, name: X, timezone: UTC, currency: EUR}
areas: [{slug: a, name: A}]
touchpoints:
  - {slug: till, name: Till, stage: during, channel: shop, medium: physical, area: a, events: [Paid, Wrapped]}
  - {slug: door, name: Door, stage: after, channel: home, medium: physical, area: a, events: [Delivered]}
journeys:`
	const order = `
  - slug: order
    name: Order
    case: {key: order_id, after: 2d}
    end: [Delivered]
    script:
      - {slug: pay, touchpoint: till, events: [Paid], within: 1d}
      - {slug: wrap, touchpoint: till, events: [Wrapped], optional: true}
      - {slug: deliver, touchpoint: door, valence: 1}`
	changed := strings.NewReplacer(
		"after: 2d", "before: 1h", "within: 1d", "within: 2d, truth: true", "optional: true", "optional: false",
		"- {slug: deliver, touchpoint: door, valence: 1}", "- choice: [[{slug: desk, touchpoint: till, events: [Paid]}], [{slug: deliver, touchpoint: door}]]",
	).Replace(order)
	want := []model.Change{
		{Path: "journeys.order.before", Kind: model.Added, After: "1h"},
		{Path: "journeys.order.after", Kind: model.Removed, Before: "2d"},
		{Path: "journeys.order.script", Kind: model.Changed, Before: "pay → wrap? → deliver", After: "pay → wrap → (desk | deliver)"},
		{Path: "journeys.order.script.pay.truth", Kind: model.Added, After: "true"},
		{Path: "journeys.order.script.pay.within", Kind: model.Changed, Before: "1d", After: "2d"},
		{Path: "journeys.order.script.desk", Kind: model.Added, After: "desk"},
		{Path: "journeys.order.script.deliver.valence", Kind: model.Removed, Before: "1"},
	}
	if diff := cmp.Diff(want, model.Diff(parse(t, head+order), parse(t, head+changed))); diff != "" {
		t.Error(diff)
	}
	for _, c := range model.Diff(parse(t, head+" []"), parse(t, head+order)) {
		if c.Path != "journeys.order" || c.Kind != model.Added {
			t.Errorf("a new journey: %+v", c)
		}
	}
	for _, c := range model.Diff(parse(t, head+order), parse(t, head+" []")) {
		if c.Path != "journeys.order" || c.Kind != model.Removed {
			t.Errorf("a journey gone: %+v", c)
		}
	}
}
