package outcome

import (
	"context"
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Condition narrows what is asked, as in history.
type Condition = history.Condition

// Facts is where the tallies come from. history.Store is one.
type Facts interface {
	Totals(ctx context.Context, p cx.Principal, f history.Filter) (history.Totals, error)
	Breakdown(ctx context.Context, p cx.Principal, q history.Query) ([]history.Group, error)
	Series(ctx context.Context, p cx.Principal, q history.Query) ([]history.Point, error)
	Distribution(ctx context.Context, p cx.Principal, q history.Query) ([]history.Bin, error)
	history.Teller
}

// Models is where the company's time zone comes from.
type Models interface{ Current() model.Version }

// Service answers how the company is doing. It is safe for concurrent use, and
// does nothing while nobody asks. What Memory and Silent told last is kept: they
// read all of history.
type Service struct {
	facts  Facts
	models Models
	clock  cx.Clock
	kept   *history.Kept[Inferred]
}

// Totals counts what was lived: of who is limited to areas, what they answer
// for.
func (s *Service) Totals(ctx context.Context, p cx.Principal) (history.Totals, error) {
	const op = "outcome.Totals"
	if err := account.Check(p, account.ViewScores); err != nil {
		return history.Totals{}, cx.Wrap(op, err)
	}
	t, err := s.facts.Totals(ctx, p, history.Filter{})
	return t, cx.Wrap(op, err)
}

// mostTellings is how many answers of Memory and Silent are kept.
const mostTellings = 16

// New returns a service.
func New(facts Facts, models Models, clock cx.Clock) *Service {
	return &Service{facts: facts, models: models, clock: clock, kept: history.NewKept[Inferred](facts, clock, mostTellings)}
}

// told returns what customers remember and what the silent would have said.
// Nobody may write to it.
func (s *Service) told(ctx context.Context, p cx.Principal, q MemoryQuery) (Inferred, error) {
	return s.kept.Ask(ctx, p, fmt.Sprintf("%q %d", q.Survey, q.Until), func() (Inferred, history.Edition, error) {
		past, err := s.past(ctx, p, q)
		if err != nil {
			return Inferred{}, history.Edition{}, err
		}
		return past.inferred(), past.edition, nil
	})
}
