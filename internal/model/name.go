package model

import (
	"slices"
	"strings"
)

// Named is what people call something that only systems name: a value of a property,
// an event, a kind of circumstance.
type Named struct {
	Slug       string
	Of         string // "property.found", "event.Checkout Failed", "circumstance.strike"
	Value      string // of a property: "false"; "" for any
	Touchpoint string // where it is called so; "" for everywhere
	Name       Text
}

const maxNames = 1000

// NameOf returns what people call something at a touchpoint: what is named closest,
// by value and touchpoint, then by value, then by touchpoint, then at all.
func (m *Model) NameOf(of, value, touchpoint string) (name Text, ok bool) {
	best := -1
	for _, n := range m.Names {
		if n.Of != of || n.Value != "" && n.Value != value || n.Touchpoint != "" && n.Touchpoint != touchpoint {
			continue
		}
		close := 0
		if n.Value != "" {
			close += 2
		}
		if n.Touchpoint != "" {
			close++
		}
		if close > best {
			best, name, ok = close, n.Name, true
		}
	}
	return name, ok
}

// namedOf are the kinds of what can be named, as they begin an Of.
var namedOf = []string{"property", "event", "circumstance"}

func (p *parsing) names(v value) []Named {
	const hint = `write what is named, such as property.found, event.Checkout Failed or circumstance.strike`
	var out []Named
	touchpoints := slugs(p.m.Touchpoints, func(t Touchpoint) string { return t.Slug })
	seen := map[string]bool{}
	for i, item := range v.list() {
		if i == maxNames {
			item.fault("is one more than the %d names that a model may have", maxNames)
			break
		}
		f := item.fields("slug", "of", "value", "touchpoint", "name")
		n := Named{
			Slug: f["slug"].slug(seen), Of: f["of"].required(hint), Value: f["value"].optional("write the value, such as false"),
			Touchpoint: f["touchpoint"].ref(f["touchpoint"].optional("name one of touchpoints"), "touchpoint", "touchpoints", touchpoints), Name: f["name"].words(),
		}
		kind, rest, _ := strings.Cut(n.Of, ".")
		switch {
		case n.Of == "":
		case rest == "" || !slices.Contains(namedOf, kind):
			f["of"].fault("%q is nothing that can be named: %s", n.Of, hint)
		case kind != "property" && n.Value != "":
			f["value"].fault("is of properties only: leave it out")
		}
		out = append(out, n)
	}
	return out
}

func (n Named) parts() []part {
	return []part{{"of", n.Of}, {"value", n.Value}, {"touchpoint", n.Touchpoint}, {"name", n.Name.String()}}
}
