package promises

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// planning is a calendar as somebody makes or changes it: the form is its state.
type planning struct {
	reader
	form  url.Values
	title string
	slug  string // "" of a new one
	problem
}

func (c *planning) get(name string) string { return strings.TrimSpace(c.form.Get(name)) }

// days are the days of the week, as the model names them.
func days() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }

// calendars lists when the company works.
func (p page) calendars(q *web.Request) error {
	r := p.reader(q)
	title := q.T("promises.calendars.title", "n", len(r.Model.Calendars))
	return q.Render(title, calendarsView(r, title))
}

func (p page) newCalendar(q *web.Request) error {
	c := &planning{reader: p.reader(q), title: q.T("promises.calendars.new")}
	c.form = url.Values{"base": {strconv.Itoa(p.models.Current().Number)}, "timezone": {c.Model.Company.Timezone}}
	return q.Render(c.title, calendarView(c))
}

func (p page) calendar(q *web.Request) error {
	current := p.models.Current()
	x, ok := current.Model.Calendar(q.PathValue("slug"))
	if !ok {
		return cx.Errorf(cx.NotFound, "promises.calendar", "there is no such calendar")
	}
	form := url.Values{
		"base": {strconv.Itoa(current.Number)}, "name.es": {x.Name.ES}, "name.en": {x.Name.EN}, "name.pt": {x.Name.PT}, "timezone": {x.Timezone},
	}
	for i, day := range days() {
		form.Set("hours."+day, hoursText(x.Week[(i+1)%7]))
	}
	holidays := make([]string, len(x.Holidays))
	for i, h := range x.Holidays {
		holidays[i] = h.String()
	}
	form.Set("holidays", strings.Join(holidays, "\n"))
	c := &planning{reader: p.reader(q), form: form, slug: x.Slug}
	c.title = c.Say(x.Name)
	return q.Render(c.title, calendarView(c))
}

func hoursText(all []model.Hours) string {
	texts := make([]string, len(all))
	for i, h := range all {
		texts[i] = h.String()
	}
	return strings.Join(texts, ", ")
}

// split parts what somebody listed.
func split(s string) (out []any) {
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// item writes the calendar as the model holds it: days one after the other with the
// same hours together.
func (c *planning) item(slug string) model.Part {
	hours := model.Part{}
	for i := 0; i < len(days()); {
		last, open := i, c.get("hours."+days()[i])
		for last+1 < len(days()) && c.get("hours."+days()[last+1]) == open {
			last++
		}
		key := days()[i]
		if last > i {
			key += "-" + days()[last]
		}
		if list := split(open); list != nil {
			hours = append(hours, model.Field{Key: key, Value: list})
		}
		i = last + 1
	}
	part := model.Part{
		{Key: "slug", Value: slug},
		{Key: "name", Value: compose.TextOf("name", c.get)},
		{Key: "timezone", Value: orNothing(c.get("timezone"))},
		{Key: "hours", Value: hours},
	}
	if holidays := split(c.get("holidays")); holidays != nil {
		return append(part, model.Field{Key: "holidays", Value: holidays})
	}
	return append(part, model.Field{Key: "holidays"})
}

// saveCalendar puts a calendar in force: the model gets another version.
func (p page) saveCalendar(q *web.Request) error {
	c := &planning{reader: p.reader(q), form: q.PostForm, slug: q.PostFormValue("slug")}
	name := cmp.Or(c.get("name."+compose.Lang(q.L.Lang)), c.get("name.es"), c.get("name.en"), c.get("name.pt"))
	yaml, err := p.planned(c, name)
	if err == nil {
		_, err = p.models.Apply(q.Context(), q.Principal, yaml, q.T("promises.calendars.note", "calendar", name))
	}
	if err != nil {
		return p.againCalendar(q, c, err)
	}
	q.Flash(ui.Positive, q.T("promises.calendars.saved", "calendar", name))
	return q.Redirect("/promises/calendars")
}

// planned returns the model's text with the calendar in it.
func (p page) planned(c *planning, name string) ([]byte, error) {
	const op = "promises.planned"
	current := p.models.Current()
	if c.get("base") != strconv.Itoa(current.Number) {
		return nil, cx.Errorf(cx.Conflict, op, "the company was changed meanwhile; open the calendar again")
	}
	slug, at := c.slug, len(current.Model.Calendars)
	if slug == "" {
		slug = model.NewSlug(name, "calendar", func(s string) bool { _, taken := current.Model.Calendar(s); return taken })
	} else if at = model.IndexOf(current.YAML, "calendars", slug); at < 0 {
		return nil, cx.Errorf(cx.NotFound, op, "there is no such calendar")
	}
	return model.SetItem(current.YAML, "calendars", at, c.item(slug))
}

func (p page) againCalendar(q *web.Request, c *planning, err error) error {
	if failure := c.refused(q, err, map[string]string{"name": "name." + compose.Lang(q.L.Lang), "hours": "hours.mon"}); failure != nil {
		return failure
	}
	for i, f := range c.faults { // "hours.mon-fri.0" is mended at Monday
		if rest, ok := strings.CutPrefix(f.Field, "hours."); ok && len(rest) >= 3 && slices.Contains(days(), rest[:3]) {
			c.faults[i].Field = "hours." + rest[:3]
		} else if strings.HasPrefix(f.Field, "holidays.") {
			c.faults[i].Field = "holidays"
		}
	}
	c.title = cmp.Or(c.get("name."+compose.Lang(q.L.Lang)), q.T("promises.calendars.new"))
	return q.RenderStatus(http.StatusUnprocessableEntity, c.title, calendarView(c))
}

// removeCalendar takes a calendar out, unless a promise counts its hours.
func (p page) removeCalendar(q *web.Request) error {
	current := p.models.Current()
	slug := q.PathValue("slug")
	x, ok := current.Model.Calendar(slug)
	if !ok {
		return cx.Errorf(cx.NotFound, "promises.removeCalendar", "there is no such calendar")
	}
	name := x.Name.In(q.L.Lang)
	yaml, err := model.RemoveItem(current.YAML, "calendars", model.IndexOf(current.YAML, "calendars", slug))
	if err == nil {
		_, err = p.models.Apply(q.Context(), q.Principal, yaml, q.T("promises.calendars.note.removed", "calendar", name))
	}
	if cx.KindOf(err) == cx.Invalid {
		q.Flash(ui.Negative, q.T("promises.calendars.used", "calendar", name))
		return q.Redirect("/promises/calendars/of/" + slug)
	}
	if err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("promises.calendars.removed", "calendar", name))
	return q.Redirect("/promises/calendars")
}
