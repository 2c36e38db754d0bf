package referrals

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// reader writes who brings others.
type reader struct {
	reading.Reader
	m        *model.Model
	currency string
}

// overview is the page of figures.
type overview struct {
	reader
	referral.Overview
}

// claimed is a page of claims.
type claimed struct {
	reader
	referral.ClaimsPage
	asked referral.ClaimsQuery
	names map[cx.CustomerID]string
}

// written is a page of the ledger.
type written struct {
	reader
	referral.LedgerPage
	names map[cx.CustomerID]string
}

// finding is the sentence that stands above all.
func (v overview) finding() string {
	switch {
	case v.Prescribers == 0 && !v.Declared:
		return v.L.T("referrals.title.none")
	case v.Prescribers == 0:
		return v.L.T("referrals.title.nobody")
	}
	return v.L.T("referrals.title."+string(v.Worth.Verdict), "n", v.Prescribers, "friends", v.L.T("referrals.people", "n", v.Worth.Friends))
}

// between says a share with its interval and its n.
func (r reader) between(s referral.Share) string {
	if s.N == 0 {
		return r.L.T("referrals.nobody")
	}
	return r.L.T("referrals.between", "share", r.percent(s.Value), "low", r.percent(s.Low), "high", r.percent(s.High), "n", s.N)
}

// percent writes a share, small ones with a decimal.
func (r reader) percent(share float64) string {
	decimals := 0
	if share > 0 && share < .1 {
		decimals = 1
	}
	return r.L.Percent(share, decimals)
}

func (r reader) money(minor float64) string {
	return r.L.Money(cx.Money{Minor: int64(math.Round(minor)), Currency: r.currency})
}

// range says an amount with its interval; "" when it is not known.
func (r reader) amount(m referral.Money) string {
	switch {
	case math.IsNaN(m.Value):
		return r.L.T("referrals.unknown")
	case math.IsNaN(m.Low):
		return r.money(m.Value)
	}
	return r.L.T("referrals.amount", "value", r.money(m.Value), "low", r.money(m.Low), "high", r.money(m.High))
}

// whole is an amount in the currency's own unit.
func (r reader) whole(minor int64) float64 { return float64(minor) / math.Pow10(r.m.Company.Digits()) }

func (r reader) moment(t cx.Time) string {
	if t == 0 {
		return ""
	}
	return r.L.In(t).Format("2006-01-02 15:04:05")
}

func (r reader) state(s referral.State) string { return r.L.T("referrals.state." + string(s)) }

// why says a reason; "" without one.
func (r reader) why(reason referral.Reason) string {
	if reason == "" {
		return ""
	}
	return r.L.T("referrals.why." + string(reason))
}

func (r reader) anyway(a referral.Anyway) string {
	if a == "" {
		return ""
	}
	return r.L.T("referrals.anyway." + string(a))
}

// said is how somebody heard of the company, in their words' kind.
func (r reader) said(key string) string {
	if key = "referrals.said." + key; r.L.Has(key) {
		return r.L.T(key)
	}
	return r.L.T("referrals.said.other")
}

// what an entry of the ledger is.
func (r reader) what(e referral.Entry) string {
	key := "referrals.entry.claim"
	if e.Milestone > 0 {
		key = "referrals.entry.milestone"
	}
	if e.Amount < 0 {
		key += ".back"
	}
	return r.L.T(key, "n", e.Milestone)
}

// verdictTone colours whether it pays: it is no feeling, unless it is sure.
func (v overview) verdictTone() ui.Tone {
	switch v.Worth.Verdict {
	case referral.Worked:
		return ui.Positive
	case referral.DidNot:
		return ui.Negative
	case referral.CannotTell:
	}
	return ui.Neutral
}

// part is groups of one kind.
type part struct {
	title, text string
	all         []referral.Group
	name        func(string) string
}

// groups are those of the page, in their order.
func (v overview) groups() []part {
	or := func(find func(string) (string, bool)) func(string) string {
		return func(key string) string {
			if name, ok := find(key); ok {
				return name
			}
			if key == "" {
				return v.L.T("referrals.not-known")
			}
			return key
		}
	}
	touchpoint := or(func(key string) (string, bool) { t, ok := v.m.Touchpoint(key); return v.Say(t.Name), ok })
	journey := or(func(key string) (string, bool) { j, ok := v.m.Journey(key); return v.Say(j.Name), ok })
	channel := or(func(key string) (string, bool) {
		return v.L.T("referrals.channel." + key), v.L.Has("referrals.channel." + key)
	})
	return []part{
		{v.L.T("referrals.by.lived"), v.L.T("referrals.by.lived.text"), v.ByLived, touchpoint},
		{v.L.T("referrals.by.journey"), v.L.T("referrals.by.journey.text"), v.ByJourney, journey},
		{v.L.T("referrals.by.channel"), v.L.T("referrals.by.channel.text"), v.ByChannel, channel},
	}
}

// countOf is how many there are of a key.
func countOf(all []referral.Count, key string) int {
	for _, c := range all {
		if c.Key == key {
			return c.N
		}
	}
	return 0
}

func sumOf(all []referral.Count) (n int) {
	for _, c := range all {
		n += c.N
	}
	return n
}

// finding is the sentence above a list of claims.
func (v claimed) finding() string {
	switch {
	case v.asked.Reason != "":
		return v.L.T("referrals.claims.refused", "why", v.why(v.asked.Reason))
	case v.asked.State != "":
		return v.L.T("referrals.claims.of", "state", v.state(v.asked.State))
	}
	return v.L.T("referrals.claims.title")
}
