package remember

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/vivencia-cx/vivencia/internal/remember/identity"
)

// maxWord bounds a word in bytes.
const maxWord = 100

// fold returns s in lower case without accents: "García-LÓPEZ" is
// "garcia-lopez".
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if !ascii {
		s, _, _ = transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	}
	return strings.ToLower(s)
}

// split returns the words of a folded text: runs of letters and digits.
func split(folded string) []string {
	return strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// wordsOf calls add with the words by which an identifier is found by their
// beginnings: an e-mail whole, by its domain and the words of its local part; a
// phone by its digits, with and without the country's; an id whole and by its
// words. The first word of a whole is its beginning and goes without saying. An
// anonymousId, which nobody says in parts, is looked up instead.
func wordsOf(kind, value string, add func(string)) {
	whole := fold(value)
	switch kind {
	case identity.Phone:
		digits := strings.TrimPrefix(whole, "+")
		add(digits)
		if digits != whole { // a country's code has one to three digits
			for n := 1; n <= 3 && n < len(digits); n++ {
				add(digits[n:])
			}
		}
	case identity.AnonymousID:
	default:
		add(whole)
		local := whole
		if kind == identity.Email {
			var domain string
			local, domain, _ = strings.Cut(whole, "@")
			add(domain)
		}
		for _, w := range split(local) {
			if !strings.HasPrefix(whole, w) {
				add(w)
			}
		}
	}
}

// maxNameWords bounds the words of one name.
const maxNameWords = 8

// wordsOfName calls add with the words of a name and with each two of them in
// their order ("ana lopez"): of two words that many have, few have both.
func wordsOfName(name string, add func(string)) {
	words := split(fold(name))
	words = words[:min(len(words), maxNameWords)]
	for i, word := range words {
		add(word)
		for _, later := range words[i+1:] {
			add(word + " " + later)
		}
	}
}

// clip cuts a word to maxWord, between runes.
func clip(word string) string {
	if len(word) <= maxWord {
		return word
	}
	n := maxWord
	for !utf8.RuneStart(word[n]) {
		n--
	}
	return word[:n]
}

// term is one word of a query: a word of who is found begins with the whole or,
// when nobody has such a word, words of theirs begin with each of the parts.
type term struct {
	whole string
	parts []string // nil when they are no different
}

// termsOf reads a query. One that is written like a phone number is one word.
func termsOf(query string) []term {
	if digits, ok := phoneLike(query); ok {
		return []term{{whole: digits}}
	}
	var out []term
	for _, word := range strings.Fields(fold(query)) {
		t := term{whole: clip(word)}
		if parts := split(word); len(parts) != 1 || parts[0] != word {
			t.parts = parts
		}
		if len(t.parts) == 0 && len(split(word)) == 0 {
			continue // only punctuation
		}
		out = append(out, t)
	}
	return out
}

func phoneLike(query string) (digits string, ok bool) {
	var b strings.Builder
	spaced := false
	for i, r := range strings.TrimSpace(query) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && i == 0, strings.ContainsRune(" -.()", r):
			spaced = true
		default:
			return "", false
		}
	}
	digits = strings.TrimPrefix(b.String(), "00")
	return digits, spaced && len(digits) >= 5
}
