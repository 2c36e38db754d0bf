package promises

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// editing is a promise as somebody makes or changes it: the form is its state.
type editing struct {
	reader
	w          *compose.Words
	form       url.Values
	title      string
	slug       string // "" of a new one
	conditions map[string]compose.Condition
	tried      *tried
	beside     bool // only what stands beside the form is told anew
	problem
}

// problem is what is wrong with a form.
type problem struct {
	message string
	faults  []cx.Fault
}

// fault is what is wrong with a field.
func (p problem) fault(name string) string {
	for _, f := range p.faults {
		if f.Field == name {
			return f.Message
		}
	}
	return ""
}

// tried is a promise on the past, with the names of those whom it would have failed.
type tried struct {
	promise.Tested
	examples ui.Table
}

// What a promise is decided by.
const (
	shapeBetween = "between" // two events
	shapeMoment  = "moment"  // one
)

// conditionKeys are the conditions of a promise, as the form and the model name them.
func conditionKeys() []string {
	return []string{"from.when", "to.when", "void.when", "at.when", "at.holds", "risk.when", "for"}
}

const mostMade = 4

func (p page) editing(q *web.Request, form url.Values) *editing {
	r := p.reader(q)
	e := &editing{reader: r, w: compose.New(r.Reader), form: form, slug: form.Get("slug"), conditions: map[string]compose.Condition{}}
	for _, key := range conditionKeys() {
		c, fault := e.w.Read(form, key)
		if e.conditions[key] = c; fault != "" {
			e.faults = append(e.faults, cx.Fault{Field: key, Message: fault})
		}
	}
	return e
}

// get returns a field without the spaces around it.
func (e *editing) get(name string) string { return strings.TrimSpace(e.form.Get(name)) }

func (p page) newPromise(q *web.Request) error {
	e := p.editing(q, url.Values{
		"base": {strconv.Itoa(p.models.Current().Number)}, "shape": {shapeBetween}, "within.kind": {"span"}, "within.unit": {"h"},
		"objective": {"95"}, "window": {"30"}, "risk.unit": {"h"},
	})
	e.title = q.T("promises.new.title")
	return q.Render(e.title, editView(e))
}

func (p page) edit(q *web.Request) error {
	x, ok := p.models.Current().Model.Promise(q.PathValue("slug"))
	if !ok {
		return cx.Errorf(cx.NotFound, "promises.edit", "there is no such promise")
	}
	e := p.opened(q, x)
	return q.Render(e.title, editView(e))
}

// opened is a promise as it is in force.
func (p page) opened(q *web.Request, x model.Promise) *editing {
	form := formOf(x)
	form.Set("base", strconv.Itoa(p.models.Current().Number))
	e := p.editing(q, form)
	for _, key := range conditionKeys() {
		e.conditions[key] = e.w.Of(form.Get(key + ".source"))
	}
	if x.Within.Property != "" {
		form.Set("within.property", e.w.Field("properties."+x.Within.Property))
	}
	e.title = e.heading()
	return e
}

// formOf fills the form in with a promise.
func formOf(x model.Promise) url.Values {
	form := url.Values{}
	set := func(key, value string) {
		if value != "" {
			form.Set(key, value)
		}
	}
	words := func(key string, t model.Text) {
		set(key+".es", t.ES)
		set(key+".en", t.EN)
		set(key+".pt", t.PT)
	}
	mark := func(key string, m model.Mark) {
		set(key+".event", m.Event)
		if m.When != nil {
			set(key+".when.was", m.When.Source())
			set(key+".when.source", m.When.Source())
		}
	}
	span := func(key string, d time.Duration) {
		if d > 0 {
			n, unit := model.SpanUnits(d)
			if unit == "w" {
				n, unit = 7*n, "d"
			}
			set(key+".n", strconv.Itoa(n))
			set(key+".unit", unit)
		}
	}
	set("slug", x.Slug)
	for key, t := range map[string]model.Text{"name": x.Name, "why": x.Why, "who": x.Who, "when": x.When, "how": x.How} {
		words(key, t)
	}
	for key, value := range map[string]string{
		"area": x.Area, "serves": x.Serves, "touchpoint": x.Touchpoint, "about": x.About, "dimension": x.Dimension, "expectation": x.Expectation,
		"within.calendar": x.Within.Calendar, "shape": shapeBetween, "within.kind": "span",
	} {
		set(key, value)
	}
	for key, m := range map[string]model.Mark{"from": x.From, "to": x.To, "void": x.Void, "at": x.At, "risk": x.Risk.Mark} {
		mark(key, m)
	}
	if x.Instant() {
		set("shape", shapeMoment)
		set("at.holds.was", x.Holds.Source())
		set("at.holds.source", x.Holds.Source())
	}
	if x.For != nil {
		set("for.was", x.For.Source())
		set("for.source", x.For.Source())
	}
	span("within", x.Within.Span)
	span("risk", x.Risk.Before)
	switch {
	case x.Within.Property != "":
		set("within.kind", "property")
	case x.Within.Calendar != "":
		set("within.kind", "hours")
	}
	set("objective", strconv.FormatFloat(math.Round(x.Objective*1e6)/1e4, 'f', -1, 64))
	set("window", strconv.Itoa(int(x.Window/(24*time.Hour))))
	for i, m := range x.Made {
		row := "made." + strconv.Itoa(i)
		set(row+".channel", m.Channel)
		set(row+".campaign", m.Campaign)
		words(row+".words", m.Words)
	}
	return form
}

// words reads a text in its languages.
func (e *editing) words(key string) model.Text { return compose.TextOf(key, e.get) }

// span reads a time of a figure and its unit.
func (e *editing) span(key string) any {
	if n := e.get(key + ".n"); n != "" {
		return n + e.get(key+".unit")
	}
	return nil
}

// orNothing leaves a key out that is empty.
func orNothing(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// mark reads an event with its condition; nil of none.
func (e *editing) mark(key string, also ...model.Field) any {
	if e.get(key+".event") == "" {
		return nil
	}
	return append(model.Part{{Key: "event", Value: e.get(key + ".event")}, {Key: "when", Value: orNothing(e.conditions[key+".when"].Source)}}, also...)
}

// item writes the promise as the model holds it.
func (e *editing) item(slug string) model.Part {
	part := model.Part{
		{Key: "slug", Value: slug},
		{Key: "name", Value: e.words("name")},
		{Key: "why", Value: e.words("why")},
		{Key: "who", Value: e.words("who")},
		{Key: "when", Value: e.words("when")},
		{Key: "how", Value: e.words("how")},
	}
	for _, key := range []string{"area", "serves", "touchpoint", "about"} {
		part = append(part, model.Field{Key: key, Value: orNothing(e.get(key))})
	}
	measured := map[string]any{}
	if e.get("shape") == shapeMoment {
		measured["at"] = e.mark("at", model.Field{Key: "holds", Value: orNothing(e.conditions["at.holds"].Source)})
		if measured["at"] == nil {
			measured["at"] = model.Part{{Key: "holds", Value: orNothing(e.conditions["at.holds"].Source)}}
		}
	} else {
		measured["from"], measured["to"], measured["void"] = e.mark("from"), e.mark("to"), e.mark("void")
		measured["within"], measured["risk"] = e.within(), e.risk()
	}
	for _, key := range []string{"from", "to", "void", "within", "risk", "at"} {
		part = append(part, model.Field{Key: key, Value: measured[key]})
	}
	part = append(part, model.Field{Key: "for", Value: orNothing(e.conditions["for"].Source)})
	if n, err := strconv.ParseFloat(strings.Replace(e.get("objective"), ",", ".", 1), 64); err == nil {
		part = append(part, model.Field{Key: "objective", Value: math.Round(n*1e4) / 1e6})
	} else {
		part = append(part, model.Field{Key: "objective", Value: orNothing(e.get("objective"))})
	}
	window := any(nil)
	if n := e.get("window"); n != "" {
		window = n + "d"
	}
	return append(part, model.Field{Key: "window", Value: window}, model.Field{Key: "dimension", Value: orNothing(e.get("dimension"))},
		model.Field{Key: "made", Value: e.made()}, model.Field{Key: "expectation", Value: orNothing(e.get("expectation"))})
}

// missing faults what every promise of its shape says.
func (e *editing) missing() {
	needed := []string{"area", "objective"}
	if e.get("shape") == shapeMoment {
		needed = append(needed, "at.event")
	} else {
		needed = append(needed, "from.event", "to.event")
		if kind := e.get("within.kind"); kind == "property" {
			needed = append(needed, "within.property")
		} else {
			needed = append(needed, "within.n")
		}
	}
	if e.words("name") == (model.Text{}) {
		needed = append(needed, "name."+e.lang())
	}
	for _, name := range needed {
		if e.get(name) == "" {
			e.faults = append(e.faults, cx.Fault{Field: name, Message: e.L.T("promises.fault." + strings.TrimSuffix(name, "."+e.lang()))})
		}
	}
	if e.get("shape") == shapeMoment && e.conditions["at.holds"].Source == "" && e.fault("at.holds") == "" {
		e.faults = append(e.faults, cx.Fault{Field: "at.holds", Message: e.L.T("promises.fault.at.holds")})
	}
}

func (e *editing) within() any {
	switch e.get("within.kind") {
	case "property":
		return model.Part{{Key: "property", Value: e.w.PropertyOf(e.get("within.property"))}}
	case "hours":
		return model.Part{{Key: "hours", Value: e.span("within")}, {Key: "calendar", Value: orNothing(e.get("within.calendar"))}}
	}
	return e.span("within")
}

func (e *editing) risk() any {
	before, event := e.span("risk"), e.mark("risk")
	if event == nil {
		return before
	}
	return append(model.Part{{Key: "before", Value: before}}, event.(model.Part)...)
}

func (e *editing) made() any {
	var out []any
	for i := range mostMade {
		row := "made." + strconv.Itoa(i)
		if channel := e.get(row + ".channel"); channel != "" {
			out = append(out, model.Part{{Key: "channel", Value: channel}, {Key: "campaign", Value: orNothing(e.get(row + ".campaign"))}, {Key: "words", Value: e.words(row + ".words")}})
		}
	}
	if out == nil {
		return nil
	}
	return out
}

// composed returns the model's text with the promise in it, and the promise as it
// would then be.
func (p page) composed(e *editing) (yaml []byte, x model.Promise, err error) {
	const op = "promises.composed"
	e.missing()
	if len(e.faults) > 0 {
		return nil, x, cx.Errorf(cx.Invalid, op, "the form has faults")
	}
	current := p.models.Current()
	if e.get("base") != strconv.Itoa(current.Number) {
		return nil, x, cx.Errorf(cx.Conflict, op, "the company was changed meanwhile; open the promise again")
	}
	slug, at := e.slug, len(current.Model.Promises)
	if slug == "" {
		slug = model.NewSlug(cmp.Or(e.get("name.es"), e.get("name.en"), e.get("name.pt")), "promise", func(s string) bool { _, taken := current.Model.Promise(s); return taken })
	} else if at = model.IndexOf(current.YAML, "promises", slug); at < 0 {
		return nil, x, cx.Errorf(cx.NotFound, op, "there is no such promise")
	}
	if yaml, err = model.SetItem(current.YAML, "promises", at, e.item(slug)); err != nil {
		return nil, x, err
	}
	m, err := model.Parse(yaml)
	if err != nil {
		return nil, x, err
	}
	x, _ = m.Promise(slug)
	return yaml, x, nil
}

var (
	ofItem = regexp.MustCompile(`^(?:promises|calendars)(?:\[\d+\]|\.\d+)\.?`)
	ofRow  = regexp.MustCompile(`\[(\d+)\]`)
)

// refused takes what is wrong into the form: each fault at its field. The error is
// what no form can tell.
func (p *problem) refused(q *web.Request, err error, fields map[string]string) error {
	message, faults, failure := q.Explain(err)
	if failure != nil {
		return failure
	}
	for _, f := range faults {
		if ofItem.MatchString(f.Field) {
			f.Field, f.Line, f.Column = ofRow.ReplaceAllString(ofItem.ReplaceAllString(f.Field, ""), ".$1"), 0, 0
			f.Field = cmp.Or(fields[f.Field], f.Field)
		}
		p.faults = append(p.faults, f)
	}
	if len(p.faults) == 0 {
		p.message = message
	}
	return nil
}

// fields are where faults of the model are mended in the form.
func (e *editing) fields() map[string]string {
	lang := e.lang()
	return map[string]string{
		"name": "name." + lang, "why": "why." + lang, "who": "who." + lang, "when": "when." + lang, "how": "how." + lang, "": "name." + lang,
		"from": "from.event", "to": "to.event", "void": "void.event", "at": "at.event",
		"within": "within.n", "within.hours": "within.n", "risk": "risk.n", "risk.before": "risk.n",
	}
}

// lang is the language of the reader that texts have.
func (e *editing) lang() string { return compose.Lang(e.L.Lang) }

// again shows the form with what is wrong with it.
func (p page) again(q *web.Request, e *editing, err error) error {
	if failure := e.refused(q, err, e.fields()); failure != nil {
		return failure
	}
	e.title = e.heading()
	if e.beside = q.HTMX(); e.beside {
		return q.Fragment(besideView(e))
	}
	return q.RenderStatus(http.StatusUnprocessableEntity, e.title, editView(e))
}

func (e *editing) heading() string {
	switch name := e.words("name").In(e.L.Lang); {
	case e.tried != nil:
		return e.finding()
	case e.slug != "":
		return e.L.T("promises.edit.title", "promise", name)
	}
	return e.L.T("promises.new.title")
}

// try tells how often the promise would have been kept; nothing is saved.
func (p page) try(q *web.Request) error {
	e := p.editing(q, q.PostForm)
	_, x, err := p.composed(e)
	if err != nil {
		return p.again(q, e, err)
	}
	t, err := p.promises.Test(q.Context(), q.Principal, x, cx.Window{})
	if err != nil {
		return p.again(q, e, err)
	}
	e.tried = &tried{Tested: t}
	if e.tried.examples, err = p.examples(q, e.reader, t.Examples); err != nil {
		return err
	}
	e.title = e.heading()
	if q.HTMX() {
		return q.Fragment(besideView(e))
	}
	return q.Render(e.title, editView(e))
}

// save makes the promise: the model gets another version.
func (p page) save(q *web.Request) error {
	e := p.editing(q, q.PostForm)
	yaml, x, err := p.composed(e)
	if err != nil {
		return p.again(q, e, err)
	}
	name := x.Name.In(q.L.Lang)
	if _, err := p.models.Apply(q.Context(), q.Principal, yaml, q.T("promises.note", "promise", name)); err != nil {
		return p.again(q, e, err)
	}
	q.Flash(ui.Positive, q.T("promises.saved", "promise", name))
	return q.Redirect("/promises")
}

// remove takes a promise back.
func (p page) remove(q *web.Request) error {
	current := p.models.Current()
	slug := q.PathValue("slug")
	x, ok := current.Model.Promise(slug)
	if !ok {
		return cx.Errorf(cx.NotFound, "promises.remove", "there is no such promise")
	}
	yaml, err := model.RemoveItem(current.YAML, "promises", model.IndexOf(current.YAML, "promises", slug))
	if err == nil {
		_, err = p.models.Apply(q.Context(), q.Principal, yaml, q.T("promises.note.removed", "promise", x.Name.In(q.L.Lang)))
	}
	if err != nil {
		return p.again(q, p.opened(q, x), err)
	}
	q.Flash(ui.Positive, q.T("promises.removed", "promise", x.Name.In(q.L.Lang)))
	return q.Redirect("/promises")
}

// channels offers where a promise can be made.
func (e *editing) channels(current string) []ui.Option {
	slugs := []string{"mail", "web", "store", "phone", "app"}
	for _, t := range e.Model.Touchpoints {
		slugs = append(slugs, t.Channel)
	}
	if current != "" {
		slugs = append(slugs, current)
	}
	slices.Sort(slugs)
	out := []ui.Option{{Text: e.L.T("promises.made.nowhere")}}
	for _, s := range slices.Compact(slugs) {
		out = append(out, ui.Option{Value: s, Text: e.Channel(s)})
	}
	return out
}

// calendarOptions offers the hours in which business time passes.
func (e *editing) calendarOptions() []ui.Option {
	var out []ui.Option
	for _, c := range e.Model.Calendars {
		out = append(out, ui.Option{Value: c.Slug, Text: e.Say(c.Name)})
	}
	return out
}

// expectations offers the surveys that ask what was expected.
func (e *editing) expectations() []ui.Option {
	out := []ui.Option{{Text: e.L.T("promises.expectation.none")}}
	for _, s := range e.Model.Surveys {
		if s.Purpose == model.Expectation {
			out = append(out, ui.Option{Value: s.Slug, Text: e.Say(s.Name)})
		}
	}
	return out
}

func (e *editing) dimensions() []ui.Option {
	out := []ui.Option{{Text: e.L.T("promises.dimension.none")}}
	for _, d := range model.Dimensions() {
		out = append(out, ui.Option{Value: d, Text: e.L.T("promises.dimension." + d)})
	}
	return out
}

func (e *editing) units() (out []ui.Option) {
	for _, u := range []string{"m", "h", "d"} {
		out = append(out, ui.Option{Value: u, Text: e.L.T("promises.unit." + u)})
	}
	return out
}
