package impact

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Every fault of a plan is told by its field.
func TestCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	day := began.Std()
	stages := Plan{Design: Design{Kind: Staggered, Starts: []Start{{"north", day}}}, Metric: Metric{Kind: Revenue}, Expected: 100, Rule: Rule{Until: day.AddDate(0, 3, 0)}}
	date := Plan{Design: Design{Kind: Date, From: day}, Metric: Metric{Kind: Valence}, Expected: .2, Rule: Rule{Until: day.AddDate(0, 3, 0)}}
	for _, test := range []struct {
		name   string
		of     Plan
		change func(*Plan)
		want   string // fields, in order
	}{
		{"a draw", simple(), func(*Plan) {}, ""},
		{"stages", stages, func(*Plan) {}, ""},
		{"a date", date, func(*Plan) {}, ""},
		{"nothing", Plan{}, func(*Plan) {}, "design.kind metric.kind expected rule.until"},
		{"one arm", simple(), func(p *Plan) { p.Design.Arms = []Arm{{Control, .5}} }, "design.arms design.arms"},
		{"shares", simple(), func(p *Plan) { p.Design.Arms = []Arm{{Control, .5}, {Control, .2}, {"No Slug", 0}} }, "design.arms[1].name design.arms[2].name design.arms[2].share design.arms"},
		{"a unit", simple(), func(p *Plan) { p.Design.Unit = "shop" }, "design.unit"},
		{"a group", simple(), func(p *Plan) { p.Design.Exclusive = "No Slug" }, "design.exclusive"},
		{"starts in a draw", simple(), func(p *Plan) { p.Design.Starts = stages.Design.Starts }, "design.starts"},
		{"a segment", simple(), func(p *Plan) { p.Population.Segment = "nobody" }, "population.segment"},
		{"a condition", simple(), func(p *Plan) { p.Population.When = "count(" }, "population.when"},
		{"no days", simple(), func(p *Plan) { p.Metric.Days = 0 }, "metric.days"},
		{"a metric of nothing", simple(), func(p *Plan) { p.Metric = Metric{Kind: Score, Days: 7} }, "metric.of"},
		{"an event of nothing", simple(), func(p *Plan) { p.Metric = Metric{Kind: Event, Days: 7} }, "metric.of"},
		{"a touchpoint", simple(), func(p *Plan) { p.Metric = Metric{Kind: Valence, Of: "moon", Days: 7} }, "metric.of"},
		{"a promise", simple(), func(p *Plan) { p.Metric = Metric{Kind: Kept, Of: "moon", Days: 7} }, "metric.of"},
		{"for the worse", simple(), func(p *Plan) { p.Expected = -.1 }, "expected"},
		{"for the worse is better", simple(), func(p *Plan) { p.Expected, p.Metric.Lower = -.1, true }, ""},
		{"no number", simple(), func(p *Plan) { p.Expected = math.NaN() }, "expected"},
		{"a guardrail", simple(), func(p *Plan) { p.Guardrails = []Guardrail{{Metric{Kind: Return}, -1}} }, "guardrails[0].metric.days guardrails[0].worst"},
		{"too many guardrails", simple(), func(p *Plan) {
			for range maxGuards + 1 {
				p.Guardrails = append(p.Guardrails, Guardrail{Metric{Kind: Return, Days: 7}, .1})
			}
		}, "guardrails"},
		{"a rule", simple(), func(p *Plan) { p.Rule = Rule{Alpha: .5, Power: .1, Least: 1} }, "rule.alpha rule.power rule.least"},
		{"never decided", simple(), func(p *Plan) { p.Sample = 0 }, "sample"},
		{"a cost", simple(), func(p *Plan) { p.Each = -1 }, "each"},
		{"no place", stages, func(p *Plan) { p.Design.Starts = []Start{{"moon", day}, {"moon", time.Time{}}} }, "design.starts[0].unit design.starts[1].unit design.starts[1].at"},
		{"everywhere at once", stages, func(p *Plan) { p.Design.Starts = []Start{{"north", day}, {"south", day}} }, "design.starts"},
		{"no starts", stages, func(p *Plan) { p.Design.Starts = nil }, "design.starts"},
		{"by what", stages, func(p *Plan) { p.Design.By = "planet" }, "design.by"},
		{"cities", stages, func(p *Plan) { p.Design.By, p.Design.Starts = ByCity, []Start{{"Oviedo", day}} }, ""},
		{"after it is decided", stages, func(p *Plan) { p.Design.Starts[0].At = day.AddDate(1, 0, 0) }, "design.starts[0].at"},
		{"undecided stages", stages, func(p *Plan) { p.Rule.Until = time.Time{} }, "rule.until"},
		{"who returns to a shop", stages, func(p *Plan) { p.Metric.Kind = Return }, "metric.kind"},
		{"days of a shop", stages, func(p *Plan) { p.Metric.Days = 7 }, "metric.days"},
		{"no date", date, func(p *Plan) { p.Design.From = time.Time{} }, "design.from"},
		{"arms of a date", date, func(p *Plan) { p.Design.Arms = []Arm{{Control, 1}} }, "design.arms"},
	} {
		p := test.of
		p.Design.Starts = append([]Start(nil), p.Design.Starts...)
		test.change(&p)
		var fields []string
		for _, f := range w.Check(t.Context(), p) {
			fields = append(fields, f.Field)
			if f.Message == "" {
				t.Errorf("%s: %s says nothing", test.name, f.Field)
			}
		}
		if got := strings.Join(fields, " "); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// Plans that mean the same are the same text, and come back from JSON as they were.
func TestEqualPlansAreEqualTexts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := func(label string) time.Time {
			zone := time.FixedZone("", rapid.IntRange(-12, 12).Draw(t, label+" zone")*3600)
			return time.UnixMicro(rapid.Int64Range(1, 4e15).Draw(t, label)).In(zone)
		}
		p := Plan{
			Design:   Design{Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), From: at("from")},
			Metric:   Metric{Kind: rapid.SampledFrom(Measures()).Draw(t, "metric"), Of: rapid.String().Draw(t, "of"), Days: rapid.IntRange(0, 400).Draw(t, "days")},
			Expected: rapid.Float64Range(-1e6, 1e6).Draw(t, "expected"),
			Rule:     Rule{Alpha: rapid.Float64Range(0, .2).Draw(t, "alpha"), Until: at("until")},
			Sample:   rapid.IntRange(0, 1e6).Draw(t, "sample"),
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "starts") {
			p.Design.Starts = append(p.Design.Starts, Start{string(rune('a' + i)), at("start")})
		}
		normal := p.Normal()
		if normal.Hash() != p.Hash() || string(normal.Normal().Canonical()) != string(p.Canonical()) {
			t.Fatalf("%s is not %s", normal.Canonical(), p.Canonical())
		}
		var back Plan
		if err := json.Unmarshal(p.Canonical(), &back); err != nil || back.Hash() != p.Hash() {
			t.Fatalf("%v: %s", err, back.Canonical())
		}
		turned := p
		turned.Design.Starts = append([]Start(nil), p.Design.Starts...)
		for i, j := 0, len(turned.Design.Starts)-1; i < j; i, j = i+1, j-1 {
			turned.Design.Starts[i], turned.Design.Starts[j] = turned.Design.Starts[j], turned.Design.Starts[i]
		}
		if turned.Design.Kind == Staggered && turned.Hash() != p.Hash() {
			t.Fatal("the order of shops makes it another plan")
		}
		changed := p
		changed.Metric.Days++
		if changed.Hash() == p.Hash() {
			t.Fatal("another metric has the same hash")
		}
	})
}
