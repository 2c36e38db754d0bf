package rule

import (
	"context"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Clash is how two rules are in each other's way.
type Clash string

// The clashes.
const (
	Circle   Clash = "cycle"    // they start each other for ever: a model with them is refused
	Together Clash = "together" // both write to a customer about the same; the one that ranks higher does
	Shadowed Clash = "shadowed" // the other, which always ranks higher, leaves it nothing to write about
	Undoes   Clash = "undoes"   // one sets a trait that the other sets otherwise
)

// Conflict is a clash of a rule with others.
type Conflict struct {
	Clash Clash    `json:"clash"`
	Rules []string `json:"rules"`        // slugs: of a cycle the way round; else the rule and the other, of Together and Shadowed the one that writes first
	Of    string   `json:"of,omitempty"` // of Undoes: the trait
}

// Conflicts lists how a rule, as it stands or as somebody drafts it, clashes with
// those of the model: cycles first, then by the model's order. Needs
// account.ViewRules.
func (s *Service) Conflicts(_ context.Context, p cx.Principal, draft model.Rule) ([]Conflict, error) {
	if err := account.Check(p, account.ViewRules); err != nil {
		return nil, cx.Wrap("rule.Conflicts", err)
	}
	m := s.c.Models.Current().Model
	out := []Conflict{}
	if way := m.Cycle(draft); way != nil {
		out = append(out, Conflict{Clash: Circle, Rules: way})
	}
	before := true // in the file, as long as the draft's own place has not come
	for _, other := range m.Rules {
		if other.Slug == draft.Slug {
			before = false
			continue
		}
		if other.Off {
			continue
		}
		first, second := &draft, &other
		if other.Priority > draft.Priority || other.Priority == draft.Priority && before {
			first, second = second, first
		}
		if meet(m, first.When, second.When) && first.Reaches() && second.Reaches() {
			clash := Together
			if first.If == nil && first.Caps == (model.Caps{}) && first.Holdout == 0 && len(first.Human) == 0 && covers(first.When, second.When) {
				clash = Shadowed
			}
			out = append(out, Conflict{Clash: clash, Rules: []string{first.Slug, second.Slug}})
		}
		if trait := undoes(&draft, &other); trait != "" {
			out = append(out, Conflict{Clash: Undoes, Rules: []string{draft.Slug, other.Slug}, Of: trait})
		}
	}
	return out, nil
}

// meet tells whether one event can begin both.
func meet(m *model.Model, a, b model.Trigger) bool {
	if a.Kind != b.Kind {
		event, choice := a, b
		if a.Kind == model.WhenChoice {
			event, choice = b, a
		}
		if event.Kind == model.WhenEvent && choice.Kind == model.WhenChoice {
			return event.Of == choiceEvent
		}
		return a.Kind == model.WhenAnswer && asks(m, a.Of, b) || b.Kind == model.WhenAnswer && asks(m, b.Of, a)
	}
	switch a.Kind {
	case model.WhenScore:
		return a.Of == b.Of && a.Least <= b.Most && b.Least <= a.Most
	case model.WhenChoice:
		return a.Of == b.Of && (a.Option == "" || b.Option == "" || a.Option == b.Option)
	case model.WhenCase:
		return a.State == b.State && (a.Of == "" || b.Of == "" || a.Of == b.Of)
	case model.WhenSilence:
		return a.Silence == b.Silence && a.After == b.After
	}
	return a.Of == b.Of && a.State == b.State
}

// asks tells whether a survey asks what a score tells.
func asks(m *model.Model, survey string, t model.Trigger) bool {
	sv, ok := m.Survey(survey)
	if !ok || t.Kind != model.WhenScore {
		return false
	}
	for _, q := range sv.Questions() {
		if strings.EqualFold(sv.Metric(q), t.Of) {
			return true
		}
	}
	return false
}

// covers tells whether all that begins b begins a.
func covers(a, b model.Trigger) bool {
	switch a.Kind {
	case model.WhenScore:
		return a.Least <= b.Least && b.Most <= a.Most
	case model.WhenChoice:
		return a.Option == "" || a.Option == b.Option
	case model.WhenCase:
		return a.Of == "" || a.Of == b.Of
	}
	return true
}

// undoes returns a trait that two rules set otherwise; "" when there is none.
func undoes(a, b *model.Rule) string {
	sets := map[string]string{}
	for step := range a.Actions() {
		if name, value := traitSet(step); name != "" {
			sets[name] = value
		}
	}
	for step := range b.Actions() {
		if name, value := traitSet(step); name != "" {
			if other, both := sets[name]; both && other != value {
				return name
			}
		}
	}
	return ""
}

// traitSet returns the trait that a step sets, and to what.
func traitSet(a model.Action) (name, value string) {
	switch a.Kind {
	case model.DoTrait:
		return a.Of, a.Value
	case model.DoSegment:
		return model.SegmentTrait(a.Of), "true"
	}
	return "", ""
}
