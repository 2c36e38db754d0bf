package compose

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// Row is a sentence as a form sends it: what a field is called, how it compares
// (one of model.Op), and with what.
type Row struct{ Field, Op, Value string }

// Ops lists how a field can compare, in the order in which they are offered.
func Ops() []model.Op {
	return []model.Op{model.Is, model.IsNot, model.Below, model.AtMost, model.Above, model.AtLeast, model.Between, model.OneOf, model.Missing, model.Present}
}

var (
	figure = regexp.MustCompile(`^-?\d+(?:[.,]\d+)?$`)
	ends   = regexp.MustCompile(`^(-?\d+(?:[.,]\d+)?) *(?:\.\.|;|–| - | a | to | y | e | and ) *(-?\d+(?:[.,]\d+)?)$`)
)

// Cell reads a sentence. The fault, in the reader's words, says what to write; "" is
// none.
func (w *Words) Cell(r Row) (c model.Cell, fault string) {
	c = model.Cell{Field: w.Path(r.Field), Op: model.Op(r.Op)}
	if c.Op == "" {
		c.Op = model.Is
	}
	if _, err := model.NewCell(c.Field, string(model.Missing)); err != nil {
		return c, w.L.T("promises.if.fault.field")
	}
	text := strings.TrimSpace(r.Value)
	switch c.Op {
	case model.Missing, model.Present:
		return c, ""
	case model.Between:
		m := ends.FindStringSubmatch(text)
		if m == nil {
			return c, w.L.T("promises.if.fault.between")
		}
		low, high := number(m[1]), number(m[2])
		c.Values = []any{min(low, high), max(low, high)}
		return c, ""
	case model.OneOf:
		for part := range strings.SplitSeq(text, ";") {
			if part = strings.TrimSpace(part); part != "" {
				c.Values = append(c.Values, w.literal(part))
			}
		}
	case model.Below, model.AtMost, model.Above, model.AtLeast:
		if !figure.MatchString(text) {
			return c, w.L.T("promises.if.fault.number")
		}
		c.Values = []any{number(text)}
	case model.Is, model.IsNot:
		if text != "" {
			c.Values = []any{w.literal(text)}
		}
	default:
		return c, w.L.T("promises.if.fault.value")
	}
	if len(c.Values) == 0 {
		return c, w.L.T("promises.if.fault.value")
	}
	return c, ""
}

func number(s string) float64 {
	n, _ := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64) // both callers matched one
	return n
}

// literal is what somebody wrote: yes, no, a number or a text; what stands in quotes
// is a text.
func (w *Words) literal(s string) any {
	switch {
	case strings.EqualFold(s, w.L.T("customer.yes")), s == "true":
		return true
	case strings.EqualFold(s, w.L.T("customer.no")), s == "false":
		return false
	case figure.MatchString(s):
		return number(s)
	}
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// value writes what literal reads.
func (w *Words) value(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return w.L.T("customer.yes")
		}
		return w.L.T("customer.no")
	case float64:
		s := strconv.FormatFloat(v, 'f', -1, 64)
		if w.L.Number(1.5, 1) != "1.5" {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s
	case string:
		if w.literal(v) != any(v) {
			return `"` + v + `"`
		}
		return v
	}
	return ""
}

// Row writes a cell as a form shows it.
func (w *Words) Row(c model.Cell) Row {
	values := make([]string, len(c.Values))
	for i, v := range c.Values {
		values[i] = w.value(v)
	}
	between := "; "
	if c.Op == model.Between {
		between = ".."
	}
	return Row{w.Field(c.Field), string(c.Op), strings.Join(values, between)}
}

// Condition is what has to be so: rows that all hold; or, when it is not made of
// such, the expression.
type Condition struct {
	Rows   []Row
	Source string // the expression; "" of rows that nobody saved yet
	Text   bool   // it can only be told as an expression
}

const at = `((?:properties|traits)(?:\.[A-Za-z_]\w*|\["[^"\\.\s]+"\])+)`

var (
	comparing = regexp.MustCompile(`^` + at + ` (<=|>=|<|>|==|!=) ("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)$`)
	holding   = regexp.MustCompile(`^` + at + ` in \[("(?:[^"\\]|\\.)*"(?:, "(?:[^"\\]|\\.)*")*)\]$`)
	truth     = regexp.MustCompile(`^(!?)` + at + `$`)
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	index     = regexp.MustCompile(`\["([^"]+)"\]`)
)

// Cells reads an expression of sentences; ok is false of any other.
func Cells(source string) (cells []model.Cell, ok bool) {
	if strings.TrimSpace(source) == "" {
		return nil, true
	}
	for part := range strings.SplitSeq(source, " && ") {
		c, ok := cellOf(strings.TrimSpace(part))
		if !ok {
			return nil, false
		}
		cells = append(cells, c)
	}
	return cells, true
}

func cellOf(part string) (c model.Cell, ok bool) {
	field := func(s string) string { return index.ReplaceAllString(s, ".$1") }
	if m := comparing.FindStringSubmatch(part); m != nil {
		op := model.Op(m[2])
		if op == "==" {
			op = model.Is
		}
		switch {
		case m[3] == "null" && op == model.Is:
			return model.Cell{Field: field(m[1]), Op: model.Missing}, true
		case m[3] == "null" && op == model.IsNot:
			return model.Cell{Field: field(m[1]), Op: model.Present}, true
		}
		var v any
		if text, err := strconv.Unquote(m[3]); err == nil {
			v = text
		} else if n, err := strconv.ParseFloat(m[3], 64); err == nil {
			v = n
		} else if m[3] != "null" {
			v = m[3] == "true"
		}
		_, isNumber := v.(float64)
		return model.Cell{Field: field(m[1]), Op: op, Values: []any{v}}, isNumber || v != nil && (op == model.Is || op == model.IsNot)
	}
	if m := holding.FindStringSubmatch(part); m != nil {
		c = model.Cell{Field: field(m[1]), Op: model.OneOf}
		for _, s := range quoted.FindAllString(m[2], -1) {
			text, err := strconv.Unquote(s)
			if err != nil {
				return c, false
			}
			c.Values = append(c.Values, text)
		}
		return c, true
	}
	if m := truth.FindStringSubmatch(part); m != nil {
		return model.Cell{Field: field(m[2]), Op: model.Is, Values: []any{m[1] == ""}}, true
	}
	return c, false
}

// Of tells an expression in sentences, if it is made of such.
func (w *Words) Of(source string) Condition {
	cells, ok := Cells(source)
	c := Condition{Source: source, Text: !ok}
	for _, cell := range cells {
		c.Rows = append(c.Rows, w.Row(cell))
	}
	return c
}

// MaxRows is how many sentences a form has room for.
const MaxRows = 4

// Read reads what a form sends below a prefix: sentences, or the expression when it
// was changed. Sentences that say what the expression said leave it as it was. The
// fault, in the reader's words, says what is wrong with a sentence.
func (w *Words) Read(form url.Values, prefix string) (c Condition, fault string) {
	source, was := strings.TrimSpace(form.Get(prefix+".source")), strings.TrimSpace(form.Get(prefix+".was"))
	if form.Has(prefix+".source") && source != was {
		return w.Of(source), ""
	}
	if before, ok := Cells(was); !ok || len(before) > MaxRows {
		return w.Of(was), ""
	}
	var parts []string
	for i := range MaxRows {
		row := prefix + "." + strconv.Itoa(i) + "."
		r := Row{form.Get(row + "field"), form.Get(row + "op"), form.Get(row + "value")}
		if strings.TrimSpace(r.Field) == "" {
			continue
		}
		c.Rows = append(c.Rows, r)
		cell, f := w.Cell(r)
		if f != "" {
			fault = f
			continue
		}
		parts = append(parts, cell.CEL())
	}
	c.Source = strings.Join(parts, " && ")
	if before, _ := Cells(was); c.Source == cel(before) {
		c.Source = was
	}
	return c, fault
}

func cel(cells []model.Cell) string {
	parts := make([]string, len(cells))
	for i, c := range cells {
		parts[i] = c.CEL()
	}
	return strings.Join(parts, " && ")
}

// row returns a sentence of the condition, or an empty one to fill in.
func row(c Condition, i int) Row {
	if i < len(c.Rows) {
		return c.Rows[i]
	}
	return Row{}
}
