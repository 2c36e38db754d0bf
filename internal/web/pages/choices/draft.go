package choices

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// mostOptions is how many ways a choice may have.
const mostOptions = 6

// draft is a choice as a form has it.
type draft struct {
	title    string
	slug     string // "": a new one
	base     int    // version of the model that the draft stands on
	langs    []string
	question model.Text
	options  [mostOptions]option
	expires  string

	message string
	faults  []cx.Fault
}

// option is a way; its id lasts, whatever it says.
type option struct {
	id   string
	text model.Text
}

// read takes what the model's text has.
func (d *draft) read(item model.Part) {
	d.question = model.TextOf(item.Get("question"))
	if v := item.Get("expires"); v != nil {
		d.expires = fmt.Sprint(v)
	}
	list, _ := item.Get("options").([]any)
	for i, x := range list {
		part, ok := x.(model.Part)
		if !ok || i >= mostOptions {
			continue
		}
		d.options[i] = option{fmt.Sprint(part.Get("id")), model.TextOf(part.Get("text"))}
	}
}

// take takes what a form says.
func (d *draft) take(form url.Values) {
	d.question = words(form, "question", d.langs)
	for i := range d.options {
		key := "option." + strconv.Itoa(i)
		d.options[i] = option{form.Get(key + ".id"), words(form, key, d.langs)}
	}
	if n := strings.TrimSpace(form.Get("expires.n")); n != "" {
		d.expires = n + form.Get("expires.unit")
	}
}

func words(form url.Values, key string, langs []string) (t model.Text) {
	for _, l := range langs {
		s := strings.TrimSpace(form.Get(key + "." + l))
		switch l {
		case "es":
			t.ES = s
		case "en":
			t.EN = s
		case "pt":
			t.PT = s
		}
	}
	return t
}

// part is the choice as the model's text has it: ways that say nothing are left
// out, and new ones are named by what they say.
func (d *draft) part(slug string) model.Part {
	taken := map[string]bool{}
	for _, o := range d.options {
		taken[o.id] = o.id != ""
	}
	options := []any{}
	for i := range d.options {
		o := &d.options[i]
		if o.text == (model.Text{}) {
			continue
		}
		if o.id == "" {
			o.id = model.NewSlug(o.text.In(d.langs[0]), "option", func(s string) bool { return taken[s] })
			taken[o.id] = true
		}
		options = append(options, model.Part{{Key: "id", Value: o.id}, {Key: "text", Value: o.text}})
	}
	return model.Part{{Key: "slug", Value: slug}, {Key: "question", Value: d.question}, {Key: "options", Value: options}, {Key: "expires", Value: d.expires}}
}

// ofChoice are the faults of one choice, at the fields of its form.
func ofChoice(faults []cx.Fault, at int) (own []cx.Fault) {
	prefix := fmt.Sprintf("choices[%d]", at)
	for _, f := range faults {
		if field, ok := strings.CutPrefix(f.Field, prefix); ok {
			own = append(own, cx.Fault{Field: strings.TrimPrefix(field, "."), Message: f.Message})
		}
	}
	return own
}

// span splits how long a choice is open into a number and its unit.
func (d *draft) span() (n, unit string) {
	span, ok := model.ParseSpan(d.expires)
	if !ok {
		return d.expires, "d"
	}
	whole, unit := model.SpanUnits(span)
	return strconv.Itoa(whole), unit
}
