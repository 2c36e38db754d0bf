package expr

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Scope says what an expression sees.
type Scope int

// The scopes.
const (
	// Row is one line of a file: `row.COLUMN` is the text of a column ("" when
	// the file has none of that name), with number(text) and time(text).
	Row Scope = iota
	// Fact is one event or answer: event.name, event.type, event.source,
	// event.at, event.userId; properties, traits and context as dynamic maps.
	Fact
)

// Vars is what one evaluation sees. Row is for the scope Row, the rest for
// Fact. A nil Object is an empty one.
type Vars struct {
	Row map[string]string

	Name, Type, Source, UserID  string
	At                          cx.Time
	Properties, Traits, Context *Object
}

// Option changes what Compile accepts.
type Option func(*options)

type options struct {
	columns []string
}

// Columns declares the columns of a Row: any other is a fault at compile time.
func Columns(names ...string) Option {
	return func(o *options) { o.columns = append(o.columns, names...) }
}

// Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	src string
}

// Compile checks src and makes it ready to run. The error is cx.Invalid with
// one fault for each mistake, line and column within src.
func Compile(scope Scope, src string, opts ...Option) (*Program, error) {
	return &Program{src: src}, nil
}

// Source returns the text that was compiled.
func (p *Program) Source() string { return p.src }

// Bool evaluates a condition. What is missing or of another type makes a
// comparison false, not an error; an error is cx.Invalid and means that the
// expression went past the cost limit.
func (p *Program) Bool(vars Vars) (bool, error) { return false, nil }

// Value evaluates to nil, bool, int64, float64, string or time.Time; nil also
// for what cannot be computed from vars.
func (p *Program) Value(vars Vars) (any, error) { return nil, nil }
