package web

import (
	"regexp"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

var (
	quotedWord = regexp.MustCompile(`"[^"]*"`)
	figure     = regexp.MustCompile(`\d+`)
)

// Said puts a service's message into the reader's language. Services speak
// English; a catalogue holds their sentences under "said." and the sentence,
// with {q} for what is quoted and {n} for a figure. What no catalogue holds is
// shown as it is.
func (q *Request) Said(message string) string {
	var quoted, figures []string
	key := quotedWord.ReplaceAllStringFunc(message, func(s string) string { quoted = append(quoted, strings.Trim(s, `"`)); return "{q}" })
	key = figure.ReplaceAllStringFunc(key, func(s string) string { figures = append(figures, s); return "{n}" })
	key = "said." + key
	if !q.L.Has(key) {
		return message
	}
	args := []any{"q", strings.Join(quoted, ", ")}
	if len(figures) > 0 {
		args = append(args, "n", figures[0])
	}
	return q.T(key, args...)
}

// Explain returns what is wrong with an input in the reader's language: a
// sentence, or the faults by field. It returns err when the error is not about
// the input (kinds Invalid, Conflict, Unauthorized, Busy, TooLarge).
func (q *Request) Explain(err error) (message string, faults []cx.Fault, failure error) {
	switch cx.KindOf(err) {
	case cx.Invalid, cx.Conflict, cx.Unauthorized, cx.Busy, cx.TooLarge:
	default:
		return "", nil, err
	}
	for _, f := range cx.FaultsOf(err) {
		f.Message = q.Said(f.Message)
		faults = append(faults, f)
	}
	if len(faults) == 0 {
		message = q.Said(cx.MessageOf(err))
	}
	return message, faults, nil
}
