package eventlogtest

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Told returns the log of runs in words, such as "basket.Filled@0+ pay.Paid@5!":
// by time touchpoint, event, minutes since 1970, and whether it felt well (+1.5)
// or badly (−1.5).
func Told[S ~string](t rapid.TB, runs ...S) *eventlog.Log {
	t.Helper()
	var b eventlog.Builder
	var valence []int16
	for c, run := range runs {
		for _, word := range strings.Fields(string(run)) {
			felt := int16(eventlog.NoValence)
			if i := strings.IndexAny(word, "+!"); i >= 0 {
				felt = map[byte]int16{'+': 1500, '!': -1500}[word[i]]
				word = word[:i]
			}
			where, minute, _ := strings.Cut(word, "@")
			touchpoint, name, _ := strings.Cut(where, ".")
			at := int64(0)
			_, err := fmt.Sscan(minute, &at)
			if err == nil {
				err = b.Add(eventlog.Row{Case: fmt.Sprint(c), Activity: eventlog.Activity{Name: name, Touchpoint: touchpoint}, At: at * 60e6})
			}
			if err != nil {
				t.Fatal(err)
			}
			valence = append(valence, felt)
		}
	}
	l := b.Build()
	l.Valence = valence
	return l
}
