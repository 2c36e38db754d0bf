package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// What an Ask wants to know.
type What uint8

// The questions about a customer's behaviour.
const (
	Count   What = iota // how many times something was lived; int64
	First               // when it was lived first; time.Time, nil when never
	Last                // when it was lived last; time.Time, nil when never
	Revenue             // what was paid, in the currency's major unit; float64
	Score               // the newest answered value of a metric; float64, nil when there is none
)

// Ask is a question about one customer that an expression of the scope Customer
// depends on. Who evaluates it answers all asks first, over many customers at
// once if need be.
type Ask struct {
	What       What
	Event      string        // events of this name; "" for any
	Touchpoint string        // events at this touchpoint; "" for any
	Metric     string        // of Score
	Within     time.Duration // only in this stretch before now; 0 for ever
}

// behaviour are the functions of the scope Customer, by their name: each call
// becomes an Ask.
var behaviour = map[string]What{
	"count": Count, "visits": Count, "first": First, "last": Last, "revenue": Revenue, "score": Score,
}

// customerEnv declares what the scope Customer sees besides traits.
func customerEnv() []cel.EnvOption {
	text, stretch := cel.StringType, cel.DurationType
	function := func(name string, gives *cel.Type, signatures ...[]*cel.Type) cel.EnvOption {
		var overloads []cel.FunctionOpt
		for i, args := range signatures {
			overloads = append(overloads, cel.Overload(fmt.Sprintf("%s_%d", name, i), args, gives))
		}
		return cel.Function(name, overloads...)
	}
	return []cel.EnvOption{
		cel.Variable("traits", cel.DynType),
		cel.Variable("now", cel.TimestampType),
		cel.Function("days", cel.Overload("days_int", []*cel.Type{cel.IntType}, stretch, cel.UnaryBinding(days))),
		function("count", cel.IntType, nil, []*cel.Type{text}, []*cel.Type{stretch}, []*cel.Type{text, stretch}),
		function("visits", cel.IntType, []*cel.Type{text}, []*cel.Type{text, stretch}),
		function("first", cel.DynType, nil, []*cel.Type{text}),
		function("last", cel.DynType, nil, []*cel.Type{text}),
		function("revenue", cel.DoubleType, nil, []*cel.Type{stretch}),
		function("score", cel.DynType, []*cel.Type{text}),
	}
}

// days is a stretch of whole days.
func days(v ref.Val) ref.Val {
	n := v.(types.Int)
	if n < 1 || n > maxDays {
		return types.NewErr("days takes 1 to %d", maxDays)
	}
	return types.Duration{Duration: time.Duration(n) * 24 * time.Hour}
}

// maxDays keeps a stretch within what a duration can hold.
const maxDays = 36_500

// asker replaces the calls that ask for behaviour by variables.
type asker struct {
	*ast.AST
	fac    ast.ExprFactory
	asks   []Ask
	faults []cx.Fault
}

// ask replaces each call of behaviour by the variable that holds its answer, and
// returns the asks in the order of those variables.
func ask(checked *ast.AST) ([]Ask, []cx.Fault) {
	a := &asker{AST: checked, fac: ast.NewExprFactory()}
	ast.PostOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		call := e.AsCall()
		if what, ok := behaviour[call.FunctionName()]; ok && !call.IsMemberFunction() {
			name := askName(a.number(a.read(what, call)))
			e.SetKindCase(a.fac.NewIdent(e.ID(), name))
			a.ReferenceMap()[e.ID()] = ast.NewIdentReference(name, nil)
		}
	}))
	return a.asks, a.faults
}

// number returns the index of q among the asks.
func (a *asker) number(q Ask) int {
	if i := slices.Index(a.asks, q); i >= 0 {
		return i
	}
	a.asks = append(a.asks, q)
	return len(a.asks) - 1
}

// askPrefix begins the name of an ask's variable; no source can name one.
const askPrefix = "@ask"

func askName(i int) string { return askPrefix + strconv.Itoa(i) }

func askIndex(name string) (int, bool) {
	digits, ok := strings.CutPrefix(name, askPrefix)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(digits)
	return i, err == nil
}

// read reads the arguments of a call, which must be written out.
func (a *asker) read(what What, call ast.CallExpr) Ask {
	q := Ask{What: what}
	for _, arg := range call.Args() {
		switch v, ok := literal(arg); {
		case !ok:
			at := a.SourceInfo().GetStartLocation(arg.ID())
			a.faults = append(a.faults, cx.Fault{Line: max(at.Line(), 1), Column: at.Column() + 1, Message: fmt.Sprintf(
				"%s() takes only a text in quotes and days(1) to days(%d), written out; compare what it gives with anything", call.FunctionName(), maxDays)})
		case what == Score:
			q.Metric, _ = v.(string)
		case call.FunctionName() == "visits" && isText(v):
			q.Touchpoint, _ = v.(string)
		case isText(v):
			q.Event, _ = v.(string)
		default:
			q.Within, _ = v.(time.Duration)
		}
	}
	return q
}

func isText(v any) bool { _, ok := v.(string); return ok }

// literal reads a text in quotes, or days(n).
func literal(e ast.Expr) (any, bool) {
	switch e.Kind() {
	case ast.LiteralKind:
		s, ok := e.AsLiteral().(types.String)
		return string(s), ok && s != ""
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() != "days" || call.Args()[0].Kind() != ast.LiteralKind {
			return nil, false
		}
		n, ok := call.Args()[0].AsLiteral().(types.Int)
		return time.Duration(n) * 24 * time.Hour, ok && n >= 1 && n <= maxDays
	}
	return nil, false
}
