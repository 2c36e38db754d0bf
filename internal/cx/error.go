package cx

import (
	"errors"
	"fmt"
	"strings"
)

// ErrorKind says what an error means to who asked. One table in api maps each
// to an HTTP status.
type ErrorKind uint8

// The kinds.
const (
	Internal     ErrorKind = iota // ours: a bug or a broken machine
	Invalid                       // the input is wrong; the message says what to do
	Unauthorized                  // who are you?
	Forbidden                     // you may not
	NotFound                      // there is no such thing
	Conflict                      // it contradicts what is there
	TooLarge                      // past a limit
	Busy                          // queue full: try again soon
	Unavailable                   // a store does not answer
	Full                          // no room left on the disk
	Gone                          // it was, and was erased on purpose
)

var errorKindNames = [...]string{"internal", "invalid", "unauthorized", "forbidden", "not-found", "conflict", "too-large", "busy", "unavailable", "full", "gone"}

// String returns the kind's slug, as in a problem's type.
func (k ErrorKind) String() string {
	if int(k) < len(errorKindNames) {
		return errorKindNames[k]
	}
	return fmt.Sprintf("error-kind(%d)", uint8(k))
}

// Fault is one thing that is wrong with an input. Field is a path into it
// ("touchpoints[2].stage"); Line and Column count from 1, zero when unknown.
type Fault struct {
	Field   string `json:"field,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

// String formats the fault in one line: "3:14 touchpoints[2].stage: …".
func (f Fault) String() string {
	var b strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&b, "%d:%d ", f.Line, f.Column)
	}
	if f.Field != "" {
		b.WriteString(f.Field + ": ")
	}
	b.WriteString(f.Message)
	return b.String()
}

// Error is the project's error. Op names the operation that could not be done
// ("remember.Timeline"), Message speaks to the person who asked, Faults lists
// everything that is wrong with the input, Err is the cause.
type Error struct {
	Kind    ErrorKind
	Op      string
	Message string
	Faults  []Fault
	Err     error
}

// Error joins operation, message, faults and cause in one line.
func (e *Error) Error() string {
	parts := make([]string, 0, 4)
	if e.Op != "" {
		parts = append(parts, e.Op)
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	for _, f := range e.Faults {
		parts = append(parts, f.String())
	}
	if _, printed := e.Err.(hidden); e.Err != nil && !printed { //nolint:errorlint // of this link of the chain only
		parts = append(parts, e.Err.Error())
	}
	if len(parts) == 0 {
		return e.Kind.String()
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an Error of the kind with a message for who asked. A %w verb
// keeps the cause.
func Errorf(kind ErrorKind, op, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Op: op, Message: err.Error(), Err: hidden{errors.Unwrap(err)}.orNil()}
}

// Wrap adds an operation to err and keeps its kind. Wrapping nil gives nil.
func Wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: KindOf(err), Op: op, Err: err}
}

// InvalidFaults returns an Invalid error that reports every fault, or nil when
// there is none.
func InvalidFaults(op string, faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Op: op, Faults: faults}
}

// KindOf returns the kind of the outermost Error in err's chain; Internal when
// there is none.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// MessageOf returns what may be shown to who asked: the first message (or the
// faults) in err's chain, and nothing of an internal error.
func MessageOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Kind == Internal {
			return ""
		}
		if e.Message != "" {
			return e.Message
		}
		if len(e.Faults) > 0 {
			lines := make([]string, len(e.Faults))
			for i, f := range e.Faults {
				lines[i] = f.String()
			}
			return strings.Join(lines, "; ")
		}
		err = e.Err
	}
	return ""
}

// FaultsOf returns the faults of the first Error in err's chain that has any.
func FaultsOf(err error) []Fault {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return nil
		}
		if len(e.Faults) > 0 {
			return e.Faults
		}
		err = e.Err
	}
	return nil
}

// hidden keeps a cause in the chain without printing it twice: Errorf's
// message holds its text already.
type hidden struct{ error }

func (h hidden) orNil() error {
	if h.error == nil {
		return nil
	}
	return h
}
func (h hidden) Unwrap() error { return h.error }
