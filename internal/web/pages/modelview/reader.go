package modelview

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

// reader reads a model in one language.
type reader struct {
	l *i18n.Locale
	m *model.Model
}

// companyView is what the page shows.
type companyView struct {
	reader
	version model.Version
	by      string
	may     bool
}

func (r reader) in(t model.Text) string { return t.In(r.l.Lang) }

func (r reader) area(slug string) string {
	if a, ok := r.m.Area(slug); ok {
		return r.in(a.Name)
	}
	return slug
}

func (r reader) supplier(slug string) string {
	if s, ok := r.m.Supplier(slug); ok {
		return r.in(s.Name)
	}
	return slug
}

// word is a slug in our words, when a catalogue has some, else as words.
func word(l *i18n.Locale, group, slug string) string {
	if key := "modelview." + group + "." + slug; slug != "" && l.Has(key) {
		return l.T(key)
	}
	return strings.NewReplacer("_", " ", "-", " ").Replace(slug)
}

// meta is the quiet line below a touchpoint's name.
func (r reader) meta(t model.Touchpoint) string {
	parts := []string{word(r.l, "channel", t.Channel), word(r.l, "medium", t.Medium)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

func (r reader) at(stage string) (out []model.Touchpoint) {
	for _, t := range r.m.Touchpoints {
		if t.Stage == stage {
			out = append(out, t)
		}
	}
	return out
}

func (r reader) of(area string) (out []model.Touchpoint) {
	for _, t := range r.m.Touchpoints {
		if t.Area == area {
			out = append(out, t)
		}
	}
	return out
}

func (r reader) suppliedBy(supplier string) (names []string) {
	for _, t := range r.m.Touchpoints {
		if t.Supplier == supplier {
			names = append(names, r.in(t.Name))
		}
	}
	return names
}

func (r reader) record(t model.Touchpoint) []string {
	var events []string
	for _, e := range t.Events {
		events = append(events, e.Name)
	}
	supplier := ""
	if t.Supplier != "" {
		supplier = r.supplier(t.Supplier)
	}
	return []string{
		t.Slug, r.in(t.Name), r.l.T("ui.stage." + t.Stage), word(r.l, "channel", t.Channel), word(r.l, "medium", t.Medium),
		r.area(t.Area), supplier, strings.Join(events, ", "), strings.Join(t.Surveys, ", "),
	}
}

// country is a country with its places, by city.
type country struct {
	name   string
	places []model.Place
}

func (r reader) countries() []country {
	names := display.Regions(r.l.Tag)
	by := map[string][]model.Place{}
	for _, p := range r.m.Places {
		name := r.l.T("modelview.nowhere")
		if region, err := language.ParseRegion(p.Country); err == nil {
			name = names.Name(region)
		}
		by[name] = append(by[name], p)
	}
	var out []country
	for name, places := range by {
		slices.SortStableFunc(places, func(a, b model.Place) int { return cmp.Compare(a.City, b.City) })
		out = append(out, country{name, places})
	}
	slices.SortFunc(out, func(a, b country) int {
		return cmp.Or(cmp.Compare(len(b.places), len(a.places)), cmp.Compare(a.name, b.name))
	})
	return out
}

// languages are the company's, by name.
func (r reader) languages() string {
	names := display.Languages(r.l.Tag)
	var out []string
	for _, code := range r.m.Company.Languages {
		out = append(out, names.Name(language.Make(code)))
	}
	return strings.Join(out, ", ")
}

// drawn is an icon that the sprite holds.
func drawn(icon string) string {
	if slices.Contains(dist.Icons(), icon) {
		return icon
	}
	return "waypoints"
}

func placeIcon(kind string) string {
	switch kind {
	case "shop", "store":
		return "store"
	case "warehouse":
		return "warehouse"
	case "call-centre":
		return "headset"
	case "school":
		return "school"
	}
	return "map-pin"
}
