package importer

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml/ast"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// want is what the place of a value in the map needs.
type want int

const (
	asText want = iota
	asNumber
	asTime
	asAny // text, unless the value says its type
)

// value is where an entry finds something in a line: a column, an expression or
// a constant.
type value struct {
	at       node
	column   string // set when it is a column
	cel      *condition
	constant string // set when it is neither
	typ      string // text, number, bool, time; "" for what an expression gives
	layout   *layout
	words    map[string]string // what texts of the column, in lower case, stand for
	when     *condition        // nil: always

	place int // of the column, once bound
}

// condition is a CEL expression over the row.
type condition struct {
	at      node
	program *expr.Program
}

var typeOf = map[want]string{asText: "text", asNumber: "number", asTime: "time", asAny: "text"}

func (m *Map) readValue(n node, w want) *value {
	t := &m.tree
	v := &value{at: n, typ: typeOf[w]}
	if _, mapping := n.Node.(*ast.MappingNode); !mapping {
		if v.column = t.text(n); v.column == "" && !t.has(n.path) {
			t.fault(n, "must name a column; for no value leave the key out")
		}
		return v
	}
	ways, typed := 0, node{}
	t.fields(n, map[string]func(node){
		"column": func(n node) { v.column, ways = t.text(n), ways+1 },
		"value":  func(n node) { v.constant, ways = t.text(n), ways+1 },
		"cel":    func(n node) { v.cel, ways = m.readCondition(n), ways+1 },
		"when":   func(n node) { v.when = m.readCondition(n) },
		"format": func(n node) { v.layout = m.readLayout(n) },
		"type":   func(n node) { typed = n },
		"words": func(n node) {
			v.words = map[string]string{}
			t.entries(n, func(word string, _, n node) { v.words[folded(word)] = t.text(n) })
		},
	})
	if w == asAny && v.cel != nil {
		v.typ = ""
	}
	if typed.Node != nil {
		switch s := t.text(typed); {
		case w != asAny:
			t.fault(typed, "is not needed here: it is "+typeOf[w])
		case s == "string" || s == "text":
			v.typ = "text"
		case s == "number" || s == "bool" || s == "time":
			v.typ = s
		default:
			t.fault(typed, "must be number, bool, string or time")
		}
	}
	if ways != 1 {
		t.fault(n, "needs exactly one of column, cel, value")
	}
	if v.layout != nil && v.typ != "time" {
		t.fault(n, "has a format but is no time: add type: time")
	}
	return v
}

// readWord reads a value whose plain text stands for itself.
func (m *Map) readWord(n node) *value {
	if _, mapping := n.Node.(*ast.MappingNode); mapping {
		return m.readValue(n, asText)
	}
	v := &value{at: n, typ: "text", constant: m.tree.text(n)}
	if v.constant == "" && !m.tree.has(n.path) {
		m.tree.fault(n, "must not be empty")
	}
	return v
}

func (m *Map) readCondition(n node) *condition {
	if m.compiler == nil {
		compiler, err := expr.NewCompiler(expr.Row)
		if err != nil {
			m.tree.fault(n, err.Error())
			return nil
		}
		m.compiler = compiler
	}
	return m.tree.compile(n, m.tree.text(n), m.compiler)
}

// compile checks an expression; its faults stand where they are in the map.
func (t *tree) compile(n node, src string, compiler *expr.Compiler) *condition {
	program, err := compiler.Compile(src)
	if err == nil {
		return &condition{n, program}
	}
	line, column := n.position()
	for _, f := range cx.FaultsOf(err) {
		at := cx.Fault{Field: n.path, Line: line, Column: column, Message: f.Message}
		if _, block := n.Node.(*ast.LiteralNode); block {
			at.Line, at.Column = line+max(f.Line, 1), max(f.Column, 1)
		} else if f.Line <= 1 && f.Column > 0 {
			if at.Column += f.Column - 1; strings.HasPrefix(strings.TrimSpace(n.GetToken().Origin), `"`) || strings.HasPrefix(strings.TrimSpace(n.GetToken().Origin), "'") {
				at.Column++
			}
		}
		t.faults = append(t.faults, at)
	}
	if cx.FaultsOf(err) == nil {
		t.fault(n, err.Error())
	}
	return nil
}

// binder resolves what a map says against the columns of a file.
type binder struct {
	tree
	file   string
	names  []string
	index  map[string]int
	zone   *time.Location
	cel    *expr.Compiler // made with the first expression: rows are needed as maps
	open   bool           // there is no header: any column may come
	single bool           // the file has one column
}

func (b *binder) column(n node, name string) int {
	i, ok := b.index[name]
	if !ok && b.open {
		i = len(b.names)
		b.names, b.index[name] = append(b.names, name), i
	} else if !ok {
		hint := didYouMean(name, b.names)
		if b.single && strings.ContainsAny(b.names[0], ";,\t|") {
			hint = "; its header is one column: does the map need a delimiter?"
		}
		b.fault(n, b.file+" has no column "+strconv.Quote(name)+hint)
	}
	return i
}

func (b *binder) condition(c *condition) *condition {
	if c == nil {
		return nil
	}
	if b.cel == nil {
		opts := []expr.Option{expr.Zone(b.zone)}
		if !b.open {
			opts = append(opts, expr.Columns(b.names...))
		}
		compiler, err := expr.NewCompiler(expr.Row, opts...)
		if err != nil {
			b.fault(c.at, err.Error())
			return nil
		}
		b.cel = compiler
	}
	return b.compile(c.at, c.program.Source(), b.cel)
}

func (b *binder) value(v *value) *value {
	if v == nil {
		return nil
	}
	bound := *v
	if v.column != "" {
		bound.place = b.column(v.at, v.column)
	}
	bound.cel, bound.when = b.condition(v.cel), b.condition(v.when)
	return &bound
}

func (b *binder) fields(fields []field) []field {
	out := make([]field, len(fields))
	for i, f := range fields {
		out[i] = field{f.name, b.value(f.value)}
	}
	return out
}

// line is the line being mapped.
type line struct {
	*times
	layout  *layout // of the map
	decimal byte
	columns []string
	vars    expr.Vars
}

// cell is what a value is in one line: JSON text of its kind. The zero cell is
// "nothing there".
type cell struct {
	kind byte // 0 nothing, 't' text, 'v' a number or a bool as JSON
	text string
}

// appendJSON appends a cell that is there.
func (c cell) appendJSON(dst []byte) []byte {
	if c.kind == 'v' {
		return append(dst, c.text...)
	}
	return appendString(dst, c.text)
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // fails on bad UTF-8 only, which readers refuse, and then replaces it
	return dst
}

// holds evaluates a condition; nil holds.
func (c *condition) holds(l *line) (bool, error) {
	if c == nil {
		return true, nil
	}
	return c.program.Bool(l.vars)
}

// get returns what v is in the line. Reason says why it cannot be told.
func (v *value) get(l *line) (c cell, reason string) {
	raw, at, reason := v.raw(l)
	switch {
	case reason != "" || raw.kind == 0:
		return cell{}, reason
	case !at.IsZero():
		if v.typ == "text" || v.typ == "" || v.typ == "time" {
			return cell{'t', at.In(l.zone).Format(time.RFC3339Nano)}, ""
		}
		return cell{}, v.label() + " is a time, not a " + v.typ
	}
	switch v.typ {
	case "number":
		n, ok := number(raw.text, l.decimal)
		if !ok {
			return cell{}, v.label() + " is not a number"
		}
		return cell{'v', n}, ""
	case "bool":
		b, ok := truth(raw.text)
		if !ok {
			return cell{}, v.label() + " is neither true nor false"
		}
		return cell{'v', b}, ""
	case "time":
		at, ok := l.parse(raw.text, v.layoutIn(l))
		if !ok {
			return cell{}, v.label() + " is no time: known are " + wantTime
		}
		return cell{'t', at.In(l.zone).Format(time.RFC3339Nano)}, ""
	case "text":
		return cell{'t', raw.text}, ""
	}
	return raw, ""
}

// time returns the instant that v is in the line; ok is false when it is empty.
func (v *value) time(l *line) (at time.Time, ok bool, reason string) {
	raw, at, reason := v.raw(l)
	if reason != "" || raw.kind == 0 {
		return at, false, reason
	}
	if at.IsZero() {
		if at, ok = l.parse(raw.text, v.layoutIn(l)); !ok {
			return at, false, v.label() + " is no time: known are " + wantTime
		}
	}
	return at, true, ""
}

func (v *value) layoutIn(l *line) layout {
	if v.layout != nil {
		return *v.layout
	}
	return *l.layout
}

// raw returns the text of a column or constant, or what an expression gives: a
// time comes as at, with any text.
func (v *value) raw(l *line) (c cell, at time.Time, reason string) {
	if ok, err := v.when.holds(l); err != nil || !ok {
		if err != nil {
			reason = v.label() + ": when: " + cx.MessageOf(err)
		}
		return cell{}, at, reason
	}
	text := v.constant
	switch {
	case v.cel != nil:
		return v.computed(l)
	case v.column != "":
		text = l.columns[v.place]
	}
	if v.words != nil {
		if meant, ok := v.words[folded(text)]; ok {
			text = meant
		}
	}
	if v.typ != "text" {
		text = strings.TrimSpace(text)
	}
	if text == "" {
		return cell{}, at, ""
	}
	return cell{'t', text}, at, ""
}

func (v *value) computed(l *line) (c cell, at time.Time, reason string) {
	result, err := v.cel.program.Value(l.vars)
	if err != nil {
		return cell{}, at, v.label() + ": " + cx.MessageOf(err)
	}
	switch r := result.(type) {
	case nil:
		return cell{}, at, ""
	case bool:
		return cell{'v', strconv.FormatBool(r)}, at, ""
	case int64:
		return cell{'v', strconv.FormatInt(r, 10)}, at, ""
	case float64:
		if math.IsNaN(r) || math.IsInf(r, 0) {
			return cell{}, at, v.label() + " is not a number"
		}
		return cell{'v', strconv.FormatFloat(r, 'g', -1, 64)}, at, ""
	case time.Time:
		if !sane(r) {
			return cell{}, at, v.label() + " is no time that can be written"
		}
		return cell{'t', "-"}, r, ""
	case string:
		if r == "" {
			return cell{}, at, ""
		}
		return cell{'t', r}, at, ""
	}
	return cell{}, at, v.label() + " gives neither text, number, bool nor time"
}

// folded is a text as words are compared.
func folded(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// label names the value in a reason.
func (v *value) label() string {
	switch {
	case v.column != "":
		return "column " + v.column
	case v.cel != nil:
		return v.at.path
	}
	return "the value of " + v.at.path
}

// thousands are digits in groups of three.
var thousands = regexp.MustCompile(`^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)

// number returns s as a JSON number. With a decimal comma, points group
// thousands; else commas may. A sign of a currency is left out.
func number(s string, decimal byte) (string, bool) {
	s = strings.TrimSpace(strings.Trim(strings.TrimPrefix(s, "R$"), "€$£ \u00a0\u202f"))
	switch {
	case decimal == ',':
		s = strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
	case thousands.MatchString(s):
		s = strings.ReplaceAll(s, ",", "")
	}
	if len(s) > 64 || strings.Trim(s, "0123456789+-.eE") != "" || s == "" {
		return "", false
	}
	if v := jsontext.Value(s); v.IsValid() {
		f, err := strconv.ParseFloat(s, 64)
		return s, err == nil && !math.IsInf(f, 0)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return "", false
	}
	return strconv.FormatFloat(f, 'g', -1, 64), true
}

// truth returns s as a JSON bool.
func truth(s string) (string, bool) {
	switch strings.ToLower(s) {
	case "true", "t", "yes", "y", "1", "si", "sí", "s", "sim", "verdadero", "verdadeiro":
		return "true", true
	case "false", "f", "no", "n", "0", "não", "nao", "falso":
		return "false", true
	}
	return "", false
}
