package web

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// varies is what differs from one message to the next: what is quoted, doubly
// or singly, and figures. Spaces are where a sentence may go on as it likes.
var varies = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\B'[^']*'\B|\d+(?:\.\d+)?| `)

// Said puts a service's message into the reader's language. Services speak
// English; a catalogue holds their sentences under "said." and the sentence,
// with {q} for what is quoted, {n} for a figure, and {rest} for an ending that
// varies otherwise. The reader's sentence says {q} for all that is quoted, or
// {q1}, {q2}, …; {n} for the first figure, or {n1}, {n2}, …. What no catalogue
// holds is shown as it is.
func (q *Request) Said(message string) string {
	key, args, heads := sentenceOf(message)
	if q.L.Has(key) {
		return q.T(key, args...)
	}
	for _, at := range slices.Backward(heads) {
		key, args, _ := sentenceOf(message[:at])
		if key += "{rest}"; q.L.Has(key) {
			return q.T(key, append(args, "rest", message[at:])...)
		}
	}
	return message
}

// sentenceOf returns a message's key, what it quotes and counts as arguments,
// and where its words begin.
func sentenceOf(message string) (key string, args []any, words []int) {
	var b strings.Builder
	b.WriteString("said.")
	var quoted []string
	figures, last := 0, 0
	for _, at := range varies.FindAllStringIndex(message, -1) {
		b.WriteString(message[last:at[0]])
		last = at[1]
		switch s := message[at[0]:at[1]]; s[0] {
		case ' ':
			b.WriteString(s)
			words = append(words, last)
		case '"', '\'':
			b.WriteString("{q}")
			quoted = append(quoted, s[1:len(s)-1])
			args = append(args, "q"+strconv.Itoa(len(quoted)), s[1:len(s)-1])
		default:
			b.WriteString("{n}")
			if figures++; figures == 1 {
				args = append(args, "n", s)
			}
			args = append(args, "n"+strconv.Itoa(figures), s)
		}
	}
	b.WriteString(message[last:])
	return b.String(), append(args, "q", strings.Join(quoted, ", ")), words
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
