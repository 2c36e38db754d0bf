package model

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// JSON writes the survey as ParseSurvey reads it: the keys of the model, in
// their order, indented; the same survey gives the same bytes.
func (s *Survey) JSON() []byte {
	out := jsontext.Value(jsonOf(s.part()))
	_ = out.Indent(jsontext.WithIndent("  ")) // it is JSON: it was just written
	return append(out, '\n')
}

// ParseSurvey reads one survey from JSON, as part of a model: what it names must
// be declared there, and its pair too. The error is Invalid with every fault,
// each with its field path.
func ParseSurvey(src []byte, m *Model) (Survey, error) {
	const op = "model.ParseSurvey"
	if len(src) > MaxSource {
		return Survey{}, cx.Errorf(cx.Invalid, op, "the survey has %d bytes and %d is the most: shorten its texts", len(src), MaxSource)
	}
	plain := jsontext.Value(bytes.Clone(src))
	if err := plain.Canonicalize(); err != nil {
		return Survey{}, cx.Errorf(cx.Invalid, op, "this is no JSON: %w", err)
	}
	if plain.Kind() != '{' {
		return Survey{}, cx.Errorf(cx.Invalid, op, "this is no survey: it begins with {")
	}
	p := &parsing{m: m} // JSON without its escapes is YAML
	s := Survey{}
	if root, ok := p.open(plain); ok {
		if q, ok := p.asking(root); ok {
			s = q.survey(root, map[string]bool{})
			others := slices.DeleteFunc(slices.Clone(m.Surveys), func(other Survey) bool { return other.Slug == s.Slug })
			p.pairing(root, &s, append(others, s))
		}
	}
	for i := range p.faults {
		p.faults[i].Line, p.faults[i].Column = 0, 0 // of the JSON without its spaces
	}
	return s, cx.InvalidFaults(op, p.faults)
}

// PutSurvey returns the model's YAML with the survey of s.Slug as s says, or
// with s as the last. Like every edit it leaves each line that it does not have
// to touch as it was.
func PutSurvey(src []byte, s Survey) ([]byte, error) {
	const section = "surveys"
	fields := s.part()
	at := IndexOf(src, section, s.Slug)
	if at < 0 {
		d, err := Read(src)
		if err != nil && !blank(src) {
			return nil, cx.Wrap("model.PutSurvey", err)
		}
		at = len(d.Items(section))
	}
	for _, key := range surveyKeys { // what it does not say any more goes
		if fields.Get(key) == nil {
			fields = append(fields, Field{key, nil})
		}
	}
	out, err := SetItem(src, section, at, fields)
	return out, cx.Wrap("model.PutSurvey", err)
}

// part writes a survey as the mapping that it is read from: what is as usual is
// left out.
func (s *Survey) part() Part {
	pages := make([]any, len(s.Pages))
	for i, page := range s.Pages {
		var w writer
		w.text("title", page.Title)
		if page.When != nil {
			w.put("when", page.When.Source())
		}
		questions := make([]any, len(page.Questions))
		for j, q := range page.Questions {
			questions[j] = q.part()
		}
		pages[i] = append(w.Part, Field{"questions", questions})
	}
	var w writer
	w.put("slug", s.Slug)
	w.text("name", s.Name)
	w.put("purpose", s.Purpose)
	w.flag("anonymous", s.Anonymous)
	if s.Pair.Survey != "" {
		var pair writer
		pair.put("survey", s.Pair.Survey)
		pair.put("object", s.Pair.Object)
		w.Part = append(w.Part, Field{"pair", pair.Part})
	}
	w.Part = append(w.Part, Field{"pages", pages})
	w.text("thanks", s.Thanks)
	w.put("redirect", s.Redirect)
	if s.Ask != nil {
		w.Part = append(w.Part, Field{"ask", s.Ask.part()})
	}
	return w.Part
}

func (q Question) part() Part {
	var w writer
	w.put("id", q.ID)
	w.put("type", q.Type)
	w.text("text", q.Text)
	w.text("help", q.Help)
	w.flag("required", q.Required)
	if q.When != nil {
		w.put("when", q.When.Source())
	}
	if q.Scale != usual[q.Type] && (q.Type != Matrix || q.Options == nil) {
		w.put("scale", q.Scale)
	}
	if q.Labels != (Labels{}) {
		var labels writer
		labels.text("low", q.Labels.Low)
		labels.text("high", q.Labels.High)
		w.Part = append(w.Part, Field{"labels", labels.Part})
	}
	for _, list := range []Field{{"rows", q.Rows}, {"options", q.Options}} {
		var items []any
		for _, o := range list.Value.([]Option) {
			var item writer
			item.put("id", o.ID)
			item.text("text", o.Text)
			items = append(items, item.Part)
		}
		if items != nil {
			w.Part = append(w.Part, Field{list.Key, items})
		}
	}
	w.flag("other", q.Other)
	w.flag("randomise", q.Randomise)
	if q.Type == FreeText && q.MaxLength != DefaultLength {
		w.number("max_length", float64(q.MaxLength))
	}
	if q.Min != nil {
		w.number("min", *q.Min)
	}
	if q.Max != nil {
		w.number("max", *q.Max)
	}
	w.put("trait", q.Trait)
	return w.Part
}

func (a *Ask) part() Part {
	var w writer
	w.put("event", a.Event)
	if a.When != nil {
		w.put("when", a.When.Source())
	}
	w.put("delay", spanOrNothing(a.Delay))
	w.put("at", a.At.String())
	if a.Sample < 1 {
		w.number("sample", a.Sample)
	}
	if a.Quota.N > 0 {
		w.Part = append(w.Part, Field{"quota", Part{{"n", float64(a.Quota.N)}, {"per", a.Quota.Per}}})
	}
	w.put("rest", spanOrNothing(a.Rest))
	if !slices.Equal(a.Ways, []string{AskByMail}) {
		w.Part = append(w.Part, Field{"ways", a.Ways})
	}
	if a.Expire != DefaultExpiry {
		w.put("expire", spanOrNothing(a.Expire))
	}
	return w.Part
}

// writer collects the fields of a mapping; what is empty is left out.
type writer struct{ Part }

func (w *writer) put(key, value string) {
	if value != "" {
		w.Part = append(w.Part, Field{key, value})
	}
}

func (w *writer) text(key string, t Text) {
	if t != (Text{}) {
		w.Part = append(w.Part, Field{key, t})
	}
}

func (w *writer) flag(key string, set bool) {
	if set {
		w.Part = append(w.Part, Field{key, true})
	}
}

func (w *writer) number(key string, n float64) { w.Part = append(w.Part, Field{key, n}) }

// jsonOf writes a mapping of texts, bools, numbers, Texts and lists of these.
func jsonOf(v any) []byte {
	switch v := v.(type) {
	case Part:
		var out bytes.Buffer
		for i, f := range v {
			out.WriteByte("{,"[min(i, 1)])
			out.Write(jsonOf(f.Key))
			out.WriteByte(':')
			out.Write(jsonOf(f.Value))
		}
		if len(v) == 0 {
			out.WriteByte('{')
		}
		out.WriteByte('}')
		return out.Bytes()
	case Text:
		switch plain := plainValue(v).(type) {
		case Part:
			return jsonOf(plain)
		default:
			return jsonOf(v.ES)
		}
	case []any:
		var out bytes.Buffer
		out.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			out.Write(jsonOf(item))
		}
		out.WriteByte(']')
		return out.Bytes()
	}
	out, _ := json.Marshal(v) // a text, a bool or a number
	return out
}
