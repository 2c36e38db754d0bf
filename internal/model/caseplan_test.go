package model

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

const caseful = `
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: stores, name: Tiendas}, {slug: cx, name: Clientes}]
calendars: [{slug: office, name: Oficina, hours: {mon-fri: ["09:00-17:00"]}}]
`

func TestCasePlan(t *testing.T) {
	t.Parallel()
	m, err := Parse([]byte(caseful + `
cases:
  calendar: office
  area: cx
  within: 8h
  escalate: {lead: 1h, above: 4h, area: cx}
  kinds: [{slug: late, name: {es: Tarde, en: Late}, area: stores, within: 2h, checklist: [{slug: call, text: Llamar}], anyone: true}]
  give: [{role: member, area: stores, each: 7.5, month: 100}]
  driver: {object: order, delivered: Entregado, reasons: [{slug: closed, text: Cerrado}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	late, ok := m.Cases.Kind("late")
	if !ok || late.Within != 2*time.Hour || !late.Anyone || late.Checklist[0].Text.EN != "Llamar" {
		t.Errorf("%+v", late)
	}
	if g := m.Cases.Give[0]; g != (Give{cx.Member, "stores", 750, 10_000}) {
		t.Errorf("%+v", g)
	}
	if d := m.Cases.Driver; d.Delivered != "Entregado" || d.Failed != "Delivery Failed" || len(d.Reasons) != 1 {
		t.Errorf("%+v", d)
	}
	friday := cx.TimeOf(time.Date(2026, 3, 6, 15, 0, 0, 0, time.UTC)) // 16:00 in Madrid
	for kind, want := range map[string]time.Time{
		"late": time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC), "": time.Date(2026, 3, 9, 15, 0, 0, 0, time.UTC), "none": time.Date(2026, 3, 9, 15, 0, 0, 0, time.UTC),
	} {
		if got := m.DueOf(kind, friday); got.Std() != want {
			t.Errorf("%q is due %s, want %s", kind, got, want)
		}
	}
	if got := Empty().DueOf("", friday); got != friday.Add(24*time.Hour) {
		t.Errorf("without a plan: %s", got)
	}
	plain, err := Parse([]byte(caseful))
	if err != nil {
		t.Fatal(err)
	}
	var changed []string
	for _, c := range Diff(plain, m) {
		changed = append(changed, fmt.Sprint(c))
	}
	if text := strings.Join(changed, "\n"); !strings.Contains(text, "cases") || !strings.Contains(text, "late") || !strings.Contains(text, "member stores: 750, 10000 a month") {
		t.Errorf("the diff is %s", text)
	}
}

func TestCasePlanFaults(t *testing.T) {
	t.Parallel()
	_, err := Parse([]byte(caseful + `
cases:
  calendar: none
  area: nobody
  within: soon
  escalate: {lead: 4h, above: 1h}
  kinds: [{slug: late, name: Tarde}, {slug: late}]
  give: [{role: boss, each: -1, month: 3}, {role: lead, each: 10, month: 5}]
  driver: {object: parcel, reasons: [{slug: a}]}
  extra: 1
`))
	want := []string{
		"cases.area", "cases.calendar", "cases.driver.object", "cases.driver.reasons[0].text", "cases.escalate", "cases.extra", "cases.give[0].each", "cases.give[0].role", "cases.give[1].month",
		"cases.kinds[1].name", "cases.kinds[1].slug", "cases.within",
	}
	got := map[string]bool{}
	for _, f := range cx.FaultsOf(err) {
		if f.Line == 0 || f.Message == "" {
			t.Errorf("%+v", f)
		}
		got[f.Field] = true
	}
	for _, field := range want {
		if !got[field] {
			t.Errorf("%s has no fault", field)
		}
		delete(got, field)
	}
	if len(got) > 0 {
		t.Errorf("more faults: %v", got)
	}
}
