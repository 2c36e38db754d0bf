package compose_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
)

// Expressions of sentences are told in sentences that say the same; any other stays
// an expression.
func TestCells(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		``:                                    ``,
		`properties.receipt == false`:         `properties.receipt == false`,
		`!properties.receipt`:                 `properties.receipt == false`,
		`properties.gift`:                     `properties.gift == true`,
		`properties.wait_min <= 5`:            `properties.wait_min <= 5.0`,
		`properties.note == null`:             `properties.note == null`,
		`traits.tier in ["gold", "platinum"]`: `traits.tier in ["gold", "platinum"]`,
		`properties["a-b"] == "x \" y" && traits.tier != "gold"`: `properties["a-b"] == "x \" y" && traits.tier != "gold"`,
		`properties.amount >= 2.0 && properties.amount <= 5.0`:   `properties.amount >= 2.0 && properties.amount <= 5.0`,
		`properties.a > "text"`:                                  "-",
		`properties.a == 1.0 || properties.b == 2.0`:             "-",
		`count("Order Completed") > 2`:                           "-",
		`properties.a == "x && y"`:                               "-", // cut within the text: told as it is written
		`(properties.a == 1.0)`:                                  "-",
		`properties.a < null`:                                    "-",
	} {
		cells, ok := compose.Cells(source)
		got := "-"
		if ok {
			got = all(cells)
		}
		if got != want {
			t.Errorf("%s is told as %s, want %s", source, got, want)
		}
	}
}

// FuzzCells: nothing stops the reading, and what is told in sentences is an
// expression again, if it was one.
func FuzzCells(f *testing.F) {
	f.Add(`properties.receipt == false && traits.tier in ["a", "b"]`)
	f.Add(`properties["a.b"] != "\u00e9" && !traits.x`)
	f.Add(`properties.a == null && properties.b >= -1.50`)
	f.Fuzz(func(t *testing.T, source string) {
		cells, ok := compose.Cells(source)
		if !ok || len(cells) == 0 {
			return
		}
		if _, err := expr.Compile(expr.Moment, source); err != nil {
			return
		}
		if again := all(cells); again != source {
			if _, err := expr.Compile(expr.Moment, again); err != nil {
				t.Errorf("%s is told as %s: %v", source, again, err)
			}
		}
	})
}

// Sentences that are written are read as the same.
func TestCellsAreReadAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.Custom(cell), 1, 4).Draw(t, "cells")
		got, ok := compose.Cells(all(cells))
		if !ok || all(got) != all(cells) {
			t.Errorf("%s is read as %s", all(cells), all(got))
		}
		for i := range got {
			if got[i].String() != cells[i].String() {
				t.Errorf("%s is read as %s", cells[i], got[i])
			}
		}
	})
}

func cell(t *rapid.T) model.Cell {
	c := model.Cell{Field: rapid.SampledFrom([]string{"properties.a", "properties.a-b", "traits.tier", "properties.shipping.days"}).Draw(t, "field")}
	word := rapid.StringMatching(`[a-zé"\\ ]{1,6}`)
	number := rapid.Map(rapid.IntRange(-1000, 1000), func(n int) any { return float64(n) / 4 })
	switch c.Op = rapid.SampledFrom([]model.Op{model.Is, model.IsNot, model.Below, model.AtMost, model.Above, model.AtLeast, model.OneOf, model.Missing, model.Present}).Draw(t, "op"); c.Op {
	case model.Missing, model.Present:
	case model.OneOf:
		for range rapid.IntRange(1, 3).Draw(t, "n") {
			c.Values = append(c.Values, word.Draw(t, "word"))
		}
	case model.Is, model.IsNot:
		c.Values = []any{rapid.OneOf(number, word.AsAny(), rapid.Bool().AsAny()).Draw(t, "value")}
	default:
		c.Values = []any{number.Draw(t, "number")}
	}
	return c
}

func all(cells []model.Cell) string {
	parts := make([]string, len(cells))
	for i, c := range cells {
		parts[i] = c.CEL()
	}
	return strings.Join(parts, " && ")
}
