package model

import (
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

const spoken = `
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: stores, name: Tiendas}]
suppliers: [{slug: rayo, name: Rayo, area: stores}]
places: [{slug: goya, name: Goya, kind: shop}]
touchpoints: [{slug: till, name: Caja, stage: during, channel: store, medium: physical, area: stores, events: [Paid]}]
`

func TestTopicsWhysAndNames(t *testing.T) {
	t.Parallel()
	m, err := Parse([]byte(spoken + `
names:
  - {slug: long, of: property.queue, value: long, name: {es: Cola larga, en: A long queue}}
  - {slug: long-till, of: property.queue, value: long, touchpoint: till, name: Cola larga en caja}
  - {slug: queue, of: property.queue, name: Cola}
  - {slug: strike, of: circumstance.strike, name: Huelga}
topics:
  - {slug: wait, name: {es: Espera, en: Wait}, parent: service, area: stores, examples: {es: [mucha cola, mucha cola], en: [a long queue]}}
  - {slug: service, name: Servicio}
whys:
  - {slug: a, of: property.queue, because: {circumstance: strike}}
  - {slug: b, of: circumstance.strike, because: {supplier: rayo}}
  - {slug: c, of: why.d, because: {place: goya}, area: stores}
  - {slug: d, of: supplier.rayo, because: {policy: {es: Dos rutas, en: Two routes}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	wait, ok := m.Topic("wait")
	if !ok || wait.Parent != "service" || !slices.Equal(wait.Examples.Of("es"), []string{"mucha cola"}) || wait.Examples.Of("pt") != nil || len(wait.Examples.Of("en")) != 1 {
		t.Errorf("%+v", wait)
	}
	if w := m.Whys; len(w) != 4 || w[0].Name.EN != "Huelga" || w[0].Is() != "circumstance.strike" || w[1].Is() != "supplier.rayo" || w[1].Name.ES != "Rayo" || w[2].Ref != "goya" || w[3].Is() != "why.d" || w[3].Name.EN != "Two routes" {
		t.Errorf("%+v", m.Whys)
	}
	for _, c := range []struct{ of, value, at, want string }{
		{"property.queue", "long", "till", "Cola larga en caja"},
		{"property.queue", "long", "web", "Cola larga"},
		{"property.queue", "short", "till", "Cola"},
		{"circumstance.strike", "", "", "Huelga"},
		{"event.Paid", "", "till", ""},
	} {
		name, ok := m.NameOf(c.of, c.value, c.at)
		if name.ES != c.want || ok != (c.want != "") {
			t.Errorf("%s=%s at %s: %q, want %q", c.of, c.value, c.at, name.ES, c.want)
		}
	}
	other, err := Parse([]byte(spoken + "topics: [{slug: wait, name: Cola}]\nwhys: [{slug: a, of: property.queue, because: {tool: TPV}}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, c := range Diff(m, other) {
		paths = append(paths, string(c.Kind)+" "+c.Path)
	}
	for _, want := range []string{"removed names.long", "changed topics.wait.name", "removed topics.wait.parent", "removed topics.wait.examples.es", "removed topics.service", "changed whys.a.because", "removed whys.d"} {
		if !slices.Contains(paths, want) {
			t.Errorf("%q is not among %v", want, paths)
		}
	}
}

func TestFaultsOfTopicsWhysAndNames(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{
		"topics: [{slug: wait, name: A}, {slug: wait, name: B}]":                                "topics[1].slug: \"wait\" is declared twice",
		"topics: [{slug: wait, name: A, parent: weight}]":                                       "topics[0].parent: topic \"weight\" is not declared",
		"topics: [{slug: a, name: A, parent: b}, {slug: b, name: B, parent: a}]":                "leads back to",
		"topics: [{slug: a, name: A, parent: a}]":                                               "leads back to",
		"topics: [{slug: a, name: A, area: nobody}]":                                            "topics[0].area: area \"nobody\" is not declared",
		"topics: [{slug: a, name: A, examples: [x]}]":                                           "topics[0].examples: must be a mapping",
		"topics: [{slug: a, name: A, examples: {es: [" + strings.Repeat("{x: 1}, ", 2) + "]}}]": "topics[0].examples.es[0]: must be a text",
		"whys: [{slug: a, of: late, because: {tool: x}}]":                                       "whys[0].of: \"late\" is nothing that a why can be behind",
		"whys: [{slug: a, of: topic.late, because: {tool: x}}]":                                 "whys[0].of: topic \"late\" is not declared",
		"whys: [{slug: a, of: why.b, because: {tool: x}}]":                                      "whys[0].of: why \"b\" is not declared",
		"whys: [{slug: a, of: property.late}]":                                                  "whys[0].because: is missing",
		"whys: [{slug: a, of: property.late, because: {}}]":                                     "whys[0].because: is empty",
		"whys: [{slug: a, of: property.late, because: {tool: x, goal: y}}]":                     "is one too many",
		"whys: [{slug: a, of: property.late, because: {person: ana}}]":                          "whys[0].because.person: is not a key",
		"whys: [{slug: a, of: property.late, because: {supplier: ana}}]":                        "supplier \"ana\" is not declared",
		"whys: [{slug: a, of: supplier.rayo, because: {supplier: rayo}}]":                       "nothing is its own why",
		"names: [{slug: a, of: late, name: A}]":                                                 "names[0].of: \"late\" is nothing that can be named",
		"names: [{slug: a, of: event.Paid, value: x, name: A}]":                                 "names[0].value: is of properties only",
		"names: [{slug: a, of: event.Paid, touchpoint: nowhere, name: A}]":                      "names[0].touchpoint: touchpoint \"nowhere\" is not declared",
	} {
		_, err := Parse([]byte(spoken + yaml + "\n"))
		var told []string
		for _, f := range cx.FaultsOf(err) {
			told = append(told, f.Field+": "+f.Message)
			if f.Line == 0 {
				t.Errorf("%s: a fault without its line", yaml)
			}
		}
		if !slices.ContainsFunc(told, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("%s:\ntold %q, want %q", yaml, told, want)
		}
	}
}
