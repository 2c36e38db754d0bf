package expr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"
)

// Formula is a condition as a formula over tests of single fields: what can be
// reasoned about without data.
type Formula struct {
	Op   Junction
	Of   []Formula // of And and Or any, of Not one
	Test Test      // of Leaf
}

// Junction says how a Formula is made.
type Junction uint8

// The junctions. An And of nothing is true, an Or of nothing false.
const (
	And Junction = iota
	Or
	Not
	Leaf
)

// Relation says how a Test compares.
type Relation uint8

// The relations. Only Equal is about values that are no numbers.
const (
	Equal Relation = iota // to null: the field is missing
	Less
	AtMost
	Greater
	AtLeast
	Opaque // something that cannot be seen from here; Field is its source
)

// Test is one comparison of one field with a constant. A comparison with a field
// that is missing or of another type does not hold.
type Test struct {
	Field string // "properties.late", "traits.tier", "event.name", `count("Order Completed", days(90))`
	Is    Relation
	Value any // nil, bool, float64 or string
}

// NewFormula returns the formula of a condition, exactly as it evaluates but for
// what it holds opaque. The program must give a bool or something dynamic.
func NewFormula(p *Program) Formula {
	r := reading{tree: p.tree, asks: p.asks}
	return r.truth(p.tree.Expr())
}

type reading struct {
	tree *ast.AST
	asks []Ask
}

// truth reads an expression where a bool is wanted.
func (r *reading) truth(e ast.Expr) Formula {
	switch e.Kind() {
	case ast.LiteralKind:
		if e.AsLiteral() == types.True {
			return Formula{Op: And}
		}
		return Formula{Op: Or}
	case ast.SelectKind, ast.IdentKind:
		if s := e.AsSelect(); e.Kind() == ast.SelectKind && s.IsTestOnly() {
			break
		}
		if field, ok := r.field(e); ok {
			return leaf(field, Equal, true)
		}
	case ast.CallKind:
		if f, ok := r.call(e.AsCall()); ok {
			return f
		}
		if field, ok := r.field(e); ok {
			return leaf(field, Equal, true)
		}
	}
	return r.opaque(e)
}

func (r *reading) call(call ast.CallExpr) (f Formula, ok bool) {
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.LogicalAnd, operators.LogicalOr:
		f.Op = And
		if name == operators.LogicalOr {
			f.Op = Or
		}
		for _, a := range args {
			f.Of = append(f.Of, r.truth(a))
		}
		return f, true
	case operators.LogicalNot:
		return negate(r.truth(args[0])), true
	case operators.Conditional:
		when := r.truth(args[0])
		return either(both(when, r.truth(args[1])), both(negate(when), r.truth(args[2]))), true
	case operators.Equals, operators.NotEquals:
		field, value, _, ok := r.sides(args)
		if !ok {
			return f, false
		}
		f = leaf(field, Equal, value)
		if name == operators.NotEquals {
			f = negate(f)
		}
		return f, true
	case operators.In:
		field, ok := r.field(args[0])
		if !ok || args[1].Kind() != ast.ListKind {
			return f, false
		}
		f.Op = Or
		for _, item := range args[1].AsList().Elements() {
			v, ok := constant(item)
			if !ok {
				return f, false
			}
			f.Of = append(f.Of, leaf(field, Equal, v))
		}
		return f, true
	}
	if i := slices.Index(comparisons, call.FunctionName()); i >= 0 {
		field, value, turned, ok := r.sides(args)
		if _, number := value.(float64); !ok || !number {
			return f, false
		}
		if turned {
			i = []int{2, 3, 0, 1}[i]
		}
		return leaf(field, []Relation{Less, AtMost, Greater, AtLeast}[i], value), true
	}
	return f, false
}

var comparisons = []string{operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals}

// sides reads a field and a constant, in either order.
func (r *reading) sides(args []ast.Expr) (field string, value any, turned, ok bool) {
	for i := range args {
		field, isField := r.field(args[i])
		value, isValue := constant(args[1-i])
		if isField && isValue {
			return field, value, i == 1, true
		}
	}
	return "", nil, false, false
}

var dynamicRoots = []string{"properties", "traits", "context", "answers"}

// field reads a path into the data, or something else that has a value.
func (r *reading) field(e ast.Expr) (string, bool) {
	if named, ok := r.tree.ReferenceMap()[e.ID()]; ok && named.Name != "" && (e.Kind() == ast.SelectKind || e.Kind() == ast.IdentKind) {
		if i, isAsk := askIndex(named.Name); isAsk {
			return r.asks[i].String(), true
		}
		if slices.Contains([]string{"event.name", "event.type", "event.source", "event.userId"}, named.Name) {
			return named.Name, true
		}
	}
	path := ""
	for {
		switch e.Kind() {
		case ast.IdentKind:
			root := e.AsIdent()
			return root + path, path != "" && slices.Contains(dynamicRoots, root)
		case ast.SelectKind:
			s := e.AsSelect()
			if s.IsTestOnly() {
				return "", false
			}
			path, e = "."+s.FieldName()+path, s.Operand()
		case ast.CallKind:
			call := e.AsCall()
			if call.FunctionName() != operators.Index {
				return "", false
			}
			name, ok := literal(call.Args()[1]).(string)
			if !ok {
				return "", false
			}
			path, e = "."+name+path, call.Args()[0]
		default:
			return "", false
		}
	}
}

// constant reads a literal; nil is null.
func constant(e ast.Expr) (any, bool) {
	if e.Kind() != ast.LiteralKind {
		return nil, false
	}
	switch v := e.AsLiteral().(type) {
	case types.Null:
		return nil, true
	case types.Bool:
		return bool(v), true
	case types.Int:
		return float64(v), float64(v) >= -1<<53 && float64(v) <= 1<<53
	case types.Uint:
		return float64(v), float64(v) <= 1<<53
	case types.Double:
		return float64(v), true
	case types.String:
		return string(v), true
	}
	return nil, false
}

var askVariable = regexp.MustCompile(askPrefix + `\d+`)

// opaque is a test that nothing is known of but that the same text is the same.
func (r *reading) opaque(e ast.Expr) Formula {
	source, err := parser.Unparse(e, r.tree.SourceInfo())
	if err != nil {
		source = fmt.Sprintf("expression %d", e.ID())
	}
	source = askVariable.ReplaceAllStringFunc(source, func(name string) string {
		i, _ := askIndex(name)
		return r.asks[i].String()
	})
	return Formula{Op: Leaf, Test: Test{Field: source, Is: Opaque}}
}

func leaf(field string, is Relation, value any) Formula {
	return Formula{Op: Leaf, Test: Test{field, is, value}}
}

func negate(f Formula) Formula    { return Formula{Op: Not, Of: []Formula{f}} }
func both(a, b Formula) Formula   { return Formula{Op: And, Of: []Formula{a, b}} }
func either(a, b Formula) Formula { return Formula{Op: Or, Of: []Formula{a, b}} }

// String writes the ask as an expression does.
func (a Ask) String() string {
	var args []string
	name := ""
	switch a.What {
	case Count:
		if name = "count"; a.Touchpoint != "" {
			name = "visits"
		}
	case First:
		name = "first"
	case Last:
		name = "last"
	case Revenue:
		name = "revenue"
	case Score:
		name = "score"
	}
	for _, s := range []string{a.Event, a.Touchpoint, a.Metric} {
		if s != "" {
			args = append(args, fmt.Sprintf("%q", s))
		}
	}
	if len(a.Where) > 0 {
		pairs := make([]string, len(a.Where))
		for i, p := range a.Where {
			pairs[i] = fmt.Sprintf("%q: %s", p.Name, p.Value)
		}
		args = append(args, "{"+strings.Join(pairs, ", ")+"}")
	}
	if a.Within > 0 {
		args = append(args, fmt.Sprintf("days(%d)", int(a.Within.Hours()/24)))
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

// Holds evaluates the formula where each test of a field is answered by has.
func (f Formula) Holds(has func(Test) bool) bool {
	switch f.Op {
	case Leaf:
		return has(f.Test)
	case Not:
		return !f.Of[0].Holds(has)
	}
	for _, g := range f.Of {
		if g.Holds(has) == (f.Op == Or) {
			return f.Op == Or
		}
	}
	return f.Op == And
}

// Tests calls fn with each test of the formula.
func (f Formula) Tests(fn func(Test)) {
	if f.Op == Leaf {
		fn(f.Test)
	}
	for _, g := range f.Of {
		g.Tests(fn)
	}
}

// Holds tells whether the test holds of a value of its field: nil (missing), bool,
// float64 or string. It is false of an opaque one.
func (t Test) Holds(value any) bool {
	a, number := value.(float64)
	b, _ := t.Value.(float64)
	switch t.Is {
	case Equal:
		return value == t.Value
	case Less:
		return number && a < b
	case AtMost:
		return number && a <= b
	case Greater:
		return number && a > b
	case AtLeast:
		return number && a >= b
	}
	return false
}

// All is the formula that holds where all of them do; nil programs always do.
func All(programs ...*Program) Formula {
	f := Formula{Op: And}
	for _, p := range programs {
		if p != nil {
			f.Of = append(f.Of, NewFormula(p))
		}
	}
	return f
}
