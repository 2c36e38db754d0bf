package rules

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestConditions: what is told in clauses says the same when it is written again,
// and what is not keeps its source.
func TestConditions(t *testing.T) {
	t.Parallel()
	for source, clauses := range map[string]int{
		``:                                 0,
		`properties.reason == "no_stock"`:  1,
		`properties.about.order_id != "x"`: 1,
		`traits.vip == true && properties.total > 50`:                                                     2,
		`score("nps") <= 6 || count("Order Completed", days(365)) >= 4`:                                   2,
		`count("Order Completed") == 0`:                                                                   1,
		`properties.a == 1 && properties.b == 2 || properties.c == 3`:                                     0,
		`properties.a == 1 && properties.b == 2 && properties.c == 3 && traits.d < -1.5 && traits.e == 1`: 0,
		`properties.a == "true"`:                                                                          0, // a text that looks like a truth
		`properties.a == "say \"hi\""`:                                                                    1,
		`!properties.late`:                                                                                0,
		`properties.a==1`:                                                                                 0, // as somebody wrote it
		`properties.late && `:                                                                             0,
	} {
		c := conditionOf(source)
		if len(c.clauses) != clauses || c.text() != source {
			t.Errorf("%s: %d clauses, written again as %s", source, len(c.clauses), c.text())
		}
	}
}

// TestConditionForm: a form that is sent as it was shown changes nothing.
func TestConditionForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ops := []string{"==", "!=", ">", ">=", "<", "<="}
		var parts []string
		for range rapid.IntRange(1, maxClauses).Draw(t, "n") {
			op, n := rapid.SampledFrom(ops).Draw(t, "op"), strconv.Itoa(rapid.IntRange(0, 99).Draw(t, "value"))
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				parts = append(parts, `properties.`+rapid.SampledFrom([]string{"a", "about.order_id"}).Draw(t, "name")+" "+op+" "+n)
			case 1:
				parts = append(parts, `traits.city `+op+` "`+rapid.StringMatching(`[a-zñ][a-zñ &|]{0,8}[a-zñ]`).Draw(t, "text")+`"`)
			case 2:
				parts = append(parts, `score("nps") `+op+" "+n)
			default:
				parts = append(parts, `count("Order Completed", days(`+strconv.Itoa(rapid.IntRange(1, 400).Draw(t, "days"))+`)) `+op+" "+n)
			}
		}
		source := strings.Join(parts, rapid.SampledFrom([]string{and, or}).Draw(t, "between"))
		c := conditionOf(source)
		form := url.Values{"if.source": {source}, "if.was": {source}}
		if c.written() {
			form.Set("if.was", "")
		}
		if c.any {
			form.Set("if.any", "1")
		}
		for i, s := range c.clauses {
			row := "if." + strconv.Itoa(i) + "."
			form.Set(row+"kind", s.kind)
			form.Set(row+"op", s.op)
			form.Set(row+"value", s.value)
			form.Set(row+"days", s.days)
			for _, field := range []string{"name", "metric", "event"} {
				form.Set(row+field, s.name)
			}
		}
		if got := conditionFrom(form, "if").text(); got != source {
			t.Fatalf("%s became %s", source, got)
		}
	})
}
