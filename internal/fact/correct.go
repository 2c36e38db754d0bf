package fact

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// maxCorrects is how many answers one may correct.
const maxCorrects = 50

// Corrects returns the earlier answers whose items an answer replaces, question
// by question: its property "corrects". Only what Vivencia received itself may
// say so; of any other source it is nothing.
func Corrects(e cx.Event) (seqs []cx.Seq) {
	if e.Source != "vivencia" || e.Kind != cx.Answer {
		return nil
	}
	_ = members(e.Properties, func(name string, v jsontext.Value) {
		if name != "corrects" {
			return
		}
		_ = elements(v, func(_ int, v jsontext.Value) {
			if seq, err := strconv.ParseUint(string(v), 10, 64); err == nil && len(seqs) < maxCorrects {
				seqs = append(seqs, cx.Seq(seq))
			}
		})
	}) // what is no list of numbers corrects nothing
	return seqs
}
