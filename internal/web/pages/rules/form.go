package rules

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// sent is a field without the spaces around it.
func sent(form url.Values, name string) string { return strings.TrimSpace(form.Get(name)) }

func wordsFrom(form url.Values, key string) model.Text {
	return model.Text{ES: sent(form, key+".es"), EN: sent(form, key+".en"), PT: sent(form, key+".pt")}
}

// spanFrom reads a time of a figure and its unit.
func spanFrom(form url.Values, key string) string {
	if n := sent(form, key+".n"); n != "" {
		return n + sent(form, key+".unit")
	}
	return ""
}

// spanOf parts a time into its figure and its unit.
func spanOf(s string) (n, unit string) {
	if d, ok := model.ParseSpan(s); ok {
		k, unit := model.SpanUnits(d)
		return strconv.Itoa(k), unit
	}
	return strings.TrimRight(s, "mhdw"), "d"
}

// take brings what a form says into the rule.
func (d *draft) take(form url.Values) {
	d.name, d.area, d.must = wordsFrom(form, "name"), sent(form, "area"), form.Get("must") != ""
	d.when = triggerFrom(form)
	d.condition = conditionFrom(form, "if").text()
	d.priority, d.holdout, d.running = sent(form, "priority"), share(sent(form, "holdout")), sent(form, "running")
	if d.priority == "0" {
		d.priority = ""
	}
	d.capN, d.capPer = sent(form, "cap.often"), spanFrom(form, "cap.per")
	if d.capN == "" {
		d.capPer = ""
	}
	d.entriesN, d.entriesPer = sent(form, "entries.n"), sent(form, "entries.per")
	d.human = slices.DeleteFunc(slices.Clone(form["human"]), func(s string) bool { return s == "" })
	d.then = stepsFrom(form, "then", 0)
	verb, at, _ := strings.Cut(form.Get("do"), ":")
	d.do(verb, at)
}

// share reads a share of a hundred as a form asks for it.
func share(percent string) string {
	n, err := strconv.ParseFloat(strings.Replace(percent, ",", ".", 1), 64)
	switch {
	case err != nil:
		return percent
	case n == 0:
		return ""
	}
	return strconv.FormatFloat(n/100, 'f', -1, 64)
}

// percent writes a share as a form asks for it.
func percent(share string) string {
	if n, err := strconv.ParseFloat(share, 64); err == nil {
		return strconv.FormatFloat(n*100, 'f', -1, 64)
	}
	return share
}

func triggerFrom(form url.Values) trigger {
	t := trigger{kind: sent(form, "when.kind")}
	t.of = sent(form, "when."+t.kind)
	switch t.kind {
	case model.WhenPromise, model.WhenJourney, model.WhenSegment, model.WhenCase:
		t.state = sent(form, "when."+t.kind+".state")
	case model.WhenChoice:
		t.of, t.option, _ = strings.Cut(t.of, "/")
	case model.WhenScore:
		t.least, t.most = sent(form, "when.least"), sent(form, "when.most")
	case model.WhenSilence:
		t.of, t.silence, t.after = "", spanFrom(form, "when.silence"), sent(form, "when.after")
	}
	return t
}

// deepest is how deep steps lie in steps.
const deepest = 2

func stepsFrom(form url.Values, at string, depth int) (out []step) {
	n, _ := strconv.Atoi(sent(form, at+".n"))
	for i := range min(n, 30) {
		key := at + "." + strconv.Itoa(i)
		s := step{kind: sent(form, key+".kind"), of: sent(form, key+".of"), area: sent(form, key+".area"), value: sent(form, key+".value"), title: wordsFrom(form, key+".title"), text: wordsFrom(form, key+".text")}
		switch s.kind {
		case model.DoWait:
			s.wait, s.span, s.local = sent(form, key+".wait"), spanFrom(form, key+".span"), sent(form, key+".local")
			if s.wait == waitUntil {
				s.span, s.event, s.when = spanFrom(form, key+".most"), sent(form, key+".event"), conditionFrom(form, key+".when").text()
				if depth < deepest {
					s.otherwise = stepsFrom(form, key+".else", depth+1)
				}
			}
		case model.DoCase:
			s.within = spanFrom(form, key+".within")
		}
		out = append(out, s)
	}
	return out
}

// words are a key in every language.
func words(q *web.Request, key string) model.Text {
	return model.Text{ES: q.In("es").T(key), EN: q.In("en").T(key), PT: q.In("pt").T(key)}
}

// beginning is a step of a kind as it is put in: the model's first of what it
// names.
func beginning(q *web.Request, m *model.Model, kind string) step {
	s := step{kind: kind}
	switch kind {
	case model.DoWait:
		s.wait, s.span = waitFor, "2h"
	case model.DoMessage:
		s.title, s.text = words(q, "rules.start.subject"), words(q, "rules.start.text")
	case model.DoCase:
		s.title = words(q, "rules.start.case")
	case model.DoNotify:
		s.text = words(q, "rules.start.notify")
	case model.DoTrait:
		s.of, s.value = "made_right", "true"
	case model.DoChoice:
		if len(m.Choices) > 0 {
			s.of = m.Choices[0].Slug
		}
	case model.DoWebhook:
		if len(m.Webhooks) > 0 {
			s.of = m.Webhooks[0].Slug
		}
	case model.DoSurvey:
		for _, sv := range slices.Backward(m.Surveys) {
			if !sv.Team() {
				s.of = sv.Slug
			}
		}
	case model.DoSegment:
		for _, g := range slices.Backward(m.Segments) {
			if takes(g) {
				s.of = g.Slug
			}
		}
	}
	return s
}

// takes tells whether a step can add somebody to a segment.
func takes(g model.Segment) bool {
	return g.When == nil || strings.Contains(g.When.Source(), "traits."+model.SegmentTrait(g.Slug))
}
