package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Limits of a model's YAML.
const (
	MaxSource = 256 << 10 // bytes
	maxDepth  = 16        // of [ and { and of "- " on one line
	maxFaults = 100       // reported at once
	maxText   = 500       // characters of one text
)

// reader walks a YAML document, collecting faults instead of stopping at one.
type reader struct {
	lines  []string
	tokens token.Tokens
	faults []cx.Fault
}

func (r *reader) fault(at *token.Position, path, format string, args ...any) {
	f := cx.Fault{Field: path, Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
	if at != nil {
		f.Line, f.Column = at.Line, at.Column
	}
	r.faults = append(r.faults, f)
}

// open parses src to its one document; false when that could not be done.
// What a model has no need of (anchors, aliases, tags: the ways to a YAML bomb)
// is refused before the parser sees it, and so is deep nesting.
func (r *reader) open(src []byte) (root value, ok bool) {
	switch {
	case len(src) > MaxSource:
		r.fault(nil, "", "the model has %d bytes and %d is the most: split off what it does not need", len(src), MaxSource)
		return value{}, false
	case !utf8.Valid(src):
		r.fault(nil, "", "the model is not UTF-8: save it as UTF-8")
		return value{}, false
	}
	defer func() { // the parser indexes beyond its tokens on some malformed texts
		if recover() != nil {
			r.fault(nil, "", "this is not readable YAML")
			root, ok = value{}, false
		}
	}()
	r.lines = strings.Split(string(src), "\n")
	tokens := lexer.Tokenize(string(src))
	r.tokens = tokens
	if !r.tame(tokens) {
		return value{}, false
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			r.fault(syntax.GetToken().Position, "", "this is not YAML: %s", syntax.GetMessage())
		} else {
			r.fault(nil, "", "this is not YAML")
		}
		return value{}, false
	}
	var docs []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil {
			docs = append(docs, d.Body)
		}
	}
	switch len(docs) {
	case 0:
		r.fault(nil, "", "the model is empty: begin with company:")
	case 1:
		return value{r: r, node: docs[0]}, true
	default:
		r.fault(docs[1].GetToken().Position, "", "the model is one document: remove what follows ---")
	}
	return value{}, false
}

func (r *reader) tame(tokens token.Tokens) bool {
	line, run, depth := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, run = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType:
			r.fault(t.Position, "", "%q has no place in a model: write out what it stands for", strings.TrimSpace(t.Value))
			return false
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType:
			run++
		case token.MappingValueType:
			if depth == 0 {
				run++
			}
		}
		if run > maxDepth || depth > maxDepth {
			r.fault(t.Position, "", "this is nested deeper than any model")
			return false
		}
	}
	return true
}

// value is one node with its path. The zero node is an absent value.
type value struct {
	r    *reader
	node ast.Node
	path string
	at   *token.Position // of the parent, for what is absent
}

func (v value) absent() bool {
	if v.node == nil {
		return true
	}
	_, null := v.node.(*ast.NullNode)
	return null
}

func (v value) pos() *token.Position {
	switch n := v.node.(type) {
	case nil:
		return v.at
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken().Position
		}
		if n.Start != nil {
			return n.Start.Position
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken().Position
	}
	if t := v.node.GetToken(); t != nil {
		return t.Position
	}
	return v.at
}

func (v value) fault(format string, args ...any) {
	v.r.fault(v.pos(), v.path, format, args...)
}

// fields reads a mapping whose keys are known: all of them are in the result.
// Unknown and repeated keys are faults. What is no mapping is one fault, not
// another for each field that it lacks.
func (v value) fields(known ...string) map[string]value {
	out := map[string]value{}
	entries, ok := v.entries()
	if !ok {
		v.r = &reader{}
	}
	for _, e := range entries {
		switch _, twice := out[e.key]; {
		case twice:
			v.r.fault(e.at, e.path, "is there twice: keep one")
		case !slices.Contains(known, e.key):
			v.r.fault(e.at, e.path, "is not a key of a model here%s", orMean(e.key, known, ": the keys are "))
		default:
			out[e.key] = e.value
		}
	}
	for _, k := range known {
		if _, ok := out[k]; !ok {
			out[k] = value{r: v.r, path: join(v.path, k), at: v.pos()}
		}
	}
	return out
}

type entry struct {
	value
	key string
	at  *token.Position
}

// entries reads a mapping in its order; an absent value has none. Ok is false
// when v is something else.
func (v value) entries() (entries []entry, ok bool) {
	var pairs []*ast.MappingValueNode
	switch n := v.node.(type) {
	case nil, *ast.NullNode:
		return nil, true
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		v.fault("must be a mapping of keys to values")
		return nil, false
	}
	for _, p := range pairs {
		at := p.Key.GetToken().Position
		key, ok := scalar(p.Key)
		if !ok {
			v.r.fault(at, v.path, "must have plain texts for keys")
			continue
		}
		if runes := []rune(key); len(runes) > 64 {
			key = string(runes[:64]) + "…"
		}
		entries = append(entries, entry{value{r: v.r, node: p.Value, path: join(v.path, key), at: at}, key, at})
	}
	return entries, true
}

// list reads a sequence; an absent value is an empty one.
func (v value) list() []value {
	if v.absent() {
		return nil
	}
	n, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.fault("must be a list")
		return nil
	}
	out := make([]value, len(n.Values))
	for i, item := range n.Values {
		out[i] = value{r: v.r, node: item, path: fmt.Sprintf("%s[%d]", v.path, i), at: v.pos()}
	}
	return out
}

// text reads a scalar as text; "" when absent.
func (v value) text() string {
	if v.absent() {
		return ""
	}
	s, ok := scalar(v.node)
	switch {
	case !ok:
		v.fault("must be a text")
	case utf8.RuneCountInString(s) > maxText:
		v.fault("is longer than %d characters: shorten it", maxText)
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }):
		v.fault("holds a control character: remove it")
	default:
		return strings.TrimSpace(s)
	}
	return ""
}

// required reads a text that must be there.
func (v value) required(hint string) string {
	if v.absent() {
		v.fault("is missing: %s", hint)
		return ""
	}
	s := v.text()
	if _, isText := scalar(v.node); s == "" && isText {
		v.fault("is empty: %s", hint)
	}
	return s
}

// number reads a scalar number.
func (v value) number() (float64, bool) {
	switch n := v.node.(type) {
	case *ast.IntegerNode:
		switch i := n.Value.(type) {
		case int64:
			return float64(i), true
		case uint64:
			return float64(i), true
		}
	case *ast.FloatNode:
		return n.Value, true
	}
	return 0, false
}

// boolean reads true or false; false when absent.
func (v value) boolean() bool {
	if b, ok := v.node.(*ast.BoolNode); ok {
		return b.Value
	}
	if !v.absent() {
		v.fault("must be true or false")
	}
	return false
}

// oneOf reads one of a few words.
func (v value) oneOf(words ...string) string {
	s := v.required("use " + strings.Join(words, ", "))
	if s != "" && !slices.Contains(words, s) {
		v.fault("%q is none of %s%s", s, strings.Join(words, ", "), orMean(s, words, ""))
		return ""
	}
	return s
}

// scalar returns the text of a scalar as written, whatever YAML makes of it.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.MappingKeyNode:
		return scalar(n.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// join makes a path of its parts; an empty one leaves no trace.
func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}
