package cut

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Seqs finds the facts of a case again in history: by event their seqs, 0 of
// those that are no more.
func Seqs(ctx context.Context, facts history.Teller, p cx.Principal, j model.Journey, log *eventlog.Log, c int) ([]cx.Seq, error) {
	type fact struct {
		at       int64
		activity eventlog.Activity
	}
	l := newLoader(Journey{Journey: j})
	q := l.query()
	q.Customers = []cx.CustomerNo{cx.CustomerNo(log.Customer[c])}
	if l.rules.byKey {
		q.Objects = []uint64{log.Key[c]}
	}
	found := map[fact][]cx.Seq{}
	err := facts.Snapshot(ctx, p, func(facts history.Snapshot) error {
		return l.lived(facts, q, func(f *history.Lived, i int, activity uint16, _ uint32, _ mark) error {
			if l.rules.byKey && f.Object[i] != 0 && f.Object[i] != log.Key[c] {
				return nil
			}
			at := fact{int64(f.At[i]), l.activities[activity]}
			found[at] = append(found[at], f.Seq[i])
			return nil
		})
	})
	from, to := log.Span(c)
	out := make([]cx.Seq, to-from)
	for e := from; e < to; e++ {
		at := fact{log.At[e], log.Activities[log.Activity[e]]}
		if seqs := found[at]; len(seqs) > 0 {
			out[e-from], found[at] = seqs[0], seqs[1:]
		}
	}
	return out, err
}
