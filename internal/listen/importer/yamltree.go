package importer

import (
	"errors"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// tree reads a YAML document node by node and keeps every fault with its line,
// column and path.
type tree struct{ faults []cx.Fault }

// node is a place in the document.
type node struct {
	ast.Node
	path string
}

func (n node) position() (line, column int) {
	if n.Node == nil || n.GetToken() == nil {
		return 1, 1
	}
	p := n.GetToken().Position
	return p.Line, p.Column
}

func (t *tree) fault(n node, message string) {
	line, column := n.position()
	t.faults = append(t.faults, cx.Fault{Field: n.path, Line: line, Column: column, Message: message})
}

// maxMap is the size of a map; none needs more.
const maxMap = 1 << 20

// root parses src.
func (t *tree) root(src []byte) (node, bool) {
	if len(src) > maxMap {
		t.fault(node{}, "the map is larger than 1 MB")
		return node{}, false
	}
	file, err := parser.ParseBytes(src, 0)
	if err != nil {
		f := cx.Fault{Line: 1, Column: 1, Message: err.Error()}
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			f.Message = syntax.GetMessage()
			if at := syntax.GetToken(); at != nil && at.Position != nil {
				f.Line, f.Column = at.Position.Line, at.Position.Column
			}
		}
		t.faults = append(t.faults, f)
		return node{}, false
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		t.fault(node{}, "the map must be one YAML document that is not empty")
		return node{}, false
	}
	return node{Node: file.Docs[0].Body}, true
}

// fields calls the function of each key of a mapping, in order of the document;
// null values are left out, unknown keys are faults.
func (t *tree) fields(n node, known map[string]func(node)) {
	t.entries(n, func(key string, at, value node) {
		read, ok := known[key]
		if !ok {
			names := make([]string, 0, len(known))
			for name := range known {
				names = append(names, name)
			}
			slices.Sort(names)
			t.fault(at, "is not a key here"+didYouMean(key, names)+": one of "+strings.Join(names, ", "))
			return
		}
		read(value)
	})
}

// entries calls fn for each key and value of a mapping.
func (t *tree) entries(n node, fn func(key string, at, value node)) {
	m, ok := n.Node.(*ast.MappingNode)
	if !ok {
		t.fault(n, "must be a mapping (key: value)")
		return
	}
	for _, v := range m.Values {
		key, ok := v.Key.(ast.ScalarNode)
		if !ok {
			t.fault(node{v.Key, n.path}, "has a key that is not a word")
			continue
		}
		name := key.GetToken().Value
		path := name
		if n.path != "" {
			path = n.path + "." + name
		}
		if v.Value == nil || v.Value.Type() == ast.NullType {
			continue
		}
		fn(name, node{v.Key, path}, node{v.Value, path})
	}
}

// items calls fn for each item of a sequence.
func (t *tree) items(n node, fn func(node)) {
	s, ok := n.Node.(*ast.SequenceNode)
	if !ok {
		t.fault(n, "must be a list")
		return
	}
	for i, v := range s.Values {
		fn(node{v, n.path + "[" + itoa(i) + "]"})
	}
}

// text reads a scalar as it is written.
func (t *tree) text(n node) string {
	switch v := n.Node.(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return strings.TrimRight(v.Value.Value, "\n")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return v.GetToken().Value
	}
	t.fault(n, "must be a word or text")
	return ""
}

// integer reads a whole number from 0.
func (t *tree) integer(n node) int {
	i := digits(t.text(n))
	if i < 0 {
		t.fault(n, "must be a whole number from 0")
		return 0
	}
	return i
}

func (t *tree) flag(n node) bool {
	if b, ok := n.Node.(*ast.BoolNode); ok {
		return b.Value
	}
	t.fault(n, "must be true or false")
	return false
}

// didYouMean names the nearest of the known words, if one is near.
func didYouMean(word string, known []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is Levenshtein's, in bytes.
func distance(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		diagonal := prev[0]
		prev[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = prev[j+1]
			prev[j+1] = min(cost, prev[j]+1, diagonal+1)
		}
	}
	return prev[len(b)]
}
