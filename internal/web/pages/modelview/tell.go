package modelview

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

// sentence is one change in words: of what, which part, and its text before and
// after.
type sentence struct {
	kind          model.ChangeKind
	what, part    string // Punto de contacto «Caja», área
	before, after string
}

// tell puts changes into words, with the names of the newer model, else of the
// older.
func tell(l *i18n.Locale, old, new *model.Model, changes []model.Change) (out []sentence) {
	for _, c := range changes {
		section, rest, _ := strings.Cut(c.Path, ".")
		s := sentence{kind: c.Kind, what: l.T("modelview.section." + section), before: c.Before, after: c.After}
		slug, part, whole := rest, "", true
		if i := strings.LastIndexByte(rest, '.'); i >= 0 && l.Has("modelview.part."+rest[i+1:]) {
			slug, part, whole = rest[:i], rest[i+1:], false
		} else if (section == "company" || section == "facts") && rest != "" {
			slug, part, whole = "", rest, false
		}
		if journey, step, ok := strings.Cut(rest, ".script."); ok && section == "journeys" {
			slug = journey + ".script."
			step, part, whole = strings.Cut(step, ".")
			slug, whole = slug+step, !whole
		}
		name := nameOf(l.Lang, new, section, slug)
		if name == "" {
			name = nameOf(l.Lang, old, section, slug)
		}
		if name != "" {
			s.what += " «" + name + "»"
		}
		if part != "" {
			s.part = word(l, "part", part)
			s.before, s.after = value(l, old, part, c.Before), value(l, new, part, c.After)
			if section == "journeys" && part == "script" {
				s.before, s.after = inSteps(l.Lang, old, slug, c.Before), inSteps(l.Lang, new, slug, c.After)
			}
		}
		if whole && section != "order" && section != "retention-order" && section != "objects" {
			s.before, s.after = "", ""
		}
		out = append(out, s)
	}
	return out
}

// nameOf is what a part of a model is called; its slug when it has no name.
func nameOf(lang string, m *model.Model, section, slug string) string {
	if slug == "" {
		return ""
	}
	switch section {
	case "promises":
		if p, ok := m.Promise(slug); ok {
			return p.Name.In(lang)
		}
	case "policies":
		if p, ok := m.Policy(slug); ok {
			return p.Name.In(lang)
		}
	case "goals":
		if g, ok := m.Goal(slug); ok {
			return g.Name.In(lang)
		}
	case "areas":
		if a, ok := m.Area(slug); ok {
			return a.Name.In(lang)
		}
	case "suppliers":
		if s, ok := m.Supplier(slug); ok {
			return s.Name.In(lang)
		}
	case "places":
		if p, ok := m.Place(slug); ok {
			return p.Name.In(lang)
		}
	case "touchpoints":
		if t, ok := m.Touchpoint(slug); ok {
			return t.Name.In(lang)
		}
	case "properties":
		if p, ok := m.Property(slug); ok {
			return p.Name.In(lang)
		}
	case "segments":
		if s, ok := m.Segment(slug); ok {
			return s.Name.In(lang)
		}
	case "journeys":
		slug, step, inner := strings.Cut(slug, ".script.")
		j, ok := m.Journey(slug)
		if !ok || !inner {
			return j.Name.In(lang)
		}
		for _, s := range j.Steps() {
			if s.Slug == step {
				return j.Name.In(lang) + " › " + stepCalled(lang, m, s)
			}
		}
	case "identifiers":
		for _, i := range m.Identifiers {
			if i.Slug == slug {
				return i.Name.In(lang)
			}
		}
	default:
		return slug
	}
	return ""
}

// stepCalled is what a step is called: as it says, else as its touchpoint.
func stepCalled(lang string, m *model.Model, s model.Step) string {
	t, _ := m.Touchpoint(s.Touchpoint)
	return cmp.Or(s.Name.In(lang), t.Name.In(lang), s.Slug)
}

var slugs = regexp.MustCompile(`[a-z0-9]+(?:[_-][a-z0-9]+)*`)

// inSteps is the order of a journey's steps with their names for their slugs.
func inSteps(lang string, m *model.Model, journey, order string) string {
	j, _ := m.Journey(journey)
	names := map[string]string{}
	for _, s := range j.Steps() {
		names[s.Slug] = stepCalled(lang, m, s)
	}
	return slugs.ReplaceAllStringFunc(order, func(slug string) string { return cmp.Or(names[slug], slug) })
}

// value is a part's text as people read it: names for slugs.
func value(l *i18n.Locale, m *model.Model, part, text string) string {
	switch part {
	case "area":
		if a, ok := m.Area(text); ok {
			return a.Name.In(l.Lang)
		}
	case "supplier":
		if s, ok := m.Supplier(text); ok {
			return s.Name.In(l.Lang)
		}
	case "stage":
		if text != "" {
			return l.T("ui.stage." + text)
		}
	case "touchpoint":
		if t, ok := m.Touchpoint(text); ok {
			return t.Name.In(l.Lang)
		}
	case "gap", "before", "after", "silence", "within":
		if d, ok := model.ParseSpan(text); ok {
			return stretch(l, d)
		}
	case "valence":
		if v, err := number(text); err == nil {
			return l.Signed(v, 1)
		}
	case "truth":
		return ""
	case "channel", "medium", "kind", "address", "merges", "customers":
		return word(l, part, text)
	}
	return text
}
