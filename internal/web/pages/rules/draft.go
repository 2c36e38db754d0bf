package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

const section = "rules" // of the model

// draft is a rule as a person is changing it: whatever it says, whole or not.
type draft struct {
	slug, area                                  string
	name                                        model.Text
	off, must                                   bool // must: it says what must be said, whatever the hour
	when                                        trigger
	condition                                   string
	priority, holdout, initiative               string
	capN, capPer, running, entriesN, entriesPer string
	human                                       []string
	then                                        []step
}

// trigger is what the rule waits for; of is the slug or name of it.
type trigger struct{ kind, of, state, option, silence, after, least, most string }

// step is one thing that it does.
type step struct {
	kind, of, area, value, within string
	title, text                   model.Text
	wait                          string // of model.DoWait: waitFor …
	span, local, event, when      string
	otherwise                     []step
}

// The ways to wait.
const (
	waitFor   = "for"
	waitLocal = "local"
	waitUntil = "until"
)

func textIn(p model.Part, key string) string {
	s, _ := p.Get(key).(string)
	return s
}

func partIn(p model.Part, key string) model.Part {
	part, _ := p.Get(key).(model.Part)
	return part
}

// draftOf reads a rule of a draft of the model.
func draftOf(p model.Part) draft {
	caps := partIn(p, "caps")
	d := draft{
		slug: textIn(p, "slug"), area: textIn(p, "area"), name: model.TextOf(p.Get("name")), off: textIn(p, "off") == "true", must: textIn(p, "quiet") == "false",
		condition: textIn(p, "if"), priority: textIn(p, "priority"), holdout: textIn(p, "holdout"), initiative: textIn(p, "initiative"),
		capN: textIn(partIn(caps, "per_customer"), "n"), capPer: textIn(partIn(caps, "per_customer"), "per"), running: textIn(caps, "running"),
		entriesN: textIn(partIn(caps, "entries"), "n"), entriesPer: textIn(partIn(caps, "entries"), "per"),
		when: triggerOf(partIn(p, "when")), then: stepsOf(p.Get("then")),
	}
	if d.capPer != "" && d.capN == "" {
		d.capN = "1"
	}
	events, _ := p.Get("human").([]any)
	for _, e := range events {
		if name, ok := e.(string); ok {
			d.human = append(d.human, name)
		}
	}
	return d
}

func triggerOf(p model.Part) trigger {
	t := trigger{state: textIn(p, "state"), option: textIn(p, "option"), after: textIn(p, "after"), least: textIn(p, "least"), most: textIn(p, "most")}
	for _, kind := range model.TriggerKinds() {
		if v := textIn(p, kind); v != "" {
			t.kind, t.of = kind, v
		}
	}
	if t.kind == model.WhenSilence {
		t.silence, t.of = t.of, ""
	}
	return t
}

func stepsOf(v any) (out []step) {
	list, _ := v.([]any)
	for _, item := range list {
		p, _ := item.(model.Part)
		for _, kind := range model.ActionKinds() {
			if v := p.Get(kind); v != nil {
				out = append(out, stepOf(kind, v))
			}
		}
	}
	return out
}

func stepOf(kind string, v any) step {
	s := step{kind: kind}
	p, _ := v.(model.Part)
	switch kind {
	case model.DoWait:
		s.wait, s.local = waitFor, textIn(p, "local")
		if s.span, _ = v.(string); s.local != "" {
			s.wait = waitLocal
		} else if until := partIn(p, "until"); until != nil {
			s.wait, s.span, s.event, s.when = waitUntil, textIn(p, "most"), textIn(until, "event"), textIn(until, "when")
			s.otherwise = stepsOf(p.Get("else"))
		}
	case model.DoMessage:
		s.title, s.text = model.TextOf(p.Get("subject")), model.TextOf(p.Get("text"))
	case model.DoCase:
		s.of, s.area, s.within, s.title = textIn(p, "kind"), textIn(p, "area"), textIn(p, "within"), model.TextOf(p.Get("title"))
	case model.DoNotify:
		s.area, s.text = textIn(p, "area"), model.TextOf(p.Get("text"))
	case model.DoTrait:
		if len(p) > 0 {
			s.of = p[0].Key
			s.value, _ = p[0].Value.(string)
		}
	default:
		s.of, _ = v.(string)
	}
	return s
}

// fields collects what is not empty; what is goes out of the text.
type fields struct{ model.Part }

func (f *fields) add(key string, value any, empty bool) {
	if empty {
		value = nil
	}
	f.Part = append(f.Part, model.Field{Key: key, Value: value})
}

func (f *fields) text(key, value string) { f.add(key, value, value == "") }

func (f *fields) words(key string, t model.Text) { f.add(key, t, t == (model.Text{})) }

// number writes what reads as one as a number, and leaves the rest to be faulted.
func (f *fields) number(key, value string) {
	if n, err := strconv.ParseFloat(strings.Replace(value, ",", ".", 1), 64); err == nil {
		f.add(key, n, false)
		return
	}
	f.text(key, value)
}

func (f *fields) part(key string, p fields) {
	full := p.full()
	f.add(key, full, len(full) == 0)
}

// full is the part without what is empty.
func (f *fields) full() model.Part {
	return slices.DeleteFunc(f.Part, func(f model.Field) bool { return f.Value == nil })
}

// part writes the rule as fields to set; those that it does not have are nil.
func (d draft) part() model.Part {
	var f, caps, each, entries fields
	f.text("slug", d.slug)
	f.words("name", d.name)
	f.text("area", d.area)
	f.add("off", true, !d.off)
	f.part("when", d.when.fields())
	f.text("if", d.condition)
	f.number("priority", d.priority)
	f.number("holdout", d.holdout)
	f.text("initiative", d.initiative)
	if d.capPer != "" {
		each.number("n", d.capN)
		each.text("per", d.capPer)
	}
	caps.part("per_customer", each)
	caps.number("running", d.running)
	if d.entriesN != "" {
		entries.number("n", d.entriesN)
		entries.text("per", d.entriesPer)
	}
	caps.part("entries", entries)
	f.part("caps", caps)
	f.add("quiet", false, !d.must)
	f.add("human", d.human, len(d.human) == 0)
	f.add("then", stepParts(d.then), len(d.then) == 0)
	return f.Part
}

func (t trigger) fields() (f fields) {
	switch t.kind {
	case model.WhenSilence:
		f.text(t.kind, t.silence)
		f.text("after", t.after)
	case model.WhenScore:
		f.text(t.kind, t.of)
		f.number("least", t.least)
		f.number("most", t.most)
	case "":
	default:
		f.text(t.kind, t.of)
		f.text("option", t.option)
		f.text("state", t.state)
	}
	return f
}

func stepParts(steps []step) []any {
	out := make([]any, len(steps))
	for i, s := range steps {
		out[i] = model.Part{{Key: s.kind, Value: s.said()}}
	}
	return out
}

// said is what stands behind the kind of a step.
func (s step) said() any {
	var f fields
	switch s.kind {
	case model.DoWait:
		switch s.wait {
		case waitLocal:
			f.text("local", s.local)
		case waitUntil:
			var until fields
			until.text("event", s.event)
			until.text("when", s.when)
			f.part("until", until)
			f.text("most", s.span)
			f.add("else", stepParts(s.otherwise), len(s.otherwise) == 0)
		default:
			return s.span
		}
	case model.DoMessage:
		f.words("subject", s.title)
		f.words("text", s.text)
	case model.DoCase:
		f.text("kind", s.of)
		f.text("area", s.area)
		f.words("title", s.title)
		f.text("within", s.within)
	case model.DoNotify:
		f.text("area", s.area)
		f.words("text", s.text)
	case model.DoTrait:
		switch s.value {
		case "true", "false":
			f.add(s.of, s.value == "true", false)
		default:
			f.number(s.of, s.value)
		}
	default:
		return s.of
	}
	return f.full()
}

// read reads the draft as a rule of a model: all of it that can be read, and the
// faults of the rest, with paths below the rule.
func (d draft) read(m *model.Model) (model.Rule, []cx.Fault) {
	src, err := json.Marshal(plain(d.part()))
	if err != nil {
		return model.Rule{}, []cx.Fault{{Message: cx.MessageOf(err)}}
	}
	r, err := m.ParseRule(src)
	if err == nil {
		return r, nil
	}
	if faults := cx.FaultsOf(err); len(faults) > 0 {
		return r, faults
	}
	return r, []cx.Fault{{Message: cx.MessageOf(err)}}
}

// plain turns fields into what JSON has.
func plain(v any) any {
	switch v := v.(type) {
	case model.Part:
		out := map[string]any{}
		for _, f := range v {
			if f.Value != nil {
				out[f.Key] = plain(f.Value)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case model.Text:
		out := map[string]any{}
		for lang, text := range map[string]string{"es": v.ES, "en": v.EN, "pt": v.PT} {
			if text != "" {
				out[lang] = text
			}
		}
		return out
	}
	return v
}

// list returns the steps of a path: "then", or "then.1.else" of those that are
// done when what step 1 waits for does not come.
func (d *draft) list(path string) *[]step {
	at := &d.then
	parts := strings.Split(path, ".")
	if parts[0] != "then" || len(parts)%2 == 0 {
		return nil
	}
	for ; len(parts) > 1; parts = parts[2:] {
		i, err := strconv.Atoi(parts[1])
		if err != nil || i < 0 || i >= len(*at) || parts[2] != "else" {
			return nil
		}
		at = &(*at)[i].otherwise
	}
	return at
}

// do moves a step up or down, or takes it out: "up:then.1". What is not there any
// more stays as it is.
func (d *draft) do(verb, path string) {
	cut := strings.LastIndexByte(path, '.')
	if cut < 0 {
		return
	}
	steps := d.list(path[:cut])
	i, err := strconv.Atoi(path[cut+1:])
	if steps == nil || err != nil || i < 0 || i >= len(*steps) {
		return
	}
	switch s := *steps; {
	case verb == "drop":
		*steps = slices.Delete(s, i, i+1)
	case verb == "up" && i > 0:
		s[i-1], s[i] = s[i], s[i-1]
	case verb == "down" && i+1 < len(s):
		s[i], s[i+1] = s[i+1], s[i]
	}
}
