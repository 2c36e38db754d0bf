package model

import (
	"strings"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// The stages and media of a touchpoint.
const (
	Before = "before"
	During = "during"
	After  = "after"

	Physical = "physical"
	Digital  = "digital"
)

// Touchpoint is where company and customer meet.
type Touchpoint struct {
	Slug     string
	Name     Text
	Stage    string // Before, During, After
	Channel  string // a free slug: store, web, app, phone, mail, …
	Medium   string // Physical, Digital
	Area     string // slug
	Supplier string // slug; may be empty
	Icon     string // a lucide name; may be empty
	Events   []TouchpointEvent
	Surveys  []string // answers to these happened here, unless they say where
	Frame    *Frame   // nil: none is written down
}

// TouchpointEvent is an event that happens at a touchpoint, under a condition
// perhaps, with how it was lived when that is declared.
type TouchpointEvent struct {
	Name    string
	When    *expr.Program // nil: always
	Valence *expr.Program // nil: not declared
}

// String writes the event for a diff.
func (e TouchpointEvent) String() string {
	s := e.Name
	if e.When != nil {
		s += " when " + e.When.Source()
	}
	if e.Valence != nil {
		s += " valence " + e.Valence.Source()
	}
	return s
}

func (p *parsing) touchpoints(v value) []Touchpoint {
	var out []Touchpoint
	seen, surveys, claimed := map[string]bool{}, map[string]string{}, map[string]string{}
	for _, item := range v.list() {
		f := item.fields("slug", "name", "stage", "channel", "medium", "area", "supplier", "icon", "events", "surveys", "frame")
		t := Touchpoint{
			Slug:     f["slug"].slug(seen),
			Name:     f["name"].words(),
			Stage:    f["stage"].oneOf(Before, During, After),
			Channel:  f["channel"].slug(map[string]bool{}),
			Medium:   f["medium"].oneOf(Physical, Digital),
			Area:     f["area"].ref(f["area"].required("say which area answers for it"), "area", "areas", p.m.areaSlugs()),
			Supplier: f["supplier"].ref(f["supplier"].optional("name one of suppliers"), "supplier", "suppliers", p.m.supplierSlugs()),
			Frame:    p.frame(f["frame"]),
		}
		if !f["icon"].absent() {
			t.Icon = f["icon"].slug(map[string]bool{})
		}
		for _, e := range f["events"].list() {
			event := p.touchpointEvent(e)
			if where, ok := claimed[event.Name]; ok && event.Name != "" {
				e.fault("%q is claimed already, without a condition, by %s: nothing reaches this entry; give the earlier one a when:", event.Name, where)
			}
			if event.When == nil {
				claimed[event.Name] = e.path
			}
			t.Events = append(t.Events, event)
		}
		for _, s := range f["surveys"].list() {
			survey := s.slug(map[string]bool{})
			if other, ok := surveys[survey]; ok && survey != "" {
				s.fault("survey %q is asked at %q already: name it at one touchpoint", survey, other)
			}
			surveys[survey] = t.Slug
			t.Surveys = append(t.Surveys, survey)
		}
		out = append(out, t)
	}
	return out
}

func (p *parsing) touchpointEvent(v value) TouchpointEvent {
	const hint = "write the event's name, or {name: …, when: …, valence: …}"
	if _, name := scalar(v.node); name || v.absent() {
		return TouchpointEvent{Name: v.required(hint)}
	}
	f := v.fields("name", "when", "valence")
	return TouchpointEvent{
		Name:    f["name"].required(hint),
		When:    p.program(f["when"], p.expr, expr.Bool),
		Valence: p.valence(f["valence"]),
	}
}

// The bounds of valence.
const (
	MinValence = -2
	MaxValence = 2
)

func (p *parsing) valence(v value) *expr.Program {
	if n, ok := v.number(); ok && (n < MinValence || n > MaxValence) {
		v.fault("%v is not a valence: it goes from %d to +%d", n, MinValence, MaxValence)
		return nil
	}
	return p.program(v, p.expr, expr.Number)
}

func eventsText(events []TouchpointEvent) string {
	parts := make([]string, len(events))
	for i, e := range events {
		parts[i] = e.String()
	}
	return strings.Join(parts, "; ")
}
