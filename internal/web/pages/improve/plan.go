package improve

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// drafted is the form of a plan.
type drafted struct {
	reader
	form
	title      string
	slug       string // "": a new one
	revision   int64
	frozen     bool
	colleagues []cases.Colleague
}

// How many lines the form has for what comes in lists.
const (
	mostMilestones = 6
	mostGuardrails = 2
	mostStarts     = 12
)

// usualDays is how long an outcome is counted when nobody says.
const usualDays = 30

func (p page) planning(q *web.Request) error {
	d := cycle.Draft{Plan: impact.Plan{Design: impact.Design{Kind: impact.Random}, Metric: impact.Metric{Kind: impact.Return, Days: usualDays}}}
	if from := q.URL.Query().Get("from"); from != "" {
		var err error
		if d, err = p.initiatives.Prefill(q.Context(), q.Principal, from); err != nil {
			return err
		}
	}
	v, err := p.draft(q, newForm(q))
	if err != nil {
		return err
	}
	v.fill(d)
	return p.renderDraft(q, v, http.StatusOK)
}

func (p page) editing(q *web.Request) error {
	full, err := p.initiatives.Initiative(q.Context(), q.Principal, q.PathValue("slug"))
	if err != nil {
		return err
	}
	v, err := p.draft(q, newForm(q))
	if err != nil {
		return err
	}
	v.slug, v.revision, v.frozen = full.Slug, full.Revision, full.Hash != ""
	v.fill(full.Draft)
	return p.renderDraft(q, v, http.StatusOK)
}

func (p page) draft(q *web.Request, f form) (drafted, error) {
	people, err := p.colleagues.Colleagues(q.Context(), q.Principal, "")
	return drafted{reader: p.reader(q), form: f, colleagues: people}, err
}

func (p page) renderDraft(q *web.Request, v drafted, status int) error {
	if v.title = q.T("improve.new"); v.slug != "" {
		v.title = compose.TextOf("title", v.get).In(q.L.Lang)
	}
	return q.RenderStatus(status, v.title, draftView(v))
}

func (p page) plan(q *web.Request) error {
	v, err := p.draft(q, newForm(q))
	if err != nil {
		return err
	}
	d := cycle.Draft{Opportunity: v.get("opportunity")}
	if d.Opportunity != "" {
		if d, err = p.initiatives.Prefill(q.Context(), q.Principal, d.Opportunity); err != nil {
			return err
		}
	}
	if d = v.read(d); len(v.faults) == 0 {
		made, err := p.initiatives.Plan(q.Context(), q.Principal, d)
		if err == nil {
			q.Flash(ui.Positive, q.T("improve.planned"))
			return q.Redirect(of(made.Slug))
		}
		if err := v.said(q, err); err != nil {
			return err
		}
	}
	return p.renderDraft(q, v, http.StatusUnprocessableEntity)
}

func (p page) edit(q *web.Request) error {
	full, err := p.initiatives.Initiative(q.Context(), q.Principal, q.PathValue("slug"))
	if err != nil {
		return err
	}
	v, err := p.draft(q, newForm(q))
	if err != nil {
		return err
	}
	v.slug, v.frozen = full.Slug, full.Hash != ""
	v.revision, _ = strconv.ParseInt(v.get("revision"), 10, 64)
	if d := v.read(full.Draft); len(v.faults) == 0 {
		_, err := p.initiatives.Edit(q.Context(), q.Principal, v.slug, v.revision, d)
		if err == nil {
			return q.Redirect(of(v.slug))
		}
		if err := v.said(q, err); err != nil {
			return err
		}
	}
	return p.renderDraft(q, v, http.StatusUnprocessableEntity)
}

// places of the form at which faults of a draft are mended.
func (v *drafted) said(q *web.Request, err error) error {
	if err := v.refused(q, err); err != nil {
		return err
	}
	for i, f := range v.faults {
		field := strings.TrimPrefix(f.Field, "plan.")
		for from, to := range map[string]string{
			"metric": "metric.kind", "population": "population", "rule": "least", "design": "kind", "milestones": "milestone.0", "guardrails": "guardrail.0.kind", "areas": "area",
		} {
			if field == from || strings.HasPrefix(field, from+"[") || strings.HasPrefix(field, from+".") && !slices.Contains([]string{"metric.of", "metric.days", "metric.kind"}, field) {
				field = to
			}
		}
		v.faults[i].Field = field
	}
	return nil
}

// fill puts a draft into the form.
func (v *drafted) fill(d cycle.Draft) {
	set := v.values.Set
	v.texts("title", d.Title)
	v.texts("hypothesis", d.Hypothesis)
	v.texts("goal", d.Goal)
	v.values["area"] = d.Areas
	set("touchpoint", d.Touchpoint)
	set("owner", d.Owner)
	v.values["people"] = d.People
	set("budget", amount(d.Budget))
	set("from", v.day(d.From))
	set("until", v.day(d.Until))
	set("opportunity", d.Opportunity)
	for i, m := range d.Milestones[:min(len(d.Milestones), mostMilestones)] {
		key := "milestone." + strconv.Itoa(i)
		set(key, v.Say(m.Title))
		set(key+".due", v.day(m.Due))
		set(key+".id", m.ID)
	}
	x := d.Plan
	set("kind", string(x.Design.Kind))
	if len(x.Design.Arms) > 1 {
		set("share", strconv.FormatFloat(100*(1-x.Design.Arms[0].Share), 'f', -1, 64))
	}
	set("exclusive", x.Design.Exclusive)
	for i, s := range x.Design.Starts[:min(len(x.Design.Starts), mostStarts)] {
		key := "start." + strconv.Itoa(i)
		set(key, s.Unit)
		set(key+".at", v.day(cx.TimeOf(s.At)))
	}
	set("population", x.Population.Segment)
	v.fillMetric("metric", x.Metric)
	set("expected", v.change(measure(x, x.Metric), x.Expected))
	set("least", v.change(measure(x, x.Metric), x.Rule.Least))
	for i, g := range x.Guardrails[:min(len(x.Guardrails), mostGuardrails)] {
		key := "guardrail." + strconv.Itoa(i)
		v.fillMetric(key, g.Metric)
		set(key+".worst", v.change(measure(x, g.Metric), g.Worst))
	}
	if x.Sample > 0 {
		set("sample", strconv.Itoa(x.Sample))
	}
	set("each", amount(x.Each))
}

func (v *drafted) fillMetric(key string, m impact.Metric) {
	v.values.Set(key+".kind", string(m.Kind))
	v.values.Set(key+".of", m.Of)
	if m.Days > 0 {
		v.values.Set(key+".days", strconv.Itoa(m.Days))
	}
}

// change is a change of a metric as people write it: shares in points, money in
// whole units.
func (v *drafted) change(m measured, x float64) string {
	if x == 0 {
		return ""
	}
	return v.L.Number(x*unit(m), 2)
}

// unit is how many of what people write are one of the metric.
func unit(m measured) float64 {
	if m.Unit(m.kind) == impact.Minor {
		return .01
	}
	return m.Times(m.kind)
}

// amount writes minor units for a field; "" of none.
func amount(minor int64) string {
	if minor == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(minor)/100, 'f', -1, 64)
}

// wrong notes what a field cannot be read as.
func (v *drafted) wrong(field, key string) {
	v.faults = append(v.faults, cx.Fault{Field: field, Message: v.L.T(key)})
}

// read takes what was filled in into a draft, keeping of it what the form does not
// show. What cannot be read is noted.
func (v *drafted) read(d cycle.Draft) cycle.Draft {
	d.Title, d.Hypothesis, d.Goal = compose.TextOf("title", v.get), compose.TextOf("hypothesis", v.get), compose.TextOf("goal", v.get)
	d.Areas = slices.DeleteFunc(slices.Clone(v.values["area"]), func(s string) bool { return s == "" })
	d.Touchpoint, d.Owner = v.get("touchpoint"), v.get("owner")
	d.People = slices.DeleteFunc(slices.Clone(v.values["people"]), func(s string) bool { return s == "" })
	d.From, d.Until = v.date("from"), v.date("until")
	d.Budget = v.cents("budget")
	d.Milestones = v.milestones(d.Milestones)
	if v.frozen {
		return d
	}
	x := &d.Plan
	x.Design = v.design(x.Design)
	x.Population.Segment = v.get("population")
	if x.Population.Segment != "" {
		x.Population.When = ""
	}
	x.Metric = v.metricOf("metric", x.Metric)
	x.Expected, x.Rule.Least = v.number("expected")/unit(measure(*x, x.Metric)), v.number("least")/unit(measure(*x, x.Metric))
	x.Guardrails = nil
	for i := range mostGuardrails {
		key := "guardrail." + strconv.Itoa(i)
		if m := v.metricOf(key, impact.Metric{}); m.Kind != "" {
			x.Guardrails = append(x.Guardrails, impact.Guardrail{Metric: m, Worst: v.number(key+".worst") / unit(measure(*x, m))})
		}
	}
	x.Sample = int(v.number("sample"))
	x.Each = v.cents("each")
	return d
}

// design reads how it is done.
func (v *drafted) design(was impact.Design) impact.Design {
	d := impact.Design{Kind: impact.Kind(v.get("kind"))}
	switch d.Kind {
	case impact.Random:
		d.Unit, d.Exclusive = was.Unit, v.get("exclusive")
		d.Arms = was.Arms
		if s := v.number("share") / 100; len(was.Arms) <= 2 && v.get("share") != "" {
			d.Arms = []impact.Arm{{Name: impact.Control, Share: 1 - s}, {Name: impact.Treated, Share: s}}
		}
	case impact.Staggered:
		d.By = was.By
		for i := range mostStarts {
			key := "start." + strconv.Itoa(i)
			if unit := v.get(key); unit != "" {
				d.Starts = append(d.Starts, impact.Start{Unit: unit, At: v.date(key + ".at").Std()})
			}
		}
	case impact.Date:
		d.From = v.date("from").Std()
	}
	return d
}

func (v *drafted) metricOf(key string, was impact.Metric) impact.Metric {
	m := impact.Metric{Kind: impact.Measure(v.get(key + ".kind")), Of: v.get(key + ".of"), Lower: was.Lower}
	if m.Kind == impact.Return || m.Kind == impact.Revenue {
		m.Of = ""
	}
	if v.get("kind") != string(impact.Staggered) {
		m.Days = int(v.number(key + ".days"))
	}
	return m
}

// milestones reads them; one that stays keeps who reached it, and when.
func (v *drafted) milestones(was []cycle.Milestone) (out []cycle.Milestone) {
	for i := range max(mostMilestones, len(was)) {
		key := "milestone." + strconv.Itoa(i)
		title := v.get(key)
		if title == "" {
			continue
		}
		var m cycle.Milestone
		if at := slices.IndexFunc(was, func(x cycle.Milestone) bool { return x.ID != "" && x.ID == v.get(key+".id") }); at >= 0 {
			m = was[at]
		}
		if v.Say(m.Title) != title {
			m.Title = in(v.L.Lang, title)
		}
		m.Due = v.date(key + ".due")
		out = append(out, m)
	}
	return out
}

// in is a text in one language.
func in(lang, text string) (t model.Text) {
	switch lang {
	case "en":
		t.EN = text
	case "pt":
		t.PT = text
	default:
		t.ES = text
	}
	return t
}

func (v *drafted) date(name string) cx.Time {
	s := v.get(name)
	if s == "" {
		return 0
	}
	t, err := time.ParseInLocation(time.DateOnly, s, v.L.Zone())
	if err != nil {
		v.wrong(name, "improve.fault.date")
		return 0
	}
	return cx.TimeOf(t)
}

func (v *drafted) cents(name string) int64 {
	c, ok := minor(v.get(name))
	if !ok {
		v.wrong(name, "improve.fault.amount")
	}
	return c
}

func (v *drafted) number(name string) float64 {
	s := strings.NewReplacer(",", ".", "−", "-", " ", "", " ", "").Replace(v.get(name))
	if s == "" {
		return 0
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x != x || x > 1e12 || x < -1e12 {
		v.wrong(name, "improve.fault.number")
		return 0
	}
	return x
}

// What the fields offer.

func (v drafted) kinds() (out []ui.Option) {
	for _, k := range impact.Kinds() {
		out = append(out, ui.Option{Value: string(k), Text: v.L.T("improve.kind." + string(k))})
	}
	return out
}

func (v drafted) measures(none bool) (out []ui.Option) {
	if none {
		out = append(out, ui.Option{Value: "", Text: v.L.T("improve.guardrail.none")})
	}
	for _, m := range impact.Measures() {
		out = append(out, ui.Option{Value: string(m), Text: v.L.T("improve.measure." + string(m))})
	}
	return out
}

// matters are what a metric may be of: scores, touchpoints, events, promises.
func (v drafted) matters() []ui.Option {
	out := []ui.Option{{Value: "", Text: v.L.T("improve.of.any")}}
	for _, s := range []string{"nps", "csat", "ces"} {
		out = append(out, ui.Option{Value: s, Text: v.L.T("improve.score." + s)})
	}
	m := v.Model
	for _, s := range m.Surveys {
		out = append(out, ui.Option{Value: s.Slug, Text: v.L.T("improve.of.survey", "what", v.Say(s.Name))})
	}
	for _, t := range m.Touchpoints {
		out = append(out, ui.Option{Value: t.Slug, Text: v.L.T("improve.of.touchpoint", "what", v.Say(t.Name))})
	}
	for _, x := range m.Promises {
		out = append(out, ui.Option{Value: x.Slug, Text: v.L.T("improve.of.promise", "what", v.Say(x.Name))})
	}
	seen := map[string]bool{}
	for _, t := range m.Touchpoints {
		for _, e := range t.Events {
			if !seen[e.Name] {
				seen[e.Name] = true
				out = append(out, ui.Option{Value: e.Name, Text: v.L.T("improve.of.event", "what", v.Happened(e.Name))})
			}
		}
	}
	return out
}

func (v drafted) segments() []ui.Option {
	return options(v.L.T("improve.everybody"), v.Model.Segments, func(s model.Segment) ui.Option { return ui.Option{Value: s.Slug, Text: v.Segment(s.Slug)} })
}

func (v drafted) places() []ui.Option {
	return options(v.L.T("improve.choose"), v.Model.Places, func(x model.Place) ui.Option { return ui.Option{Value: x.Slug, Text: v.Say(x.Name)} })
}

func (v drafted) people(none string) []ui.Option {
	return options(none, v.colleagues, func(c cases.Colleague) ui.Option { return ui.Option{Value: c.ID, Text: c.Name} })
}
