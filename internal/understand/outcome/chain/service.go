package chain

import (
	"context"
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// Purchases tells what customers brought. purchases.Service does.
type Purchases interface {
	Ask(ctx context.Context, p cx.Principal, f purchases.Filter) (*purchases.Table, error)
}

// Memories tells how what was lived becomes what is remembered. outcome.Service does.
type Memories interface {
	Memory(ctx context.Context, p cx.Principal, q outcome.MemoryQuery) (outcome.Memory, error)
}

// Models is where areas come from.
type Models interface{ Current() model.Version }

// Config wires a Service.
type Config struct {
	Facts     history.Teller
	Purchases Purchases
	Memories  Memories
	Models    Models
	Clock     cx.Clock
}

// Service tells how what is lived becomes money. It is safe for concurrent use, and does
// nothing while nobody asks.
type Service struct {
	c    Config
	kept *history.Kept[Chain]
}

// mostChains is how many chains are kept.
const mostChains = 12

// New returns a service.
func New(c Config) *Service {
	return &Service{c: c, kept: history.NewKept[Chain](c.Facts, c.Clock, mostChains)}
}

// Chain estimates the chain. It reads what its customers lived, seconds for millions of
// events, and keeps what it found (history.Kept). It needs the right scores.view; of who
// is limited to areas, all is of what was lived and bought there. The error is
// cx.NotFound when the model has no such segment or area.
func (s *Service) Chain(ctx context.Context, p cx.Principal, q Query) (Chain, error) {
	c, err := s.chain(ctx, p, q)
	return c, cx.Wrap("chain.Chain", err)
}

func (s *Service) chain(ctx context.Context, p cx.Principal, q Query) (Chain, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return Chain{}, err
	}
	version := s.c.Models.Current()
	if _, ok := version.Model.Area(q.Area); !ok && q.Area != "" {
		return Chain{}, cx.Errorf(cx.NotFound, "", "there is no such area")
	}
	return s.kept.Ask(ctx, p, fmt.Sprintf("%d %+v", version.Number, q), func() (Chain, history.Edition, error) {
		table, err := s.c.Purchases.Ask(ctx, p, purchases.Filter{Segment: q.Segment})
		if err != nil {
			return Chain{}, history.Edition{}, err
		}
		memory, err := s.c.Memories.Memory(ctx, p, outcome.MemoryQuery{})
		if err != nil {
			return Chain{}, history.Edition{}, err
		}
		var out Chain
		var edition history.Edition
		err = s.c.Facts.Snapshot(ctx, p, func(facts history.Snapshot) error {
			edition = facts.Edition()
			g := newGathering(table, q.Area)
			if err := g.read(facts); err != nil {
				return err
			}
			out = g.chain(memory.Weights)
			return nil
		})
		return out, edition, err
	})
}
