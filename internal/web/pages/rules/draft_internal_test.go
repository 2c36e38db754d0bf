package rules

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// company declares every kind of trigger and step.
func company(t *testing.T) ([]byte, *model.Model) {
	t.Helper()
	src, err := os.ReadFile("../../../model/testdata/good/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	return src, m
}

// TestDraftSaysTheSame: each rule, read from the text and written back into it, is
// the same rule.
func TestDraftSaysTheSame(t *testing.T) {
	t.Parallel()
	src, before := company(t)
	doc, err := model.Read(src)
	if err != nil {
		t.Fatal(err)
	}
	for i, item := range doc.Items(section) {
		if src, err = model.SetItem(src, section, i, draftOf(item).part()); err != nil {
			t.Fatal(err)
		}
		if _, faults := draftOf(item).read(before); len(faults) > 0 {
			t.Errorf("%v: %v", item.Get("slug"), faults)
		}
	}
	after, err := model.Parse(src)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	if changes := model.Diff(before, after); len(changes) > 0 {
		t.Errorf("it says otherwise: %v", changes)
	}
}

func TestStepsMove(t *testing.T) {
	t.Parallel()
	kinds := func(steps []step) string {
		var out []string
		for _, s := range steps {
			out = append(out, s.kind)
		}
		return strings.Join(out, " ")
	}
	d := draft{then: []step{{kind: "wait", otherwise: []step{{kind: "case"}, {kind: "notify"}}}, {kind: "message"}}}
	for _, c := range []struct{ do, then, otherwise string }{
		{"up:then.0", "wait message", "case notify"},
		{"down:then.0", "message wait", "case notify"},
		{"up:then.1.else.1", "message wait", "notify case"},
		{"drop:then.1.else.0", "message wait", "case"},
		{"drop:then.7", "message wait", "case"},
		{"drop:then.1.other.0", "message wait", "case"},
		{"drop:x.0", "message wait", "case"},
		{"drop:", "message wait", "case"},
		{"up:then.1", "wait message", "case"},
	} {
		verb, at, _ := strings.Cut(c.do, ":")
		d.do(verb, at)
		wait := d.then[0]
		if wait.kind != "wait" {
			wait = d.then[1]
		}
		if kinds(d.then) != c.then || kinds(wait.otherwise) != c.otherwise {
			t.Errorf("%s: %s (%s)", c.do, kinds(d.then), kinds(wait.otherwise))
		}
	}
}

func TestTakesTheForm(t *testing.T) {
	t.Parallel()
	var d draft
	d.take(url.Values{
		"name.es": {" Tarde "}, "when.kind": {"choice"}, "when.choice": {"late-options/shop"}, "when.event": {"Cart Left"},
		"holdout": {"2,5"}, "priority": {"0"}, "cap.often": {""}, "cap.per.n": {"7"}, "cap.per.unit": {"d"}, "human": {"Complaint Made", ""},
		"then.n": {"2"}, "then.0.kind": {"wait"}, "then.0.wait": {"until"}, "then.0.event": {"Choice Made"}, "then.0.most.n": {"2"}, "then.0.most.unit": {"d"}, "then.0.span.n": {"9"},
		"then.0.else.n": {"1"}, "then.0.else.0.kind": {"case"}, "then.0.else.0.title.es": {"Nadie eligió"}, "then.1.kind": {"survey"}, "then.1.of": {"csat-care"},
	})
	want := draft{
		name: model.Text{ES: "Tarde"}, when: trigger{kind: "choice", of: "late-options", option: "shop"}, holdout: "0.025", human: []string{"Complaint Made"},
		then: []step{
			{kind: "wait", wait: waitUntil, span: "2d", event: "Choice Made", otherwise: []step{{kind: "case", title: model.Text{ES: "Nadie eligió"}}}},
			{kind: "survey", of: "csat-care"},
		},
	}
	if diff := cmp.Diff(want, d, cmp.AllowUnexported(draft{}, trigger{}, step{})); diff != "" {
		t.Error(diff)
	}
}
