package model

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// written is a scalar that is no text, as it stands in the file: 3, true, 1.50.
type written string

// generic returns what a node holds: Part, []any, string, written or nil.
func generic(n ast.Node) any {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		part := Part{}
		for _, p := range pairs(n) {
			key, _ := scalar(p.Key)
			part = append(part, Field{key, generic(p.Value)})
		}
		return part
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, v := range n.Values {
			list[i] = generic(v)
		}
		return list
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return written(n.GetToken().Value)
	}
	if s, ok := scalar(n); ok {
		return s
	}
	return nil
}

// plainValue brings what a form gives to the shapes of generic.
func plainValue(v any) any {
	switch v := v.(type) {
	case bool:
		return written(strconv.FormatBool(v))
	case float64:
		return written(strconv.FormatFloat(v, 'f', -1, 64))
	case int:
		return written(strconv.Itoa(v))
	case Text:
		if v == (Text{}) {
			return nil
		}
		if v.ES == v.EN && v.EN == v.PT {
			return v.ES
		}
		part := Part{}
		for _, f := range []Field{{"es", v.ES}, {"en", v.EN}, {"pt", v.PT}} {
			if f.Value != "" {
				part = append(part, f)
			}
		}
		return part
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = plainValue(item)
		}
		return list
	case Part:
		return merged(nil, v)
	}
	return v
}

// width is where a line is broken, when it can be.
const width = 120

// itemLines writes an item of a list whose dashes stand at the column: on one
// line when it is short, else a line for each key, or for each item of its own.
func itemLines(column int, v any) []string {
	dash := strings.Repeat(" ", column) + "- "
	if line := dash + inline(v); len(line) <= width && !strings.Contains(line, "\n") && !nested(v) {
		return []string{line}
	}
	var out []string
	switch v := v.(type) {
	case Part:
		lead := dash
		for _, f := range v {
			out = append(out, fieldLines(lead, f)...)
			lead = strings.Repeat(" ", len(dash))
		}
	case []any:
		for _, item := range v {
			out = append(out, itemLines(len(dash), item)...)
		}
		out[0] = dash + out[0][len(dash):]
	default:
		out = []string{dash + inline(v)}
	}
	return out
}

// nested tells whether a value holds lists of mappings, which read better on
// lines of their own.
func nested(v any) bool {
	switch v := v.(type) {
	case Part:
		return slices.ContainsFunc(v, func(f Field) bool { return nested(f.Value) })
	case []any:
		return slices.ContainsFunc(v, func(item any) bool {
			_, mapping := item.(Part)
			return mapping || nested(item)
		})
	}
	return false
}

// fieldLines writes "key: value" after lead, and what follows it indented.
func fieldLines(lead string, f Field) []string {
	head := lead + inlineText(f.Key, true) + ":"
	below := strings.Repeat(" ", len(lead)+2)
	switch v := f.Value.(type) {
	case string:
		if strings.Contains(v, "\n") && literal(v) {
			out := []string{head + " |"}
			if !strings.HasSuffix(v, "\n") {
				out[0] += "-"
			}
			for line := range strings.SplitSeq(strings.TrimSuffix(v, "\n"), "\n") {
				out = append(out, strings.TrimRight(below+line, " "))
			}
			return out
		}
	case []any:
		if nested(v) || len(head)+1+len(inline(v)) > width {
			out := []string{head}
			for _, item := range v {
				out = append(out, itemLines(len(below), item)...)
			}
			return out
		}
	case Part:
		if len(head)+1+len(inline(v)) > width {
			out := []string{head}
			for _, inner := range v {
				out = append(out, fieldLines(below, inner)...)
			}
			return out
		}
	}
	return []string{head + " " + inline(f.Value)}
}

// literal tells whether a text of several lines can stand under a bar as it is.
func literal(s string) bool {
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		if strings.TrimRight(line, " \t\r") != line || strings.ContainsAny(line, "\t\r") {
			return false
		}
	}
	return s[0] != ' ' && s[0] != '\n' && !strings.HasSuffix(s, "\n\n")
}

// inline writes a value on one line.
func inline(v any) string {
	switch v := v.(type) {
	case written:
		return string(v)
	case string:
		return inlineText(v, false)
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = inline(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Part:
		parts := make([]string, len(v))
		for i, f := range v {
			parts[i] = inlineText(f.Key, true) + ": " + inline(f.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "~"
}

// inlineText writes a text plain when it reads back as the same text, within
// brackets too; else in quotes.
func inlineText(s string, key bool) string {
	if plain(s, key) {
		return s
	}
	if !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff
	}) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return strconv.Quote(s)
}

func plain(s string, key bool) bool {
	if s == "" || s[0] == '-' || s[0] == '?' || strings.TrimSpace(s) != s || strings.ContainsAny(s, "\n\r\t,:[]{}#&*!|>%@`\"'") {
		return false
	}
	text := "[" + s + "]"
	if key {
		text = "[{" + s + ": x}]"
	}
	var back []any
	if yaml.Unmarshal([]byte(text), &back) != nil || len(back) != 1 {
		return false
	}
	if key {
		m, ok := back[0].(map[string]any)
		return ok && m[s] == "x"
	}
	return back[0] == s
}
