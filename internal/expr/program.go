package expr

import (
	"errors"
	"math"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Limits of an expression. Cost is CEL's: about one a step, and one for every
// ten characters read.
const (
	MaxSource = 4096    // characters
	MaxCost   = 200_000 // the worst that an event of the greatest size may take; checked at compile and at run time
)

// Vars is what one evaluation sees. Row is for the scope Row; Traits, Now and
// Answers for Customer; the rest, with Traits, for Fact; all of these for Moment;
// Given, Properties, Traits and Now for Reply. A nil Object is an empty one.
type Vars struct {
	Row map[string]string

	Name, Type, Source, UserID  string
	At                          cx.Time
	Properties, Traits, Context *Object

	Now     cx.Time
	Answers []any // to Program.Asks, in their order

	Given *Object // what was answered so far, by question
}

// Type is what a Program gives, as far as it is known before running.
type Type string

// The types.
const (
	Dynamic Type = "dynamic" // depends on the data
	Bool    Type = "bool"
	Number  Type = "number"
	String  Type = "string"
	Time    Type = "time"
)

// Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	src  string
	gave Type
	asks []Ask
	prog cel.Program

	traits bool
	given  []string
	tree   *ast.AST // checked, its asks replaced by variables
}

// Source returns the text that was compiled.
func (p *Program) Source() string { return p.src }

// Asks returns what must be known of a customer before the program runs, in the
// order of Vars.Answers.
func (p *Program) Asks() []Ask { return p.asks }

// NeedsTraits tells whether the program reads a customer's traits.
func (p *Program) NeedsTraits() bool { return p.traits }

// Given lists the questions whose answers a program of scope Reply reads, each
// once, in the order of its text.
func (p *Program) Given() []string { return p.given }

// Type returns what the program gives.
func (p *Program) Type() Type { return p.gave }

// Bool evaluates a condition. It is false when it gives no bool, or when a
// field that it needs is missing or of another type. The error is Invalid when
// the data made the expression cost more than MaxCost.
func (p *Program) Bool(vars Vars) (bool, error) {
	v, err := p.run(&vars)
	return v == types.True, err
}

// Value evaluates to nil, bool, int64, float64, string or time.Time (UTC). A
// duration is a float64 of seconds. It is nil when a field that it needs is
// missing or of another type: what is not known is not said, not even of a
// comparison. The error is as Bool's.
func (p *Program) Value(vars Vars) (any, error) {
	v, err := p.run(&vars)
	switch v := v.(type) {
	case types.Bool:
		return bool(v), err
	case types.Int:
		return int64(v), err
	case types.Uint:
		if v <= math.MaxInt64 {
			return int64(v), err
		}
	case types.Double:
		if f := float64(v); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, err
		}
	case types.String:
		return string(v), err
	case types.Timestamp:
		return v.UTC(), err
	case types.Duration:
		return v.Seconds(), err
	}
	return nil, err
}

// run evaluates; what an expression cannot say of these vars is nil.
func (p *Program) run(vars *Vars) (ref.Val, error) {
	v, _, err := p.prog.Eval((*activation)(vars))
	if v != nil && types.IsError(v) { // a missing field, no such overload, a division by zero
		return nil, nil
	}
	var stopped interpreter.EvalCancelledError
	if errors.As(err, &stopped) {
		return nil, cx.Errorf(cx.Invalid, "expr.Program", "the expression costs too much on this data: shorten it, or compare shorter texts")
	}
	return v, cx.Wrap("expr.Program", err)
}

// activation resolves the variables of all scopes.
type activation Vars

func (a *activation) Parent() cel.Activation { return nil }

func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case "properties":
		return dynamic{a.Properties}, true
	case "traits":
		return dynamic{a.Traits}, true
	case "context":
		return dynamic{a.Context}, true
	case "answers":
		return dynamic{a.Given}, true
	case "event.name":
		return types.String(a.Name), true
	case "event.type":
		return types.String(a.Type), true
	case "event.source":
		return types.String(a.Source), true
	case "event.userId":
		return types.String(a.UserID), true
	case "event.at":
		return types.Timestamp{Time: a.At.Std()}, true
	case "row":
		return row(a.Row), true
	case "now":
		return types.Timestamp{Time: a.Now.Std()}, true
	}
	return a.answer(name)
}

// answer resolves the variable of an ask; what never was is null.
func (a *activation) answer(name string) (any, bool) {
	i, ok := askIndex(name)
	if !ok || i >= len(a.Answers) {
		return nil, false
	}
	if a.Answers[i] == nil {
		return types.NullValue, true
	}
	return a.Answers[i], true
}

// zoned are the forms of a time that says its zone, local those that do not.
var (
	zoned = []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05.999999999-0700"}
	local = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"}
)

func parseTime(s string, zone *time.Location) (time.Time, bool) {
	for _, layout := range zoned {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	for _, layout := range local {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
