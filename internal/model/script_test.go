package model

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const scripted = `company: {slug: x, name: X, timezone: UTC, currency: EUR}
areas: [{slug: shop, name: Shop}]
touchpoints:
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: shop, events: [Searched, Viewed]}
  - {slug: till, name: Till, stage: during, channel: shop, medium: physical, area: shop, events: [Paid, Wrapped]}
  - {slug: door, name: Door, stage: during, channel: home, medium: physical, area: shop, events: [Shipped, Delivered]}
journeys:
  # the order
  - slug: order
    name: Order
    case: {key: order_id} # by its number
    script:
      # as they please
      - {slug: search, touchpoint: web, events: [Searched], optional: true, repeatable: true}
      - slug: pay # by card
        touchpoint: till
        events: [Paid]
        # decides
        truth: true
      - choice: # of the customer
          # at home
          - - {slug: ship, touchpoint: door, events: [Shipped]} # by courier
            # on the day
            - {slug: deliver, touchpoint: door, events: [Delivered]}
          # in the shop
          - - {slug: wrap, touchpoint: till, events: [Wrapped], within: 1h, valence: 1.0}
        optional: true
      # the end
      - {slug: look, touchpoint: door}
`

// An edit of a script changes the lines of what it names.
func TestScriptEdits(t *testing.T) {
	t.Parallel()
	step := Part{{"slug", "new"}, {"touchpoint", "door"}}
	for name, c := range map[string]struct {
		edit func([]byte) ([]byte, error)
		was  string
		want string
	}{
		"a field of a step": {
			func(b []byte) ([]byte, error) {
				return SetNode(b, 0, NodePath{1}, Part{{"events", []string{"Wrapped"}}, {"truth", nil}})
			},
			"        events: [Paid]\n        # decides\n        truth: true\n", "        events: [Wrapped]\n        # decides\n",
		},
		"a field of a step in a branch": {
			func(b []byte) ([]byte, error) {
				return SetNode(b, 0, NodePath{2, 0, 0}, Part{{"within", "2d"}})
			},
			"Shipped]} # by", "Shipped], within: 2d} # by",
		},
		"a branching may be left out": {
			func(b []byte) ([]byte, error) { return SetNode(b, 0, NodePath{2}, Part{{"optional", nil}}) },
			"        optional: true\n", "",
		},
		"a step before": {
			func(b []byte) ([]byte, error) { return InsertNode(b, 0, NodePath{0}, step) },
			"      # as they", "      - {slug: new, touchpoint: door}\n      # as they",
		},
		"a step at the end": {
			func(b []byte) ([]byte, error) { return InsertNode(b, 0, NodePath{4}, step) },
			"look, touchpoint: door}\n", "look, touchpoint: door}\n      - {slug: new, touchpoint: door}\n",
		},
		"a step that begins a branch": {
			func(b []byte) ([]byte, error) { return InsertNode(b, 0, NodePath{2, 1, 0}, step) },
			"          - - {slug: wrap", "          - - {slug: new, touchpoint: door}\n            - {slug: wrap",
		},
		"another branch": {
			func(b []byte) ([]byte, error) { return AddBranch(b, 0, NodePath{2}, step) },
			"valence: 1.0}\n", "valence: 1.0}\n          - - {slug: new, touchpoint: door}\n",
		},
		"take away": {
			func(b []byte) ([]byte, error) { return RemoveNode(b, 0, NodePath{0}) },
			"      # as they please\n      - {slug: search, touchpoint: web, events: [Searched], optional: true, repeatable: true}\n", "",
		},
		"take away the first of a branch": {
			func(b []byte) ([]byte, error) { return RemoveNode(b, 0, NodePath{2, 0, 0}) },
			"          - - {slug: ship, touchpoint: door, events: [Shipped]} # by courier\n            # on the day\n            - {slug: deliver",
			"            # on the day\n          - - {slug: deliver",
		},
		"move up": {
			func(b []byte) ([]byte, error) { return MoveNode(b, 0, NodePath{2, 0, 1}, NodePath{2, 0, 0}) },
			"          - - {slug: ship, touchpoint: door, events: [Shipped]} # by courier\n            # on the day\n            - {slug: deliver, touchpoint: door, events: [Delivered]}\n",
			"            # on the day\n          - - {slug: deliver, touchpoint: door, events: [Delivered]}\n            - {slug: ship, touchpoint: door, events: [Shipped]} # by courier\n",
		},
		"move down": {
			func(b []byte) ([]byte, error) { return MoveNode(b, 0, NodePath{0}, NodePath{2}) },
			"      # as they please\n      - {slug: search, touchpoint: web, events: [Searched], optional: true, repeatable: true}\n      - slug: pay # by card\n        touchpoint: till\n        events: [Paid]\n        # decides\n        truth: true\n",
			"      - slug: pay # by card\n        touchpoint: till\n        events: [Paid]\n        # decides\n        truth: true\n      # as they please\n      - {slug: search, touchpoint: web, events: [Searched], optional: true, repeatable: true}\n",
		},
		"move into a branch": {
			func(b []byte) ([]byte, error) { return MoveNode(b, 0, NodePath{3}, NodePath{2, 1, 1}) },
			"valence: 1.0}\n        optional: true\n      # the end\n      - {slug: look, touchpoint: door}\n",
			"valence: 1.0}\n            - {slug: look, touchpoint: door}\n        optional: true\n",
		},
		"move out of a branch that goes with it": {
			func(b []byte) ([]byte, error) { return MoveNode(b, 0, NodePath{2, 1, 0}, NodePath{0}) },
			scripted[strings.Index(scripted, "      # as they"):],
			`      - {slug: wrap, touchpoint: till, events: [Wrapped], within: 1h, valence: 1.0}
      # as they please
      - {slug: search, touchpoint: web, events: [Searched], optional: true, repeatable: true}
      - slug: pay # by card
        touchpoint: till
        events: [Paid]
        # decides
        truth: true
      - {slug: ship, touchpoint: door, events: [Shipped], optional: true}
      - {slug: deliver, touchpoint: door, events: [Delivered], optional: true}
      # the end
      - {slug: look, touchpoint: door}
`,
		},
		"another way": {
			func(b []byte) ([]byte, error) { return SplitNode(b, 0, NodePath{3}, ChoiceWord, step) },
			"      - {slug: look, touchpoint: door}\n", "      - choice:\n          - - {slug: look, touchpoint: door}\n          - - {slug: new, touchpoint: door}\n",
		},
	} {
		got, err := c.edit([]byte(scripted))
		if want := strings.Replace(scripted, c.was, c.want, 1); err != nil || string(got) != want || want == scripted {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(want, string(got)))
		}
	}
	for name, edit := range map[string]func() ([]byte, error){
		"no such journey": func() ([]byte, error) { return RemoveNode([]byte(scripted), 1, NodePath{0}) },
		"no such step":    func() ([]byte, error) { return RemoveNode([]byte(scripted), 0, NodePath{4}) },
		"no such branch":  func() ([]byte, error) { return InsertNode([]byte(scripted), 0, NodePath{2, 2, 0}, step) },
		"no branching":    func() ([]byte, error) { return AddBranch([]byte(scripted), 0, NodePath{0}, step) },
		"into itself":     func() ([]byte, error) { return MoveNode([]byte(scripted), 0, NodePath{2}, NodePath{2, 0, 0}) },
	} {
		if out, err := edit(); err == nil {
			t.Errorf("%s: done\n%s", name, out)
		}
	}
}

// Whatever steps are moved, none is lost, and each keeps its fields.
func TestMovesKeepEveryStep(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := []byte(scripted)
		for range rapid.IntRange(1, 6).Draw(t, "moves") {
			before, err := Read(src)
			if err != nil {
				t.Fatal(err)
			}
			script, _ := before.Items("journeys")[0].Get("script").([]any)
			paths := places(nil, script)
			from := rapid.SampledFrom(paths).Draw(t, "from")
			to := rapid.SampledFrom(paths).Draw(t, "to")
			if rapid.Bool().Draw(t, "behind") {
				to = append(to[:len(to)-1:len(to)-1], to[len(to)-1]+1)
			}
			if len(to) > len(from) && cmp.Equal(to[:len(from)], from) {
				continue
			}
			want := map[string]Part{}
			stepsOf(script, want)
			if src, err = MoveNode(src, 0, from, to); err != nil {
				t.Fatalf("%v to %v: %v", from, to, err)
			}
			after, err := Read(src)
			if err != nil {
				t.Fatal(err)
			}
			now, _ := after.Items("journeys")[0].Get("script").([]any)
			got := map[string]Part{}
			stepsOf(now, got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%v to %v: %s\n%s", from, to, diff, src)
			}
		}
	})
}

func places(at NodePath, nodes []any) (out []NodePath) {
	for i, n := range nodes {
		here := append(at[:len(at):len(at)], i)
		out = append(out, here)
		_, branches := branching(n.(Part))
		for k, b := range branches {
			out = append(out, places(append(here[:len(here):len(here)], k), b.([]any))...)
		}
	}
	return out
}

func stepsOf(nodes []any, into map[string]Part) {
	for _, n := range nodes {
		part := n.(Part)
		_, branches := branching(part)
		for _, b := range branches {
			stepsOf(b.([]any), into)
		}
		if slug, ok := part.Get("slug").(string); ok { // what leaves an optional branching is optional
			into[slug] = slices.DeleteFunc(slices.Clone(part), func(f Field) bool { return f.Key == "optional" })
		}
	}
}

// What is written as YAML is read as the same script.
func TestScriptYAML(t *testing.T) {
	t.Parallel()
	m, err := Parse([]byte(scripted))
	if err != nil {
		t.Fatal(err)
	}
	src, err := SetScript([]byte(scripted), 0, m.Journeys[0].Script)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(src)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	if diff := cmp.Diff(m.Journeys[0].Script, again.Journeys[0].Script); diff != "" {
		t.Error(diff)
	}
	text := ScriptYAML(m.Journeys[0].Script)
	if !strings.HasPrefix(text, "script:\n  - {slug: search,") || !strings.Contains(text, "\n  - choice:\n      - - {slug: ship,") {
		t.Error(text)
	}
}

func TestNodePath(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"0", "2.0.1", "3.1.0.0.7"} {
		if p, ok := ParseNodePath(s); !ok || p.String() != s {
			t.Errorf("%s: %v %v", s, p, ok)
		}
	}
	for _, s := range []string{"", "1.0", "-1", "a", "1..2", "1.2.3."} {
		if p, ok := ParseNodePath(s); ok {
			t.Errorf("%s: %v", s, p)
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for s, d := range map[string]time.Duration{"30m": 30 * time.Minute, "2h": 2 * time.Hour, "7d": 168 * time.Hour, "2w": 336 * time.Hour, "36h": 36 * time.Hour} {
		if got, ok := ParseSpan(s); !ok || got != d || FormatSpan(d) != s {
			t.Errorf("%s: %v %v, written %s", s, got, ok, FormatSpan(d))
		}
	}
	for _, s := range []string{"", "0m", "1", "1.5h", "90s", "1 d", "100000m"} {
		if got, ok := ParseSpan(s); ok {
			t.Errorf("%s: %v", s, got)
		}
	}
	if got := FormatSpan(61*time.Minute + time.Second); got != "62m" {
		t.Error(got)
	}
}

// Whatever the YAML, an edit of a script says that it cannot be done or leaves
// something that can be read.
func FuzzScriptEdit(f *testing.F) {
	f.Add(scripted, "0", "2.0.1")
	f.Add(scripted, "2.1.0", "1")
	f.Add("journeys:\n- script:\n  - - a\n  -\n    choice:\n    -\n     - {slug: é}\n     - b\n", "1.0.1", "1.0.0")
	f.Add("journeys: [{script: [{choice: [[a], [b]]}]}]", "0.0.0", "0.1.0")
	f.Fuzz(func(t *testing.T, src, from, to string) {
		at, ok := ParseNodePath(from)
		goal, okGoal := ParseNodePath(to)
		if !ok || !okGoal {
			return
		}
		for _, edit := range []func() ([]byte, error){
			func() ([]byte, error) { return MoveNode([]byte(src), 0, at, goal) },
			func() ([]byte, error) { return SetNode([]byte(src), 0, at, Part{{"slug", "x"}, {"events", nil}}) },
			func() ([]byte, error) { return SplitNode([]byte(src), 0, at, ParallelWord, Part{{"slug", "x"}}) },
		} {
			out, err := edit()
			if err != nil {
				continue
			}
			if _, err := Read(out); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
	})
}
