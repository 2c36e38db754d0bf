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
