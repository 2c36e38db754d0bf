package compose

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Words call the fields and events of a company what its people call them.
type Words struct {
	reading.Reader
	fields []named
}

// named is a field, such as properties.receipt, and what it is called.
type named struct{ path, label string }

var mentioned = regexp.MustCompile(`\b(?:properties|traits)\.[A-Za-z_]\w*`)

// New knows the fields that the model names or compares somewhere. Fields that are
// called the same keep what systems call them beside their name.
func New(r reading.Reader) *Words {
	w := &Words{Reader: r}
	var paths []string
	say := func(texts ...string) {
		for _, s := range texts {
			paths = append(paths, mentioned.FindAllString(s, -1)...)
		}
	}
	for _, n := range r.Model.Names {
		if of, ok := strings.CutPrefix(n.Of, "property."); ok {
			say("properties." + of)
		}
	}
	for i := range r.Model.Policies {
		for _, row := range r.Model.Policies[i].Rows {
			say(source(row.When))
		}
	}
	for i := range r.Model.Promises {
		x := &r.Model.Promises[i]
		say(source(x.From.When), source(x.To.When), source(x.Void.When), source(x.At.When), source(x.Holds), source(x.For), source(x.Risk.When))
		if x.Within.Property != "" {
			say("properties." + x.Within.Property)
		}
	}
	for _, g := range r.Model.Goals {
		say("properties." + g.Metric.Property)
	}
	slices.Sort(paths)
	labels := map[string]int{}
	for _, p := range slices.Compact(paths) {
		label := w.label(p)
		labels[label]++
		w.fields = append(w.fields, named{p, label})
	}
	for i, f := range w.fields {
		if labels[f.label] > 1 {
			_, name, _ := strings.Cut(f.path, ".")
			w.fields[i].label = f.label + " (" + name + ")"
		}
	}
	slices.SortFunc(w.fields, func(a, b named) int { return cmp.Compare(a.label, b.label) })
	return w
}

// source is an expression as it is written; "" of none.
func source(p *expr.Program) string {
	if p == nil {
		return ""
	}
	return p.Source()
}

func (w *Words) label(path string) string {
	root, name, _ := strings.Cut(path, ".")
	label := reading.Capital(w.Property(name))
	if root == "traits" {
		return w.L.T("promises.if.trait", "trait", label)
	}
	return label
}

// Field is what a field is called.
func (w *Words) Field(path string) string {
	if i := slices.IndexFunc(w.fields, func(f named) bool { return f.path == path }); i >= 0 {
		return w.fields[i].label
	}
	return strings.TrimPrefix(path, "properties.")
}

// Path is the field that somebody wrote: by what it is called, or by the name that
// systems give it. "" stays "".
func (w *Words) Path(text string) string {
	text = strings.TrimSpace(text)
	if i := slices.IndexFunc(w.fields, func(f named) bool { return strings.EqualFold(f.label, text) }); i >= 0 {
		return w.fields[i].path
	}
	if text == "" || strings.HasPrefix(text, "properties.") || strings.HasPrefix(text, "traits.") {
		return text
	}
	return "properties." + text
}

// PropertyOf is Path for what only an event has, without its root.
func (w *Words) PropertyOf(text string) string {
	return strings.TrimPrefix(w.Path(text), "properties.")
}

// Events offers the events that touchpoints claim, and those of more, by what they
// are called.
func (w *Words) Events(none string, more ...string) []ui.Option {
	var names []string
	for _, t := range w.Model.Touchpoints {
		for _, e := range t.Events {
			names = append(names, e.Name)
		}
	}
	for _, name := range more {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []ui.Option
	for _, name := range slices.Compact(names) {
		out = append(out, ui.Option{Value: name, Text: w.Happened(name)})
	}
	slices.SortFunc(out, func(a, b ui.Option) int { return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value)) })
	return append([]ui.Option{{Text: none}}, out...)
}

// Areas offers the areas.
func (w *Words) Areas(none string) []ui.Option {
	return offer(none, w.Model.Areas, func(a model.Area) (string, string) { return a.Slug, w.Say(a.Name) })
}

// Touchpoints offers the touchpoints.
func (w *Words) Touchpoints(none string) []ui.Option {
	return offer(none, w.Model.Touchpoints, func(t model.Touchpoint) (string, string) { return t.Slug, w.Say(t.Name) })
}

// Objects offers what joins one event with another.
func (w *Words) Objects(none string) []ui.Option {
	return offer(none, w.Model.Objects, func(o model.Object) (string, string) { return o.Slug, reading.Capital(w.Property(o.Property)) })
}

func offer[T any](none string, all []T, of func(T) (value, text string)) []ui.Option {
	out := []ui.Option{{Text: none}}
	for _, x := range all {
		value, text := of(x)
		out = append(out, ui.Option{Value: value, Text: text})
	}
	return out
}

// OpOptions offers the comparisons.
func OpOptions(ctx context.Context) (out []ui.Option) {
	for i, op := range Ops() {
		key := [...]string{"is", "not", "below", "most", "above", "least", "between", "oneof", "missing", "present"}[i]
		out = append(out, ui.Option{Value: string(op), Text: i18n.T(ctx, "promises.if.op."+key)})
	}
	return out
}
