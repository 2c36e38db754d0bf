package improve

import (
	"cmp"
	"math"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// reader says what initiatives are about in one person's words.
type reader struct{ reading.Reader }

func of(slug string) string          { return "/improve/of/" + slug }
func ofOpportunity(id string) string { return "/improve/opportunities/of/" + id }

// areas lists who answers for something; the whole company when nobody does.
func (r reader) areas(slugs []string) string {
	if len(slugs) == 0 {
		return r.L.T("improve.area.all")
	}
	names := make([]string, len(slugs))
	for i, slug := range slugs {
		names[i] = r.Area(slug)
	}
	return strings.Join(names, " · ")
}

// money writes minor units of the company's currency.
func (r reader) money(minor float64) string { return r.Money(minor, r.Model.Company.Currency) }

// between writes the ends of an interval.
func (r reader) between(low, high string) string {
	return r.L.T("improve.between", "low", low, "high", high)
}

// gains says what an opportunity would bring in a year: money, or without any that is
// known points of memory.
func (r reader) gains(o cycle.Opportunity) string {
	switch s := o.Score; {
	case s.InMoney:
		return r.L.T("improve.gains.money", "value", r.Money(s.Money.Value, s.Currency))
	case o.Memory.N > 0 && o.Customers > 0:
		return r.L.T("improve.gains.memory", "points", r.L.Number(o.Memory.Value, 1), "n", o.Customers)
	}
	return r.L.T("improve.gains.unknown")
}

// figures says how sure that is and what a day of work for it brings.
func (r reader) figures(o cycle.Opportunity) string {
	switch s := o.Score; {
	case s.InMoney:
		return strings.Join([]string{
			r.between(r.Money(s.Money.Low, s.Currency), r.Money(s.Money.High, s.Currency)), r.L.T("improve.perday", "value", r.Money(s.PerDay.Value, s.Currency)), r.L.T("improve.n", "n", s.Money.N),
		}, " · ")
	case o.Memory.N > 0 && o.Customers > 0:
		return r.between(r.L.Number(o.Memory.Low, 1), r.L.Number(o.Memory.High, 1)) + " · " + r.L.T("improve.n", "n", o.Memory.N)
	}
	return ""
}

// sure is how sure it is that an opportunity brings anything.
func sure(s cycle.Score) reading.Certainty {
	if s.Sure {
		return reading.Sure
	}
	return reading.Unknown
}

// metric says what is compared.
func (r reader) metric(m impact.Metric) string {
	what := m.Of
	switch m.Kind {
	case impact.Score:
		if s, ok := r.Model.Survey(m.Of); ok {
			what = r.Say(s.Name)
		} else if r.L.Has("improve.score." + m.Of) {
			what = r.L.T("improve.score." + m.Of)
		}
	case impact.Valence:
		if t, ok := r.Model.Touchpoint(m.Of); ok {
			what = r.Say(t.Name)
		}
	case impact.Event:
		what = r.Happened(m.Of)
	case impact.Kept:
		if x, ok := r.Model.Promise(m.Of); ok {
			what = r.Say(x.Name)
		}
	}
	key := "improve.metric." + string(m.Kind)
	if what == "" {
		key += ".any"
	}
	text := r.L.T(key, "what", what)
	if m.Days > 0 {
		text += r.L.T("improve.metric.within", "n", m.Days)
	}
	return text
}

// measured is a metric as a design counts it.
type measured struct {
	impact.Metric
	kind impact.Kind
}

// measure is a metric as a plan counts it.
func measure(p impact.Plan, m impact.Metric) measured { return measured{m, p.Design.Kind} }

// difference writes a change of a metric with its sign.
func (r reader) difference(m measured, v float64) string {
	switch v *= m.Times(m.kind); m.Unit(m.kind) {
	case impact.Points:
		return r.L.T("improve.points", "value", r.L.Signed(v, 1))
	case impact.Minor:
		if v > 0 {
			return "+" + r.money(v)
		}
		return r.money(v)
	case impact.Counted:
		return r.L.Signed(v, 1)
	}
	return r.L.Signed(v, 2)
}

// level writes a value of a metric.
func (r reader) level(m measured, v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	switch m.Unit(m.kind) {
	case impact.Points:
		if m.Times(m.kind) == 1 {
			return r.L.Number(v, 1)
		}
		return r.L.Percent(v, 1)
	case impact.Minor:
		return r.money(v)
	case impact.Counted:
		return r.L.Number(v, 1)
	}
	return r.L.Number(v, 2)
}

// verdict says in a sentence what came of it.
func (r reader) verdict(i cycle.Initiative) string {
	e := i.Evaluation
	if e == nil {
		return r.L.T("improve.verdict.none")
	}
	if e.Effect == nil {
		return r.L.T("improve.verdict." + string(e.Verdict))
	}
	return r.L.T("improve.verdict."+string(e.Verdict)+".by", "metric", r.metric(i.Plan.Metric), "effect", r.difference(measure(i.Plan, i.Plan.Metric), e.Effect.Value))
}

// ends writes the interval and the n of an effect.
func (r reader) ends(m measured, e impact.Effect) string {
	return r.between(r.difference(m, e.Low), r.difference(m, e.High)) + " · " + r.L.T("improve.n", "n", e.N+e.Control)
}

// tone is how a verdict is coloured.
func tone(v impact.Verdict) ui.Tone {
	switch v {
	case impact.Worked:
		return ui.Positive
	case impact.DidNot:
		return ui.Negative
	}
	return ui.Neutral
}

// earned says what it brought after its cost.
func (r reader) earned(m impact.Money) string {
	key := "improve.earned"
	if m.Net < 0 {
		key = "improve.lost"
	}
	return r.L.T(key, "net", r.Money(math.Abs(float64(m.Net)), m.Currency))
}

// earnedFigures says what that is made of.
func (r reader) earnedFigures(m impact.Money) string {
	key := "improve.earned.figures"
	if !m.Margin {
		key += ".revenue"
	}
	if m.Periods {
		key += ".shops"
	}
	return r.L.T(key, "low", r.Money(float64(m.Low), m.Currency), "high", r.Money(float64(m.High), m.Currency),
		"earned", r.Money(float64(m.Earned), m.Currency), "cost", r.Money(float64(m.Cost), m.Currency), "n", m.Reached, "days", m.Days)
}

// group says for whom an effect was found.
func (r reader) group(g impact.Group) string {
	if g.By == impact.BoughtBefore {
		return r.L.T("improve.group.bought." + g.Key)
	}
	return r.L.T("improve.group.trait", "trait", g.By, "value", g.Key)
}

// design says how it is done.
func (r reader) design(d impact.Design) string {
	switch d.Kind {
	case impact.Random:
		var arms []string
		for _, a := range d.Arms {
			arms = append(arms, r.L.Percent(a.Share, 0)+" "+r.arm(a.Name))
		}
		if len(arms) == 0 {
			return r.L.T("improve.design.random.half")
		}
		return r.L.T("improve.design.random", "arms", strings.Join(arms, ", "))
	case impact.Staggered:
		return r.L.T("improve.design.staggered", "n", len(d.Starts))
	}
	return r.L.T("improve.design.date")
}

func (r reader) arm(name string) string {
	if name == impact.Control || name == impact.Treated {
		return r.L.T("improve.arm." + name)
	}
	return name
}

// population says who may take part.
func (r reader) population(p impact.Population) string {
	switch {
	case p.Segment != "":
		return r.Segment(p.Segment)
	case p.When != "":
		return p.When
	}
	return r.L.T("improve.everybody")
}

// when says from when to when.
func (r reader) when(from, until cx.Time) string {
	switch {
	case from == 0 && until == 0:
		return r.L.T("improve.when.none")
	case until == 0:
		return r.L.T("improve.when.from", "from", r.L.Date(from))
	case from == 0:
		return r.L.T("improve.when.until", "until", r.L.Date(until))
	}
	return r.L.Date(from) + " – " + r.L.Date(until)
}

// matter says what something is about, and where that is shown.
func (r reader) matter(a cycle.About) (out []ui.Crumb) {
	add := func(href, text string) {
		if text != "" {
			out = append(out, ui.Crumb{Href: href, Text: text})
		}
	}
	if t, ok := r.Model.Touchpoint(a.Touchpoint); ok {
		add("", r.Say(t.Name))
	}
	if a.Reason != "" && r.May(account.ViewScores) {
		add("/reasons", r.L.T("improve.matter.reason"))
	}
	if j, ok := r.Model.Journey(a.Journey); ok {
		add("/journeys/"+a.Journey, r.Journey(j))
	}
	if x, ok := r.Model.Promise(a.Promise); ok {
		add("/promises/of/"+a.Promise, r.Say(x.Name))
	}
	if x, ok := r.Model.Policy(a.Policy); ok {
		add("/contradictions/policies", r.Say(x.Name))
	}
	if a.Cause != "" {
		add("/cases", a.Cause)
	}
	return out
}

// entry says one line of an initiative's story.
func (r reader) entry(i cycle.Initiative, e cycle.Entry) string {
	what := e.Text
	switch e.What {
	case cycle.Reached:
		for _, m := range i.Milestones {
			if m.ID == e.To {
				what = r.Say(m.Title)
			}
		}
	case cycle.Evaluated:
		what = r.L.T("improve.verdict." + e.Text)
	case cycle.Stopped:
		if strings.HasPrefix(e.To, "guardrail:") {
			what = r.L.T("improve.why." + string(impact.Breached))
		}
	case cycle.Paid:
		what = r.money(float64(e.Amount))
	}
	return r.L.T("improve.story."+string(e.What), "who", cmp.Or(e.ByName, r.L.T("improve.vivencia")), "what", what)
}
