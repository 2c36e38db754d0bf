package model

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NewSlug makes a slug of a name that is not taken: «Atención al cliente» is
// atencion-al-cliente, and atencion-al-cliente-2 when that is taken. A name
// without a letter or figure of the Latin alphabet is called as otherwise says.
func NewSlug(name, otherwise string, taken func(string) bool) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r) && b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := strings.Trim(b.String()[:min(b.Len(), 40)], "-")
	if slug == "" || slug[0] < 'a' {
		slug = strings.TrimSuffix(otherwise+"-"+slug, "-")
	}
	free := slug
	for n := 2; taken(free); n++ {
		free = slug + "-" + strconv.Itoa(n)
	}
	return free
}
