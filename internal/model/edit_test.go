package model

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const small = `# The model
company:
  slug: x # for ever
  name: "X & sons"
  timezone: UTC
  currency: EUR

# Who answers
areas:
  - slug: shop # the shop
    name: {es: Tienda, en: Shop}

  # The web shop
  - {slug: web, name: Web} # small

objects: {order: order_id}
touchpoints:
- slug: till
  name: Till
  events:
    - Paid # by card
    - name: Queued
      when: |
        properties.a > 1 &&
          properties.b < 2
  # what hurts
  stage: during
`

func TestEdits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func([]byte) ([]byte, error)
		was  string
		want string
	}{
		"field keeps its comment": {
			func(b []byte) ([]byte, error) { return SetFields(b, "company", Part{{"slug", "y"}}) },
			"  slug: x # for ever", "  slug: y # for ever",
		},
		"quotes only what needs them": {
			func(b []byte) ([]byte, error) { return SetFields(b, "company", Part{{"name", "Pérez: e hijos"}}) },
			`  name: "X & sons"`, `  name: 'Pérez: e hijos'`,
		},
		"new field": {
			func(b []byte) ([]byte, error) {
				return SetFields(b, "company", Part{{"languages", []string{"es", "pt"}}})
			},
			"  currency: EUR\n", "  currency: EUR\n  languages: [es, pt]\n",
		},
		"text of an item": {
			func(b []byte) ([]byte, error) {
				return SetItem(b, "areas", 0, Part{{"name", Text{ES: "Tiendas", EN: "Shops"}}})
			},
			"{es: Tienda, en: Shop}", "{es: Tiendas, en: Shops}",
		},
		"item in braces": {
			func(b []byte) ([]byte, error) { return SetItem(b, "areas", 1, Part{{"customers", "own"}}) },
			"{slug: web, name: Web} # small", "{slug: web, name: Web, customers: own} # small",
		},
		"append": {
			func(b []byte) ([]byte, error) {
				return SetItem(b, "areas", 2, Part{{"slug", "care"}, {"name", "Care"}})
			},
			"name: Web} # small\n", "name: Web} # small\n  - {slug: care, name: Care}\n",
		},
		"remove with its comment": {
			func(b []byte) ([]byte, error) { return RemoveItem(b, "areas", 1) },
			"\n  # The web shop\n  - {slug: web, name: Web} # small\n", "\n",
		},
		"move": {
			func(b []byte) ([]byte, error) { return MoveItem(b, "areas", 1, 0) },
			"  - slug: shop # the shop\n    name: {es: Tienda, en: Shop}\n\n  # The web shop\n  - {slug: web, name: Web} # small\n",
			"  # The web shop\n  - {slug: web, name: Web} # small\n  - slug: shop # the shop\n    name: {es: Tienda, en: Shop}\n\n",
		},
		"mapping in braces": {
			func(b []byte) ([]byte, error) { return SetFields(b, "objects", Part{{"ticket", "ticket_id"}}) },
			"objects: {order: order_id}\n", "objects:\n  order: order_id\n  ticket: ticket_id\n",
		},
		"field away": {
			func(b []byte) ([]byte, error) { return SetItem(b, "touchpoints", 0, Part{{"stage", nil}}) },
			"  # what hurts\n  stage: during\n", "  # what hurts\n",
		},
		"events": {
			func(b []byte) ([]byte, error) {
				return SetItem(b, "touchpoints", 0, Part{{"events", []any{"Paid", Part{{"name", "Queued"}, {"when", "properties.x == \"1\""}, {"valence", -1.5}}}}})
			},
			"    - Paid # by card\n    - name: Queued\n      when: |\n        properties.a > 1 &&\n          properties.b < 2\n",
			"    - Paid # by card\n    - name: Queued\n      when: 'properties.x == \"1\"'\n      valence: -1.5\n",
		},
		"new section": {
			func(b []byte) ([]byte, error) {
				return SetItem(b, "suppliers", 0, Part{{"slug", "rapid"}, {"name", "Rapid"}})
			},
			"  stage: during\n", "  stage: during\n\nsuppliers:\n  - {slug: rapid, name: Rapid}\n",
		},
	} {
		got, err := c.edit([]byte(small))
		if want := strings.Replace(small, c.was, c.want, 1); err != nil || string(got) != want || want == small {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(want, string(got)))
		}
	}
}

// values are what a form may give.
func values() *rapid.Generator[any] {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"x", "yes", "007", "1e3", "~", "null", "a: b", "- a", "#x", "it's", `"q"`, "é ñ", "a\nb", "a\n  b\n", " x", "{x}", "[", "2026-11-22", "x,y", "\u2028", "<b>", `count("A: b", {"late": true}) > 0`}),
		rapid.StringN(1, 40, 100).Filter(func(s string) bool { return !strings.ContainsRune(s, 0xfffd) && !strings.ContainsRune(s, 0) }),
	)
	return rapid.OneOf(
		text.AsAny(), rapid.Bool().AsAny(), rapid.Float64Range(-2, 2).AsAny(),
		rapid.SliceOfN(text, 1, 4).AsAny(),
		rapid.Custom(func(t *rapid.T) any { return Text{text.Draw(t, "es"), text.Draw(t, "en"), ""} }),
		rapid.Custom(func(t *rapid.T) any {
			return []any{text.Draw(t, "event"), Part{{"name", text.Draw(t, "name")}, {"when", text.Draw(t, "when")}}}
		}),
		rapid.Just[any](nil),
	)
}

// An edit changes what it names, nothing else, and no line above or below it.
func TestEditChangesOnlyWhatItNames(t *testing.T) {
	t.Parallel()
	sources := []string{small}
	for _, p := range []string{"../simulate/candil/model.yaml", "../../examples/model.yaml", "testdata/good/forms.yaml", "testdata/good/minimal.yaml"} {
		b, err := os.ReadFile(filepath.FromSlash(p))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, string(b))
	}
	rapid.Check(t, func(t *rapid.T) {
		src := sources[rapid.IntRange(0, len(sources)-1).Draw(t, "source")]
		section := rapid.SampledFrom(sections).Draw(t, "section")
		before, err := read([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		s, err := before.section(section)
		if err != nil {
			t.Fatal(err)
		}
		key := rapid.SampledFrom([]string{"slug", "name", "events", "when", "keep", "currency", "nothing"}).Draw(t, "key")
		fields := Part{{key, values().Draw(t, "value")}}
		mapping := section == "company" || section == "facts" || section == "objects"
		at, place := 0, s
		was, _ := generic(s.node).(Part)
		var got []byte
		if mapping {
			got, err = SetFields([]byte(src), section, fields)
		} else {
			at = rapid.IntRange(0, len(s.items)).Draw(t, "at")
			if place.from, place.to = s.to, s.to; at < len(s.items) {
				place = s.items[at]
				was, _ = generic(place.node).(Part)
			} else if was = nil; fields[0].Value == nil {
				t.Skip("an empty item")
			}
			if len(s.items) == 0 {
				place = s // its own line changes too
			}
			got, err = SetItem([]byte(src), section, at, fields)
		}
		if err != nil {
			t.Fatal(err)
		}
		after, err := read(got)
		if err != nil {
			t.Fatalf("%v\n%s", err, got)
		}
		now, err := after.section(section)
		if err != nil {
			t.Fatal(err)
		}
		node := now.node
		if !mapping {
			if at >= len(now.items) {
				t.Fatalf("item %d is not there:\n%s", at, got)
			}
			node = now.items[at].node
		}
		is, _ := generic(node).(Part)
		if want := merged(was, fields); len(want)+len(is) > 0 && !cmp.Equal(want, is) {
			t.Fatalf("%s\n%s", cmp.Diff(want, is), strings.Join(after.lines[now.from:now.to], "\n"))
		}
		if !mapping && strings.Contains(before.lines[s.from%len(before.lines)], "[") {
			return // in brackets: the whole list is written anew
		}
		old, lines := strings.Split(src, "\n"), after.lines
		for i := range min(place.from, len(lines)) {
			if old[i] != lines[i] {
				t.Fatalf("line %d changed from %q to %q", i+1, old[i], lines[i])
			}
		}
		for i := range len(old) - place.to {
			if old[len(old)-1-i] != lines[len(lines)-1-i] {
				t.Fatalf("line −%d changed from %q to %q", i, old[len(old)-1-i], lines[len(lines)-1-i])
			}
		}
	})
}

// Whatever the YAML, an edit says that it cannot be done or sets what it was
// told to.
func FuzzEdit(f *testing.F) {
	f.Add(small, "areas", 1, "name", "a: b")
	f.Add("areas:\n- slug: x\n  name: |\n    a\n", "areas", 0, "slug", "#")
	f.Add("company: {slug: x}\nareas: [{slug: a}, {slug: b}]", "areas", 2, "slug", "c")
	f.Fuzz(func(t *testing.T, src, section string, at int, key, value string) {
		if at < 0 || strings.ContainsAny(key+value, "\x00") || strings.ToValidUTF8(key+value, "") != key+value || key == "" {
			return
		}
		got, err := SetItem([]byte(src), section, at, Part{{key, value}})
		if err != nil {
			return
		}
		after, err := read(got)
		if err != nil {
			t.Fatalf("%v\n%s", err, got)
		}
		s, err := after.section(section)
		if err != nil || len(s.items) == 0 {
			t.Fatalf("%v\n%s", err, got)
		}
		is, _ := generic(s.items[min(at, len(s.items)-1)].node).(Part)
		for _, field := range is {
			if field.Key == key && field.Value == value {
				return
			}
		}
		t.Fatalf("%q is not set to %q:\n%s", key, value, got)
	})
}
