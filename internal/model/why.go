package model

import (
	"slices"
	"strings"
)

// Why says what stands behind a reason: a circumstance, a policy, a goal, a
// supplier, a tool or a place. Whys that follow one another lead to one that an
// area answers for. People are never a why.
type Why struct {
	Slug string
	Of   string // what it is behind: see WhyOf
	Kind string // WhyCircumstance …
	Name Text   // of a policy, a goal or a tool; of others what is declared, or the word itself
	Ref  string // of a supplier or place its slug, of a circumstance its kind; "" of others
	Area string // slug of the area that answers for it; may be empty
}

// What can be behind a reason.
const (
	WhyCircumstance = "circumstance"
	WhyPolicy       = "policy"
	WhyGoal         = "goal"
	WhySupplier     = "supplier"
	WhyTool         = "tool"
	WhyPlace        = "place"
)

// WhyKinds lists them.
func WhyKinds() []string {
	return []string{WhyCircumstance, WhyPolicy, WhyGoal, WhySupplier, WhyTool, WhyPlace}
}

// Is is how what a why names is written as the Of of another: "supplier.azahar",
// "circumstance.strike"; of what has no word of its own, "why.SLUG".
func (w Why) Is() string {
	if w.Ref != "" {
		return w.Kind + "." + w.Ref
	}
	return "why." + w.Slug
}

// whyOf are the kinds of what a why can be behind, as they begin an Of: a
// property ("property.late"), an event, a topic ("topic.wait"), a circumstance, a supplier,
// a place, a touchpoint (how it is lived there) or another why.
var whyOf = []string{"property", "event", "topic", "circumstance", "supplier", "place", "touchpoint", "why"}

const maxWhys = 500

func (p *parsing) whys(v value) []Why {
	var out []Why
	items := v.list()
	declared := map[string]bool{}
	for _, item := range items { // a why may be behind one that stands below it
		for _, pair := range pairs(item.node) {
			if key, _ := scalar(pair.Key); key == "slug" {
				slug, _ := scalar(pair.Value)
				declared[slug] = true
			}
		}
	}
	seen := map[string]bool{}
	for i, item := range items {
		if i == maxWhys {
			item.fault("is one more than the %d whys that a model may have", maxWhys)
			break
		}
		f := item.fields("slug", "of", "because", "area")
		w := Why{
			Slug: f["slug"].slug(seen),
			Of:   p.whyOf(f["of"], declared),
			Area: f["area"].ref(f["area"].optional("name one of areas"), "area", "areas", p.m.areaSlugs()),
		}
		p.because(f["because"], &w)
		if w.Of != "" && w.Of == w.Is() {
			f["of"].fault("is what the why itself names: nothing is its own why")
		}
		out = append(out, w)
	}
	return out
}

func (p *parsing) whyOf(v value, whys map[string]bool) string {
	const hint = `write what it is behind, such as property.late, topic.wait, circumstance.strike or why.SLUG`
	s := v.required(hint)
	kind, name, _ := strings.Cut(s, ".")
	switch {
	case s == "":
		return ""
	case name == "" || !slices.Contains(whyOf, kind):
		v.fault("%q is nothing that a why can be behind: %s", s, hint)
		return ""
	case kind == "topic":
		v.ref(name, "topic", "topics", slugs(p.m.Topics, func(t Topic) string { return t.Slug }))
	case kind == "touchpoint":
		v.ref(name, "touchpoint", "touchpoints", slugs(p.m.Touchpoints, func(t Touchpoint) string { return t.Slug }))
	case kind == "why" && !whys[name]:
		v.fault("why %q is not declared", name)
	}
	return s
}

func (p *parsing) because(v value, w *Why) {
	const hint = "write one of {circumstance: …}, {policy: …}, {goal: …}, {supplier: …}, {tool: …}, {place: …}"
	if v.absent() {
		v.fault("is missing: %s", hint)
		return
	}
	f := v.fields(WhyKinds()...)
	for _, kind := range WhyKinds() {
		at := f[kind]
		if at.absent() {
			continue
		}
		if w.Kind != "" {
			at.fault("is one too many: give each because its own why")
			return
		}
		switch w.Kind = kind; kind {
		case WhySupplier:
			w.Ref = at.ref(at.required("name one of suppliers"), "supplier", "suppliers", p.m.supplierSlugs())
			if i := slices.IndexFunc(p.m.Suppliers, func(s Supplier) bool { return s.Slug == w.Ref }); i >= 0 {
				w.Name = p.m.Suppliers[i].Name
			}
		case WhyPlace:
			w.Ref = at.ref(at.required("name one of places"), "place", "places", slugs(p.m.Places, func(p Place) string { return p.Slug }))
			if i := slices.IndexFunc(p.m.Places, func(p Place) bool { return p.Slug == w.Ref }); i >= 0 {
				w.Name = p.m.Places[i].Name
			}
		case WhyCircumstance:
			w.Ref = at.required("write the kind of the circumstance, such as strike")
			w.Name = Text{w.Ref, w.Ref, w.Ref}
			if name, ok := p.m.NameOf("circumstance."+w.Ref, "", ""); ok {
				w.Name = name
			}
		default:
			w.Name = at.words()
		}
	}
	if w.Kind == "" {
		v.fault("is empty: %s", hint)
	}
}

func (w Why) parts() []part {
	return []part{{"of", w.Of}, {"because", w.Kind + ": " + w.Name.String()}, {"area", w.Area}}
}
