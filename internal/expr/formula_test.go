package expr_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// condition draws a condition on properties a, b and c that has nothing opaque.
func condition(t *rapid.T, depth int) string {
	field := rapid.SampledFrom([]string{"properties.a", "properties.b", `properties["c"]`, "traits.a"})
	word := rapid.SampledFrom([]string{"null", "true", "false", "1", "2.5", "-3", `"x"`, `"y"`})
	number := rapid.SampledFrom([]string{"1", "2.0", "-3", "2.5"})
	pick := rapid.IntRange(0, 9).Draw(t, "kind")
	if depth == 0 {
		pick %= 6
	}
	sub := func() string { return "(" + condition(t, depth-1) + ")" }
	switch pick {
	case 0:
		return field.Draw(t, "field")
	case 1:
		return field.Draw(t, "field") + rapid.SampledFrom([]string{" == ", " != "}).Draw(t, "op") + word.Draw(t, "word")
	case 2:
		return word.Draw(t, "word") + rapid.SampledFrom([]string{" == ", " != "}).Draw(t, "op") + field.Draw(t, "field")
	case 3:
		return field.Draw(t, "field") + rapid.SampledFrom([]string{" < ", " <= ", " > ", " >= "}).Draw(t, "op") + number.Draw(t, "number")
	case 4:
		return number.Draw(t, "number") + rapid.SampledFrom([]string{" < ", " <= ", " > ", " >= "}).Draw(t, "op") + field.Draw(t, "field")
	case 5:
		return field.Draw(t, "field") + " in [" + strings.Join(rapid.SliceOfN(word, 1, 3).Draw(t, "words"), ", ") + "]"
	case 6:
		return "!" + sub()
	case 7:
		return sub() + " && " + sub()
	case 8:
		return sub() + " || " + sub()
	}
	return sub() + " ? " + sub() + " : " + sub()
}

// A formula holds exactly where its condition does.
func TestFormulaIsItsCondition(t *testing.T) {
	t.Parallel()
	c, err := expr.NewCompiler(expr.Moment)
	if err != nil {
		t.Fatal(err)
	}
	values := rapid.SampledFrom([]any{nil, true, false, 1.0, 2.0, 2.5, -3.0, 7.0, "x", "y", "z"})
	rapid.Check(t, func(t *rapid.T) {
		src := condition(t, 3)
		p, err := c.Compile(src)
		if err != nil {
			t.Fatal(src, err)
		}
		data := map[string]map[string]any{"properties": {}, "traits": {}}
		for _, at := range []string{"properties.a", "properties.b", "properties.c", "traits.a"} {
			if v := values.Draw(t, at); v != nil {
				root, name, _ := strings.Cut(at, ".")
				data[root][name] = v
			}
		}
		want, err := p.Bool(expr.Vars{Properties: expr.ObjectOf(data["properties"]), Traits: expr.ObjectOf(data["traits"])})
		if err != nil {
			t.Fatal(err)
		}
		got := expr.NewFormula(p).Holds(func(test expr.Test) bool {
			if test.Is == expr.Opaque {
				t.Fatalf("%s: %q is opaque", src, test.Field)
			}
			root, name, _ := strings.Cut(test.Field, ".")
			return test.Holds(data[root][name])
		})
		if got != want {
			t.Fatalf("%s with %v: the formula gives %v", src, data, got)
		}
	})
}

func TestFormulaNamesWhatItCannotSee(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`count("Order Completed", days(90)) >= 2`:                       `count("Order Completed", days(90)) 4 2`,
		`properties.a > properties.b`:                                   "properties.a > properties.b opaque",
		`properties.note.contains("x") && has(properties.a)`:            `properties.note.contains("x") opaque; has(properties.a) opaque`,
		`count("A", {"late": true}) == 0 || event.name == "B"`:          `count("A", {"late": true}) 0 0; event.name 0 B`,
		`last("A") == null && properties.a.b["c d"] <= 3`:               `last("A") 0 <nil>; properties.a.b.c d 2 3`,
		`now > timestamp("2026-01-01") && visits("till") < 3`:           `now > timestamp("2026-01-01") opaque; visits("till") 1 3`,
		`(first("A") != null && revenue(days(5)) > 1.0) ? true : false`: `first("A") 0 <nil>; revenue(days(5)) 3 1; first("A") 0 <nil>; revenue(days(5)) 3 1`,
	} {
		p, err := expr.Compile(expr.Moment, src)
		if err != nil {
			t.Fatal(src, err)
		}
		var got []string
		expr.NewFormula(p).Tests(func(test expr.Test) {
			if test.Is == expr.Opaque {
				got = append(got, test.Field+" opaque")
				return
			}
			got = append(got, fmt.Sprintf("%s %d %v", test.Field, test.Is, test.Value))
		})
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %s", src, strings.Join(got, "; "))
		}
	}
}
