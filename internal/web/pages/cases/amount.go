package cases

import (
	"strconv"
	"strings"
)

// amountOf reads an amount as people type it (12, 12,50, 12.5 €) into minor units
// of a currency with so many digits after the point. ok is false of anything else, of nothing, and of more than
// people give by hand.
func amountOf(typed string, digits int) (minor int64, ok bool) {
	typed = strings.TrimSpace(strings.Trim(strings.TrimSpace(typed), "€$£R "))
	whole, rest, parted := strings.Cut(strings.ReplaceAll(typed, ",", "."), ".")
	if whole == "" || len(whole) > 7 || parted && (rest == "" || len(rest) > digits) {
		return 0, false
	}
	number := whole + rest + strings.Repeat("0", digits-len(rest))
	for _, d := range number {
		if d < '0' || d > '9' {
			return 0, false
		}
	}
	minor, err := strconv.ParseInt(number, 10, 64)
	return minor, err == nil && minor > 0
}
