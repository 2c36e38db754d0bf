package surveys

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/model"
)

func candil(tb testing.TB) ([]byte, *model.Model) {
	tb.Helper()
	src, err := os.ReadFile("../../../simulate/candil/model.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	m, err := model.Parse(src)
	if err != nil {
		tb.Fatal(err)
	}
	return src, m
}

// A draft reads a survey as the model does, and written back leaves the file as it
// was, byte for byte.
func TestDraftsLoseNothing(t *testing.T) {
	t.Parallel()
	src, m := candil(t)
	doc, err := model.Read(src)
	if err != nil {
		t.Fatal(err)
	}
	for i, item := range doc.Items(section) {
		d := draftOf(item)
		s, faults := d.read(m)
		want, _ := m.Survey(d.slug)
		if len(faults) > 0 || string(s.JSON()) != string(want.JSON()) {
			t.Errorf("%s: %v %s", d.slug, faults, cmp.Diff(string(want.JSON()), string(s.JSON())))
		}
		out, err := model.SetItem(src, section, i, d.part())
		if err != nil || string(out) != string(src) {
			t.Errorf("%s written back is another file: %v", d.slug, err)
		}
	}
}

// Whatever is moved, each question stays in the draft once, and no page is empty.
func TestMoveKeepsEachQuestion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var d draft
		ids := []string{}
		for page := range rapid.IntRange(1, 4).Draw(t, "pages") {
			for range rapid.IntRange(1, 3).Draw(t, "questions") {
				id := string(rune('a' + len(ids)))
				ids = append(ids, id)
				d.add(page, draftQuestion{id: id})
			}
		}
		for range 10 {
			id := rapid.SampledFrom(ids).Draw(t, "id")
			page, at, _ := d.find(id)
			if rapid.Bool().Draw(t, "step") {
				up := rapid.Bool().Draw(t, "up")
				before := d.order()
				d.step(id, up)
				a, b := slices.Index(before, id), slices.Index(d.order(), id)
				if up && b > a || !up && b < a {
					t.Fatalf("%s went the other way: %v to %v", id, before, d.order())
				}
				continue
			}
			toPage, to := rapid.IntRange(0, len(d.pages)).Draw(t, "page"), rapid.IntRange(0, 3).Draw(t, "place")
			d.move(id, toPage, to)
			if newPage, newAt, ok := d.find(id); ok && toPage == page && (to == at || to == at+1) && len(d.pages) > page && (newPage != page || newAt != at) {
				t.Fatalf("%s dropped where it was is at %d.%d, not %d.%d", id, newPage, newAt, page, at)
			}
		}
		left := d.order()
		slices.Sort(left)
		if !slices.Equal(left, ids) {
			t.Fatalf("%v are left of %v", left, ids)
		}
		if slices.ContainsFunc(d.pages, func(p draftPage) bool { return len(p.questions) == 0 }) {
			t.Fatal("a page is empty")
		}
	})
}

func (d draft) order() (ids []string) {
	for _, p := range d.pages {
		for _, q := range p.questions {
			ids = append(ids, q.id)
		}
	}
	return ids
}

// What sentences say is read again as those sentences; what they cannot say is kept
// as it is written.
func TestSentences(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]condition{
		"":                                 {},
		"answers.score < 7":                {sentences: []sentence{{"score", below, "7"}}},
		`answers.why == "late"`:            {sentences: []sentence{{"why", equal, "late"}}},
		`"late" in answers.why`:            {sentences: []sentence{{"why", holds, "late"}}},
		"answers.ok":                       {sentences: []sentence{{"ok", isTrue, ""}}},
		"!answers.ok && answers.n != null": {sentences: []sentence{{"ok", isFalse, ""}, {"n", answered, ""}}},
		`answers["may-ask"] >= 2`:          {sentences: []sentence{{"may-ask", atLeast, "2"}}},
		"answers.a < 1 || answers.b < 2":   {source: "answers.a < 1 || answers.b < 2"},
		"answers.a <7":                     {source: "answers.a <7"},
		"properties.x == 1":                {source: "properties.x == 1"},
		`answers.a == "7"`:                 {source: `answers.a == "7"`},
	} {
		got := conditionOf(ofAnswers, src)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(condition{}, sentence{})); diff != "" {
			t.Errorf("%s: %s", src, diff)
		}
		if got.text(ofAnswers, nil) != src {
			t.Errorf("%s is written as %s", src, got.text(ofAnswers, nil))
		}
	}
	if c := conditionOf(ofProperties, `properties.days_late > 2 && count("Order Completed") >= 3`); c.lived != "Order Completed" || c.times != "3" || len(c.sentences) != 1 {
		t.Errorf("read as %+v", c)
	}
}

// Every condition of the form compiles where it is asked.
func TestFormsMakeConditionsThatCompile(t *testing.T) {
	t.Parallel()
	_, m := candil(t)
	asked := []draftQuestion{
		{id: "score", kind: model.CSAT, text: model.Text{ES: "Q"}},
		{id: "why", kind: model.Multiple, text: model.Text{ES: "Q"}, options: []model.Option{{ID: "7", Text: model.Text{ES: "A"}}, {ID: "b", Text: model.Text{ES: "B"}}}},
		{id: "one", kind: model.Single, text: model.Text{ES: "Q"}, options: []model.Option{{ID: "7", Text: model.Text{ES: "A"}}, {ID: "b", Text: model.Text{ES: "B"}}}},
		{id: "may-ask", kind: model.Consent, text: model.Text{ES: "Q"}},
	}
	rapid.Check(t, func(t *rapid.T) {
		form := url.Values{}
		for _, row := range []string{"0", "1"} {
			form.Set("when."+row+".of", rapid.SampledFrom([]string{"", "score", "why", "one", "may-ask"}).Draw(t, "of"))
			form.Set("when."+row+".op", rapid.SampledFrom([]string{below, atMost, above, atLeast, equal, other, holds, isTrue, isFalse, answered, ""}).Draw(t, "op"))
			form.Set("when."+row+".value", rapid.SampledFrom([]string{"", "3", "3,5", "7", `a "quoted" \ one`, "b"}).Draw(t, "value"))
		}
		when := conditionFrom(form, ofAnswers, asked).text(ofAnswers, worded(asked))
		d := draft{slug: "s", purpose: model.Relationship, name: model.Text{ES: "S"}, pages: []draftPage{{questions: asked}, {when: when, questions: []draftQuestion{{id: "last", kind: model.FreeText, text: model.Text{ES: "Q"}}}}}}
		if s, faults := d.read(m); len(faults) > 0 || when != "" && s.Pages[1].When.Source() != when {
			t.Fatalf("%s: %v", when, faults)
		}
	})
}

// Options keep their identifiers whatever their words become; new ones get one of
// their own, and none is "other".
func TestOptionsKeepTheirIdentifiers(t *testing.T) {
	t.Parallel()
	form := url.Values{
		"options.n": {"2"}, "options.0.id": {"price"}, "options.0.es": {"Lo que cuesta"}, "options.1.id": {"wait"}, "options.1.es": {""},
		"options.2.es": {"Other"}, "options.2.en": {"Other"},
	}
	got := optionsFrom(form, "options")
	if len(got) != 2 || got[0].ID != "price" || got[0].Text.ES != "Lo que cuesta" || got[1].ID == model.OtherOption || !strings.HasPrefix(got[1].ID, "other") {
		t.Errorf("%+v", got)
	}
	form.Set("options.up", "1")
	if got := optionsFrom(form, "options"); got[1].ID != "price" {
		t.Errorf("moved up: %+v", got)
	}
	form.Set("options.drop", "0")
	if got := optionsFrom(form, "options"); len(got) != 1 || got[0].ID == "price" {
		t.Errorf("dropped: %+v", got)
	}
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{"answers.score < 7", `"late" in answers.why && !answers.ok`, `properties.x == "\""`, "&& "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, root := range []string{ofAnswers, ofProperties} {
			if got := conditionOf(root, src).text(root, nil); strings.TrimSpace(src) != "" && got != src {
				t.Fatalf("%q became %q", src, got)
			}
		}
	})
}
