package cycle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// The most that a draft may name.
const (
	mostAreas      = 20
	mostPeople     = 100
	mostMilestones = 100
)

// check reports every fault of a draft. One that is to start needs all that it is
// judged by.
func (s *Service) check(ctx context.Context, d *Draft, starts bool, now cx.Time) ([]cx.Fault, error) {
	m := s.c.Models.Current().Model
	faults := append(checkText("title", d.Title, 1, maxTitle), checkText("goal", d.Goal, 0, maxText)...)
	least := 0
	if starts {
		least = 1
	}
	faults = append(faults, checkText("hypothesis", d.Hypothesis, least, maxText)...)
	faults = append(faults, d.About.check(m)...)
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	if d.Called != "" && model.NewSlug(d.Called, "initiative", reserved) != d.Called {
		fault("called", "is small letters, figures and hyphens, at most 40, and no word that addresses use")
	}
	for n, area := range d.Areas {
		if _, ok := m.Area(area); !ok {
			fault("areas["+strconv.Itoa(n)+"]", "there is no area "+strconv.Quote(area)+": choose one of those declared")
		}
	}
	if len(d.Areas) > mostAreas || len(d.People) > mostPeople || len(d.Milestones) > mostMilestones {
		fault("people", "an initiative has at most 20 areas, 100 people and 100 milestones")
	}
	here, err := s.people(ctx)
	if err != nil {
		return nil, err
	}
	for field, id := range everybody(d) {
		if who, ok := here[id]; !ok || who.DisabledAt != 0 {
			fault(field, "nobody of this name works here")
		}
	}
	if starts && d.Owner == "" {
		fault("owner", "say who answers for it")
	}
	if d.Budget < 0 {
		fault("budget", "is nothing or more")
	}
	if d.From != 0 && d.Until != 0 && d.Until <= d.From {
		fault("until", "comes after the start")
	}
	if starts && d.Until != 0 && d.Until <= now {
		fault("until", "is over already: choose a later day")
	}
	for n, one := range d.Milestones {
		field := "milestones[" + strconv.Itoa(n) + "]"
		faults = append(faults, checkText(field+".title", one.Title, 1, maxTitle)...)
		if one.Area != "" && !slices.Contains(d.Areas, one.Area) {
			fault(field+".area", "is one of the areas of the initiative")
		}
	}
	if !starts {
		return faults, nil
	}
	for _, start := range d.Plan.Design.Starts {
		if cx.TimeOf(start.At) < now {
			fault("plan.design.starts", "the plan is written down before the first begins: leave out "+strconv.Quote(start.Unit)+", or let it begin later")
		}
	}
	if until := d.Plan.Rule.Until; !until.IsZero() && cx.TimeOf(until) <= max(now, d.From) {
		fault("plan.rule.until", "comes after the start")
	}
	for _, of := range s.c.Impact.Check(ctx, d.Plan) {
		of.Field = "plan." + strings.TrimPrefix(of.Field, "plan.")
		faults = append(faults, of)
	}
	return faults, nil
}

// reserved tells whether an address of the API is called so already.
func reserved(slug string) bool {
	return slices.Contains([]string{"board", "calendar", "learned"}, slug)
}

// everybody yields who is named in a draft, by field.
func everybody(d *Draft) map[string]string {
	all := map[string]string{}
	if d.Owner != "" {
		all["owner"] = d.Owner
	}
	for n, id := range d.People {
		all["people["+strconv.Itoa(n)+"]"] = id
	}
	return all
}

// tidy brings a draft into the form that is kept.
func (d *Draft) tidy() {
	for _, t := range []*model.Text{&d.Title, &d.Hypothesis, &d.Goal} {
		*t = model.Text{ES: strings.TrimSpace(t.ES), EN: strings.TrimSpace(t.EN), PT: strings.TrimSpace(t.PT)}
	}
	d.Areas, d.People = unique(d.Areas), unique(d.People)
	d.Area = ""
	d.Plan = d.Plan.Normal()
	names := map[string]bool{}
	for i := range d.Milestones {
		one := &d.Milestones[i]
		if one.ID == "" || names[one.ID] {
			one.ID = freeName(d.Milestones, names)
		}
		names[one.ID] = true
	}
}

// freeName is the first of m1, m2, … that no milestone has.
func freeName(all []Milestone, names map[string]bool) string {
	for n := 1; ; n++ {
		id := "m" + strconv.Itoa(n)
		if !names[id] && !slices.ContainsFunc(all, func(m Milestone) bool { return m.ID == id }) {
			return id
		}
	}
}

// unique returns the distinct ones, in their order.
func unique(all []string) (out []string) {
	for _, one := range all {
		if one != "" && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// frozen is what may not change once an initiative runs: what it wants to show,
// of whom, and by which rule. Its canonical text is its JSON: the fields in this
// order, no blanks; Plan as impact.Plan.Canonical writes it.
type frozen struct {
	Slug       string          `json:"slug"`
	Hypothesis [3]string       `json:"hypothesis"` // as it is read in es, en and pt
	Reason     string          `json:"reason"`
	Topic      string          `json:"topic"`
	Touchpoint string          `json:"touchpoint"`
	Journey    string          `json:"journey"`
	Promise    string          `json:"promise"`
	Policy     string          `json:"policy"`
	Cause      string          `json:"cause"`
	From       string          `json:"from"`
	Until      string          `json:"until"` // "" when open
	Plan       json.RawMessage `json:"plan"`
}

func frozenOf(slug string, d *Draft) frozen {
	f := frozen{
		Slug: slug, Hypothesis: asRead(d.Hypothesis), Reason: d.Reason, Topic: d.Topic, Touchpoint: d.Touchpoint,
		Journey: d.Journey, Promise: d.Promise, Policy: d.Policy, Cause: d.Cause, From: d.From.String(), Plan: d.Plan.Canonical(),
	}
	if d.Until != 0 {
		f.Until = d.Until.String()
	}
	return f
}

// asRead is a text as people read it in es, en and pt.
func asRead(t model.Text) [3]string { return [3]string{t.In("es"), t.In("en"), t.In("pt")} }

// HashOf is the SHA-256, in hexadecimal, of what an initiative freezes when it
// starts.
func HashOf(slug string, d Draft) string {
	text, err := json.Marshal(frozenOf(slug, &d))
	if err != nil { // of a plan that Check refuses
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// differs tells, by field, what of a frozen plan another draft says differently.
func differs(a, b *Draft) (faults []cx.Fault) {
	add := func(field string, other bool) {
		if other {
			faults = append(faults, cx.Fault{Field: field, Message: "was frozen when the initiative started: end it and decide on a next version, where it can change"})
		}
	}
	x, y := a.Plan.Normal(), b.Plan.Normal()
	text := func(v any) string {
		t, err := json.Marshal(v)
		if err != nil {
			return err.Error()
		}
		return string(t)
	}
	add("hypothesis", asRead(a.Hypothesis) != asRead(b.Hypothesis))
	other := a.About
	other.Area = b.Area
	add("about", other != b.About)
	add("from", a.From != b.From)
	add("until", a.Until != b.Until)
	add("plan.metric", x.Metric != y.Metric)
	add("plan.population", x.Population != y.Population)
	add("plan.design", text(x.Design) != text(y.Design))
	add("plan.guardrails", text(x.Guardrails) != text(y.Guardrails))
	add("plan.rule", x.Rule != y.Rule)
	add("plan.expected", x.Expected != y.Expected)
	add("plan.sample", x.Sample != y.Sample)
	add("plan.each", x.Each != y.Each)
	return faults
}

// Prefill is a draft for an opportunity: what it attacks, and how it could be
// judged. Needs account.PlanImprovement.
func (s *Service) Prefill(ctx context.Context, p cx.Principal, opportunity string) (Draft, error) {
	const op = "cycle.Prefill"
	if err := account.Check(p, account.PlanImprovement); err != nil {
		return Draft{}, cx.Wrap(op, err)
	}
	o, err := s.told(ctx, p, opportunity)
	if err != nil {
		return Draft{}, cx.Wrap(op, err)
	}
	d := Draft{Opportunity: opportunity}
	d.fill(&o)
	return d, nil
}

// fill says what is empty of a draft as its opportunity says it.
func (d *Draft) fill(o *Opportunity) {
	if d.Title == (model.Text{}) {
		d.Title = o.Title
	}
	if d.About == (About{}) {
		d.About = o.About
	}
	if len(d.Areas) == 0 && o.Area != "" {
		d.Areas = []string{o.Area}
	}
	if d.Evidence.Links == nil {
		d.Evidence.Links = o.Evidence.Links
	}
	if d.Plan.Metric != (impact.Metric{}) {
		return
	}
	switch {
	case o.Promise != "":
		d.Plan.Metric = impact.Metric{Kind: impact.Kept, Of: o.Promise, Days: 30}
	case o.Touchpoint != "":
		d.Plan.Metric = impact.Metric{Kind: impact.Valence, Of: o.Touchpoint, Days: 30}
	default:
		d.Plan.Metric = impact.Metric{Kind: impact.Return, Days: 90}
	}
	if d.Plan.Design.Kind == "" {
		d.Plan.Design.Kind = impact.Random
	}
}
