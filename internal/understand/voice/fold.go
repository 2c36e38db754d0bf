package voice

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxTerms bounds the words of a search; what comes after them is not sought.
const maxTerms = 10

// termsOf returns the words of a search. Whatever else it holds (quotes, signs,
// operators) parts words.
func termsOf(words string) []string {
	if len(words) > MaxWords {
		words = words[:MaxWords]
	}
	terms := slices.DeleteFunc(strings.FieldsFunc(strings.ToValidUTF8(words, " "), parts), func(t string) bool {
		return !strings.ContainsFunc(t, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
	})
	return terms[:min(len(terms), maxTerms)]
}

// parts tells whether a character is of no word.
func parts(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }

// fold returns a text's words in small letters without accents, as SQLite's
// unicode61 folds them by itself.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsMark(r):
			return -1
		case parts(r):
			return ' '
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}
