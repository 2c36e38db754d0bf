package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The identifiers that every company has. Email and Phone never join two
// identified customers.
const (
	UserID      = "userId"
	AnonymousID = "anonymousId"
	Email       = "email"
	Phone       = "phone"
)

// maxValue is how many bytes an identifier may have; longer ones are no
// evidence of anything.
const maxValue = 512

// Normalize returns the normal form of an identifier's value, or "" when the
// value identifies nobody: no e-mail address, a phone number of zeros, too
// long. userId and anonymousId are taken as they are.
func Normalize(kind, value string) string {
	if len(value) > maxValue || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return ""
	}
	switch kind {
	case UserID, AnonymousID:
		return value
	case Email:
		return normalEmail(value)
	case Phone:
		return normalPhone(value)
	default: // declared: cards and numbers are written in either case
		return strings.ToLower(strings.TrimSpace(value))
	}
}

func normalEmail(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || strings.ContainsRune(domain, '@') ||
		strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return ""
	}
	return s
}

// normalPhone keeps the digits, with a + before them when the number names its
// country: 0034 600 11-12-13 is +34600111213.
func normalPhone(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 4 && strings.EqualFold(s[:4], "tel:") {
		s = s[4:]
	}
	plus := strings.HasPrefix(s, "+")
	if plus {
		s = strings.Replace(s, "(0)", "", 1) // +44 (0)20 …: the trunk prefix is not dialled from abroad
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && i == 0, strings.ContainsRune(" -./()\u00a0\u2011", r):
		default:
			return ""
		}
	}
	digits := b.String()
	if !plus && strings.HasPrefix(digits, "00") {
		digits, plus = digits[2:], true
	}
	if len(digits) < 6 || len(digits) > 15 || strings.Trim(digits, digits[:1]) == "" {
		return ""
	}
	if plus {
		return "+" + digits
	}
	return digits
}
