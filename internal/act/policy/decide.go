package policy

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

const (
	maxWhy  = 500                      // characters
	longest = 2 * 366 * 24 * time.Hour // that a contradiction may be lived with
)

// Decide puts into the model what people decide of a conflict: that its policy or goal
// is suspended, that it stays as it is until a day (Until, that day included), or that
// neither holds any more. By and At are set here: the record is the model's version,
// with who applied it. It needs policies.decide, not model.apply: nothing else of the
// model changes. The error is cx.NotFound when there is no such conflict, cx.Invalid
// with every fault of the decision.
func (s *Service) Decide(ctx context.Context, p cx.Principal, id string, d Decision) error {
	const op = "policy.Decide"
	if err := account.Check(p, account.DecidePolicies); err != nil {
		return cx.Wrap(op, err)
	}
	c, err := s.Conflict(ctx, p, id, Query{})
	if err != nil {
		return cx.Wrap(op, err)
	}
	v := s.c.Models.Current()
	d.At = s.today(v.Model)
	if err := d.validate(c); err != nil {
		return cx.Wrap(op, err)
	}
	if d.By = p.Name; d.By == "" {
		d.By = p.ID
	}
	yaml, err := edit(v.YAML, &c, d)
	if err == nil {
		_, err = s.c.Models.Apply(ctx, cx.Principal{ID: p.ID, Name: p.Name, Role: cx.Admin}, yaml, c.Subject()+": "+d.What)
	}
	return cx.Wrap(op, err)
}

func (d Decision) validate(c Conflict) error {
	var faults []cx.Fault
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	if !slices.Contains([]string{Suspended, Kept, Resumed}, d.What) {
		fault("what", "use suspended, kept or resumed")
	}
	switch {
	case d.What != Resumed && d.Why == "":
		fault("why", "is missing: write why, for whoever reads it in a year")
	case utf8.RuneCountInString(d.Why) > maxWhy:
		fault("why", "is longer than 500 characters: shorten it")
	}
	until, err := time.Parse(time.DateOnly, d.Until)
	today, _ := time.Parse(time.DateOnly, d.At)
	switch {
	case d.What != Kept && d.Until != "":
		fault("until", "is of what is kept only: leave it out")
	case d.What != Kept:
	case err != nil:
		fault("until", "is no day: write one, such as 2026-12-31")
	case d.Until < d.At:
		fault("until", "is over: write a day to come")
	case until.Sub(today) > longest:
		fault("until", "is more than two years away: decide again before")
	}
	if d.What == Kept && !c.Kind.Contradiction() {
		fault("what", "is no contradiction: change the rows instead")
	}
	return cx.InvalidFaults("policy.Decision", faults)
}

// edit returns the model's YAML with the decision.
func edit(yaml []byte, c *Conflict, d Decision) ([]byte, error) {
	section := "policies"
	if c.Kind == OfGoal {
		section = "goals"
	}
	at := model.IndexOf(yaml, section, c.Policy)
	doc, err := model.Read(yaml)
	if err != nil {
		return nil, err
	}
	items := doc.Items(section)
	if at < 0 || at >= len(items) {
		return nil, cx.Errorf(cx.NotFound, "policy.edit", "%s is not in the model any more", c.Subject())
	}
	kind, with := cut(c.With)
	var known []any // acknowledgements of others
	list, _ := items[at].Get("acknowledged").([]any)
	for _, a := range list {
		if part, _ := a.(model.Part); part.Get(kind) != with {
			known = append(known, a)
		}
	}
	fields := model.Part{}
	suspension := func(v any) { fields = append(fields, model.Field{Key: "suspended", Value: v}) }
	switch d.What {
	case Suspended:
		suspension(model.Part{{Key: "since", Value: d.At}, {Key: "by", Value: d.By}, {Key: "why", Value: d.Why}})
		return model.SetItem(yaml, section, at, fields)
	case Kept:
		suspension(nil)
		known = append(known, model.Part{
			{Key: kind, Value: with}, {Key: "reason", Value: d.Why}, {Key: "until", Value: d.Until}, {Key: "by", Value: d.By}, {Key: "since", Value: d.At},
		})
	default:
		suspension(nil)
	}
	acknowledged := model.Field{Key: "acknowledged"}
	if len(known) > 0 {
		acknowledged.Value = known
	}
	return model.SetItem(yaml, section, at, append(fields, acknowledged))
}
