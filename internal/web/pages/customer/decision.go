package customer

import (
	"encoding/json"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// decided says what was decided about a customer: "No le preguntamos «Entrega»:
// ya le preguntamos hace 3 días". ok is false for what is no such decision.
func (t Teller) decided(i remember.Item) (text string, ok bool) {
	switch i.Name {
	case deliver.UnsubscribedEvent:
		return t.L.T("customer.contact.unsubscribed"), true
	case deliver.ResubscribedEvent:
		return t.L.T("customer.contact.resubscribed"), true
	case ask.DecidedEvent, ask.SentEvent:
	default:
		return "", false
	}
	var d ask.Decision
	if json.Unmarshal(i.Properties, &d) != nil {
		return "", false
	}
	survey := d.Survey
	if s, known := t.Model.Survey(d.Survey); known {
		survey = s.Name.In(t.L.Lang)
	}
	switch {
	case i.Name == ask.SentEvent:
		return t.L.T("customer.ask.sent", "survey", survey), true
	case d.Asked && d.Due != nil && d.Due.After(i.At.Std().Add(time.Minute)):
		return t.L.T("customer.ask.later", "survey", survey, "when", t.L.DateTime(cx.TimeOf(*d.Due))), true
	case d.Asked:
		return t.L.T("customer.ask.now", "survey", survey), true
	}
	why := t.L.T("customer.ask.why.other")
	if key := "customer.ask.why." + string(d.Reason); t.L.Has(key) {
		why = t.L.T(key)
	}
	if d.Since != nil {
		if key := "customer.ask.why." + string(d.Reason) + ".since"; t.L.Has(key) {
			why = t.L.T(key, "when", t.L.LongDate(cx.TimeOf(*d.Since)))
		}
	}
	return t.L.T("customer.ask.not", "survey", survey, "why", why), true
}
