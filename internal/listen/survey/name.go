package survey

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxName is how long a name may be that a text says, in characters.
const maxName = 60

// linked finds what mail programs make a link of. People write such names into
// forms, so that a company's own mail carries their link to somebody else.
var linked = regexp.MustCompile(`(?i)[/\\@]|www\.|[\pL\pN-]{2,}\.\pL{2,}`)

// PlainName returns what a text may call somebody, on one line; "" when what is
// known is no name: too long, an address, or a link.
func PlainName(name string) string {
	name = strings.Join(strings.Fields(clean(name)), " ")
	if utf8.RuneCountInString(name) > maxName || linked.MatchString(name) {
		return ""
	}
	return name
}
