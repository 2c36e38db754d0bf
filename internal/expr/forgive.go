package expr

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// CEL's logic has three values: a missing field is an error, and an error
// spreads. People who write a condition think in two. forgive rewrites a
// checked expression so that
//
//   - an operand of &&, ||, ! and the condition of ?: that is no bool is false,
//     and so is has() of a field within a missing one;
//   - an operand of ==, != and in that is missing is null;
//   - a whole number beside a field of the data in + − * / is a double, as the
//     numbers of JSON are.
//
// Everything else keeps CEL's meaning.
func forgive(checked *ast.AST) *ast.AST {
	r := &forgiver{AST: checked, fac: ast.NewExprFactory()}
	for id := range checked.IDs() {
		r.last = max(r.last, id)
	}
	return ast.NewCheckedAST(ast.NewAST(r.expr(checked.Expr()), checked.SourceInfo()), checked.TypeMap(), checked.ReferenceMap())
}

// The functions that forgive puts in; no source can name them.
const (
	truthFunction = "@truth"
	knownFunction = "@known"
)

// truth is v when it is a bool, else false.
func truth(v ref.Val) ref.Val {
	if v == types.True {
		return types.True
	}
	return types.False
}

// known is v, or null when it is an error.
func known(v ref.Val) ref.Val {
	if types.IsError(v) {
		return types.NullValue
	}
	return v
}

type forgiver struct {
	*ast.AST
	fac  ast.ExprFactory
	last int64
}

func (r *forgiver) expr(e ast.Expr) ast.Expr {
	if _, named := r.ReferenceMap()[e.ID()]; named && e.Kind() == ast.SelectKind {
		return e // event.name is one variable
	}
	switch e.Kind() {
	case ast.SelectKind:
		s := e.AsSelect()
		if s.IsTestOnly() {
			return r.call(truthFunction, r.fac.NewPresenceTest(e.ID(), r.expr(s.Operand()), s.FieldName()))
		}
		return r.fac.NewSelect(e.ID(), r.expr(s.Operand()), s.FieldName())
	case ast.ListKind:
		l := e.AsList()
		return r.fac.NewList(e.ID(), r.all(l.Elements()), l.OptionalIndices())
	case ast.MapKind:
		var entries []ast.EntryExpr
		for _, entry := range e.AsMap().Entries() {
			m := entry.AsMapEntry()
			entries = append(entries, r.fac.NewMapEntry(entry.ID(), r.expr(m.Key()), r.expr(m.Value()), m.IsOptional()))
		}
		return r.fac.NewMap(e.ID(), entries)
	case ast.CallKind:
		return r.callExpr(e)
	}
	return e
}

func (r *forgiver) all(es []ast.Expr) []ast.Expr {
	out := make([]ast.Expr, len(es))
	for i, e := range es {
		out[i] = r.expr(e)
	}
	return out
}

func (r *forgiver) callExpr(e ast.Expr) ast.Expr {
	call := e.AsCall()
	name, args := call.FunctionName(), r.all(call.Args())
	switch name {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot:
		for i := range args {
			args[i] = r.guard(truthFunction, args[i])
		}
	case operators.Conditional:
		args[0] = r.guard(truthFunction, args[0])
	case operators.Equals, operators.NotEquals:
		for i := range args {
			args[i] = r.guard(knownFunction, args[i])
		}
	case operators.In:
		args[0] = r.guard(knownFunction, args[0])
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide:
		args[0], args[1] = r.double(args[0], call.Args()[1]), r.double(args[1], call.Args()[0])
	}
	if call.IsMemberFunction() {
		return r.fac.NewMemberCall(e.ID(), name, r.expr(call.Target()), args...)
	}
	return r.fac.NewCall(e.ID(), name, args...)
}

func (r *forgiver) call(function string, arg ast.Expr) ast.Expr {
	r.last++
	return r.fac.NewCall(r.last, function, arg)
}

// guard wraps arg unless it cannot fail.
func (r *forgiver) guard(function string, arg ast.Expr) ast.Expr {
	switch arg.Kind() {
	case ast.LiteralKind:
		return arg
	case ast.SelectKind:
		if _, named := r.ReferenceMap()[arg.ID()]; named {
			return arg
		}
	case ast.CallKind:
		switch arg.AsCall().FunctionName() {
		case truthFunction, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Equals, operators.NotEquals:
			return arg
		}
	}
	return r.call(function, arg)
}

// double makes a whole number a double when it meets something dynamic.
func (r *forgiver) double(e, other ast.Expr) ast.Expr {
	if e.Kind() != ast.LiteralKind || r.GetType(other.ID()).Kind() != types.DynKind {
		return e
	}
	if n, ok := e.AsLiteral().(types.Int); ok {
		return r.fac.NewLiteral(e.ID(), types.Double(n))
	}
	return e
}
