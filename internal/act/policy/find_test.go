package policy_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

const head = `
company: {slug: x, name: X, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: stores, name: Tiendas}]
objects: {return: return_id}
touchpoints:
  - {slug: desk, name: Cambios, stage: after, channel: store, medium: physical, area: stores, events: [Return Requested, Return Accepted, Return Refunded]}
  - {slug: phone, name: Teléfono, stage: after, channel: phone, medium: digital, area: stores, events: [Support Called]}
calendars:
  - {slug: shops, name: Tiendas, timezone: Europe/Madrid, hours: {mon-fri: ["10:00-14:00", "16:00-20:00"]}}
`

const promises = `
promises:
  - slug: gifts
    name: Los regalos se cambian sin comprobante
    area: stores
    about: return
    from: {event: Return Requested, when: properties.gift == true}
    to: {event: Return Accepted}
    within: 2h
    objective: 0.97
  - {slug: free, name: Cambiar no cuesta, area: stores, at: {event: Return Accepted, holds: properties.fee == 0.0 && properties.wait_min < 15.0}, for: traits.tier == "gold", objective: 0.9}
  - {slug: paid-back, name: Devuelto en ocho horas de tienda, area: stores, about: return, from: {event: Return Requested}, to: {event: Return Refunded}, within: {hours: 8h, calendar: shops}, objective: 0.9}
  - {slug: first-time, name: Resuelto a la primera, area: stores, at: {event: Support Called, holds: properties.solved == true}, objective: 0.8}
  - {slug: talked, name: Con tiempo, area: stores, at: {event: Support Called, holds: properties.minutes >= 5.0}, objective: 0.8}
`

func parse(t *testing.T, yaml string) *model.Model {
	t.Helper()
	m, err := model.Parse([]byte(head + promises + yaml))
	if err != nil {
		t.Fatal(cx.MessageOf(err))
	}
	return m
}

func tell(list []policy.Conflict) string {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "%s %s %s row %d %s: %s", c.Kind, c.How, c.Subject(), c.Row, c.With, policy.SituationText(c.Situation))
		if !c.Certain {
			b.WriteString(" (perhaps)")
		}
		if c.Rows != nil {
			fmt.Fprintf(&b, " rows %v", c.Rows)
		}
		if c.Decision != nil {
			fmt.Fprintf(&b, " %s %s lapsed %v", c.Decision.What, c.Decision.Until, c.Lapsed)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestFind(t *testing.T) {
	t.Parallel()
	const returns = "area: stores, name: N, on: Return Requested, "
	for name, c := range map[string]struct{ yaml, want string }{
		"a refusal prevents what was promised": {
			"policies: [{slug: p, " + returns + "when: [{properties.receipt: false}], effect: refuse, prevents: [Return Accepted]}]",
			"promise prevents policy.p row 0 promise.gifts: Return Requested: properties.receipt false; Return Requested: properties.gift true\n",
		},
		"what excludes the promise's customers contradicts nothing": {
			"policies: [{slug: p, " + returns + "when: properties.receipt == false && properties.gift != true, effect: refuse, prevents: [Return Accepted]}]",
			"",
		},
		"a row above may let the promise's customers through": {
			"policies: [{slug: p, " + returns + "when: [{properties.gift: true, then: {effect: allow}}, {properties.receipt: false}], effect: refuse, prevents: [Return Accepted]}]",
			"",
		},
		"what is required may be lacking": {
			"policies: [{slug: p, " + returns + "when: [{}], effect: require, prevents: [Return Accepted], requires: properties.receipt == true}]",
			"promise requires policy.p row 0 promise.gifts: Return Requested: properties.gift true; Return Requested: properties.receipt != true\n",
		},
		"a delay within what was promised contradicts nothing": {
			"policies: [{slug: p, " + returns + "when: [{}], effect: delay, delays: {event: Return Accepted, by: 2h}}]",
			"",
		},
		"a delay beyond it does": {
			"policies: [{slug: p, " + returns + "when: [{properties.value: '> 500'}], effect: delay, delays: {event: Return Accepted, by: 3h}}]",
			"promise delays policy.p row 0 promise.gifts: Return Requested: properties.value > 500; Return Requested: properties.gift true\n",
		},
		"hours of shops are fewer than hours": {
			"policies: [{slug: p, " + returns + "when: [{}], effect: delay, delays: {event: Return Refunded, by: 9h}}, {slug: q, " + returns + "when: [{}], effect: delay, delays: {event: Return Refunded, by: 11h}}]",
			"promise delays policy.q row 0 promise.paid-back: any\n",
		},
		"a charge breaks what was free": {
			"policies: [{slug: p, " + returns + "when: [{properties.days: '> 30'}], effect: charge, sets: {event: Return Accepted, property: fee, value: 4.95}}]",
			"promise says policy.p row 0 promise.free: Return Requested: properties.days > 30; traits.tier gold; Return Accepted: properties.fee 0; Return Accepted: properties.wait_min < 15\n",
		},
		"a charge of nothing does not": {
			"policies: [{slug: p, " + returns + "when: [{}], effect: charge, sets: {event: Return Accepted, property: fee, value: 0}}]",
			"",
		},
		"a condition that cannot be seen through is said to be one": {
			"policies: [{slug: p, " + returns + `when: 'properties.note.contains("x")', effect: refuse, prevents: [Return Accepted]}]`,
			`promise prevents policy.p row 0 promise.gifts: Return Requested: properties.note.contains("x"); Return Requested: properties.gift true (perhaps)` + "\n",
		},
		"two policies want what cannot both be": {
			"policies: [{slug: p, " + returns + "when: [{properties.days: '> 30', properties.gift: false}], effect: refuse, prevents: [Return Accepted]}, {slug: q, " + returns + "when: [{properties.days: 20..40}], effect: charge, sets: {event: Return Accepted, property: fee, value: 0}}]",
			"policy opposes policy.q row 0 policy.p: Return Requested: properties.days > 30; Return Requested: properties.days <= 40; Return Requested: properties.gift false\n",
		},
		"nobody can meet both of two requirements": {
			"policies: [{slug: p, " + returns + "when: [{properties.gift: false}], effect: require, prevents: [Return Accepted], requires: properties.card == true}, {slug: q, " + returns + "when: [{properties.gift: false}], effect: require, prevents: [Return Accepted], requires: properties.card == false}]",
			"policy opposes policy.q row 0 policy.p: Return Requested: properties.gift false\n",
		},
		"rows that never decide, and what none decides": {
			`policies:
  - slug: p
    ` + strings.ReplaceAll(returns, ", ", "\n    ") + `
    complete: true
    when:
      - {properties.value: "> 200"}
      - {properties.value: "> 500", properties.card: true}
      - {properties.value: "<= 100"}
      - 'properties.value > 3.0 && properties.value < 2.0'
    effect: escalate`,
			"shadowed  policy.p row 1 : Return Requested: properties.value > 500; Return Requested: properties.card true rows [0]\n" +
				"unreachable  policy.p row 3 : any\n" +
				"gap  policy.p row 4 : Return Requested: properties.value > 100; Return Requested: properties.value <= 200\n",
		},
		"keeping the promise misses the goal": {
			"goals: [{slug: short, name: S, area: stores, metric: {event: Support Called, property: minutes}, target: '< 4'}]",
			"goal misses goal.short row 0 promise.talked: Support Called: properties.minutes >= 5\n",
		},
		"what is suspended or acknowledged is told with its decision": {
			"policies: [{slug: p, " + returns + "when: [{}], effect: refuse, prevents: [Return Accepted], suspended: {since: 2026-11-20, why: Regalos}}, " +
				"{slug: q, " + returns + "when: [{}], effect: refuse, prevents: [Return Accepted], acknowledged: [{promise: gifts, reason: x, until: 2026-11-21}]}, " +
				"{slug: r, " + returns + "when: [{}], effect: refuse, prevents: [Return Accepted], acknowledged: [{promise: gifts, reason: x, until: 2026-11-22}]}]",
			"promise prevents policy.p row 0 promise.gifts: Return Requested: properties.gift true suspended  lapsed false\n" +
				"promise prevents policy.q row 0 promise.gifts: Return Requested: properties.gift true kept 2026-11-21 lapsed true\n" +
				"promise prevents policy.r row 0 promise.gifts: Return Requested: properties.gift true kept 2026-11-22 lapsed false\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := policy.Find(parse(t, c.yaml), "2026-11-22")
			if err != nil {
				t.Fatal(err)
			}
			if got := tell(found); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestIDsStay(t *testing.T) {
	t.Parallel()
	const one = "policies: [{slug: p, area: stores, name: N, on: Return Requested, when: [{properties.receipt: false}], effect: refuse, prevents: [Return Accepted]}]"
	a, err := policy.Find(parse(t, one), "2026-11-22")
	if err != nil || len(a) != 1 {
		t.Fatal(a, err)
	}
	b, err := policy.Find(parse(t, strings.Replace(one, "[{properties.receipt", "[{properties.x: 3, then: {effect: allow}}, {properties.receipt", 1)), "2027-11-22")
	if err != nil || len(b) != 1 || a[0].ID != b[0].ID {
		t.Fatal(a, b, err)
	}
}

func TestCandil(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../../simulate/candil/model.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	found, err := policy.Find(m, "2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	const want = "promise prevents policy.receipt-needed row 0 promise.gift-exchange"
	if got := tell(found); !strings.HasPrefix(got, want) || !strings.Contains(got, "shadowed  policy.large-returns row 1") {
		t.Error(got)
	}
}
