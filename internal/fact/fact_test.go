package fact_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
)

func TestParseAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       fact.Answer
		faults     []string // fields
	}{
		{
			name: "score and text",
			body: `{"type":"answer","survey":"csat","touchpoint":"till","answers":[{"question":"score","metric":"csat","scale":"1-5","value":4},{"question":"text","text":"ma\u00f1ana","lang":"es"}]}`,
			want: fact.Answer{Survey: "csat", Touchpoint: "till", Items: []fact.AnswerItem{
				{Question: "score", Metric: "csat", Scale: "1-5", Value: 4, HasValue: true}, {Question: "text", Text: "mañana"},
			}},
		},
		{
			name: "nps knows its scale, questions have names, a value is a rating",
			body: `{"survey":"s","answers":[{"metric":"nps","value":0},{"value":-3.5},{"question":"why","choice":3}]}`,
			want: fact.Answer{Survey: "s", Items: []fact.AnswerItem{
				{Question: "nps", Metric: "nps", Scale: "0-10", HasValue: true},
				{Question: "rating", Metric: "rating", Value: -3.5, HasValue: true},
				{Question: "why", Choice: "3"},
			}},
		},
		{
			name: "a missing score is missing",
			body: `{"survey":"s","answers":[{"metric":"ces","value":null}]}`,
			want: fact.Answer{Survey: "s", Items: []fact.AnswerItem{{Question: "ces", Metric: "ces"}}},
		},
		{name: "nothing", body: `{}`, faults: []string{"survey", "answers"}},
		{name: "no array", body: `{"survey":"s","answers":{}}`, faults: []string{"answers"}},
		{name: "empty", body: `{"survey":"s","answers":[]}`, faults: []string{"answers"}},
		{name: "no object", body: `{"survey":"s","answers":[4]}`, faults: []string{"answers[0]"}},
		{name: "text for a number", body: `{"survey":"s","answers":[{"value":"4"}]}`, faults: []string{"answers[0].value"}},
		{name: "off the scale", body: `{"survey":"s","answers":[{"metric":"csat","scale":"1-5","value":6}]}`, faults: []string{"answers[0].value"}},
		{name: "too great to be a rating", body: `{"survey":"s","answers":[{"value":1e7}]}`, faults: []string{"answers[0].value"}},
		{name: "no scale", body: `{"survey":"s","answers":[{"metric":"csat","value":4}]}`, faults: []string{"answers[0].scale"}},
		{name: "bad scales", body: `{"survey":"s","answers":[{"metric":"nps","scale":"1-5"},{"scale":"5-1"}]}`, faults: []string{"answers[0].scale", "answers[1].scale"}},
		{name: "unknown metric", body: `{"survey":7,"answers":[{"metric":"joy","value":1}]}`, faults: []string{"survey", "answers[0].metric"}},
		{name: "twice", body: `{"survey":"s","answers":[{"question":"a","value":1},{"question":"a","value":2}]}`, faults: []string{"answers[1].question"}},
		{name: "too many", body: `{"survey":"s","answers":[` + strings.Repeat(`[],`, fact.MaxItems+2) + `{}]}`, faults: append(itemPaths(), "answers")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := fact.ParseAnswer(cx.Event{Body: []byte(c.body)})
			if diff := cmp.Diff(c.faults, fields(err)); diff != "" {
				t.Fatalf("faults (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := fact.ParseAnswer(cx.Event{Body: []byte(`[1]`)}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("an array is %v", err)
	}
}

func itemPaths() (paths []string) {
	for i := range fact.MaxItems {
		paths = append(paths, fmt.Sprintf("answers[%d]", i))
	}
	return paths
}

func fields(err error) (fields []string) {
	for _, f := range cx.FaultsOf(err) {
		fields = append(fields, f.Field)
	}
	return fields
}

func TestParseCircumstance(t *testing.T) {
	t.Parallel()
	from := cx.TimeOf(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		name, body string
		want       fact.Circumstance
		faults     []string
	}{
		{
			name: "all of it",
			body: `{"kind":"till-closed","place":"goya","touchpoint":"till","product":"p","supplier":"s","from":"2026-03-02T10:00:00+01:00","until":"2026-03-02T11:00:00Z","value":3}`,
			want: fact.Circumstance{Kind: "till-closed", Place: "goya", Touchpoint: "till", Product: "p", Supplier: "s", From: from, Until: from.Add(2 * time.Hour), Value: "3"},
		},
		{
			name: "it lasts still",
			body: `{"kind":"strike","supplier":"rayo","from":"2026-03-02T09:00:00Z","until":null,"value":"a \"b\""}`,
			want: fact.Circumstance{Kind: "strike", Supplier: "rayo", From: from, Value: `a "b"`},
		},
		{name: "nothing", body: `{}`, faults: []string{"kind", "place", "from"}},
		{name: "bad time", body: `{"kind":"k","place":"p","from":"yesterday"}`, faults: []string{"from"}},
		{name: "backwards", body: `{"kind":"k","place":"p","from":"2026-03-02T09:00:00Z","until":"2026-03-02T09:00:00Z"}`, faults: []string{"until"}},
		{name: "wrong types", body: `{"kind":1,"place":[],"touchpoint":"till","from":5}`, faults: []string{"kind", "place", "from"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := fact.ParseCircumstance(cx.Event{Body: []byte(c.body)})
			if diff := cmp.Diff(c.faults, fields(err)); diff != "" {
				t.Fatalf("faults (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	for s, top := range map[string]float64{"1-5": 4, "1-7": 6, "0-10": 9, "nps": 9, "1-3": 3, "0-1": 1, "1-4": 3} {
		if sc, ok := fact.ParseScale(s); !ok || sc.TopBox() != top {
			t.Errorf("top box of %s = %v, %v; want %v", s, sc.TopBox(), ok, top)
		}
	}
	for _, s := range []string{"", "5", "5-1", "1-1", "-1-5", "1-5-9", "a-b", "1-99999", "0-2000"} {
		if sc, ok := fact.ParseScale(s); ok {
			t.Errorf("ParseScale(%q) = %v", s, sc)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"survey":"csat","answers":[{"question":"score","metric":"csat","scale":"1-5","value":4}]}`))
	f.Add([]byte(`{"kind":"till-closed","place":"goya","from":"2026-03-02T10:00:00+01:00","until":null,"value":{}}`))
	f.Add([]byte(`{"survey":"s","answers":[{`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if a, err := fact.ParseAnswer(cx.Event{Body: body}); err == nil {
			if a.Survey == "" || len(a.Items) == 0 || len(a.Items) > fact.MaxItems {
				t.Errorf("accepted %+v", a)
			}
			for _, it := range a.Items {
				if sc, ok := fact.ParseScale(it.Scale); it.Question == "" || it.HasValue && (it.Metric == "" || ok && !sc.Contains(it.Value)) {
					t.Errorf("accepted %+v", it)
				}
			}
		} else if cx.KindOf(err) != cx.Invalid {
			t.Error(err)
		}
		if c, err := fact.ParseCircumstance(cx.Event{Body: body}); err == nil && (c.Kind == "" || c.Until != 0 && c.Until <= c.From) {
			t.Errorf("accepted %+v", c)
		}
	})
}
