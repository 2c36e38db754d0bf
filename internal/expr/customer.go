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
	Where      []Property    // events on which all of these hold, sorted by name
	Metric     string        // of Score
	Within     time.Duration // only in this stretch before now; 0 for ever
}

// Property is a property of an event and the value that it must have: a text as
// it is, a number as in JSON, "true" or "false".
type Property struct{ Name, Value string }

func (a Ask) equal(b Ask) bool {
	return slices.Equal(a.Where, b.Where) && a.What == b.What && a.Event == b.Event && a.Touchpoint == b.Touchpoint && a.Metric == b.Metric && a.Within == b.Within
}

// behaviour are the functions of the scope Customer, by their name: each call
// becomes an Ask.
var behaviour = map[string]What{
	"count": Count, "visits": Count, "first": First, "last": Last, "revenue": Revenue, "score": Score,
}

// customerEnv declares what the scope Customer sees besides traits.
func customerEnv() []cel.EnvOption {
	text, stretch, where := cel.StringType, cel.DurationType, cel.MapType(cel.StringType, cel.DynType)
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
		function("count", cel.IntType, nil, []*cel.Type{text}, []*cel.Type{stretch}, []*cel.Type{text, stretch}, []*cel.Type{text, where}, []*cel.Type{text, where, stretch}),
		function("visits", cel.IntType, []*cel.Type{text}, []*cel.Type{text, stretch}),
		function("first", cel.DynType, nil, []*cel.Type{text}, []*cel.Type{text, where}),
		function("last", cel.DynType, nil, []*cel.Type{text}, []*cel.Type{text, where}),
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
	if i := slices.IndexFunc(a.asks, q.equal); i >= 0 {
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
		switch v := literal(arg).(type) {
		case string:
			switch {
			case what == Score:
				q.Metric = v
			case call.FunctionName() == "visits":
				q.Touchpoint = v
			default:
				q.Event = v
			}
		case []Property:
			q.Where = v
		case time.Duration:
			q.Within = v
		default:
			at := a.SourceInfo().GetStartLocation(arg.ID())
			a.faults = append(a.faults, cx.Fault{Line: max(at.Line(), 1), Column: at.Column() + 1, Message: fmt.Sprintf(
				`%s() takes only what is written out: a text in quotes, properties such as {"late": true}, and days(1) to days(%d); compare what it gives with anything`, call.FunctionName(), maxDays)})
		}
	}
	return q
}

// literal reads a text in quotes, a map of properties or days(n); nil is none of
// them.
func literal(e ast.Expr) any {
	switch e.Kind() {
	case ast.LiteralKind:
		if s, ok := e.AsLiteral().(types.String); ok && s != "" {
			return string(s)
		}
	case ast.MapKind:
		return literals(e.AsMap())
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() != "days" || call.Args()[0].Kind() != ast.LiteralKind {
			return nil
		}
		if n, ok := call.Args()[0].AsLiteral().(types.Int); ok && n >= 1 && n <= maxDays {
			return time.Duration(n) * 24 * time.Hour
		}
	}
	return nil
}

// literals reads {"late": true}; nil is another map.
func literals(m ast.MapExpr) any {
	var out []Property
	for _, entry := range m.Entries() {
		key, value := entry.AsMapEntry().Key(), entry.AsMapEntry().Value()
		if key.Kind() != ast.LiteralKind || value.Kind() != ast.LiteralKind {
			return nil
		}
		name, ok := key.AsLiteral().(types.String)
		if !ok || name == "" {
			return nil
		}
		p := Property{Name: string(name)}
		switch v := value.AsLiteral().(type) {
		case types.String:
			p.Value = string(v)
		case types.Bool:
			p.Value = strconv.FormatBool(bool(v))
		case types.Int:
			p.Value = strconv.FormatInt(int64(v), 10)
		case types.Double:
			p.Value = strconv.FormatFloat(float64(v), 'f', -1, 64)
		default:
			return nil
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Property) int { return strings.Compare(a.Name, b.Name) })
	if out == nil {
		return nil
	}
	return out
}
