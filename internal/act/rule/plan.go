package rule

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// The records of others that triggers wait for.
const (
	promiseEvent = "vivencia.promise.changed"
	caseEvent    = "vivencia.case.changed"
	choiceEvent  = "Choice Made"
)

// ruling is one rule, made ready.
type ruling struct {
	model.Rule
	rank  int  // in the order in which rules are asked: by priority, then as in the file
	alone bool // its condition needs nothing but the event
	asks  []expr.Ask
	human int    // how many of the asks, at their end, tell a moment that must be human
	trial *trial // of a dry run: it only counts
}

// plan is the rules of one version of the model, by what they wait for.
type plan struct {
	m       *model.Model
	version int
	until   cx.Time              // when the first of its dry runs is over; 0: there is none
	names   map[string][]*ruling // events, by name
	answers map[string][]*ruling // surveys
	scores  []*ruling
	changed map[string][]*ruling // records of others, by name
	swept   []*ruling            // those that no event tells
	waits   map[string]bool      // names of events that steps wait for
}

func newPlan(m *model.Model, version int, trials []*trial) *plan {
	p := &plan{m: m, version: version, names: map[string][]*ruling{}, answers: map[string][]*ruling{}, changed: map[string][]*ruling{}, waits: map[string]bool{}}
	rules := make([]*ruling, 0, len(m.Rules)+len(trials))
	for _, r := range m.Rules {
		if !r.Off {
			rules = append(rules, newRuling(r))
		}
		for a := range r.Actions() {
			if a.Wait.Until != "" {
				p.waits[a.Wait.Until] = true
			}
		}
	}
	for _, t := range trials {
		r := newRuling(t.rule)
		r.trial = t
		if p.until == 0 || t.till < p.until {
			p.until = t.till
		}
		rules = append(rules, r)
	}
	slices.SortStableFunc(rules, func(a, b *ruling) int { return b.Priority - a.Priority })
	for i, r := range rules {
		r.rank = i
		p.add(r)
	}
	return p
}

func newRuling(r model.Rule) *ruling {
	out := &ruling{Rule: r, human: len(r.Human)}
	if r.If != nil {
		out.alone, out.asks = !r.If.NeedsTraits() && len(r.If.Asks()) == 0, slices.Clone(r.If.Asks())
	}
	for _, event := range r.Human {
		out.asks = append(out.asks, expr.Ask{What: expr.Count, Event: event, Within: model.HumanFor})
	}
	return out
}

func (p *plan) add(r *ruling) {
	put := func(to map[string][]*ruling, key string) { to[key] = append(to[key], r) }
	switch r.When.Kind {
	case model.WhenEvent:
		put(p.names, r.When.Of)
	case model.WhenChoice:
		put(p.names, choiceEvent)
	case model.WhenAnswer:
		put(p.answers, r.When.Of)
	case model.WhenScore:
		p.scores = append(p.scores, r)
	case model.WhenPromise:
		put(p.changed, promiseEvent)
	case model.WhenCase:
		put(p.changed, caseEvent)
	default:
		p.swept = append(p.swept, r)
	}
}

// lived is what a run begins with: the event, or the record, as conditions and
// texts see it.
type lived struct {
	Name       string          `json:"name"`
	Type       string          `json:"type"`
	Source     string          `json:"source,omitempty"`
	UserID     string          `json:"user_id,omitempty"`
	At         cx.Time         `json:"at"`
	Properties json.RawMessage `json:"properties,omitempty"`
	Context    json.RawMessage `json:"context,omitempty"`

	properties, context *expr.Object // of these, parsed once for all rules
}

func livedOf(e *cx.Event) *lived {
	return &lived{
		Name: strings.Clone(e.Name), Type: e.Kind.String(), Source: strings.Clone(e.Source), UserID: strings.Clone(e.UserID), At: e.At,
		Properties: slices.Clone(e.Properties), Context: slices.Clone(e.Context),
	}
}

// fact is the event as the model classifies it.
func (l *lived) fact() model.Fact {
	kind, _ := cx.ParseKind(l.Type)
	return model.FactOf(cx.Event{Kind: kind, Name: l.Name, Source: l.Source, UserID: l.UserID, At: l.At, Properties: l.Properties})
}

// moment is something that a rule waits for, and that happened to a customer.
type moment struct {
	*ruling
	seq      cx.Seq // the event that it is about; 0: nothing in particular
	name     string // with the rule's slug it names the run
	lived    *lived
	customer cx.CustomerID // "": whose the event is
}

// begun returns what an event begins, its customer's right to it not yet asked.
func (p *plan) begun(e *cx.Event) (out []moment) {
	var l *lived
	name := "event " + seqText(e.Seq)
	add := func(r *ruling, customer cx.CustomerID) {
		if l == nil {
			l = livedOf(e)
		}
		out = append(out, moment{ruling: r, seq: e.Seq, name: name, lived: l, customer: customer})
	}
	switch e.Kind {
	case cx.Track, cx.Page, cx.Screen:
		for _, r := range p.names[e.Name] {
			if r.When.Kind != model.WhenChoice || chose(e, r.When) {
				add(r, "")
			}
		}
	case cx.Answer:
		if fact.Suspect(*e) {
			return nil
		}
		if len(p.answers[e.Name])+len(p.scores) == 0 {
			return nil
		}
		response, complete := responseOf(e.Properties)
		if response != "" {
			name = "response " + response
		}
		for _, r := range p.answers[e.Name] {
			if complete {
				add(r, "")
			}
		}
		if len(p.scores) == 0 {
			return out
		}
		answer, err := fact.ParseAnswer(*e)
		if err != nil {
			return out
		}
		for _, r := range p.scores {
			if slices.ContainsFunc(answer.Items, func(i fact.AnswerItem) bool { return i.HasValue && scored(r.When, i.Metric, i.Value) }) {
				add(r, "")
			}
		}
	case cx.Decision:
		of := p.changed[e.Name]
		if len(of) == 0 {
			return nil
		}
		var c change
		if json.Unmarshal(e.Properties, &c) != nil || c.Customer == "" {
			return nil
		}
		for _, r := range of {
			if c.is(r.When) {
				add(r, c.Customer)
			}
		}
	}
	return out
}

// responseOf tells which response an answer is of, "" when it does not say, and
// whether it is complete: what comes in several pages begins a run once.
func responseOf(properties []byte) (id string, complete bool) {
	var p struct {
		Response string `json:"response_id"`
		Complete *bool  `json:"complete"`
	}
	if json.Unmarshal(properties, &p) != nil {
		return "", true
	}
	return p.Response, p.Complete == nil || *p.Complete
}

// scored tells whether a score is one that a trigger waits for.
func scored(t model.Trigger, metric string, value float64) bool {
	return strings.EqualFold(metric, t.Of) && value >= t.Least && value <= t.Most
}

// chose tells whether an event is the choice that a trigger waits for.
func chose(e *cx.Event, t model.Trigger) bool {
	var c struct{ Choice, Option string }
	return json.Unmarshal(e.Properties, &c) == nil && c.Choice == t.Of && (t.Option == "" || c.Option == t.Option)
}

// change is what the records of promises and cases share.
type change struct {
	Customer cx.CustomerID `json:"customer"`
	Promise  string        `json:"promise"`
	State    string        `json:"state"`
	What     string        `json:"what"`
	Kind     string        `json:"kind"`
}

func (c change) is(t model.Trigger) bool {
	if t.Kind == model.WhenPromise {
		return c.Promise == t.Of && c.State == t.State
	}
	return c.What == t.State && (t.Of == "" || c.Kind == t.Of)
}
