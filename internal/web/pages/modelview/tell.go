package modelview

import (
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
		if j, ok := m.Journey(slug); ok {
			return j.Name.In(lang)
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
	case "channel", "medium", "kind", "address", "merges", "customers":
		return word(l, part, text)
	}
	return text
}
