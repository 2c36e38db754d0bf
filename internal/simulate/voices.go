package simulate

import (
	"fmt"
	"strings"
)

// voices is what people say: hand-written quotes by theme and language, in
// candil/quotes/<theme>.<language>.txt, one a line. The same words come again
// only after all the others of their theme.
type voices struct {
	lines [themes][languages][]string
	next  [themes][languages]int
}

func (v *voices) load() error {
	for t, file := range themeFiles {
		if file == "" {
			continue
		}
		for l, code := range languageCodes {
			raw, err := candil.ReadFile("candil/quotes/" + file + "." + code + ".txt")
			if err != nil {
				return err
			}
			v.lines[t][l] = strings.Split(strings.TrimSpace(string(raw)), "\n")
			if len(v.lines[t][l]) < 2 {
				return fmt.Errorf("candil/quotes/%s.%s.txt: too few lines", file, code)
			}
		}
	}
	return nil
}

// say returns the next words on a theme: once around in an order that mixes
// long and short, then again.
func (v *voices) say(t theme, l language) string {
	lines := v.lines[t][l]
	n := v.next[t][l]
	v.next[t][l]++
	// A step that shares no divisor with the number of lines visits all.
	step := len(lines)*5/13 + 1
	for gcd(step, len(lines)) != 1 {
		step++
	}
	return lines[(n*step+n/len(lines))%len(lines)]
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
