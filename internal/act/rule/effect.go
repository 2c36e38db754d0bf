package rule

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// act does a step: the decision goes to the log, then it is done with a key that
// makes twice the same as once. Why tells that it was not done after all.
func (t *turn) act(ctx context.Context, a model.Action) (why Reason, err error) {
	if a.Reaches() && a.Kind != model.DoSurvey && t.r.lived == nil {
		return Undeclared, nil
	}
	if a.Kind == model.DoSurvey { // what speaks against it is told before it is done
		return t.ask(ctx, a)
	}
	d := Decision{Acted: true, Effect: a.Kind, Of: a.Of}
	if t.r.step == humanStep { // it was told when the run began
		return "", t.openCase(ctx, a)
	}
	if err := t.tell(ctx, d); err != nil {
		return "", err
	}
	switch a.Kind {
	case model.DoMessage, model.DoChoice:
		err = t.write(ctx, a)
	case model.DoCase:
		err = t.openCase(ctx, a)
	case model.DoTrait:
		err = t.setTrait(ctx, a.Of, a.Value)
	case model.DoSegment:
		err = t.setTrait(ctx, model.SegmentTrait(a.Of), "true")
	case model.DoWebhook:
		err = t.call(ctx, a)
	case model.DoNotify:
		err = t.c.Notices.Tell(ctx, notify.Notice{
			Key: t.key(), To: notify.To{Area: t.area(a)}, Kind: notify.Rule, Subject: "rule:" + t.r.rule, Title: t.rule.Name, Text: t.fill(a.Text),
			Href: "/customers/" + string(t.who.customer.ID), Customer: t.who.customer.ID,
		})
	}
	return "", err
}

func (t *turn) key() string { return keyOf(t.r.id, t.r.step) }

func (t *turn) by() string { return "rule:" + t.r.rule }

func (t *turn) area(a model.Action) string {
	if a.Area != "" {
		return a.Area
	}
	return t.rule.Area
}

// paired tells whether a step is a message whose next step offers a choice: one
// message then brings both.
func (t *turn) paired(a model.Action) (choice model.Action, path string, ok bool) {
	if a.Kind != model.DoMessage {
		return choice, "", false
	}
	path = after(t.r.step)
	choice, ok = stepIn(&t.rule, path)
	return choice, path, ok && choice.Kind == model.DoChoice
}

// write sends a message, with the choice that follows it; a choice alone is its
// question and the way to it.
func (t *turn) write(ctx context.Context, a model.Action) error {
	ids := idsOf(t.r.lived, t.p.m)
	note := dialogue.Note{
		Key: t.key(), Customer: t.who.customer.ID, Subject: t.fill(a.Title), Text: t.fill(a.Text), Case: ids.Case, About: ids.about, Touchpoint: ids.touchpoint, By: t.by(),
	}
	offered, path := a, t.r.step
	if a.Kind == model.DoMessage {
		choice, at, ok := t.paired(a)
		if !ok {
			_, err := t.c.Dialogue.Send(ctx, cx.System(), note)
			return err
		}
		offered, path = choice, at
	} else if c, ok := t.p.m.Choice(a.Of); ok {
		note.Text = t.fill(c.Question)
	}
	offer, err := t.c.Dialogue.Offer(ctx, cx.System(), dialogue.NewOffer{
		Key: keyOf(t.r.id, path) + ":offer", Choice: offered.Of, Customer: t.who.customer.ID, Case: ids.Case, Promise: ids.Promise, Instance: ids.Instance, About: ids.about, By: t.by(),
	})
	if err != nil {
		return err
	}
	note.Offer = offer.ID
	_, err = t.c.Dialogue.Send(ctx, cx.System(), note)
	return err
}

func (t *turn) openCase(ctx context.Context, a model.Action) error {
	ids := idsOf(t.r.lived, t.p.m)
	n := cases.New{
		Key: t.key(), Customer: t.who.customer.ID, Kind: a.Of, Area: t.area(a), Place: ids.Place, Touchpoint: ids.touchpoint, Promise: ids.Promise, Instance: ids.Instance,
		Supplier: ids.Supplier, Offer: ids.offer(), About: ids.about, Title: t.fill(a.Title).In(t.p.m.Company.Languages[0]), By: t.by(),
	}
	if a.Area == "" && a.Of != "" { // the kind's own area, where it names one
		n.Area = ""
	}
	if a.Within > 0 {
		n.Due = t.c.Clock.Now().Add(a.Within)
	}
	_, err := t.c.Cases.Open(ctx, cx.System(), n)
	return err
}

// ask puts a survey to the customer, unless its own rules speak against it.
func (t *turn) ask(ctx context.Context, a model.Action) (Reason, error) {
	r := ask.OneRequest{Key: t.key(), Survey: a.Of, Customer: t.who.customer.ID, About: t.r.about, By: t.by()}
	if t.r.lived != nil {
		fact := t.r.lived.fact()
		r.Fact = &fact
	}
	why, err := t.c.Asks.AskOne(ctx, cx.System(), r)
	if cx.KindOf(err) == cx.NotFound && err != nil {
		why, err = ask.Undeclared, nil
	}
	if err != nil {
		return "", err
	}
	d := Decision{Acted: true, Effect: a.Kind, Of: a.Of}
	var reason Reason
	if why != "" {
		reason = map[ask.Reason]Reason{ask.Unsubscribed: Unsubscribed, ask.NoConsent: NoConsent, ask.NoAddress: NoAddress, ask.Rested: Fatigue, ask.Undeclared: Undeclared}[why]
		if reason == "" {
			reason = NotAsked
		}
		d.Acted, d.Reason = false, reason
	}
	return reason, t.tell(ctx, d)
}

// call tells another program what was decided: ids, no words of people.
func (t *turn) call(ctx context.Context, a model.Action) error {
	ids := idsOf(t.r.lived, t.p.m)
	data, err := json.Marshal(struct {
		Rule     string            `json:"rule"`
		Run      string            `json:"run"`
		Customer cx.CustomerID     `json:"customer"`
		UserID   string            `json:"user_id,omitempty"`
		Event    string            `json:"event,omitempty"`
		Promise  string            `json:"promise,omitempty"`
		Instance string            `json:"instance,omitempty"`
		Case     string            `json:"case,omitempty"`
		Choice   string            `json:"choice,omitempty"`
		Option   string            `json:"option,omitempty"`
		About    map[string]string `json:"about,omitempty"`
	}{t.r.rule, t.r.id, t.who.customer.ID, identifier(&t.who.customer, identity.UserID), t.r.lived.event(), ids.Promise, ids.Instance, ids.Case, ids.Choice, ids.Option, ids.about})
	if err != nil {
		return err
	}
	hook := deliver.Hook{ID: t.key(), Endpoint: a.Of, Type: "rule." + t.r.rule, At: t.c.Clock.Now(), Customer: t.who.customer.ID, Data: data}
	if err := t.c.DB.Write(ctx, func(tx *sqldb.Tx) error { return t.c.Outbox.PutHook(ctx, tx, hook) }); err != nil {
		return err
	}
	t.c.Jobs.Wake()
	return nil
}

func (l *lived) event() string {
	if l == nil {
		return ""
	}
	return l.Name
}

// setTrait lets the customer's own line say what they are known by from now on.
func (t *turn) setTrait(ctx context.Context, name, value string) error {
	now := t.c.Clock.Now()
	message := map[string]any{"type": "identify", "traits": map[string]json.RawMessage{name: json.RawMessage(value)}, "messageId": t.key() + ":trait", "timestamp": now.String()}
	if id := identifier(&t.who.customer, identity.UserID); id != "" {
		message["userId"] = id
	} else if id := identifier(&t.who.customer, identity.AnonymousID); id != "" {
		message["anonymousId"] = id
	} else {
		return cx.Errorf(cx.Invalid, "rule.setTrait", "the customer has neither a userId nor an anonymousId: nothing can be said of them")
	}
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	e, err := intake.Decode(body, intake.Defaults{Source: "vivencia", ReceivedAt: now, Own: true})
	if err == nil {
		_, err = t.c.Log.Append(ctx, []cx.Event{e})
	}
	return err
}

// identifier returns the first by which the customer is known.
func identifier(c *remember.Customer, kind string) string {
	if i := slices.IndexFunc(c.Identifiers, func(i remember.Identifier) bool { return i.Kind == kind }); i >= 0 {
		return c.Identifiers[i].Value
	}
	return ""
}

// ids are what names what a run is about.
type ids struct {
	Case     string `json:"case"`
	Promise  string `json:"promise"`
	Instance string `json:"instance"`
	Supplier string `json:"supplier"`
	Place    string `json:"place"`
	Offer    string `json:"offer"`
	Choice   string `json:"choice"`
	Option   string `json:"option"`

	touchpoint string
	about      map[string]string
	made       bool // the event is a choice that was made
}

// offer is the choice that a case carries out.
func (i ids) offer() string {
	if !i.made {
		return ""
	}
	return i.Offer
}

func idsOf(l *lived, m *model.Model) (out ids) {
	out.about = map[string]string{}
	if l == nil {
		return out
	}
	var named struct {
		Touchpoint string            `json:"touchpoint"`
		About      map[string]string `json:"about"`
	}
	if l.Type == cx.Decision.String() || l.Source == "vivencia" {
		_ = json.Unmarshal(l.Properties, &out) // what is of another type names nothing
		_ = json.Unmarshal(l.Properties, &named)
	}
	out.made, out.touchpoint = l.Name == choiceEvent, named.Touchpoint
	for name, value := range named.About {
		out.about[name] = value
	}
	class := m.Classify(l.fact())
	if out.touchpoint == "" {
		out.touchpoint = class.Touchpoint
	}
	if out.Place == "" {
		out.Place = class.Place
	}
	if out.Supplier == "" {
		out.Supplier = class.Supplier
	}
	for _, ref := range class.Objects {
		if i := slices.IndexFunc(m.Objects, func(o model.Object) bool { return o.Slug == ref.Type }); i >= 0 && out.about[m.Objects[i].Property] == "" {
			out.about[m.Objects[i].Property] = ref.ID
		}
	}
	return out
}

// place is where it was lived.
func (l *lived) place(m *model.Model) string { return idsOf(l, m).Place }

// fill says a text to this customer, in each language.
func (t *turn) fill(text model.Text) model.Text {
	known := t.known
	zone := t.zone()
	return model.Text{ES: text.Fill("es", zone, known), EN: text.Fill("en", zone, known), PT: text.Fill("pt", zone, known)}
}

// known tells what a text may name.
func (t *turn) known(path string) (any, bool) {
	root, name, _ := strings.Cut(path, ".")
	l, c := t.r.lived, &t.who.customer
	switch path {
	case "customer.first_name":
		for _, key := range []string{"first_name", "firstName"} {
			if first := survey.PlainName(trait(c, key)); first != "" {
				return first, true
			}
		}
		first, _, _ := strings.Cut(trait(c, "name"), " ")
		first = survey.PlainName(first)
		return first, first != ""
	case "customer.name":
		name := survey.PlainName(trait(c, "name"))
		return name, name != ""
	case "company":
		return t.p.m.Company.Name, true
	}
	if root == "traits" {
		for _, has := range c.Traits {
			if has.Name == name {
				return valueOf(has.Value)
			}
		}
		return nil, false
	}
	if l == nil {
		return nil, false
	}
	switch path {
	case "event.name":
		return l.Name, true
	case "event.at":
		return l.At, true
	case "place":
		slug := l.place(t.p.m)
		if p, ok := t.p.m.Place(slug); ok {
			return p.Name.In(t.p.m.Company.Languages[0]), true
		}
		return slug, slug != ""
	case "touchpoint":
		if p, ok := t.p.m.Touchpoint(idsOf(l, t.p.m).touchpoint); ok {
			return p.Name.In(t.p.m.Company.Languages[0]), true
		}
		return nil, false
	}
	if root != "properties" {
		return nil, false
	}
	var own map[string]json.RawMessage
	if json.Unmarshal(l.Properties, &own) != nil {
		return nil, false
	}
	if raw, ok := own[name]; ok {
		return valueOf(raw)
	}
	var about map[string]json.RawMessage // of a record of ours: what names what it is about
	if json.Unmarshal(own["about"], &about) != nil {
		return nil, false
	}
	raw, ok := about[name]
	if !ok {
		return nil, false
	}
	return valueOf(raw)
}

func valueOf(raw json.RawMessage) (v any, ok bool) {
	if json.Unmarshal(raw, &v) != nil || v == nil {
		return nil, false
	}
	return v, true
}

// seqText writes a seq as part of a name.
func seqText(seq cx.Seq) string { return strconv.FormatUint(uint64(seq), 10) }
