package model

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Two people who change different sections both get what they wrote; who changes
// nothing leaves the other's text as it is.
func TestMergeKeepsBoth(t *testing.T) {
	t.Parallel()
	src := []byte(small)
	said := func(t *rapid.T, src []byte) map[string]any {
		doc, err := Read(src)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]any{}
		for _, name := range sections {
			s, _ := doc.t.section(name)
			out[name] = generic(s.node)
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		change := func(section, who string) func([]byte) []byte {
			fields := Part{{rapid.SampledFrom([]string{"name", "when", "nothing"}).Draw(t, who+" key"), values().Filter(func(v any) bool { return v != nil }).Draw(t, who)}}
			at := rapid.IntRange(0, 9).Draw(t, who+" at")
			return func(src []byte) []byte {
				var out []byte
				var err error
				if section == "company" || section == "facts" || section == "objects" {
					out, err = SetFields(src, section, fields)
				} else {
					out, err = SetItem(src, section, at, fields)
				}
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
		}
		picked := rapid.Permutation(sections).Draw(t, "sections")
		mine, theirs := change(picked[0], "mine"), change(picked[1], "theirs")
		merged, err := Merge(src, mine(src), theirs(src))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(said(t, theirs(mine(src))), said(t, merged)); diff != "" {
			t.Fatal(diff)
		}
		for name, two := range map[string][2][]byte{"mine": {mine(src), src}, "theirs": {src, mine(src)}} {
			merged, err := Merge(src, two[0], two[1])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(said(t, mine(src)), said(t, merged)); diff != "" || name == "theirs" && string(merged) != string(two[1]) {
				t.Fatalf("only %s: %s", name, diff)
			}
		}
	})
}

// FuzzMerge merges any three texts: it never panics, and what it makes can be
// read.
func FuzzMerge(f *testing.F) {
	f.Add(small, small, small)
	f.Add("company: {slug: x}", "company: {slug: y}", "areas: [{slug: a}, 1]")
	f.Add("areas: [{slug: a}]", "areas: []", "areas:\n- slug: a\n  name: b\n")
	f.Add("retention: [1]", "retention: {a: b}", "retention: [1]")
	f.Fuzz(func(t *testing.T, base, mine, theirs string) {
		out, err := Merge([]byte(base), []byte(mine), []byte(theirs))
		if err != nil {
			return
		}
		if _, err := Read(out); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
}

// Who renames a journey and who moves its steps both get what they wrote; who
// changes the same script is told.
func TestMergeOfAJourney(t *testing.T) {
	t.Parallel()
	edit := func(out []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	src := []byte(scripted)
	mine := edit(SetItem(src, "journeys", 0, Part{{"name", "The order"}}))
	theirs := edit(MoveNode(src, 0, NodePath{3}, NodePath{0}))
	merged, err := Merge(src, mine, theirs)
	if err != nil {
		t.Fatal(err)
	}
	if want := edit(SetItem(theirs, "journeys", 0, Part{{"name", "The order"}})); string(merged) != string(want) {
		t.Error(cmp.Diff(string(want), string(merged)))
	}
	_, err = Merge(src, edit(RemoveNode(src, 0, NodePath{3})), theirs)
	if cx.KindOf(err) != cx.Conflict || !strings.Contains(cx.MessageOf(err), "journeys.order.script") {
		t.Error(err)
	}
}
