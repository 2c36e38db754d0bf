package model

import (
	"slices"
	"strconv"
	"strings"
)

// ChangeKind says what happened to a part of the model.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is one difference between two models. Before and After are texts for
// people, the same for all languages; of a whole part added or removed, its
// name.
type Change struct {
	Path   string     `json:"path"` // "touchpoints.till.area"
	Kind   ChangeKind `json:"kind"`
	Before string     `json:"before,omitempty"` // empty when added
	After  string     `json:"after,omitempty"`  // empty when removed
}

// Diff lists what changed from old to new: section by section as in the file,
// within a section first what remains or is new in new's order, then what was
// removed. Parts are matched by slug. Where the order decides (entries that
// claim the same event), a new order is a change.
func Diff(old, new *Model) []Change {
	var changes []Change
	before, after := old.sections(), new.sections()
	for i := range after {
		changes = append(changes, diffSection(after[i].name, before[i].elements, after[i].elements)...)
	}
	whole := map[string]ChangeKind{}
	for _, c := range changes {
		whole[c.Path] = c.Kind
	}
	return slices.DeleteFunc(changes, func(c Change) bool { // with a journey its steps come and go, with a survey its questions
		journey, _, step := strings.Cut(c.Path, ".script.")
		survey, _, question := strings.Cut(c.Path, questionsPath)
		return step && whole[journey] == c.Kind || question && whole[survey] == c.Kind
	})
}

// section, element and part flatten a model for comparison.
type section struct {
	name     string
	elements []element
}

type element struct {
	slug, name string
	parts      []part
}

type part struct{ name, text string }

func diffSection(path string, before, after []element) []Change {
	var changes []Change
	find := func(in []element, slug string) int {
		return slices.IndexFunc(in, func(e element) bool { return e.slug == slug })
	}
	for _, a := range after {
		at := join(path, a.slug)
		i := find(before, a.slug)
		if i < 0 {
			changes = append(changes, Change{Path: at, Kind: Added, After: a.name})
			continue
		}
		for j, p := range a.parts {
			was := before[i].parts[j].text
			switch {
			case was == p.text:
			case was == "":
				changes = append(changes, Change{Path: join(at, p.name), Kind: Added, After: p.text})
			case p.text == "":
				changes = append(changes, Change{Path: join(at, p.name), Kind: Removed, Before: was})
			default:
				changes = append(changes, Change{Path: join(at, p.name), Kind: Changed, Before: was, After: p.text})
			}
		}
	}
	for _, b := range before {
		if find(after, b.slug) < 0 {
			changes = append(changes, Change{Path: join(path, b.slug), Kind: Removed, Before: b.name})
		}
	}
	return changes
}

// sections lists every section in the file's order; the same for any model.
func (m *Model) sections() []section {
	c := m.Company
	out := []section{
		{"company", []element{{"", c.Name, []part{
			{"slug", c.Slug},
			{"name", c.Name},
			{"timezone", c.Timezone},
			{"currency", c.Currency},
			{"languages", strings.Join(c.Languages, ", ")},
			{"address", string(c.Address)},
		}}}},
		{"areas", elements(m.Areas, func(a Area) element {
			return element{a.Slug, a.Name.String(), []part{{"name", a.Name.String()}, {"customers", a.Customers}}}
		})},
		{"suppliers", elements(m.Suppliers, func(s Supplier) element {
			return element{s.Slug, s.Name.String(), []part{{"name", s.Name.String()}, {"area", s.Area}}}
		})},
		{"places", elements(m.Places, func(p Place) element {
			return element{p.Slug, p.Name.String(), []part{
				{"name", p.Name.String()}, {"kind", p.Kind}, {"city", p.City}, {"country", p.Country}, {"timezone", p.Timezone},
			}}
		})},
		{"touchpoints", elements(m.Touchpoints, func(t Touchpoint) element {
			return element{t.Slug, t.Name.String(), []part{
				{"name", t.Name.String()},
				{"stage", t.Stage},
				{"channel", t.Channel},
				{"medium", t.Medium},
				{"area", t.Area},
				{"supplier", t.Supplier},
				{"icon", t.Icon},
				{"events", eventsText(t.Events)},
				{"surveys", strings.Join(t.Surveys, ", ")},
				{"frame", t.Frame.String()},
			}}
		})},
		{"facts", []element{{"", "", m.Facts.parts()}}},
		{"objects", elements(m.Objects, func(o Object) element {
			return element{o.Slug, o.Property, []part{{"property", o.Property}}}
		})},
		{"identifiers", elements(m.Identifiers, func(i Identifier) element {
			return element{i.Slug, i.Name.String(), []part{
				{"name", i.Name.String()}, {"from", i.From}, {"merges", strconv.FormatBool(i.Merges)},
			}}
		})},
		{"properties", elements(m.Properties, func(p Property) element {
			return element{p.Slug, p.Name.String(), []part{
				{"name", p.Name.String()}, {"on", p.On}, {"expr", p.Expr.Source()}, {"object", p.Object},
			}}
		})},
		{"segments", elements(m.Segments, func(s Segment) element {
			return element{s.Slug, s.Name.String(), []part{
				{"name", s.Name.String()}, {"description", s.Description.String()}, {"when", s.When.Source()},
			}}
		})},
		{"journeys", m.journeyElements()},
		{"surveys", m.surveyElements()},
		{"asking", []element{{"", "", m.Asking.parts()}}},
		{"names", elements(m.Names, func(n Named) element { return element{n.Slug, n.Name.String(), n.parts()} })},
		{"topics", elements(m.Topics, func(t Topic) element {
			return element{t.Slug, t.Name.String(), append([]part{{"name", t.Name.String()}, {"parent", t.Parent}, {"area", t.Area}}, t.Examples.parts()...)}
		})},
		{"whys", elements(m.Whys, func(w Why) element { return element{w.Slug, w.Name.String(), w.parts()} })},
		{"calendars", elements(m.Calendars, func(c Calendar) element { return element{c.Slug, c.Name.String(), c.parts()} })},
		{"promises", elements(m.Promises, func(p Promise) element { return element{p.Slug, p.Name.String(), p.parts()} })},
		{"policies", elements(m.Policies, func(x Policy) element { return element{x.Slug, x.Name.String(), x.parts()} })},
		{"goals", elements(m.Goals, func(g Goal) element { return element{g.Slug, g.Name.String(), g.parts()} })},
		{"choices", elements(m.Choices, func(c Choice) element { return element{c.Slug, c.Question.String(), c.parts()} })},
		{"webhooks", elements(m.Webhooks, func(w Webhook) element { return element{w.Slug, w.URL, w.parts()} })},
		{"rules", elements(m.Rules, func(r Rule) element { return element{r.Slug, r.Name.String(), r.parts()} })},
		{"cases", m.Cases.elements()},
		{"outcomes", []element{{"", "", m.Outcomes.parts()}}},
		{"referrals", m.Referrals.elements()},
		{"retention", elements(m.Retention, func(r Retention) element {
			return element{r.selector(), r.Keep.String(), []part{{"keep", r.Keep.String()}}}
		})},
		{"order", m.claimOrder()},
		{"retention-order", m.retentionOrder()},
	}
	return out
}

func elements[T any](items []T, of func(T) element) []element {
	out := make([]element, len(items))
	for i, item := range items {
		out[i] = of(item)
	}
	return out
}

// claimOrder lists, for each event that several touchpoints claim, in which
// order they are tried.
func (m *Model) claimOrder() []element {
	var out []element
	listed := map[string]bool{}
	for _, t := range m.Touchpoints {
		for _, e := range t.Events {
			if listed[e.Name] {
				continue
			}
			listed[e.Name] = true
			var order []string
			for _, c := range m.index.claims[e.Name] {
				if slug := m.Touchpoints[c.touchpoint].Slug; !slices.Contains(order, slug) {
					order = append(order, slug)
				}
			}
			if len(order) > 1 {
				text := strings.Join(order, ", ")
				out = append(out, element{e.Name, text, []part{{"", text}}})
			}
		}
	}
	return out
}

// retentionOrder lists in which order several rules are tried.
func (m *Model) retentionOrder() []element {
	if len(m.Retention) < 2 {
		return nil
	}
	order := make([]string, len(m.Retention))
	for i, r := range m.Retention {
		order[i] = r.selector()
	}
	text := strings.Join(order, "; ")
	return []element{{"", text, []part{{"", text}}}}
}
