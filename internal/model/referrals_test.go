package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

const shopful = `
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: shops, name: Tiendas}]
touchpoints:
  - {slug: till, name: Caja, stage: during, channel: shop, medium: physical, area: shops, events: [Order Completed]}
surveys:
  - slug: first
    name: Primera
    purpose: transactional
    pages:
      - questions:
          - {id: who, type: single, text: ¿Quién?, options: [{id: friend, text: Un amigo}, {id: press, text: La prensa}]}
`

func TestReferrals(t *testing.T) {
	t.Parallel()
	m, err := Parse([]byte(shopful + `
referrals:
  site: https://shop.example/amigos
  until: 2027-01-31
  reward: {referrer: 10, friend: 5.5, back: 2w}
  milestones: [{at: 3, reward: 15, name: Tres}, {at: 10, reward: 50, name: Diez}]
  proof: {event: Order Completed, within: 30d, least: 15}
  heard: {survey: first, who: who}
  ask: {peak: 1, within: 1d, text: {es: Hola, en: Hello}}
`))
	if err != nil {
		t.Fatal(err, cx.FaultsOf(err))
	}
	r := m.Referrals
	const day = 24 * time.Hour
	if r.Reward != (Reward{1000, 550, 14 * day}) || r.Proof != (Proof{"Order Completed", 30 * day, 1500}) || r.Heard != (Heard{"first", "who", ""}) ||
		r.Until != "2027-01-31" || len(r.Milestones) != 2 || r.Milestones[1].Reward != 5000 || r.Ask.Peak != 1 || r.Ask.Rest != 120*day {
		t.Errorf("%+v %+v", r, r.Ask)
	}
	plain, err := Parse([]byte(shopful))
	if err != nil {
		t.Fatal(err)
	}
	if plain.Referrals != nil {
		t.Error("a programme that nobody declared")
	}
	var changed []string
	for _, c := range Diff(plain, m) {
		changed = append(changed, fmt.Sprint(c))
	}
	if text := strings.Join(changed, "\n"); !strings.Contains(text, "referrals") || !strings.Contains(text, "Diez") {
		t.Errorf("the diff is %s", text)
	}
}

func TestReferralFaults(t *testing.T) {
	t.Parallel()
	_, err := Parse([]byte(shopful + `
referrals:
  site: shop.example
  until: soon
  reward: {referrer: -1}
  milestones: [{at: 3, reward: 1, name: a}, {at: 3, reward: 1, name: b}, {at: 1, reward: 1, name: c}]
  proof: {event: Order Paid}
  heard: {survey: first, who: whom}
  ask: {peak: 3}
  extra: 1
`))
	var fields []string
	for _, f := range cx.FaultsOf(err) {
		fields = append(fields, f.Field)
	}
	for _, want := range []string{
		"referrals.site", "referrals.until", "referrals.reward.referrer", "referrals.milestones[1].at", "referrals.milestones[2].at",
		"referrals.proof.event", "referrals.heard.who", "referrals.ask.peak", "referrals.extra",
	} {
		if !slices.Contains(fields, want) {
			t.Errorf("nothing is said of %s; faults: %q", want, fields)
		}
	}
}
