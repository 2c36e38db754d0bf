package expr

import (
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
)

// environment declares what the expressions of a scope may name. Of CEL's
// macros it has only has(): the others loop.
func environment(scope Scope, zone *time.Location) (*cel.Env, error) {
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{
			DisableMacros:    true,
			ExcludeFunctions: []*env.Function{{Name: "timestamp"}}, // ours reads more forms
		})),
		cel.Macros(cel.HasMacro),
		ext.Strings(),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(MaxSource),
		cel.ParserRecursionLimit(50),
		cel.ParserErrorRecoveryLimit(4),
		cel.ExpressionNodeLimit(1000),
		cel.RegexProgramSizeLimit(200),
		cel.Function(truthFunction, cel.Overload("truth_dyn", []*cel.Type{cel.DynType}, cel.BoolType,
			cel.OverloadIsNonStrict(), cel.UnaryBinding(truth))),
		cel.Function(knownFunction, cel.Overload("known_dyn", []*cel.Type{cel.DynType}, cel.DynType,
			cel.OverloadIsNonStrict(), cel.UnaryBinding(known))),
		cel.Function("timestamp", readTime("timestamp", zone)...),
		cel.Function("time", readTime("time", zone)...),
		cel.Function("number",
			cel.Overload("number_string", []*cel.Type{cel.StringType}, cel.DoubleType, cel.UnaryBinding(number)),
			cel.Overload("number_double", []*cel.Type{cel.DoubleType}, cel.DoubleType, cel.UnaryBinding(func(v ref.Val) ref.Val { return v })),
		),
	}
	switch scope {
	case Row:
		opts = append(opts, cel.Variable("row", cel.MapType(cel.StringType, cel.StringType)))
	case Customer:
		opts = append(opts, customerEnv()...)
	case Reply:
		opts = append(opts,
			cel.Variable("answers", cel.DynType),
			cel.Variable("properties", cel.DynType),
			cel.Variable("traits", cel.DynType),
			cel.Variable("now", cel.TimestampType),
		)
	default:
		if scope == Moment {
			opts = append(opts, customerEnv()...)
		} else {
			opts = append(opts, cel.Variable("traits", cel.DynType))
		}
		opts = append(opts,
			cel.Variable("properties", cel.DynType),
			cel.Variable("context", cel.DynType),
			cel.Variable("event.name", cel.StringType),
			cel.Variable("event.type", cel.StringType),
			cel.Variable("event.source", cel.StringType),
			cel.Variable("event.userId", cel.StringType),
			cel.Variable("event.at", cel.TimestampType),
		)
	}
	return cel.NewCustomEnv(opts...)
}

func readTime(name string, zone *time.Location) []cel.FunctionOpt {
	return []cel.FunctionOpt{
		cel.Overload(name+"_text", []*cel.Type{cel.StringType}, cel.TimestampType, cel.UnaryBinding(func(v ref.Val) ref.Val {
			s := strings.TrimSpace(string(v.(types.String)))
			t, ok := parseTime(s, zone)
			if !ok || t.Year() < 1 || t.Year() > 9999 {
				return types.NewErr("%q is not a time", s)
			}
			return types.Timestamp{Time: t.UTC()}
		})),
		cel.Overload(name+"_time", []*cel.Type{cel.TimestampType}, cel.TimestampType, cel.UnaryBinding(func(v ref.Val) ref.Val { return v })),
	}
}

// number reads a decimal number; the point is its decimal separator.
func number(v ref.Val) ref.Val {
	s := strings.TrimSpace(string(v.(types.String)))
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return types.NewErr("%q is not a number", s)
	}
	return types.Double(f)
}
