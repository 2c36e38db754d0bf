package text

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The tokens that stand for what is no word.
const (
	urlToken    = "‹url›"
	atToken     = "‹at›"
	numberToken = "‹n›"
	smileToken  = "‹:)›"
	frownToken  = "‹:(›"
	heartToken  = "‹3›"
)

// bound returns the part of s that is read, and whether there was more.
func bound(s string) (string, bool) {
	if len(s) <= MaxBytes {
		return s, false
	}
	cut := MaxBytes
	for cut > MaxBytes-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut], true
}

// fold makes letters comparable: compatible forms decomposed (NFKD), no accents,
// lower case, no markup, no invisible characters. People leave accents out, and
// typing aids put them in, so what differs by accents alone is the same word.
func fold(s string) string {
	if strings.IndexByte(s, '<') >= 0 {
		s = withoutMarkup(s)
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "")) { // what is no UTF-8 decomposes by what follows it
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Sk, r) && r > 0xff:
		case r == '’' || r == '`' || r == '´':
			b.WriteByte('\'')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// withoutMarkup drops tags, and scripts and styles whole. A "<" that begins no
// tag stays.
func withoutMarkup(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 || i+1 == len(s) {
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s, '>')
		if c := s[1]; end < 0 || c != '/' && c != '!' && (c|0x20 < 'a' || c|0x20 > 'z') {
			b.WriteByte('<')
			s = s[1:]
			continue
		}
		b.WriteByte(' ')
		for _, whole := range []string{"script", "style"} {
			if len(s) > len(whole) && strings.EqualFold(s[1:1+len(whole)], whole) {
				if close := indexFold(s, "</"+whole); close > 0 {
					end = close + len(whole) + 1
				}
			}
		}
		s = s[end+1:]
	}
	b.WriteString(s)
	return b.String()
}

// indexFold is strings.Index that takes ASCII letters of both cases as the same.
func indexFold(s, what string) int {
	for i := 0; i+len(what) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(what)], what) {
			return i
		}
	}
	return -1
}

// tokens cuts a text into words, numbers, emoji, marks of feeling ("!", "?",
// "…") and ends of clauses (","), folded. Longer runs of a letter count as two.
func tokens(s string) []string {
	var all []string
	for _, field := range strings.Fields(fold(s)) {
		all = appendTokens(all, field)
	}
	return all
}

func appendTokens(all []string, field string) []string {
	if strings.Contains(field, "://") || strings.HasPrefix(field, "www.") {
		return append(all, urlToken)
	}
	if at := strings.IndexByte(field, '@'); at == 0 && len(field) > 1 || at > 0 && strings.IndexByte(field[at:], '.') > 0 {
		return append(all, atToken)
	}
	for field != "" {
		if face, n := emoticon(field); n > 0 {
			all = append(all, face)
			field = field[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(field)
		switch {
		case unicode.IsDigit(r):
			n := span(field, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune(".,:/%", r) })
			all = append(all, numberToken, field[:n])
			field = field[n:]
		case unicode.IsLetter(r):
			n := span(field, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'' })
			all = append(all, shorten(strings.TrimRight(field[:n], "'")))
			field = field[n:]
		case r == '!' || r == '?' || r == '.':
			n := span(field, func(q rune) bool { return q == r })
			all = append(all, field[:min(n, 3)])
			field = field[n:]
		case r == '…':
			all = append(all, "...")
			field = field[size:]
		case strings.ContainsRune(",;:()", r):
			all = append(all, ",")
			field = field[size:]
		case unicode.Is(unicode.So, r):
			all = append(all, field[:size])
			field = field[size:]
		default:
			field = field[size:]
		}
	}
	return all
}

func span(s string, in func(rune) bool) int {
	for i, r := range s {
		if !in(r) {
			return i
		}
	}
	return len(s)
}

// emoticon returns what face s begins with, and its length; 0 when none.
func emoticon(s string) (string, int) {
	if strings.HasPrefix(s, "<3") {
		return heartToken, 2
	}
	if len(s) < 2 || s[0] != ':' && s[0] != ';' && s[0] != '=' {
		return "", 0
	}
	i := 1
	for i < len(s)-1 && (s[i] == '-' || s[i] == '\'' || s[i] == 'o') {
		i++
	}
	switch s[i] {
	case ')', ']', 'd', '*', 'p':
		if s[i] > 'a' && i+1 < len(s) && s[i+1] >= 'a' && s[i+1] <= 'z' {
			return "", 0
		}
		return smileToken, i + 1
	case '(', '[', '/', '|', '\\':
		return frownToken, i + 1
	}
	return "", 0
}

// shorten keeps two of a run of the same letter.
func shorten(word string) string {
	var last, before rune
	long := false
	for _, r := range word {
		if r == last && r == before {
			long = true
			break
		}
		before, last = last, r
	}
	if !long {
		return word
	}
	var b strings.Builder
	last, before = 0, 0
	for _, r := range word {
		if r != last || r != before {
			b.WriteRune(r)
		}
		before, last = last, r
	}
	return b.String()
}

// isWord says whether a token is a word, not a mark, an emoji or a stand-in.
func isWord(token string) bool {
	r, _ := utf8.DecodeRuneInString(token)
	return unicode.IsLetter(r)
}

// speaks says whether a token is a word, an emoji or a face.
func speaks(token string) bool {
	r, _ := utf8.DecodeRuneInString(token)
	switch token {
	case smileToken, frownToken, heartToken:
		return true
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.So, r)
}

// endsClause says whether a token ends what a "not" before it denies.
func endsClause(token string) bool {
	switch token[0] {
	case '.', ',', '!', '?':
		return true
	}
	return false
}

// negates says whether a word denies what follows it.
func negates(word string) bool {
	switch word {
	case "no", "not", "never", "nothing", "nobody", "none", "without", "cannot", "cant", "dont", "didnt", "wont", "isnt", "wasnt", "doesnt",
		"nunca", "jamas", "nada", "nadie", "ningun", "ninguna", "ninguno", "sin", "tampoco", "ni",
		"nao", "n", "nem", "sem", "nenhum", "nenhuma", "ninguem", "jamais":
		return true
	}
	return strings.HasSuffix(word, "n't")
}
