package model

import (
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Journey is the way to a purpose as the company designs it: what makes one run
// of it, where runs begin and end, and its script.
type Journey struct {
	Slug    string
	Name    Text
	Purpose Text // what the customer wants to have done; may be empty
	Case    Case
	Start   []Mark        // where runs begin; empty: at their first fact
	End     []Mark        // where runs end; empty: they end by silence
	Silence time.Duration // a run without an end that is silent for as long is abandoned; by customer it is the gap
	Script  []Node        // in order; empty: only the lived path is known
}

// Case says what makes one run: the facts that share an object, or the facts of
// one customer between which no gap is as long as Gap.
type Case struct {
	Key    string        // a property of facts, such as order_id; "": by customer
	Object string        // the object (its slug) whose property Key is
	Gap    time.Duration // by customer: a silence as long begins another run
	Before time.Duration // by key: what the customer lives at the script's steps without a key, so long before the run's first keyed fact, belongs to it
	After  time.Duration // by key: … and so long after its last one
}

// Mark is an event that begins or ends runs.
type Mark struct {
	Event     string
	When      *expr.Program // nil: always
	Abandoned bool          // of an end: the purpose was given up
}

// String writes the mark for a diff.
func (m Mark) String() string {
	s := m.Event
	if m.When != nil {
		s += " when " + m.When.Source()
	}
	if m.Abandoned {
		s += " (abandoned)"
	}
	return s
}

// DefaultSilence is after how long a run by key is abandoned when its journey
// does not say.
const DefaultSilence = 30 * 24 * time.Hour

const maxJourneys = 50

func (p *parsing) journeys(v value) []Journey {
	var out []Journey
	seen := map[string]bool{}
	for i, item := range v.list() {
		if i == maxJourneys {
			item.fault("is one more than the %d journeys that a model may have: take out those nobody looks at", maxJourneys)
			break
		}
		f := item.fields("slug", "name", "purpose", "case", "start", "end", "silence", "script")
		j := Journey{Slug: f["slug"].slug(seen), Name: f["name"].words(), Case: p.journeyCase(f["case"])}
		if !f["purpose"].absent() {
			j.Purpose = f["purpose"].words()
		}
		switch {
		case j.Case.Key == "":
			if j.Silence = j.Case.Gap; !f["silence"].absent() {
				f["silence"].fault("a run of a customer ends by its gap: leave silence out")
			}
		case f["silence"].absent():
			j.Silence = DefaultSilence
		default:
			j.Silence = f["silence"].span()
		}
		var ends map[string]bool
		j.Start, _ = p.marks(f["start"], false)
		j.End, ends = p.marks(f["end"], true)
		s := scripting{parsing: p, ends: ends, slugs: map[string]bool{}, events: map[string]bool{}, at: map[*Step]value{}}
		j.Script = s.sequence(f["script"], 1)
		s.follow(j.Script, reach{})
		for k, mark := range f["start"].list() {
			if at := j.Start[k]; at.Event != "" && len(s.events) > 0 && !s.events[at.Event] {
				mark.fault("no step of the script has %q, so no run that begins there follows it: add it to a step, or begin elsewhere", at.Event)
			}
		}
		out = append(out, j)
	}
	return out
}

func (p *parsing) journeyCase(v value) (c Case) {
	const hint = "say what makes one run: {key: order_id} for what shares an object, or {gap: 30m} for what a customer lives without a longer pause"
	if v.absent() {
		v.fault("is missing: %s", hint)
		return c
	}
	f := v.fields("key", "gap", "before", "after")
	key, gap := !f["key"].absent(), !f["gap"].absent()
	switch {
	case key && gap:
		f["gap"].fault("is for runs without a key: keep the key or the gap")
	case gap:
		for _, k := range []string{"before", "after"} {
			if !f[k].absent() {
				f[k].fault("is for runs with a key: leave it out")
			}
		}
		c.Gap = f["gap"].span()
	case key:
		c.Key = f["key"].required("name the property that the run's events share, such as order_id")
		keys := slugs(p.m.Objects, func(o Object) string { return o.Property })
		if i := slices.Index(keys, c.Key); i >= 0 {
			c.Object = p.m.Objects[i].Slug
		} else if c.Key != "" {
			f["key"].fault("%q is the number of no object%s", c.Key, orMean(c.Key, keys, "; declare it under objects, or use one of "))
		}
		c.Before, c.After = f["before"].optionalSpan(), f["after"].optionalSpan()
	default:
		v.fault("is empty: %s", hint)
	}
	return c
}

// marks reads events that begin or end runs; sure are those that do without a
// condition.
func (p *parsing) marks(v value, ends bool) (out []Mark, sure map[string]bool) {
	const hint = "write the event's name, or {event: …, when: …}"
	claimed := p.claimed()
	sure = map[string]bool{}
	for _, item := range v.list() {
		m, at, always := Mark{}, item, true
		if _, name := scalar(item.node); name || item.absent() {
			m.Event = item.required(hint)
		} else {
			known := []string{"event", "when"}
			if ends {
				known = append(known, "abandoned")
			}
			f := item.fields(known...)
			at, always = f["event"], f["when"].absent()
			m = Mark{Event: at.required(hint), When: p.program(f["when"], p.expr, expr.Bool)}
			if ends {
				m.Abandoned = f["abandoned"].boolean()
			}
		}
		switch {
		case m.Event == "":
		case !slices.Contains(claimed, m.Event):
			at.fault("%q happens at no touchpoint%s", m.Event, orMean(m.Event, claimed, ""))
			m.Event = ""
		case sure[m.Event]:
			at.fault("%q is marked already, without a condition, before this: nothing reaches this entry; give the earlier one a when:", m.Event)
		}
		sure[m.Event] = sure[m.Event] || always
		out = append(out, m)
	}
	return out, sure
}

// claimed are the events that touchpoints claim.
func (p *parsing) claimed() (names []string) {
	for _, t := range p.m.Touchpoints {
		for _, e := range t.Events {
			names = append(names, e.Name)
		}
	}
	return names
}

// journeyElements flattens journeys and their steps for a comparison.
func (m *Model) journeyElements() (out []element) {
	marks := func(list []Mark) string {
		texts := make([]string, len(list))
		for i, mark := range list {
			texts[i] = mark.String()
		}
		return strings.Join(texts, "; ")
	}
	for _, j := range m.Journeys {
		out = append(out, element{j.Slug, j.Name.String(), []part{
			{"name", j.Name.String()},
			{"purpose", j.Purpose.String()},
			{"key", j.Case.Key},
			{"gap", spanOrNothing(j.Case.Gap)},
			{"before", spanOrNothing(j.Case.Before)},
			{"after", spanOrNothing(j.Case.After)},
			{"start", marks(j.Start)},
			{"end", marks(j.End)},
			{"silence", spanOrNothing(j.Silence)},
			{"script", shape(j.Script)},
		}})
		for _, s := range j.Steps() {
			out = append(out, s.element(j.Slug+".script."))
		}
	}
	return out
}
