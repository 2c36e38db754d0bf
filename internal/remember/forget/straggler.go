package forget

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// stragglers is the subject of messages that a forgotten customer's device sent
// again. It is whole, so that nothing of who or what is left of them.
const stragglers cx.CustomerID = "stragglers"

// Sweep redacts what came again of customers who were forgotten: memory drops
// such a message as one seen before, and the log, which takes everything first,
// has it.
func (s *Service) Sweep(ctx context.Context) error {
	s.working.Lock()
	defer s.working.Unlock()
	for {
		seqs, err := s.c.Memory.Stragglers(ctx, stretch)
		if err != nil || len(seqs) == 0 {
			return cx.Wrap("forget.Sweep", err)
		}
		redaction, err := s.c.Memory.Redaction(ctx, cx.Subject{Customer: stragglers, Seqs: seqs})
		if err != nil {
			return cx.Wrap("forget.Sweep", err)
		}
		if _, err := s.c.Log.Redact(ctx, redaction.Seqs, redaction.With); err != nil {
			return cx.Wrap("forget.Sweep", err)
		}
		if _, err := s.c.Memory.Erase(ctx, cx.Subject{Seqs: seqs}); err != nil {
			return cx.Wrap("forget.Sweep", err)
		}
	}
}
