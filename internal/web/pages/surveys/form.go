package surveys

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// sent is a field without the spaces around it.
func sent(form url.Values, name string) string { return strings.TrimSpace(form.Get(name)) }

// wordsFrom reads a text of three fields.
func wordsFrom(form url.Values, key string) model.Text {
	return model.Text{ES: sent(form, key+".es"), EN: sent(form, key+".en"), PT: sent(form, key+".pt")}
}

// optionsFrom reads rows of things to choose. A row without words goes, as does
// the one to drop; a new one gets an identifier of its words, for ever.
func optionsFrom(form url.Values, key string) (out []model.Option) {
	taken := map[string]bool{model.OtherOption: true}
	drop := sent(form, key+".drop")
	n, _ := strconv.Atoi(sent(form, key+".n"))
	for i := range min(n, model.MaxOptions) + 1 {
		row := key + "." + strconv.Itoa(i)
		o := model.Option{ID: sent(form, row+".id"), Text: wordsFrom(form, row)}
		if o.Text == (model.Text{}) || drop == strconv.Itoa(i) {
			continue
		}
		if o.ID == "" {
			o.ID = model.NewSlug(o.Text.In("es"), "option", func(s string) bool { return taken[s] })
		}
		taken[o.ID] = true
		out = append(out, o)
	}
	if up, err := strconv.Atoi(sent(form, key+".up")); err == nil && up > 0 && up < len(out) {
		out[up-1], out[up] = out[up], out[up-1]
	}
	return out
}

// spanFrom reads a time of a figure and its unit.
func spanFrom(form url.Values, key string) string {
	if n := sent(form, key+".n"); n != "" {
		return n + sent(form, key+".unit")
	}
	return ""
}

// hoursFrom reads a stretch of the day.
func hoursFrom(form url.Values, key string) string {
	from, to := sent(form, key+".from"), sent(form, key+".to")
	if from == "" && to == "" {
		return ""
	}
	return from + "-" + to
}

// take brings what a form says into the part of the survey that it is of.
func (d *draft) take(form url.Values, e *editor) {
	asked := d.before(e.page)
	when := func() string { return conditionFrom(form, ofAnswers, asked).text(ofAnswers, worded(asked)) }
	switch e.part {
	case partAbout:
		d.name, d.thanks, d.redirect = wordsFrom(form, "name"), wordsFrom(form, "thanks"), sent(form, "redirect")
		d.purpose, d.anonymous = sent(form, "purpose"), form.Get("anonymous") != ""
		d.pairSurvey, d.pairObject = "", ""
		if d.purpose == model.Expectation {
			d.pairSurvey, d.pairObject = sent(form, "pair.survey"), sent(form, "pair.object")
		}
	case partPage:
		page := &d.pages[e.page]
		page.title, page.when = wordsFrom(form, "title"), when()
	case partQuestion:
		q := &d.pages[e.page].questions[e.at]
		q.text, q.help, q.low, q.high = wordsFrom(form, "text"), wordsFrom(form, "help"), wordsFrom(form, "low"), wordsFrom(form, "high")
		q.required, q.other, q.randomise = form.Get("required") != "", form.Get("other") != "", form.Get("randomise") != ""
		q.options, q.rows = optionsFrom(form, "options"), optionsFrom(form, "rows")
		q.scale, q.trait, q.maxLength, q.least, q.most = sent(form, "scale"), sent(form, "trait"), sent(form, "max_length"), sent(form, "min"), sent(form, "max")
		q.when = when()
		if q.kind == model.Matrix && q.options != nil {
			q.scale = ""
		}
	case partAsk:
		d.ask = nil
		if event := sent(form, "event"); event != "" {
			a := &draftAsk{
				event: event, when: conditionFrom(form, ofProperties, nil).text(ofProperties, nil),
				delay: spanFrom(form, "delay"), at: hoursFrom(form, "at"), rest: spanFrom(form, "rest"), expire: spanFrom(form, "expire"),
				quota: sent(form, "quota.n"), per: sent(form, "quota.per"), sample: sent(form, "sample"), ways: form["ways"],
			}
			if n, err := strconv.ParseFloat(strings.Replace(a.sample, ",", ".", 1), 64); err == nil {
				if a.sample = strconv.FormatFloat(n/100, 'f', -1, 64); n == 100 {
					a.sample = ""
				}
			}
			d.ask = a
		}
	}
}

// spanOf parts a time into its figure and its unit.
func spanOf(s string) (n, unit string) {
	if d, ok := model.ParseSpan(s); ok {
		k, unit := model.SpanUnits(d)
		return strconv.Itoa(k), unit
	}
	return s, ""
}

// percent writes a share as a form asks for it.
func percent(share string) string {
	if n, err := strconv.ParseFloat(share, 64); err == nil {
		return strconv.FormatFloat(n*100, 'f', -1, 64)
	}
	return share
}

// piping is what a text may say of who is asked and of what they lived.
type piping struct{ key, code string }

func pipings(asked []draftQuestion) []piping {
	out := []piping{
		{"first-name", "{customer.first_name ?? }"},
		{"weekday", "{event.at|weekday ?? }"},
		{"date", "{event.at|date ?? }"},
		{"time", "{event.at|time ?? }"},
		{"place", "{place ?? }"},
		{"touchpoint", "{touchpoint ?? }"},
		{"company", "{company ?? }"},
	}
	for _, q := range asked {
		out = append(out, piping{"", "{answers." + q.id + " ?? }"})
	}
	return out
}
