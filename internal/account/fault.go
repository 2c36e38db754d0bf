package account

import (
	"database/sql"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// faults collects everything that is wrong with an input.
type faults []cx.Fault

func (f *faults) add(field, format string, args ...any) {
	*f = append(*f, cx.Fault{Field: field, Message: fmt.Sprintf(format, args...)})
}

func (f faults) err(op string) error { return cx.InvalidFaults(op, f) }

// text returns a required text without the space around it.
func (f *faults) text(field, s string, limit int) string {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		f.add(field, "is missing")
	case utf8.RuneCountInString(s) > limit:
		f.add(field, "is longer than %d characters", limit)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		f.add(field, "has characters that cannot be shown")
	}
	return s
}

// email returns an address in the form in which it is compared.
func (f *faults) email(field, s string) string {
	s = normalEmail(s)
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || a.Name != "" || len(s) > 254 {
		f.add(field, "is not an e-mail address")
	}
	return s
}

func normalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (f *faults) role(field string, r cx.Role) {
	if !r.Valid() {
		f.add(field, "is one of %v", cx.Roles())
	}
}

var areaSlug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (f *faults) areas(field string, areas []string) {
	for i, a := range areas {
		if !areaSlug.MatchString(a) || len(a) > 100 {
			f.add(fmt.Sprintf("%s[%d]", field, i), "is not an area's slug (small letters, digits and single dashes)")
		}
	}
}

// Languages lists the languages that a person may read.
func Languages() []string { return []string{"es", "es-ES", "es-419", "en", "pt"} }

func (f *faults) language(field, l string) {
	if l != "" && !slices.Contains(Languages(), l) {
		f.add(field, "is one of %v", Languages())
	}
}

// touch turns an UPDATE that found no row into NotFound.
func touch(result sql.Result, err error) func(op, format string, args ...any) error {
	return func(op, format string, args ...any) error {
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return cx.Errorf(cx.NotFound, op, format, args...)
	}
}
