package journey

import (
	"context"
	"sort"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Health is how a journey is. Now is of the runs that began in the last four
// weeks, before of the four weeks before.
type Health struct {
	Journey    model.Journey
	Refused    string // why nothing can be told of its runs: they take too much memory; "" usually
	Runs       int    // all there are
	States     []StateShare
	Completed  Share            // of the runs that are over
	Felt       outcome.Estimate // now: the mean over runs of the mean valence of their events
	FeltBefore outcome.Estimate
	Change     outcome.Change
	Duration   Times            // of the completed runs, from first to last event
	Fitness    outcome.Estimate // mean over all runs, as Conformance tells; N = 0 without a script
	Weeks      []Week           // the last 26, the oldest first
	WithoutKey int64            // facts at the script's steps that are in no run, since they lack the key that others of their kind have; counted once a day
	Limited    bool             // only facts of some areas were seen: no Fitness
}

// StateShare is how many of the runs are so far.
type StateShare struct {
	State State
	Share
}

// Week is how the runs that began in a week felt.
type Week struct {
	From cx.Time
	Felt outcome.Estimate
}

const (
	healthWeeks  = 26
	healthWindow = 28 * 24 * time.Hour
)

// List returns how every journey of the model in force is, in its order. It
// needs the right scores.view.
func (s *Service) List(ctx context.Context, p cx.Principal) ([]Health, error) {
	const op = "journey.List"
	if err := account.Check(p, account.ViewScores); err != nil {
		return nil, cx.Wrap(op, err)
	}
	journeys := s.c.Models.Current().Model.Journeys
	out := make([]Health, 0, len(journeys))
	for _, j := range journeys {
		h, err := s.health(ctx, p, j.Slug)
		switch cx.KindOf(err) {
		case cx.TooLarge:
			h = Health{Journey: j, Refused: cx.MessageOf(err), Limited: p.Areas != nil}
		case cx.NotFound: // another model came between
			continue
		default:
			if err != nil {
				return nil, cx.Wrap(op, err)
			}
		}
		out = append(out, h)
	}
	return out, nil
}

func (s *Service) health(ctx context.Context, p cx.Principal, slug string) (Health, error) {
	x, err := s.lived(ctx, p, slug, Filter{})
	if err != nil {
		return Health{}, err
	}
	return lately(ctx, s, x, "health", func(context.Context) (Health, error) {
		h := healthOf(x)
		if !x.limited {
			held, err := x.conformed()
			if err != nil {
				return Health{}, err
			}
			h.Fitness = held.conformance.Fitness
		}
		return h, nil
	})
}

// sums adds up means of runs.
type sums struct {
	n            int
	sum, squares float64
}

func (s *sums) add(v float64) { s.n, s.sum, s.squares = s.n+1, s.sum+v, s.squares+v*v }

func (s *sums) sample() stats.Sample { return stats.SampleOf(s.n, s.sum, s.squares) }

func healthOf(x *lived) Health {
	l := x.log
	h := Health{Journey: x.journey, Runs: l.Cases(), WithoutKey: x.withoutKey, Limited: x.limited}
	cuts := history.Cuts(cx.Window{From: x.now.Add(-(healthWeeks - 1) * 7 * 24 * time.Hour), To: x.now + 1}, history.Week, x.zone)
	weeks := make([]sums, len(cuts))
	var now, before sums
	counts := map[State]int{}
	var took []time.Duration
	for c := range l.Cases() {
		from, to := l.Span(c)
		counts[x.states[c]]++
		if x.states[c] == Completed {
			took = append(took, time.Duration(l.At[to-1]-l.At[from])*time.Microsecond)
		}
		felt := runFelt(l, c)
		if felt.n == 0 {
			continue
		}
		began := cx.Time(l.At[from])
		if week := sort.Search(len(cuts), func(i int) bool { return cuts[i] > began }) - 1; week >= 0 {
			weeks[week].add(felt.mean())
		}
		switch age := x.now.Sub(began); {
		case age < 0:
		case age < healthWindow:
			now.add(felt.mean())
		case age < 2*healthWindow:
			before.add(felt.mean())
		}
	}
	for _, state := range []State{Running, Stuck, Completed, Abandoned} {
		h.States = append(h.States, StateShare{state, shareOf(counts[state], h.Runs)})
	}
	h.Completed = shareOf(counts[Completed], counts[Completed]+counts[Abandoned])
	h.Felt, h.FeltBefore, h.Change = felt(now.sample()), felt(before.sample()), outcome.MeanChange(before.sample(), now.sample())
	h.Duration = timesOf(took)
	for i := range max(0, len(cuts)-1) {
		h.Weeks = append(h.Weeks, Week{cuts[i], felt(weeks[i].sample())})
	}
	return h
}

// runFelt adds up how the events of a case were lived.
func runFelt(l *eventlog.Log, c int) (felt mood) {
	from, to := l.Span(c)
	for e := from; e < to; e++ {
		felt.add(valenceOf(l, e))
	}
	return felt
}
