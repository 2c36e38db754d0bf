package app

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// openCycle opens what is improved, and lets impact judge it.
func (a *App) openCycle(ctx context.Context) (err error) {
	a.Cycle, err = cycle.Open(ctx, cycle.Config{
		DB: a.state, Jobs: a.Jobs, Log: a.Log, Models: a.Models, Memory: a.Memory, Accounts: a.Accounts, Notices: a.Notices, Impact: a.Impact,
		Finders: []cycle.Finder{drivers{a}, journeyPains{a}, burning{a}, contradicting{a}, causes{a}, ideas{a}}, Worth: worthOfPoints{a}, Words: said{a.Voice}, Clock: a.clock, Logger: a.logger,
	})
	if err == nil {
		a.Impact.Serve(a.Cycle.Judged())
	}
	return err
}

// said tells the words that opportunities and initiatives came from.
type said struct{ voices *voice.Service }

// Quotes implements cycle.Words: the texts of the events, within the reach of who
// asks.
func (h said) Quotes(ctx context.Context, p cx.Principal, seqs []cx.Seq) ([]cycle.Quote, error) {
	all, err := h.voices.Quotes(ctx, p, voice.QuoteQuery{Filter: voice.Filter{Seqs: seqs}, Limit: mostQuotes})
	out := []cycle.Quote{}
	for _, q := range all.Representative {
		out = append(out, cycle.Quote{Seq: q.Seq, At: q.At, Words: q.Words, Language: q.Language})
	}
	return out, err
}

// mostQuotes is how many words an opportunity or an initiative shows.
const mostQuotes = 6
