package remote

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

// Audit holds a labeller's labels against people's and against those of our own
// model, of the same texts. A report's Kappa is the agreement beyond chance.
type Audit struct {
	Labeller text.Report `json:"labeller"` // with people
	Ours     text.Report `json:"ours"`     // our model with people
	Between  text.Report `json:"between"`  // the labeller with our model
	Failed   int         `json:"failed"`   // texts that it gave no label asked for; the reports are of the others
}

// failedInRow is after how many texts without a label an audit ends.
const failedInRow = 5

// Audit labels texts, one after the other, and compares with what people ("": nobody
// said) and our model say of each. An error of the key or of the address ends it at once, answers
// that are none of the labels when they come five times in a row.
func (l *Labeller) Audit(ctx context.Context, texts []Text, people, ours, labels []string) (Audit, error) {
	var out Audit
	var is, ofIs, saidIs, own, said []string
	inRow := 0
	for i, t := range texts {
		label, err := l.Label(ctx, t, labels)
		if err != nil {
			out.Failed++
			if inRow++; ctx.Err() != nil || cx.KindOf(err) != cx.Unavailable || inRow == failedInRow {
				return out, err
			}
			continue
		}
		inRow = 0
		own, said = append(own, ours[i]), append(said, label)
		if people[i] != "" {
			is, ofIs, saidIs = append(is, people[i]), append(ofIs, ours[i]), append(saidIs, label)
		}
	}
	out.Labeller, out.Ours, out.Between = text.Compare(is, saidIs), text.Compare(is, ofIs), text.Compare(own, said)
	return out, nil
}
