package segments

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// draft is a segment on its way.
type draft struct {
	slug              string // "" for a new one
	base              int    // the version of the model that it began from
	name, description string
	when              string
	composed          string // what the sentences last gave; the condition was not touched while it is the same
	sentences

	events  []string // that the model declares
	message string
	faults  []cx.Fault

	tried   *segment.Page // who it would find
	changes []model.Change
}

// sentences are what a condition is composed from; what is empty says nothing.
type sentences struct {
	event, times, days string // han vivido … al menos … veces en los últimos … días
	trait, value       string // su … es …
	away               string // la última vez fue hace más de … días
	score, metric      string // nos puntuaron con … o menos
}

func read(q *web.Request) draft {
	v := func(name string) string { return strings.TrimSpace(q.PostFormValue(name)) }
	d := draft{
		slug: v("slug"), name: v("name"), description: v("description"), when: v("when"), composed: v("composed"),
		sentences: sentences{
			event: v("event"), times: v("times"), days: v("days"), trait: v("trait"), value: v("value"), away: v("away"), score: v("score"), metric: v("metric"),
		},
	}
	d.base, _ = strconv.Atoi(v("base"))
	return d
}

// compose joins the sentences that say something, and faults those that say half.
func (s sentences) compose(q *web.Request) (when string, faults []cx.Fault) {
	number := func(field, text string, least, most int) (n int) {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			faults = append(faults, cx.Fault{Field: field, Message: q.T("segments.fault.number", "least", least, "most", most)})
		}
		return n
	}
	var parts []string
	if s.times != "" {
		var args []string
		if s.event != "" {
			args = append(args, strconv.Quote(s.event))
		}
		if s.days != "" {
			args = append(args, fmt.Sprintf("days(%d)", number("days", s.days, 1, 36_500)))
		}
		parts = append(parts, fmt.Sprintf("count(%s) >= %d", strings.Join(args, ", "), number("times", s.times, 1, 1_000_000)))
	} else if s.event != "" || s.days != "" {
		faults = append(faults, cx.Fault{Field: "times", Message: q.T("segments.fault.times")})
	}
	switch {
	case s.trait != "" && s.value != "":
		parts = append(parts, fmt.Sprintf("string(traits[%s]) == %s", strconv.Quote(s.trait), strconv.Quote(s.value)))
	case s.trait != "" || s.value != "":
		faults = append(faults, cx.Fault{Field: "trait", Message: q.T("segments.fault.trait")})
	}
	if s.away != "" {
		parts = append(parts, fmt.Sprintf("last() < now - days(%d)", number("away", s.away, 1, 36_500)))
	}
	if s.score != "" {
		parts = append(parts, fmt.Sprintf("score(%s) <= %d.0", strconv.Quote(s.metric), number("score", s.score, 0, 100)))
	}
	return strings.Join(parts, " && "), faults
}

// settle makes the condition: what the sentences say, unless it was written by
// hand.
func (d *draft) settle(q *web.Request) {
	composed, faults := d.compose(q)
	d.faults = append(d.faults, faults...)
	if d.when == "" || composed != "" && d.when == d.composed {
		d.when = composed
	}
	d.composed = d.when
	if d.when == "" && len(faults) == 0 {
		d.faults = append(d.faults, cx.Fault{Field: "times", Message: q.T("segments.fault.nothing")})
	}
	if d.name == "" {
		d.faults = append(d.faults, cx.Fault{Field: "name", Message: q.T("segments.fault.name")})
	}
}

// declared are the events that the model names.
func declared(m *model.Model) (names []string) {
	for _, t := range m.Touchpoints {
		for _, e := range t.Events {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (p page) form(q *web.Request) error {
	current := p.models.Current()
	d := draft{base: current.Number, events: declared(current.Model)}
	if slug := q.URL.Query().Get("slug"); slug != "" {
		s, ok := current.Model.Segment(slug)
		if !ok {
			return cx.Errorf(cx.NotFound, "segments", "there is no such segment")
		}
		lang := q.L.Lang
		d.slug, d.name, d.description, d.when = slug, s.Name.In(lang), s.Description.In(lang), s.When.Source()
		d.composed = d.when
	}
	return q.Render(titleOf(q, d), formView(titleOf(q, d), d))
}

func titleOf(q *web.Request, d draft) string {
	switch {
	case d.tried != nil:
		share := 0.0
		if d.tried.Of > 0 {
			share = float64(d.tried.N) / float64(d.tried.Of)
		}
		return q.T("segments.tried", "n", d.tried.N, "share", q.L.Percent(share, 0))
	case d.slug != "":
		return q.T("segments.edit.title", "segment", d.name)
	}
	return q.T("segments.new.title")
}

// preview tries a condition and shows what would change; nothing is saved.
func (p page) preview(q *web.Request) error {
	d := read(q)
	d.settle(q)
	if len(d.faults) > 0 {
		return p.again(q, d, nil)
	}
	tried, err := p.segments.Preview(q.Context(), q.Principal, d.when)
	if err != nil {
		return p.again(q, d, err)
	}
	yaml, err := p.edited(q, &d)
	if err != nil {
		return p.again(q, d, err)
	}
	if d.changes, err = p.models.Preview(q.Context(), q.Principal, yaml); err != nil {
		return p.again(q, d, err)
	}
	d.tried, d.events = &tried, declared(p.models.Current().Model)
	return q.Render(titleOf(q, d), formView(titleOf(q, d), d))
}

// again shows the form with what is wrong with it.
func (p page) again(q *web.Request, d draft, err error) error {
	if err != nil {
		message, faults, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		d.message, d.faults = message, append(d.faults, faults...)
	}
	d.events = declared(p.models.Current().Model)
	return q.RenderStatus(http.StatusUnprocessableEntity, titleOf(q, d), formView(titleOf(q, d), d))
}

// save applies the model with the segment in it.
func (p page) save(q *web.Request) error {
	d := read(q)
	d.settle(q)
	if len(d.faults) > 0 {
		return p.again(q, d, nil)
	}
	yaml, err := p.edited(q, &d)
	if err != nil {
		return p.again(q, d, err)
	}
	if _, err := p.models.Apply(q.Context(), q.Principal, yaml, q.T("segments.note", "segment", d.name)); err != nil {
		return p.again(q, d, err)
	}
	q.Flash(ui.Positive, q.T("segments.saved", "segment", d.name))
	return q.Redirect(path(d.slug))
}

// edited returns the model's text with the segment set. It gives a new one its
// slug.
func (p page) edited(q *web.Request, d *draft) ([]byte, error) {
	current := p.models.Current()
	if d.base != current.Number {
		return nil, cx.Errorf(cx.Conflict, "segments", "the company was changed meanwhile; open the segment again")
	}
	var before model.Segment
	at := len(current.Model.Segments)
	slug := d.slug
	if slug == "" {
		slug = model.NewSlug(d.name, "segment", func(s string) bool { _, taken := current.Model.Segment(s); return taken })
	} else if at = model.IndexOf(current.YAML, "segments", slug); at < 0 {
		return nil, cx.Errorf(cx.NotFound, "segments", "there is no such segment")
	} else {
		before, _ = current.Model.Segment(slug)
	}
	lang := q.L.Lang
	fields := model.Part{{Key: "slug", Value: slug}, {Key: "name", Value: said(before.Name, lang, d.name)}}
	if d.description != before.Description.In(lang) {
		fields = append(fields, model.Field{Key: "description", Value: said(before.Description, lang, d.description)})
	}
	yaml, err := model.SetItem(current.YAML, "segments", at, append(fields, model.Field{Key: "when", Value: d.when}))
	if err == nil && q.URL.Path == "/segments/save" {
		d.slug = slug
	}
	return yaml, err
}

// said is a text with what it says in one language replaced, and the others as
// they are; a new one says the same in all.
func said(before model.Text, lang, now string) any {
	if now == "" {
		return nil
	}
	if before == (model.Text{}) {
		return now
	}
	switch lang {
	case "en":
		before.EN = now
	case "pt":
		before.PT = now
	default:
		before.ES = now
	}
	return before
}

// remove takes a segment out of the model.
func (p page) remove(q *web.Request) error {
	slug := q.PathValue("slug")
	current := p.models.Current()
	at := model.IndexOf(current.YAML, "segments", slug)
	if at < 0 {
		return cx.Errorf(cx.NotFound, "segments", "there is no such segment")
	}
	s, _ := current.Model.Segment(slug)
	name := s.Name.In(q.L.Lang)
	yaml, err := model.RemoveItem(current.YAML, "segments", at)
	if err != nil {
		return err
	}
	if _, err := p.models.Apply(q.Context(), q.Principal, yaml, q.T("segments.note.removed", "segment", name)); err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("segments.removed", "segment", name))
	return q.Redirect("/segments")
}
