package modelview

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// wrap puts a component inside another.
func wrap(outer, inner templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, inner), w)
	})
}

// field is an input as the page draws it.
func (e *editor) field(in input) ui.Field {
	f := ui.Field{Name: in.key, Label: e.label(in), Hint: e.hint(in), Fault: e.fault(in.key), Required: in.required}
	if in.key == "slug" && (e.at < 0 && !single(e.section) || e.form == aStep && e.node == nil) {
		f.Hint = e.q.T("modelview.field.slug.new")
	}
	if e.form == aStep && in.key == "touchpoint" { // its events are what can be ticked
		f.Attrs = templ.Attributes{"hx-get": e.formPath(), "hx-target": "#model-step-events", "hx-swap": "outerHTML"}
	}
	return f
}

// words of an input: those of its section, else those of its key.
func (e *editor) label(in input) string {
	if key := "modelview.field." + e.form + "." + in.key; e.q.L.Has(key) {
		return e.q.T(key)
	}
	return e.q.T("modelview.field." + in.key)
}

func (e *editor) hint(in input) string {
	for _, key := range []string{"modelview.field." + e.form + "." + in.key + ".hint", "modelview.field." + in.key + ".hint"} {
		if e.q.L.Has(key) {
			return e.q.T(key)
		}
	}
	return ""
}

// value is what stands in an input.
func (e *editor) value(in input) filled {
	if in.kind == asPairs {
		if e.fields == nil {
			return filled{pairs: []pair{{"order", "order_id"}}} // what an absent section means
		}
		return in.of(e.fields)
	}
	return in.of(e.fields.Get(in.key))
}

// fieldPath is the path of a fault: a section, an item's place, and the rest.
var fieldPath = regexp.MustCompile(`^(\w+)(?:\[(\d+)\])?(?:\.(\w+))?`)

// fault is what is wrong with a field of what is looked at.
func (e *editor) fault(key string) string {
	var out []string
	if e.node != nil {
		for _, f := range e.faults {
			if rest, in := strings.CutPrefix(f.Field, e.node.field+"."+key); in && (rest == "" || strings.ContainsRune("[.", rune(rest[0]))) {
				out = append(out, f.Message)
			}
		}
		return strings.Join(out, " · ")
	}
	for _, f := range e.faults {
		m := fieldPath.FindStringSubmatch(f.Field)
		if m == nil || m[1] != e.section || e.at >= 0 && m[2] != strconv.Itoa(e.at) || e.at < 0 && !single(e.section) {
			continue
		}
		if m[3] == key || key == "objects" && e.section == "objects" {
			out = append(out, f.Message)
		}
	}
	return strings.Join(out, " · ")
}

// faulty is how many things are wrong with the item at a place.
func (e *editor) faulty(at int) (n int) {
	for _, f := range e.faults {
		if m := fieldPath.FindStringSubmatch(f.Field); m != nil && m[1] == e.section && m[2] == strconv.Itoa(at) {
			n++
		}
	}
	return n
}

// mendable is a fault with where it is mended.
type mendable struct {
	cx.Fault
	href, where string
}

// inScript is the path of a fault in a script.
var inScript = regexp.MustCompile(`^journeys\[\d+\]\.script((?:\[\d+\]|\.choice\b|\.parallel\b)+)`)

// stepPath is the node that a fault is about, as addresses name it; "" for any
// other fault.
func stepPath(field string) string {
	m := inScript.FindStringSubmatch(field)
	if m == nil {
		return ""
	}
	path := regexp.MustCompile(`\d+`).FindAllString(m[1], -1)
	if len(path)%2 == 0 {
		path = path[:len(path)-1]
	}
	return strings.Join(path, ".")
}

func (e *editor) mendables() (out []mendable) {
	for _, f := range e.faults {
		m := mendable{f, "/model/draft/text", e.q.T("modelview.whole")}
		if at := fieldPath.FindStringSubmatch(f.Field); at != nil && hasForms(at[1]) && !e.shut {
			m.href, m.where = "/model/edit/"+at[1], e.q.T("modelview.tab."+at[1])
			if at[2] != "" {
				m.href += "/@" + at[2]
			}
			if step := stepPath(f.Field); step != "" {
				m.href += "/steps/" + step
				if i, err := strconv.Atoi(at[2]); err == nil {
					m.where = orSlug(model.TextOf(e.doc.Items("journeys")[i].Get("name")).In(e.q.L.Lang), m.where)
				}
			}
		}
		out = append(out, m)
	}
	return out
}

// besides are the faults on the lines of the part that is looked at.
func (e *editor) besides() (out []cx.Fault) {
	last := e.firstLine + strings.Count(e.text, "\n")
	for _, f := range e.faults {
		if f.Line >= e.firstLine && f.Line <= last {
			out = append(out, f)
		}
	}
	return out
}

// line is the text of a line of the draft, short.
func (e *editor) line(n int) string {
	lines := strings.Split(string(e.draft.YAML), "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	if runes := []rune(strings.TrimSpace(lines[n-1])); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return strings.TrimSpace(lines[n-1])
}

// options are the choices of an input; the present value is always one.
func (e *editor) options(in input, value string) (out []ui.Option) {
	if value == "" || !in.required {
		out = append(out, ui.Option{Text: e.q.T("modelview.choose." + map[bool]string{true: "one", false: "none"}[in.required])})
	}
	worded := func(group string, slugs ...string) {
		for _, s := range slugs {
			out = append(out, ui.Option{Value: s, Text: capital(word(e.q.L, group, s))})
		}
	}
	declared := func(section string) {
		for _, item := range e.doc.Items(section) {
			if slug, _ := item.Get("slug").(string); slug != "" {
				name := model.TextOf(item.Get("name")).In(e.q.L.Lang)
				out = append(out, ui.Option{Value: slug, Text: orSlug(name, slug)})
			}
		}
	}
	switch e.form + "." + in.key {
	case "company.address":
		worded("address", "tu", "usted", "vos")
	case "areas.customers":
		worded("customers", model.AllCustomers, model.OwnCustomers)
	case "suppliers.area", "touchpoints.area":
		declared("areas")
	case "touchpoints.supplier":
		declared("suppliers")
	case "places.kind":
		worded("kind", "shop", "warehouse", "office", "call-centre", "school")
	case "retention.kind":
		worded("kept", cx.Track.String(), cx.Page.String(), cx.Screen.String(), cx.Answer.String())
	case "step.touchpoint":
		declared("touchpoints")
	case "touchpoints.stage", "step.stage":
		for _, s := range []string{model.Before, model.During, model.After} {
			out = append(out, ui.Option{Value: s, Text: e.q.T("ui.stage." + s)})
		}
	case "touchpoints.channel":
		worded("channel", "store", "web", "app", "phone", "mail", "home", "chat", "social")
	case "touchpoints.medium":
		worded("medium", model.Physical, model.Digital)
	case "touchpoints.icon":
		for _, icon := range dist.Icons() {
			out = append(out, ui.Option{Value: icon, Text: icon})
		}
	case "properties.object":
		objects := e.doc.Fields("objects")
		if objects == nil {
			objects = model.Part{{Key: "order"}}
		}
		for _, o := range objects {
			worded("object", o.Key)
		}
	}
	if value != "" && !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == value }) {
		out = append(out, ui.Option{Value: value, Text: value})
	}
	return out
}

func orSlug(name, slug string) string {
	if name == "" {
		return slug
	}
	return name
}

func capital(s string) string {
	if s == "" {
		return s
	}
	runes := []rune(s)
	return strings.ToUpper(string(runes[:1])) + string(runes[1:])
}

// lived are the choices of how an event is lived.
func lived(ctx context.Context, formula string) []ui.Option {
	out := []ui.Option{{Text: i18n.T(ctx, "modelview.lived.none")}}
	if formula != "" {
		out[0].Text = i18n.T(ctx, "modelview.sometimes")
	}
	for _, v := range valences() {
		n, _ := number(v)
		out = append(out, ui.Option{Value: v, Text: ui.ValenceWord(ctx, n) + " " + i18n.From(ctx).Signed(n, 1)})
	}
	return out
}

// ops are the ways to compare.
func ops(ctx context.Context, source string) []ui.Option {
	out := []ui.Option{{Text: i18n.T(ctx, "modelview.op.none")}}
	if source != "" {
		out[0].Text = i18n.T(ctx, "modelview.sometimes")
	}
	for i, op := range operators() {
		out = append(out, ui.Option{Value: op, Text: i18n.T(ctx, "modelview.op."+strconv.Itoa(i))})
	}
	return out
}

// eventNames are the events that the draft names.
func (e *editor) eventNames() (names []string) {
	for _, item := range e.doc.Items("touchpoints") {
		events, _ := item.Get("events").([]any)
		for _, event := range events {
			if name := happensOf(event).name; name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// about is the quiet line below an item's name in the list of a section.
func (e *editor) about(item model.Part) string {
	get := func(key string) string { s, _ := item.Get(key).(string); return s }
	switch e.section {
	case "touchpoints":
		return strings.Join(slices.DeleteFunc([]string{e.stage(get("stage")), word(e.q.L, "channel", get("channel")), e.areaName(get("area"))}, func(s string) bool { return s == "" }), " · ")
	case "places":
		return get("city")
	case "properties":
		return get("on")
	case "retention":
		return strings.Join(slices.DeleteFunc([]string{get("source"), get("event"), get("kind"), get("keep")}, func(s string) bool { return s == "" }), " · ")
	}
	return get("slug")
}

func (e *editor) areaName(slug string) string {
	areas := e.doc.Items("areas")
	if at := bySlug(areas, slug); at >= 0 {
		return orSlug(model.TextOf(areas[at].Get("name")).In(e.q.L.Lang), slug)
	}
	return slug
}

func (e *editor) stage(slug string) string {
	if slices.Contains([]string{model.Before, model.During, model.After}, slug) {
		return e.q.T("ui.stage." + slug)
	}
	return slug
}

func rowsOf(text string) string {
	return strconv.Itoa(max(6, min(36, strings.Count(text, "\n")+2)))
}

func with(f ui.Field, value string) ui.Field {
	f.Value = value
	f.Required = false // a draft may lack anything: faults say so
	return f
}

// code is a field that holds an expression.
func code(f ui.Field) ui.Field {
	f.Required = false
	f.Attrs = templ.Attributes{"rows": "2", "spellcheck": "false", "autocapitalize": "off"}
	return f
}

func rowAt[T any](rows []T, i int) (t T) {
	if i < len(rows) {
		t = rows[i]
	}
	return t
}

func eventLabel(ctx context.Context, blank bool) string {
	if blank {
		return i18n.T(ctx, "modelview.event.new")
	}
	return i18n.T(ctx, "modelview.event.name")
}
