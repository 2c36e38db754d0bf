package quarantine

import (
	"strings"

	"github.com/vivencia-cx/vivencia/internal/web"
)

// Said puts a reason into the reader's language: one fault or several, each a
// field's path and a sentence: `event: is missing: say what happened`. What no
// catalogue holds stays in English.
func Said(q *web.Request, reason string) string {
	faults := strings.Split(reason, "; ")
	for i, f := range faults {
		if whole := q.Said(f); whole != f {
			faults[i] = whole
			continue
		}
		// The longest field that leaves a known sentence: sentences have colons too.
		for at := 0; ; {
			next := strings.Index(f[at:], ": ")
			if next < 0 || strings.ContainsAny(f[:at+next], ` "`) {
				break
			}
			at += next + 2
			if s := q.Said(f[at:]); s != f[at:] {
				faults[i] = f[:at] + s
				break
			}
		}
	}
	return strings.Join(faults, "; ")
}
