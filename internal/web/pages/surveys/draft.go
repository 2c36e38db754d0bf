package surveys

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// draft is a survey as a person is changing it: whatever it says, whole or not.
type draft struct {
	slug, purpose, redirect string
	name, thanks            model.Text
	anonymous               bool
	pairSurvey, pairObject  string
	pages                   []draftPage
	ask                     *draftAsk
}

type draftPage struct {
	title     model.Text
	when      string
	questions []draftQuestion
}

type draftQuestion struct {
	id, kind                   string
	text, help, low, high      model.Text
	required, other, randomise bool
	options, rows              []model.Option
	scale, when, trait         string
	maxLength, least, most     string
}

// draftAsk is whom it is put to, and when.
type draftAsk struct {
	event, when, delay, at, sample, quota, per, rest, expire string
	ways                                                     []string
}

func textIn(p model.Part, key string) string {
	s, _ := p.Get(key).(string)
	return s
}

func partIn(p model.Part, key string) model.Part {
	part, _ := p.Get(key).(model.Part)
	return part
}

func partsIn(p model.Part, key string) (out []model.Part) {
	list, _ := p.Get(key).([]any)
	for _, item := range list {
		part, _ := item.(model.Part)
		out = append(out, part)
	}
	return out
}

func optionsIn(p model.Part, key string) (out []model.Option) {
	for _, o := range partsIn(p, key) {
		out = append(out, model.Option{ID: textIn(o, "id"), Text: model.TextOf(o.Get("text"))})
	}
	return out
}

// draftOf reads a survey of a draft of the model.
func draftOf(p model.Part) draft {
	d := draft{
		slug: textIn(p, "slug"), purpose: textIn(p, "purpose"), redirect: textIn(p, "redirect"), anonymous: textIn(p, "anonymous") == "true",
		name: model.TextOf(p.Get("name")), thanks: model.TextOf(p.Get("thanks")),
		pairSurvey: textIn(partIn(p, "pair"), "survey"), pairObject: textIn(partIn(p, "pair"), "object"),
	}
	for _, page := range partsIn(p, "pages") {
		out := draftPage{title: model.TextOf(page.Get("title")), when: textIn(page, "when")}
		for _, q := range partsIn(page, "questions") {
			labels := partIn(q, "labels")
			out.questions = append(out.questions, draftQuestion{
				id: textIn(q, "id"), kind: textIn(q, "type"), text: model.TextOf(q.Get("text")), help: model.TextOf(q.Get("help")),
				low: model.TextOf(labels.Get("low")), high: model.TextOf(labels.Get("high")),
				required: textIn(q, "required") == "true", other: textIn(q, "other") == "true", randomise: textIn(q, "randomise") == "true",
				options: optionsIn(q, "options"), rows: optionsIn(q, "rows"),
				scale: textIn(q, "scale"), when: textIn(q, "when"), trait: textIn(q, "trait"),
				maxLength: textIn(q, "max_length"), least: textIn(q, "min"), most: textIn(q, "max"),
			})
		}
		d.pages = append(d.pages, out)
	}
	if a := partIn(p, "ask"); a != nil {
		quota := partIn(a, "quota")
		d.ask = &draftAsk{
			event: textIn(a, "event"), when: textIn(a, "when"), delay: textIn(a, "delay"), at: textIn(a, "at"), sample: textIn(a, "sample"),
			quota: textIn(quota, "n"), per: textIn(quota, "per"), rest: textIn(a, "rest"), expire: textIn(a, "expire"),
		}
		ways, _ := a.Get("ways").([]any)
		for _, w := range ways {
			way, _ := w.(string)
			d.ask.ways = append(d.ask.ways, way)
		}
	}
	return d
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

func (f *fields) flag(key string, on bool) { f.add(key, on, !on) }

func (f *fields) part(key string, p model.Part) {
	p = slices.DeleteFunc(p, func(f model.Field) bool { return f.Value == nil })
	f.add(key, p, len(p) == 0)
}

// number writes what reads as one as a number, and leaves the rest to be faulted.
func (f *fields) number(key, value string) {
	if n, err := strconv.ParseFloat(strings.Replace(value, ",", ".", 1), 64); err == nil {
		f.add(key, n, false)
		return
	}
	f.text(key, value)
}

func (f *fields) options(key string, list []model.Option) {
	var items []any
	for _, o := range list {
		items = append(items, model.Part{{Key: "id", Value: o.ID}, {Key: "text", Value: o.Text}})
	}
	f.add(key, items, items == nil)
}

// full is the part without what is empty: of an item of a list.
func (f *fields) full() model.Part {
	return slices.DeleteFunc(f.Part, func(f model.Field) bool { return f.Value == nil })
}

// part writes the survey as fields to set; those that it does not have are nil.
func (d draft) part() model.Part {
	var f fields
	f.text("slug", d.slug)
	f.words("name", d.name)
	f.text("purpose", d.purpose)
	f.flag("anonymous", d.anonymous)
	var pair fields
	pair.text("survey", d.pairSurvey)
	pair.text("object", d.pairObject)
	f.part("pair", pair.Part)
	pages := make([]any, len(d.pages))
	for i, page := range d.pages {
		var p fields
		p.words("title", page.title)
		p.text("when", page.when)
		questions := make([]any, len(page.questions))
		for j, q := range page.questions {
			questions[j] = q.part()
		}
		p.add("questions", questions, false)
		pages[i] = p.full()
	}
	f.add("pages", pages, len(pages) == 0)
	f.words("thanks", d.thanks)
	f.text("redirect", d.redirect)
	f.part("ask", d.ask.part())
	return f.Part
}

func (q draftQuestion) part() model.Part {
	var f fields
	f.text("id", q.id)
	f.text("type", q.kind)
	f.words("text", q.text)
	f.words("help", q.help)
	f.flag("required", q.required)
	f.text("when", q.when)
	f.text("scale", q.scale)
	var labels fields
	labels.words("low", q.low)
	labels.words("high", q.high)
	f.part("labels", labels.Part)
	f.options("rows", q.rows)
	f.options("options", q.options)
	f.flag("other", q.other)
	f.flag("randomise", q.randomise)
	f.number("max_length", q.maxLength)
	f.number("min", q.least)
	f.number("max", q.most)
	f.text("trait", q.trait)
	return f.full()
}

func (a *draftAsk) part() model.Part {
	if a == nil {
		return nil
	}
	var f, quota fields
	f.text("event", a.event)
	f.text("when", a.when)
	f.text("delay", a.delay)
	f.text("at", a.at)
	f.number("sample", a.sample)
	quota.number("n", a.quota)
	if a.quota != "" {
		quota.text("per", a.per)
	}
	f.part("quota", quota.Part)
	f.text("rest", a.rest)
	ways := make([]any, len(a.ways))
	for i, w := range a.ways {
		ways[i] = w
	}
	f.add("ways", ways, len(ways) == 0)
	f.text("expire", a.expire)
	return f.Part
}

// read reads the draft as a survey of a model: all of it that can be read, and
// the faults of the rest, with paths below the survey.
func (d draft) read(m *model.Model) (model.Survey, []cx.Fault) {
	src, err := json.Marshal(plain(d.part()))
	if err == nil {
		var s model.Survey
		if s, err = model.ParseSurvey(src, m); err == nil {
			return s, nil
		}
		if faults := cx.FaultsOf(err); len(faults) > 0 {
			return s, faults
		}
	}
	return model.Survey{}, []cx.Fault{{Message: cx.MessageOf(err)}}
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

// find returns where a question stands.
func (d draft) find(id string) (page, at int, ok bool) {
	for i, p := range d.pages {
		for j, q := range p.questions {
			if q.id == id {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// before lists the questions of the pages before one.
func (d draft) before(page int) (out []draftQuestion) {
	for i := range min(page, len(d.pages)) {
		out = append(out, d.pages[i].questions...)
	}
	return out
}

func (d draft) taken(id string) bool {
	_, _, ok := d.find(id)
	return ok
}

// add puts a question at the end of a page; past the last it begins one.
func (d *draft) add(page int, q draftQuestion) {
	if page < 0 || page >= len(d.pages) {
		d.pages = append(d.pages, draftPage{})
		page = len(d.pages) - 1
	}
	d.pages[page].questions = append(d.pages[page].questions, q)
}

// remove takes a question out, and its page when it was the last there.
func (d *draft) remove(id string) {
	page, at, ok := d.find(id)
	if !ok {
		return
	}
	d.pages[page].questions = slices.Delete(d.pages[page].questions, at, at+1)
	if len(d.pages[page].questions) == 0 {
		d.pages = slices.Delete(d.pages, page, page+1)
	}
}

// move puts a question before the one at a place of a page; past the last page
// it begins one.
func (d *draft) move(id string, page, at int) {
	fromPage, from, ok := d.find(id)
	if !ok || page < 0 || at < 0 {
		return
	}
	q := d.pages[fromPage].questions[from]
	if page >= len(d.pages) {
		if len(d.pages[fromPage].questions) == 1 {
			return // it has a page of its own already
		}
		d.pages[fromPage].questions = slices.Delete(d.pages[fromPage].questions, from, from+1)
		d.pages = append(d.pages, draftPage{questions: []draftQuestion{q}})
		return
	}
	if page == fromPage && from < at {
		at--
	}
	d.pages[fromPage].questions = slices.Delete(d.pages[fromPage].questions, from, from+1)
	d.pages[page].questions = slices.Insert(d.pages[page].questions, min(at, len(d.pages[page].questions)), q)
	if len(d.pages[fromPage].questions) == 0 {
		d.pages = slices.Delete(d.pages, fromPage, fromPage+1)
	}
}

// step moves a question one place up or down, over the edges of pages.
func (d *draft) step(id string, up bool) {
	page, at, ok := d.find(id)
	switch {
	case !ok:
	case up && at > 0:
		d.move(id, page, at-1)
	case up && page > 0:
		d.move(id, page-1, len(d.pages[page-1].questions))
	case !up && at+1 < len(d.pages[page].questions):
		d.move(id, page, at+2)
	case !up:
		d.move(id, page+1, 0)
	}
}
