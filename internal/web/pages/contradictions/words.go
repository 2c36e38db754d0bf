package contradictions

import (
	"encoding/json"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
)

// reader writes what contradicts what.
type reader struct{ reading.Reader }

// listed is the list, as it is told.
type listed struct {
	reader
	title   string
	answer  policy.Answer
	open    []policy.Conflict // contradictions to be decided about
	decided []policy.Conflict
	tables  []policy.Conflict // what is wrong within one policy
}

// shown is one conflict.
type shown struct {
	reader
	title     string
	c         policy.Conflict
	mayDecide bool
	form      form
}

// finding is the sentence above all.
func (v listed) finding() string {
	if len(v.open) == 0 {
		return v.L.T("contradictions.title.none")
	}
	return v.headline(v.open[0])
}

// headline says what a conflict is, and whom it hits.
func (r reader) headline(c policy.Conflict) string {
	said := r.said(c)
	if c.Lived == nil || c.Lived.Customers == 0 {
		return said
	}
	return r.L.T("contradictions.title", "what", said, "n", c.Lived.Customers)
}

// said says what a conflict is: «Sin comprobante no hay cambio» impide «Los
// regalos se cambian».
func (r reader) said(c policy.Conflict) string {
	key := "contradictions.says." + string(c.Kind)
	if c.Kind.Contradiction() {
		key = "contradictions.says." + string(c.How)
	}
	rows := make([]string, len(c.Rows))
	for i, row := range c.Rows {
		rows[i] = r.L.Int(int64(row) + 1)
	}
	return r.L.T(key, "rule", r.subject(c), "with", r.with(c), "row", c.Row+1, "rows", strings.Join(rows, ", "))
}

// kind is what is wrong, in a word or two.
func (r reader) kind(c policy.Conflict) string {
	return r.L.T("contradictions.kind." + string(c.Kind))
}

// subject is the name of the policy or goal.
func (r reader) subject(c policy.Conflict) string { return r.named(c.Subject()) }

// with is the name of what it contradicts; "" of nothing.
func (r reader) with(c policy.Conflict) string { return r.named(c.With) }

func (r reader) named(ref string) string {
	of, slug, _ := strings.Cut(ref, ".")
	switch of {
	case "promise":
		if x, ok := r.Model.Promise(slug); ok {
			return r.Say(x.Name)
		}
	case "policy":
		if x, ok := r.Model.Policy(slug); ok {
			return r.Say(x.Name)
		}
	case "goal":
		if x, ok := r.Model.Goal(slug); ok {
			return r.Say(x.Name)
		}
	}
	return slug
}

// promiseOf is the address of the promise that is contradicted; "" when none is.
func promiseOf(c policy.Conflict) string {
	if of, slug, _ := strings.Cut(c.With, "."); of == "promise" {
		return "/promises/of/" + slug
	}
	return ""
}

// reason is why there is the policy or goal.
func (r reader) reason(c policy.Conflict) string {
	if x, ok := r.Model.Policy(c.Policy); ok && c.Kind != policy.OfGoal {
		return r.Say(x.Reason)
	}
	if x, ok := r.Model.Goal(c.Policy); ok {
		return r.Say(x.Reason)
	}
	return ""
}

// on is the event at which the policy decides.
func (r reader) on(c policy.Conflict) string {
	if x, ok := r.Model.Policy(c.Policy); ok && c.Kind != policy.OfGoal {
		return r.Happened(x.On)
	}
	if x, ok := r.Model.Goal(c.Policy); ok {
		return r.Happened(x.Metric.Event)
	}
	return ""
}

// situation says in which situation a conflict shows: «Pide un cambio» con
// regalo: sí, comprobante: no.
func (r reader) situation(c policy.Conflict) string {
	var parts []string
	for _, t := range c.Situation {
		if t.Opaque {
			parts = append(parts, t.String())
			continue
		}
		_, field, _ := strings.Cut(t.Field, ".")
		what := r.L.T("contradictions.term.missing")
		if t.Example != nil {
			if raw, err := json.Marshal(t.Example); err == nil {
				what = r.Value(raw)
			}
			if text, _ := t.Example.(string); strings.HasPrefix(text, "+") {
				if d, ok := model.ParseSpan(text[1:]); ok {
					what = r.L.T("contradictions.term.within", "time", r.L.Lasting(d))
				}
			}
		}
		term := r.Property(field) + ": " + what
		if t.Event != "" && t.Event != r.event(c) {
			term = r.L.T("contradictions.term.of", "event", r.Happened(t.Event), "term", term)
		}
		parts = append(parts, term)
	}
	if len(parts) == 0 {
		return r.L.T("contradictions.situation.any", "event", r.on(c))
	}
	return r.L.T("contradictions.situation.of", "event", r.on(c), "terms", strings.Join(parts, "; "))
}

func (r reader) event(c policy.Conflict) string {
	if x, ok := r.Model.Policy(c.Policy); ok && c.Kind != policy.OfGoal {
		return x.On
	}
	return ""
}

// money says what it costs, with its interval and n.
func (r reader) money(m *policy.Money) string {
	return r.L.T("contradictions.money.of", "value", r.Money(m.Value, m.Currency), "low", r.Money(m.Low, m.Currency), "high", r.Money(m.High, m.Currency), "n", m.N, "days", m.Days)
}

// change says how those hit differ from others.
func (r reader) change(key string, c *policy.Change) string {
	write := func(v float64) string { return r.L.Number(v, 1) }
	signed := func(v float64) string { return r.L.Signed(v, 1) }
	if c.Metric == "" { // a share
		write = func(v float64) string { return r.L.Percent(v, 0) }
		signed = func(v float64) string { return r.L.T("contradictions.points", "v", r.L.Signed(100*v, 0)) }
	}
	return r.L.T(key, "what", r.metric(c), "hit", write(c.Hit), "others", write(c.Others), "difference", signed(c.Estimate.Value), "low", signed(c.Estimate.Low), "high", signed(c.Estimate.High), "n", c.Estimate.N, "of", c.OthersN)
}

func (r reader) metric(c *policy.Change) string {
	if c.Metric == "" {
		return ""
	}
	return r.Metric(c.Metric)
}

// sure tells whether a difference is clear.
func sure(c *policy.Change) reading.Certainty {
	return reading.OfDifference(c.Estimate.Low > 0 || c.Estimate.High < 0, c.Estimate.Low, c.Estimate.High)
}

// decision says what people decided.
func (r reader) decision(d *policy.Decision) string {
	s := r.L.T("contradictions.decided."+d.What, "by", d.By, "until", r.day(d.Until))
	if d.Why != "" {
		s += ": " + d.Why
	}
	return s
}

// day writes a day of the model.
func (r reader) day(s string) string {
	t, ok := cx.ParseTime(s + "T12:00:00Z")
	if !ok {
		return s
	}
	return r.L.Date(t)
}

// rowsOf are the rows of a policy, for the table behind the sentence.
func (r reader) rowsOf(slug string) []model.PolicyRow {
	x, _ := r.Model.Policy(slug)
	return x.Rows
}
