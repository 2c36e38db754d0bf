package text

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Known is personal data known of who wrote a text.
type Known struct {
	Names []string // names and parts of names
	IDs   []string // order numbers and other ids
}

// masked is a kind of personal data.
type masked int

const (
	aName masked = iota
	anID
	aMail
	aPhone
	aCard
	anAccount
	aDocument
	aNumber
	aLink
	aHandle
)

// maskWords says each kind in a language.
func maskWords(language string) [10]string {
	switch language {
	case "es":
		return [10]string{"[nombre]", "[referencia]", "[correo]", "[teléfono]", "[tarjeta]", "[cuenta]", "[documento]", "[número]", "[enlace]", "[usuario]"}
	case "pt":
		return [10]string{"[nome]", "[referência]", "[e-mail]", "[telefone]", "[cartão]", "[conta]", "[documento]", "[número]", "[link]", "[usuário]"}
	}
	return [10]string{"[name]", "[reference]", "[e-mail]", "[phone]", "[card]", "[account]", "[document]", "[number]", "[link]", "[user]"}
}

// What personal data looks like.
var (
	linkPattern     = regexp.MustCompile(`(?i)\b(?:https?://|www\.)[^\s<>"]+`)
	mailPattern     = regexp.MustCompile(`(?i)[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)
	handlePattern   = regexp.MustCompile(`@[\p{L}\p{N}_.]*[\p{L}\p{N}_]`)
	accountPattern  = regexp.MustCompile(`(?i)\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b`)
	documentPattern = regexp.MustCompile(`(?i)\b(?:[XYZ][ -]?[0-9]{7}[ -]?[A-Z]|[0-9]{8}[ -]?[A-Z]|[0-9]{2}\.[0-9]{3}\.[0-9]{3}[ -]?[A-Z]|[ABCDEFGHJNPQRSUVW][ -]?[0-9]{7}[0-9A-J])\b`)
	digitsPattern   = regexp.MustCompile(`\+?\(?[0-9](?:[ .()/-]{0,2}[0-9])+`)
)

// Mask replaces personal data by what it is, in the words of the language (es,
// en, pt; any other is en): e-mail addresses, telephone numbers, cards (Luhn),
// bank accounts (IBAN), identity numbers (DNI, NIE, NIF, CPF, CNPJ), numbers of
// seven digits and more, addresses of the web beyond their host, @names, and what
// is known. Names are found as whole words, whatever their case and accents.
// Masking twice changes nothing more.
func Mask(s, language string, known Known) string {
	words := maskWords(language)
	s = strings.ToValidUTF8(s, "")
	s = replaceKnown(s, known.IDs, words[anID])
	s = linkPattern.ReplaceAllStringFunc(s, func(l string) string { return maskLink(l, words[aLink]) })
	s = mailPattern.ReplaceAllString(s, words[aMail])
	s = handlePattern.ReplaceAllString(s, words[aHandle])
	s = accountPattern.ReplaceAllStringFunc(s, func(a string) string {
		if isIBAN(a) {
			return words[anAccount]
		}
		return a
	})
	s = documentPattern.ReplaceAllString(s, words[aDocument])
	s = digitsPattern.ReplaceAllStringFunc(s, func(n string) string { return maskNumber(n, words) })
	return replaceKnown(s, known.Names, words[aName])
}

// maskLink keeps where a link leads, and no more than that.
func maskLink(link, word string) string {
	rest := strings.TrimRight(link, ".,;:!?)")
	host := rest
	if i := strings.Index(host, "://"); i >= 0 {
		host = host[i+3:]
	}
	if i := strings.IndexAny(host, "/?#"); i >= 0 {
		host = host[:i]
	}
	if strings.ContainsRune(host, '@') || host == "" {
		return word + link[len(rest):]
	}
	if strings.HasSuffix(rest, host) || strings.HasSuffix(rest, host+"/") {
		return link
	}
	return strings.TrimPrefix(host, "www.") + "/" + word + link[len(rest):]
}

// maskNumber says what a run of digits is: nothing to hide when it is short, a
// date, or an amount.
func maskNumber(n string, words [10]string) string {
	digits := onlyDigits(n)
	switch {
	case len(digits) >= 13 && len(digits) <= 19 && luhn(digits):
		return words[aCard]
	case len(digits) == 11 && isCPF(digits), len(digits) == 14 && isCNPJ(digits):
		return words[aDocument]
	case len(digits) < 7 || isDate(n) || isAmount(n):
		return n
	case n[0] == '+' || n[0] == '(' || len(digits) >= 8 && len(digits) <= 13 && (strings.ContainsAny(n, " -()") || len(digits) >= 9 && len(digits) <= 11):
		return words[aPhone]
	}
	return words[aNumber]
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// isDate says whether digits are a day: 2026-11-22, 22/11/2026, 22.11.26.
func isDate(n string) bool {
	for _, by := range []string{"-", "/", "."} {
		parts := strings.Split(n, by)
		if len(parts) != 3 {
			continue
		}
		for _, p := range parts {
			if x, err := strconv.Atoi(p); err != nil || len(p) > 4 || len(p) == 3 || x > 31 && (len(p) != 4 || x < 1900 || x > 2100) {
				return false
			}
		}
		return true
	}
	return false
}

// isAmount says whether digits are grouped in threes by points, as money is.
func isAmount(n string) bool {
	parts := strings.Split(n, ".")
	for i, p := range parts {
		if len(p) != onlyLen(p) || i > 0 && len(p) != 3 || i == 0 && len(p) > 3 {
			return false
		}
	}
	return len(parts) > 1
}

func onlyLen(s string) int { return len(onlyDigits(s)) }

// luhn says whether the digits bear a card's check digit (ISO/IEC 7812).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// isIBAN says whether the remainder is right (ISO 13616).
func isIBAN(s string) bool {
	s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s))
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	rest := 0
	for _, c := range []byte(s[4:] + s[:4]) {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A'+10)) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}

func isCPF(d string) bool {
	return checked(d[:9], []int{10, 9, 8, 7, 6, 5, 4, 3, 2}) == d[9] && checked(d[:10], []int{11, 10, 9, 8, 7, 6, 5, 4, 3, 2}) == d[10]
}

func isCNPJ(d string) bool {
	return checked(d[:12], []int{5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2}) == d[12] && checked(d[:13], []int{6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2}) == d[13]
}

// checked returns the check digit of the Receita Federal: modulo 11.
func checked(digits string, weights []int) byte {
	sum := 0
	for i := range len(digits) {
		sum += int(digits[i]-'0') * weights[i]
	}
	if rest := sum % 11; rest >= 2 {
		return byte('0' + 11 - rest) //nolint:gosec // 1..9
	}
	return '0'
}

// replaceKnown replaces known words, the longest first, where they stand alone.
// Those of one letter are left: they would hide the text.
func replaceKnown(s string, known []string, by string) string {
	var all []string
	for _, k := range known {
		if k = strings.TrimSpace(k); utf8.RuneCountInString(k) > 1 {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	for _, k := range all {
		s = replaceWord(s, k, by)
	}
	return s
}

// replaceWord replaces a word or words where no letter or digit touches them,
// whatever the case and the accents.
func replaceWord(s, word, by string) string {
	want := fold(word)
	if want == "" {
		return s
	}
	// at holds where each byte of the folded text comes from.
	var folded strings.Builder
	var at []int
	for i, r := range s {
		for range len(fold(string(r))) {
			at = append(at, i)
		}
		folded.WriteString(fold(string(r)))
	}
	at = append(at, len(s))
	f := folded.String()
	var b strings.Builder
	done := 0
	for from := 0; ; {
		i := strings.Index(f[from:], want)
		if i < 0 {
			break
		}
		i += from
		from = i + len(want)
		if before, _ := utf8.DecodeLastRuneInString(f[:i]); i > 0 && wordly(before) {
			continue
		}
		if after, _ := utf8.DecodeRuneInString(f[from:]); from < len(f) && wordly(after) {
			continue
		}
		b.WriteString(s[done:at[i]])
		b.WriteString(by)
		done = at[from]
	}
	b.WriteString(s[done:])
	return b.String()
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
