package rules

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
)

// reader writes rules as people say them.
type reader struct{ reading.Reader }

// sentence is the whole rule: Cuando …, si …, entonces ….
func (r reader) sentence(x model.Rule) string {
	then := make([]string, 0, len(x.Then))
	for _, a := range x.Then {
		then = append(then, r.step(a))
	}
	args := []any{"when", r.when(x.When), "then", r.list(then)}
	if x.If == nil {
		return r.L.T("rules.sentence", args...)
	}
	return r.L.T("rules.sentence.if", append(args, "if", r.condition(conditionOf(x.If.Source())))...)
}

// list writes parts in a row: a, b y c.
func (r reader) list(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return r.L.T("rules.and", "before", strings.Join(parts[:last], ", "), "last", parts[last])
}

func (r reader) span(d time.Duration) string { return r.L.Lasting(d) }

func (r reader) when(t model.Trigger) string {
	switch t.Kind {
	case model.WhenEvent:
		return r.L.T("rules.when.event", "event", r.Happened(t.Of))
	case model.WhenAnswer:
		return r.L.T("rules.when.answer", "survey", r.survey(t.Of))
	case model.WhenPromise:
		return r.L.T("rules.when.promise."+t.State, "promise", r.promise(t.Of))
	case model.WhenJourney:
		return r.L.T("rules.when.journey."+t.State, "journey", r.journey(t.Of))
	case model.WhenReason:
		return r.L.T("rules.when.reason", "topic", r.topic(t.Of))
	case model.WhenSegment:
		return r.L.T("rules.when.segment."+t.State, "segment", r.Segment(t.Of))
	case model.WhenCase:
		if t.Of == "" {
			return r.L.T("rules.when.case.any." + t.State)
		}
		return r.L.T("rules.when.case."+t.State, "kind", r.kind(t.Of))
	case model.WhenChoice:
		c, _ := r.Model.Choice(t.Of)
		if o, ok := c.Option(t.Option); ok {
			return r.L.T("rules.when.choice.option", "choice", r.choice(t.Of), "option", r.plain(o.Text))
		}
		return r.L.T("rules.when.choice", "choice", r.choice(t.Of))
	case model.WhenSilence:
		if t.After != "" {
			return r.L.T("rules.when.silence.after", "time", r.span(t.Silence), "event", r.Happened(t.After))
		}
		return r.L.T("rules.when.silence", "time", r.span(t.Silence))
	case model.WhenScore:
		metric := strings.ToUpper(t.Of)
		switch low, high := t.Least > -model.AnyScore, t.Most < model.AnyScore; {
		case low && high:
			return r.L.T("rules.when.score.between", "metric", metric, "least", r.L.Number(t.Least, 0), "most", r.L.Number(t.Most, 0))
		case low:
			return r.L.T("rules.when.score.least", "metric", metric, "least", r.L.Number(t.Least, 0))
		case high:
			return r.L.T("rules.when.score.most", "metric", metric, "most", r.L.Number(t.Most, 0))
		}
		return r.L.T("rules.when.score", "metric", metric)
	}
	return r.L.T("rules.when.nothing")
}

func (r reader) step(a model.Action) string {
	switch a.Kind {
	case model.DoWait:
		switch w := a.Wait; {
		case w.Until != "" && len(w.Else) > 0:
			other := make([]string, len(w.Else))
			for i, e := range w.Else {
				other[i] = r.step(e)
			}
			return r.L.T("rules.step.until.else", "event", r.Happened(w.Until), "most", r.span(w.Most), "else", r.list(other))
		case w.Until != "":
			return r.L.T("rules.step.until", "event", r.Happened(w.Until), "most", r.span(w.Most))
		case w.Local > 0:
			return r.L.T("rules.step.local", "time", fmt.Sprintf("%02d:%02d", (w.Local-1)/60, (w.Local-1)%60))
		}
		return r.L.T("rules.step.wait", "time", r.span(a.Wait.For))
	case model.DoMessage:
		return r.L.T("rules.step.message", "subject", r.plain(a.Title))
	case model.DoChoice:
		c, ok := r.Model.Choice(a.Of)
		if !ok {
			return r.L.T("rules.step.choice.none")
		}
		return r.L.T("rules.step.choice", "n", len(c.Options), "choice", r.choice(a.Of))
	case model.DoCase:
		if a.Area != "" {
			return r.L.T("rules.step.case.area", "title", r.plain(a.Title), "area", r.Area(a.Area))
		}
		return r.L.T("rules.step.case", "title", r.plain(a.Title))
	case model.DoSurvey:
		return r.L.T("rules.step.survey", "survey", r.survey(a.Of))
	case model.DoTrait:
		return r.L.T("rules.step.trait", "trait", a.Of, "value", strings.Trim(a.Value, `"`))
	case model.DoSegment:
		return r.L.T("rules.step.segment", "segment", r.Segment(a.Of))
	case model.DoWebhook:
		return r.L.T("rules.step.webhook", "webhook", a.Of)
	}
	if a.Area != "" {
		return r.L.T("rules.step.notify.area", "area", r.Area(a.Area))
	}
	return r.L.T("rules.step.notify")
}

// condition says what has to be so.
func (r reader) condition(c condition) string {
	if c.written() {
		return r.L.T("rules.if.written")
	}
	parts := make([]string, len(c.clauses))
	for i, s := range c.clauses {
		op := r.L.T("rules.op." + opKey(s.op))
		switch s.kind {
		case ofScore:
			parts[i] = r.L.T("rules.if.score", "metric", strings.ToUpper(s.name), "op", op, "value", s.value)
		case lived:
			key := "rules.if.count"
			if s.days != "" {
				key += ".days"
			}
			parts[i] = r.L.T(key, "event", r.Happened(s.name), "op", r.L.T("rules.times."+opKey(s.op)), "value", s.value, "days", s.days)
		default:
			parts[i] = r.L.T("rules.if."+s.kind, "name", r.Property(s.name[strings.LastIndexByte(s.name, '.')+1:]), "op", op, "value", r.value(s.value))
		}
	}
	if c.any {
		return strings.Join(parts, " "+r.L.T("rules.if.or")+" ")
	}
	return r.list(parts)
}

// value is what a property is compared with.
func (r reader) value(v string) string {
	switch {
	case v == "true" || v == "false":
		return r.L.T("rules.value." + v)
	case figure.MatchString(v):
		n, _ := strconv.ParseFloat(v, 64)
		return r.L.Number(n, len(strings.TrimRight(strings.TrimPrefix(v[strings.IndexByte(v+".", '.'):], "."), "0")))
	}
	return "«" + r.Supplier(r.Place(v)) + "»"
}

// plain is a text for who is not known: without what it says of a customer.
func (r reader) plain(t model.Text) string {
	return t.Fill(r.L.Lang, r.L.Zone(), func(string) (any, bool) { return nil, false })
}

func (r reader) name(slug string) string {
	if x, ok := r.Model.Rule(slug); ok {
		return r.Say(x.Name)
	}
	return slug
}

func (r reader) survey(slug string) string {
	if x, ok := r.Model.Survey(slug); ok {
		return r.Say(x.Name)
	}
	return slug
}

func (r reader) promise(slug string) string {
	if x, ok := r.Model.Promise(slug); ok {
		return r.Say(x.Name)
	}
	return slug
}

func (r reader) journey(slug string) string {
	if x, ok := r.Model.Journey(slug); ok {
		return r.Say(x.Name)
	}
	return slug
}

func (r reader) topic(slug string) string {
	for _, x := range r.Model.Topics {
		if x.Slug == slug {
			return r.Say(x.Name)
		}
	}
	return slug
}

func (r reader) kind(slug string) string {
	for _, x := range r.Model.Cases.Kinds {
		if x.Slug == slug {
			return r.Say(x.Name)
		}
	}
	return slug
}

func (r reader) choice(slug string) string {
	if x, ok := r.Model.Choice(slug); ok {
		return r.plain(x.Question)
	}
	return slug
}

// why says why a rule did not act.
func (r reader) why(reason rule.Reason) string {
	if key := "customer.rule.why." + string(reason); r.L.Has(key) {
		return r.L.T(key)
	}
	return r.L.T("customer.rule.why.other")
}

// why is a reason not to act, with how often it was.
type why struct {
	rule.Reason
	n int
}

func whys(not map[rule.Reason]int) (out []why) {
	for _, reason := range rule.Reasons() {
		if n := not[reason]; n > 0 {
			out = append(out, why{reason, n})
		}
	}
	return out
}

// clash says how rules are in each other's way; a cycle as a chain.
func (r reader) clash(c rule.Conflict) string {
	names := make([]string, len(c.Rules))
	for i, slug := range c.Rules {
		names[i] = "«" + r.name(slug) + "»"
	}
	if c.Clash == rule.Circle {
		return r.L.T("rules.clash.cycle", "chain", strings.Join(names, " → "))
	}
	return r.L.T("rules.clash."+string(c.Clash), "first", names[0], "second", names[1], "trait", c.Of)
}

// compared is how those for whom it acted fared beside those left out.
type compared struct {
	with, held rule.Kept
	by         stats.Interval // of the difference of their shares
	known      bool
}

func compare(d rule.Detail) compared {
	c := compared{with: d.With, held: d.Held, known: d.With.N > 0 && d.Held.N > 0}
	if c.known {
		c.by = stats.Difference(d.Held.Rate, stats.Interval{Low: d.Held.Low, High: d.Held.High}, d.With.Rate, stats.Interval{Low: d.With.Low, High: d.With.High})
	}
	return c
}

// sure is how sure it is that acting went with more, or less, of it.
func (c compared) sure() string {
	switch {
	case !c.known:
		return "unknown"
	case c.by.Low > 0:
		return "more"
	case c.by.High < 0:
		return "less"
	}
	return "alike"
}
