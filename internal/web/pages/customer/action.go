package customer

import (
	"encoding/json"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// acted says what was promised, made right or done by a rule: "En riesgo: «Llega
// el día que dijimos»". ok is false for what is no such decision.
func (t Teller) acted(i remember.Item) (text string, ok bool) {
	switch i.Name {
	case promise.ChangedEvent:
		return t.promised(i)
	case cases.ChangedEvent:
		return t.madeRight(i)
	case rule.DecidedEvent:
		return t.ruled(i)
	case referral.DecidedEvent:
		return t.brought(i)
	}
	return "", false
}

// brought says why a code did not count, or whether they were asked to recommend us.
func (t Teller) brought(i remember.Item) (string, bool) {
	var d referral.Decision
	if json.Unmarshal(i.Properties, &d) != nil {
		return "", false
	}
	key := "customer.referral." + d.What
	if d.Acted {
		return t.L.T(key), t.L.Has(key)
	}
	why := key + ".why." + string(d.Reason)
	if !t.L.Has(why) {
		return "", false
	}
	return t.L.T(key+".not", "why", t.L.T(why)), true
}

func (t Teller) promised(i remember.Item) (string, bool) {
	var c promise.Changed
	if json.Unmarshal(i.Properties, &c) != nil || !t.L.Has("customer.promise."+string(c.State)) {
		return "", false
	}
	name := c.Promise
	if p, known := t.Model.Promise(c.Promise); known {
		name = p.Name.In(t.L.Lang)
	}
	text := t.L.T("customer.promise."+string(c.State), "promise", name, "due", t.L.DateTime(cx.TimeOf(c.Due)))
	if c.Corrects {
		text = t.L.T("customer.promise.corrects", "what", text)
	}
	return text, true
}

func (t Teller) madeRight(i remember.Item) (string, bool) {
	var c cases.Changed
	if json.Unmarshal(i.Properties, &c) != nil || !t.L.Has("customer.case."+string(c.What)) {
		return "", false
	}
	kind := t.L.T("customer.case.plain")
	if k, known := t.Model.Cases.Kind(c.Kind); known {
		kind = k.Name.In(t.L.Lang)
	}
	key := "customer.case." + string(c.What)
	if c.What == cases.Opened {
		switch {
		case c.Rule != "":
			key += ".rule"
		case c.By == "customer":
			key += ".customer"
		}
	}
	return t.L.T(key, "kind", kind, "rule", t.rule(c.Rule)), true
}

func (t Teller) ruled(i remember.Item) (string, bool) {
	var d rule.Decision
	if json.Unmarshal(i.Properties, &d) != nil {
		return "", false
	}
	name := t.rule(d.Rule)
	if !d.Acted {
		why := "customer.rule.why." + string(d.Reason)
		if !t.L.Has(why) {
			why = "customer.rule.why.other"
		}
		return t.L.T("customer.rule.not", "rule", name, "why", t.L.T(why)), true
	}
	key := "customer.rule." + d.Effect
	if d.Effect == "" || !t.L.Has(key) {
		key = "customer.rule.began"
	}
	if d.Effect == "wait" && d.Due != nil {
		return t.L.T(key+".until", "rule", name, "until", t.L.DateTime(cx.TimeOf(*d.Due))), true
	}
	return t.L.T(key, "rule", name), true
}

func (t Teller) rule(slug string) string {
	if r, known := t.Model.Rule(slug); known {
		return r.Name.In(t.L.Lang)
	}
	return slug
}

// CasePath is the address of the case that an item tells of; "" of any other.
func CasePath(i remember.Item) string {
	var c struct {
		Case string `json:"case"`
	}
	if i.Name == rule.DecidedEvent || json.Unmarshal(i.Properties, &c) != nil || c.Case == "" || strings.ContainsAny(c.Case, "/?#") {
		return ""
	}
	return "/cases/" + c.Case
}

// chosen is what a customer was offered, or chose.
func (t Teller) chosen(i remember.Item) string {
	var d struct{ Choice, Option string }
	if json.Unmarshal(i.Properties, &d) != nil {
		return ""
	}
	choice, known := t.Model.Choice(d.Choice)
	if !known {
		return d.Option
	}
	if i.Name == dialogue.OfferedEvent {
		return choice.Question.In(t.L.Lang)
	}
	option, known := choice.Option(d.Option)
	if !known {
		return d.Option
	}
	return option.Text.In(t.L.Lang)
}

// actionIcon is what stands beside a decision or a conversation; "" of any other.
func actionIcon(i remember.Item) string {
	switch i.Name {
	case promise.ChangedEvent:
		return "handshake"
	case cases.ChangedEvent:
		return "inbox"
	case rule.DecidedEvent:
		return "zap"
	case referral.DecidedEvent, referral.SharedEvent, referral.ClaimedEvent, referral.ProvenEvent, referral.RewardedEvent, referral.RevokedEvent:
		return "megaphone"
	case dialogue.SentEvent, dialogue.ReceivedEvent:
		return "message-circle"
	case dialogue.OfferedEvent, dialogue.MadeEvent:
		return "list-checks"
	case dialogue.ThankedEvent:
		return "smile"
	}
	return ""
}
