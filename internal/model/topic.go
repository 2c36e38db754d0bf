package model

import (
	"slices"
	"strings"
)

// Topic is something that customers have words for, with examples of them from
// which texts are read.
type Topic struct {
	Slug     string
	Name     Text
	Parent   string // slug of a wider topic; may be empty
	Area     string // slug of the area that answers for it; may be empty
	Examples Phrases
}

// Phrases are texts as customers write them, by language.
type Phrases struct{ ES, EN, PT []string }

// Of returns the phrases of a language (es, en, pt).
func (p Phrases) Of(language string) []string {
	switch language {
	case "es":
		return p.ES
	case "en":
		return p.EN
	case "pt":
		return p.PT
	}
	return nil
}

func (p Phrases) parts() []part {
	return []part{
		{"examples.es", strings.Join(p.ES, "; ")}, {"examples.en", strings.Join(p.EN, "; ")}, {"examples.pt", strings.Join(p.PT, "; ")},
	}
}

const (
	maxTopics   = 300
	maxExamples = 200 // of a topic in a language
)

func (p *parsing) topics(v value) []Topic {
	var out []Topic
	items := v.list()
	seen := map[string]bool{}
	var parents []value
	for i, item := range items {
		if i == maxTopics {
			item.fault("is one more than the %d topics that a model may have: merge those that say the same", maxTopics)
			break
		}
		f := item.fields("slug", "name", "parent", "area", "examples")
		out = append(out, Topic{
			Slug:     f["slug"].slug(seen),
			Name:     f["name"].words(),
			Parent:   f["parent"].optional("name another of topics"),
			Area:     f["area"].ref(f["area"].optional("name one of areas"), "area", "areas", p.m.areaSlugs()),
			Examples: phrases(f["examples"]),
		})
		parents = append(parents, f["parent"])
	}
	declared := slugs(out, func(t Topic) string { return t.Slug })
	parent := map[string]string{}
	for i := range out {
		out[i].Parent = parents[i].ref(out[i].Parent, "topic", "topics", declared)
		parent[out[i].Slug] = out[i].Parent
	}
	for i, t := range out {
		for at, steps := t.Parent, 0; at != ""; at, steps = parent[at], steps+1 {
			if at == t.Slug || steps > len(out) {
				parents[i].fault("leads back to %q: a topic is no part of itself", t.Slug)
				break
			}
		}
	}
	return out
}

func phrases(v value) Phrases {
	if v.absent() {
		return Phrases{}
	}
	f := v.fields("es", "en", "pt")
	list := func(v value) (out []string) {
		for i, item := range v.list() {
			if i == maxExamples {
				item.fault("is one more than the %d examples that a topic may have in a language", maxExamples)
				break
			}
			if s := item.required("write what a customer says"); s != "" && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
		return out
	}
	return Phrases{list(f["es"]), list(f["en"]), list(f["pt"])}
}
