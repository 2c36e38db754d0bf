package model

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Op says how a cell compares a field.
type Op string

// The comparisons of a cell.
const (
	Is      Op = "="
	IsNot   Op = "!="
	Below   Op = "<"
	AtMost  Op = "<="
	Above   Op = ">"
	AtLeast Op = ">="
	Between Op = ".." // both ends included
	OneOf   Op = "in"
	Missing Op = "missing"
	Present Op = "present"
)

// Cell is one cell of a decision table: what a field must be. A field that is
// missing satisfies Missing and IsNot alone.
type Cell struct {
	Field  string // "properties.receipt", "traits.tier"
	Op     Op
	Values []any // bool, float64 or string: one, two of Between, any of OneOf
}

const cellHint = `write what it must be, such as false, "> 30", "14..30", [a, b] or "missing"`

var (
	cellField = regexp.MustCompile(`^(properties|traits)\.[^\s.]+(\.[^\s.]+)*$`)
	cellRange = regexp.MustCompile(`^(-?[0-9]+(?:\.[0-9]+)?)\.\.(-?[0-9]+(?:\.[0-9]+)?)$`)
	cellOps   = []Op{IsNot, AtMost, AtLeast, Is, Below, Above} // the longer first
)

// NewCell reads what a cell says, as a form gives it: the text of a YAML scalar, or
// several for OneOf. The error says what to write.
func NewCell(field string, says ...any) (Cell, error) {
	c := Cell{Field: field, Op: Is, Values: says}
	if !cellField.MatchString(field) {
		return c, fmt.Errorf("%q is no field: write properties.NAME or traits.NAME", field)
	}
	if len(says) != 1 {
		if len(says) == 0 {
			return c, fmt.Errorf("is empty: %s", cellHint)
		}
		c.Op = OneOf
		return c, nil
	}
	text, ok := says[0].(string)
	if !ok {
		return c, nil
	}
	text = strings.TrimSpace(text)
	c.Values = []any{text}
	switch {
	case text == string(Missing), text == string(Present):
		return Cell{Field: field, Op: Op(text)}, nil
	case text == "":
		return c, fmt.Errorf("is empty: %s", cellHint)
	}
	if m := cellRange.FindStringSubmatch(text); m != nil {
		low, _ := strconv.ParseFloat(m[1], 64)
		high, _ := strconv.ParseFloat(m[2], 64)
		if low > high {
			return c, fmt.Errorf("ends before it begins: write the smaller number first")
		}
		return Cell{field, Between, []any{low, high}}, nil
	}
	for _, op := range cellOps {
		rest, ok := strings.CutPrefix(text, string(op))
		if !ok {
			continue
		}
		c.Op, c.Values = op, []any{plainScalar(strings.TrimSpace(rest))}
		if _, number := c.Values[0].(float64); !number && slices.Contains([]Op{Below, AtMost, Above, AtLeast}, op) {
			return c, fmt.Errorf("%q compares no number: write one, such as %s 30", text, op)
		}
		break
	}
	return c, nil
}

// plainScalar is what a text stands for when it is written without quotes.
func plainScalar(s string) any {
	if s == "true" || s == "false" {
		return s == "true"
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil && n == n && n-n == 0 {
		return n
	}
	return strings.Trim(s, `"'`)
}

func (e entry) cell() (Cell, bool) {
	var says []any
	switch n := e.node.(type) {
	case *ast.NullNode:
		e.fault("is empty: %s", cellHint)
		return Cell{}, false
	case *ast.SequenceNode:
		for _, item := range e.list() {
			if v := item.literal(); v != nil {
				says = append(says, v)
			} else {
				item.fault("must be a number, a text, true or false")
			}
		}
	default:
		v := value{e.r, n, e.path, e.at}.literal()
		if v == nil {
			e.fault("must be a number, a text, true, false or a list of them")
			return Cell{}, false
		}
		says = []any{v}
	}
	cell, err := NewCell(e.key, says...)
	if err != nil {
		e.fault("%s", err)
	}
	return cell, err == nil
}

// literal reads a scalar as bool, float64 or string; nil when it is none.
func (v value) literal() any {
	if b, ok := v.node.(*ast.BoolNode); ok {
		return b.Value
	}
	if n, ok := v.number(); ok {
		return n
	}
	if _, ok := scalar(v.node); !ok || v.absent() {
		return nil
	}
	return v.text()
}

// CEL writes the cell as a condition of scope expr.Moment.
func (c Cell) CEL() string {
	root, path, _ := strings.Cut(c.Field, ".")
	at := root
	for _, name := range strings.Split(path, ".") {
		if celWord.MatchString(name) && !slices.Contains(celReserved, name) {
			at += "." + name
		} else {
			at += "[" + strconv.Quote(name) + "]"
		}
	}
	switch c.Op {
	case Missing:
		return at + " == null"
	case Present:
		return at + " != null"
	case Between:
		return at + " >= " + celLiteral(c.Values[0]) + " && " + at + " <= " + celLiteral(c.Values[1])
	case OneOf:
		all := make([]string, len(c.Values))
		for i, v := range c.Values {
			all[i] = celLiteral(v)
		}
		return at + " in [" + strings.Join(all, ", ") + "]"
	case Is:
		return at + " == " + celLiteral(c.Values[0])
	}
	return at + " " + string(c.Op) + " " + celLiteral(c.Values[0])
}

// celReserved are the words that CEL keeps for itself.
var celReserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop", "namespace",
	"null", "package", "return", "true", "var", "void", "while",
}

func celLiteral(v any) string {
	switch v := v.(type) {
	case float64:
		s := strconv.FormatFloat(v, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	case string:
		return strconv.Quote(v)
	}
	return fmt.Sprint(v)
}

// Says is how the cell is written in the model: a scalar, or several of OneOf.
func (c Cell) Says() any {
	switch c.Op {
	case Missing, Present:
		return string(c.Op)
	case Is:
		if s, ok := c.Values[0].(string); ok {
			if again, err := NewCell(c.Field, s); err != nil || again.Op != Is || again.Values[0] != any(s) {
				return "= " + s // it would read as something else
			}
		}
		return c.Values[0]
	case OneOf:
		return slices.Clone(c.Values)
	case Between:
		return scalarText(c.Values[0]) + ".." + scalarText(c.Values[1])
	}
	return string(c.Op) + " " + scalarText(c.Values[0])
}

func scalarText(v any) string {
	if n, ok := v.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// String writes the cell for a diff.
func (c Cell) String() string {
	if all, ok := c.Says().([]any); ok {
		texts := make([]string, len(all))
		for i, v := range all {
			texts[i] = scalarText(v)
		}
		return c.Field + " in " + strings.Join(texts, ", ")
	}
	return c.Field + " " + scalarText(c.Says())
}
