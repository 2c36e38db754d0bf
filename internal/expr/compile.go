package expr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Scope says what an expression sees.
type Scope int

// The scopes.
const (
	// Row is one line of a file: row.COLUMN (or row["a column"]) is the text of
	// a column, "" when the file has none of that name.
	Row Scope = iota
	// Fact is one event or answer: event.name, event.type, event.source,
	// event.at (a timestamp), event.userId; properties, traits and context as
	// dynamic maps.
	Fact
	// Customer is one customer, as they are now: traits as a dynamic map; now;
	// and what they lived: count(), count("Order Delivered"), count(days(90)),
	// count("Order Delivered", days(90)) times; visits("till") and visits("till",
	// days(30)) times at a touchpoint; count("Order Delivered", {"late": true})
	// times with these properties; first() and last(), of anything or of one
	// event, are times; revenue() and revenue(days(365)) in the currency's major
	// unit; score("nps") is the newest answer. What never was is null.
	Customer
	// Moment is one event and the customer who lived it, as they are then: what
	// Fact sees and what Customer sees; traits are the customer's.
	Moment
	// Reply is a response to a survey on its way: answers.QUESTION is what was
	// answered so far, null when nothing was; properties are of what it is about,
	// traits of the customer, now.
	Reply
)

// Option changes what a Compiler accepts.
type Option func(*Compiler)

// Columns declares the columns of a Row: any other is then a fault.
func Columns(names ...string) Option {
	return func(c *Compiler) { c.columns = append(c.columns, names...) }
}

// Zone says in which zone a time that names none is read; else it is UTC.
func Zone(zone *time.Location) Option { return func(c *Compiler) { c.zone = zone } }

// Compiler compiles expressions of one scope. It is safe for concurrent use.
type Compiler struct {
	scope   Scope
	columns []string
	zone    *time.Location
	env     *cel.Env
}

// NewCompiler returns a compiler for a scope.
func NewCompiler(scope Scope, opts ...Option) (*Compiler, error) {
	c := &Compiler{scope: scope, zone: time.UTC}
	for _, o := range opts {
		o(c)
	}
	var err error
	c.env, err = environment(scope, c.zone)
	return c, cx.Wrap("expr.NewCompiler", err)
}

// Compile compiles one expression; see Compiler.Compile.
func Compile(scope Scope, src string, opts ...Option) (*Program, error) {
	c, err := NewCompiler(scope, opts...)
	if err != nil {
		return nil, err
	}
	return c.Compile(src)
}

// Compile checks src and makes it ready to run. All scopes know CEL's
// operators and conversions, has(), the functions on strings (contains,
// lowerAscii, split, …), number(text), and timestamp(text), also called time,
// which reads RFC 3339, "2006-01-02 15:04:05" and dates. The error is Invalid
// with a fault for each mistake, line and column within src.
func (c *Compiler) Compile(src string) (*Program, error) {
	const op = "expr.Compile"
	fault := func(format string, args ...any) error {
		return cx.InvalidFaults(op, []cx.Fault{{Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}})
	}
	switch {
	case strings.TrimSpace(src) == "":
		return nil, fault("the expression is empty: write a condition, such as %s", c.example())
	case len(src) > MaxSource:
		return nil, fault("the expression is longer than %d characters: shorten it", MaxSource)
	}
	checked, issues := c.env.Compile(src)
	if issues.Err() != nil {
		var faults []cx.Fault
		for _, e := range issues.Errors() {
			faults = append(faults, cx.Fault{Line: max(e.Location.Line(), 1), Column: max(e.Location.Column()+1, 1), Message: c.explain(e.Message)})
		}
		return nil, cx.InvalidFaults(op, faults)
	}
	if faults := c.unknownColumns(checked); len(faults) > 0 {
		return nil, cx.InvalidFaults(op, faults)
	}
	gave, ok := typeOf(checked.OutputType())
	if !ok {
		return nil, fault("the expression gives %s: it must give a condition, a number, a text or a time", checked.OutputType())
	}
	var asks []Ask
	if c.scope == Customer || c.scope == Moment {
		var faults []cx.Fault
		if asks, faults = ask(checked.NativeRep()); len(faults) > 0 {
			return nil, cx.InvalidFaults(op, faults)
		}
	}
	given := fieldsOf(checked.NativeRep(), "answers")
	cost, err := c.env.EstimateCost(checked, sizes{})
	if err != nil {
		return nil, fault("the expression cannot be costed: %s", err)
	}
	if cost.Max > MaxCost {
		return nil, fault("the expression may cost %d, and %d is the most: use fewer functions on long texts", cost.Max, MaxCost)
	}
	prog, err := c.env.PlanProgram(forgive(checked.NativeRep()), cel.EvalOptions(cel.OptOptimize), cel.CostLimit(MaxCost))
	if err != nil {
		return nil, fault("%s", err)
	}
	return &Program{src: src, gave: gave, asks: asks, prog: prog, traits: mentions(checked.NativeRep(), "traits"), given: given, tree: checked.NativeRep()}, nil
}

// mentions tells whether an expression reads a variable.
func mentions(checked *ast.AST, variable string) (found bool) {
	ast.PostOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		found = found || e.Kind() == ast.IdentKind && e.AsIdent() == variable
	}))
	return found
}

// fieldsOf lists the fields of a variable that an expression names.
func fieldsOf(checked *ast.AST, variable string) (fields []string) {
	is := func(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == variable }
	add := func(name string) {
		if !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			if s := e.AsSelect(); is(s.Operand()) {
				add(s.FieldName())
			}
		case ast.CallKind:
			if call := e.AsCall(); call.FunctionName() == "_[_]" && is(call.Args()[0]) {
				if name, ok := literal(call.Args()[1]).(string); ok {
					add(name)
				}
			}
		}
	}))
	return fields
}

func (c *Compiler) example() string {
	switch c.scope {
	case Row:
		return `row.status != "canceled"`
	case Customer, Moment:
		return `count("Order Completed", days(90)) >= 2`
	case Reply:
		return "answers.score <= 6"
	}
	return "properties.wait_min > 10.0"
}

func typeOf(t *cel.Type) (Type, bool) {
	switch t.Kind() {
	case types.BoolKind:
		return Bool, true
	case types.IntKind, types.UintKind, types.DoubleKind, types.DurationKind:
		return Number, true
	case types.StringKind:
		return String, true
	case types.TimestampKind:
		return Time, true
	case types.DynKind:
		return Dynamic, true
	}
	return "", false
}

var operatorName = regexp.MustCompile(`'([_!-]?)(\S*?)_?'`)

// explain says CEL's message in our words.
func (c *Compiler) explain(message string) string {
	message = strings.TrimSuffix(message, " (in container '')")
	switch {
	case strings.HasPrefix(message, "undeclared reference to "):
		message = "there is no " + strings.TrimPrefix(message, "undeclared reference to ")
		switch c.scope {
		case Row:
			return message + ": use row.COLUMN, number(…) and time(…)"
		case Customer:
			return message + ": use traits, now, count(…), visits(…), first(…), last(…), revenue(…), score(…) and days(…)"
		case Moment:
			return message + ": use properties, traits, event.name, event.at, now, count(…), visits(…), first(…), last(…), revenue(…), score(…) and days(…)"
		case Reply:
			return message + ": use answers.QUESTION, properties, traits and now"
		}
		return message + ": use properties, traits, context, or event.name, event.type, event.source, event.at, event.userId"
	case strings.HasPrefix(message, "found no matching overload for "):
		what, given, _ := strings.Cut(strings.TrimPrefix(message, "found no matching overload for "), " applied to ")
		return `compare like with like: "` + operatorName.ReplaceAllString(what, "$2") + `" cannot take ` + strings.Trim(given, "'")
	case strings.Contains(message, "token recognition error at: '= "):
		return "a single = compares nothing: write =="
	}
	message = strings.TrimPrefix(message, "Syntax error: ")
	if what, _, ok := strings.Cut(message, " expecting "); ok {
		what = strings.TrimPrefix(strings.TrimPrefix(what, "mismatched input "), "extraneous input ")
		if what == "'<EOF>'" {
			return "the expression ends too early"
		}
		return what + " does not fit here"
	}
	return message
}

// unknownColumns faults each row.COLUMN that is not declared.
func (c *Compiler) unknownColumns(checked *cel.Ast) []cx.Fault {
	if c.scope != Row || c.columns == nil {
		return nil
	}
	var faults []cx.Fault
	native := checked.NativeRep()
	check := func(id int64, column string) {
		if slices.Contains(c.columns, column) {
			return
		}
		at := native.SourceInfo().GetStartLocation(id)
		faults = append(faults, cx.Fault{
			Line: at.Line(), Column: at.Column() + 1,
			Message: fmt.Sprintf("there is no column %q: the columns are %s", column, strings.Join(c.columns, ", ")),
		})
	}
	isRow := func(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == "row" }
	ast.PostOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			if s := e.AsSelect(); isRow(s.Operand()) && !s.IsTestOnly() {
				check(e.ID(), s.FieldName())
			}
		case ast.CallKind:
			call := e.AsCall()
			if args := call.Args(); call.FunctionName() == "_[_]" && isRow(args[0]) && args[1].Kind() == ast.LiteralKind {
				if name, ok := args[1].AsLiteral().(types.String); ok {
					check(args[1].ID(), string(name))
				}
			}
		}
	}))
	return faults
}

// sizes bounds what an expression reads: an event is at most 32 KB.
type sizes struct{}

func (sizes) EstimateSize(checker.AstNode) *checker.SizeEstimate {
	return &checker.SizeEstimate{Max: 32 << 10}
}

func (sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}
