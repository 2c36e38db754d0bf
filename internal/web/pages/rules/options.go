package rules

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// ofKind is what a trigger of a kind is of; "" of another.
func (t trigger) ofKind(kind string) string {
	if t.kind == kind {
		return t.of
	}
	return ""
}

// chosen is a choice, or one of its options, as the form names it.
func (t trigger) chosen() string {
	of := t.ofKind(model.WhenChoice)
	if of != "" && t.option != "" {
		of += "/" + t.option
	}
	return of
}

// spanOf is how long a step waits when it waits that way.
func (s step) spanOf(wait string) string {
	if s.wait == wait {
		return s.span
	}
	return ""
}

// options are words of keys, by value.
func options(ctx context.Context, prefix string, values []string) (out []ui.Option) {
	for _, v := range values {
		out = append(out, ui.Option{Value: v, Text: i18n.T(ctx, prefix+v)})
	}
	return out
}

func kindOptions(ctx context.Context) []ui.Option {
	return options(ctx, "rules.kind.", model.TriggerKinds())
}

func stepOptions(ctx context.Context) []ui.Option {
	kinds := model.ActionKinds()
	return options(ctx, "rules.do.", append(kinds[1:], kinds[0])) // a wait comes last: it does nothing by itself
}

func stateOptions(ctx context.Context, kind string) []ui.Option {
	return options(ctx, "rules.state."+kind+".", model.TriggerStates(kind))
}

func waitOptions(ctx context.Context) []ui.Option {
	return options(ctx, "rules.wait.", []string{waitFor, waitLocal, waitUntil})
}

func unitOptions(ctx context.Context) []ui.Option {
	return options(ctx, "rules.unit.", []string{"m", "h", "d", "w"})
}

func perOptions(ctx context.Context) []ui.Option {
	return options(ctx, "rules.per.", []string{model.PerDay, model.PerWeek, model.PerMonth})
}

func clauseOptions(ctx context.Context, i int, kinds []string) []ui.Option {
	none := "rules.if.always"
	if i > 0 {
		none = "rules.if.more"
	}
	return append([]ui.Option{{Text: i18n.T(ctx, none)}}, options(ctx, "rules.look.", kinds)...)
}

func opOptions(ctx context.Context) (out []ui.Option) {
	for _, o := range ops() {
		out = append(out, ui.Option{Value: o[0], Text: i18n.T(ctx, "rules.op."+o[1])})
	}
	return out
}

func metricOptions(chosen string) (out []ui.Option) {
	all := []string{"nps", "csat", "ces"}
	if chosen != "" && !slices.Contains(all, chosen) {
		all = append(all, chosen)
	}
	for _, m := range all {
		out = append(out, ui.Option{Value: m, Text: strings.ToUpper(m)})
	}
	return out
}

// eventOptions are the events that can be lived; none, when there is such an
// option, is its text.
func (e *editor) eventOptions(none, chosen string) (out []ui.Option) {
	all := append(events(e.Model), "Message Sent", "Message Received", "Choice Offered", "Choice Made", "Thanks Given")
	if chosen != "" && !slices.Contains(all, chosen) {
		all = append(all, chosen)
	}
	for _, name := range all {
		out = append(out, ui.Option{Value: name, Text: e.Happened(name)})
	}
	slices.SortStableFunc(out, func(a, b ui.Option) int { return strings.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)) })
	if none != "" {
		out = append([]ui.Option{{Text: none}}, out...)
	}
	return out
}

func (e *editor) promiseOptions() (out []ui.Option) {
	for _, x := range e.Model.Promises {
		out = append(out, ui.Option{Value: x.Slug, Text: e.Say(x.Name)})
	}
	return out
}

// surveyOptions are those that customers answer.
func (e *editor) surveyOptions() (out []ui.Option) {
	for _, x := range e.Model.Surveys {
		if !x.Team() {
			out = append(out, ui.Option{Value: x.Slug, Text: e.Say(x.Name)})
		}
	}
	return out
}

func (e *editor) journeyOptions() (out []ui.Option) {
	for _, x := range e.Model.Journeys {
		out = append(out, ui.Option{Value: x.Slug, Text: e.Say(x.Name)})
	}
	return out
}

func (e *editor) topicOptions() (out []ui.Option) {
	for _, x := range e.Model.Topics {
		out = append(out, ui.Option{Value: x.Slug, Text: e.Say(x.Name)})
	}
	return out
}

// segmentOptions are the segments, or those that a step can add somebody to.
func (e *editor) segmentOptions(addable bool) (out []ui.Option) {
	for _, x := range e.Model.Segments {
		if !addable || takes(x) {
			out = append(out, ui.Option{Value: x.Slug, Text: e.Say(x.Name)})
		}
	}
	return out
}

func (e *editor) choiceOptions() (out []ui.Option) {
	for _, x := range e.Model.Choices {
		out = append(out, ui.Option{Value: x.Slug, Text: e.plain(x.Question)})
	}
	return out
}

// optionOptions are the choices and, below each, its options.
func (e *editor) optionOptions() (out []ui.Option) {
	for _, x := range e.Model.Choices {
		out = append(out, ui.Option{Value: x.Slug, Text: e.L.T("rules.kind.choice.any", "choice", e.plain(x.Question))})
		for _, o := range x.Options {
			out = append(out, ui.Option{Value: x.Slug + "/" + o.ID, Text: "— " + e.plain(o.Text)})
		}
	}
	return out
}

func (e *editor) webhookOptions() (out []ui.Option) {
	for _, x := range e.Model.Webhooks {
		out = append(out, ui.Option{Value: x.Slug, Text: x.Slug})
	}
	return out
}

func (e *editor) caseOptions(none, text string) []ui.Option {
	out := []ui.Option{{Value: none, Text: text}}
	for _, x := range e.Model.Cases.Kinds {
		out = append(out, ui.Option{Value: x.Slug, Text: e.Say(x.Name)})
	}
	return out
}

func (e *editor) areas(none string) []ui.Option {
	out := []ui.Option{{Text: e.L.T(none)}}
	for _, x := range e.Model.Areas {
		out = append(out, ui.Option{Value: x.Slug, Text: e.Say(x.Name)})
	}
	return out
}

// languages are those of the company, the reader's first.
func (e *editor) languages() (out []string) {
	own := strings.SplitN(e.L.Lang, "-", 2)[0]
	out = append(out, own)
	for _, lang := range []string{"es", "en", "pt"} {
		if lang == own {
			continue
		}
		if len(e.Model.Company.Languages) == 0 || slices.ContainsFunc(e.Model.Company.Languages, func(l string) bool { return strings.HasPrefix(l, lang) }) {
			out = append(out, lang)
		}
	}
	return out
}

// opening says what begins the rule, and if what.
func (e *editor) opening() string {
	if e.rule.If == nil {
		return e.L.T("rules.opening", "when", e.when(e.rule.When))
	}
	return e.L.T("rules.opening.if", "when", e.when(e.rule.When), "if", e.condition(conditionOf(e.rule.If.Source())))
}

// bounds says what bounds a rule.
func (r reader) bounds(x model.Rule) (out []string) {
	if c := x.Caps.PerCustomer; c.N > 0 {
		out = append(out, r.L.T("rules.bound.customer", "n", c.N, "time", r.span(c.Per)))
	}
	if x.Caps.Running > 0 {
		out = append(out, r.L.T("rules.bound.running", "n", x.Caps.Running))
	}
	if q := x.Caps.Entries; q.N > 0 {
		out = append(out, r.L.T("rules.bound.entries."+q.Per, "n", q.N))
	}
	if x.Holdout > 0 {
		out = append(out, r.L.T("rules.bound.holdout", "share", r.L.Percent(x.Holdout, 0)))
	}
	if x.Initiative != "" {
		out = append(out, r.L.T("rules.bound.initiative", "initiative", x.Initiative))
	}
	switch {
	case !x.Reaches():
	case x.Quiet:
		out = append(out, r.L.T("rules.bound.quiet"))
	default:
		out = append(out, r.L.T("rules.bound.must"))
	}
	if len(x.Human) > 0 {
		names := make([]string, len(x.Human))
		for i, e := range x.Human {
			names[i] = "«" + r.Happened(e) + "»"
		}
		out = append(out, r.L.T("rules.bound.human", "events", r.list(names)))
	}
	return out
}

// touched is the touchpoint where a rule begins, when it has a Marco.
func (r reader) touched(t model.Trigger) string {
	slug := ""
	switch t.Kind {
	case model.WhenPromise:
		if p, ok := r.Model.Promise(t.Of); ok {
			slug = p.Touchpoint
		}
	case model.WhenEvent:
		for _, tp := range r.Model.Touchpoints {
			if slices.ContainsFunc(tp.Events, func(e model.TouchpointEvent) bool { return e.Name == t.Of }) {
				slug = tp.Slug
			}
		}
	}
	if tp, ok := r.Model.Touchpoint(slug); ok && tp.Frame != nil {
		return slug
	}
	return ""
}

// day writes a day of the company: 2026-11-22.
func (r reader) day(s string) string {
	t, err := time.ParseInLocation(time.DateOnly, s, r.L.Zone())
	if err != nil {
		return s
	}
	return r.L.Date(cx.TimeOf(t))
}

// frame is where the Marco of a touchpoint is edited, or read.
func (r reader) frame(touchpoint string) string {
	if r.May(account.ApplyModel) {
		return "/serving/frames/" + touchpoint
	}
	return "/serving"
}
