package journey

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/conform"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/cut"
)

// edition is the runs of a journey as they were when history was asked. It is
// immutable but for what the service's mu guards.
type edition struct {
	version int     // of the model
	read    cx.Time // when all of it was read
	runs    *cut.Runs
	whole   *lived
	picked  *memos // runs that filters let through

	checked time.Time     // when it was last found to be all; guarded by mu
	cost    time.Duration // what that took; guarded by mu
}

const (
	// statesFor is how long it is not looked whether a run has waited too long.
	statesFor = time.Minute
	// readFor is after how long all is read again, to learn of those who came
	// back.
	readFor = 24 * time.Hour
	// manyEvents is how many are worth a collection of garbage after them.
	manyEvents = 1_000_000
	// mostPicked is of how many filters the runs are kept; fewer, when they could
	// take more than pickedShare of the memory, but those of a period and of the
	// one before it, which are asked together.
	mostPicked  = 8
	leastPicked = 2
	pickedShare = 4
)

// renewed returns the edition that knows everything that history knows now.
func (s *Service) renewed(ctx context.Context, before *edition, p cx.Principal, version model.Version, j model.Journey) (*edition, error) {
	now := s.c.Clock.Now()
	if before != nil && before.version == version.Number && now.Sub(before.read) < readFor {
		runs, err := before.runs.Next(ctx, s.c.Facts, p, now)
		if err == nil {
			return s.next(before, runs, now), nil
		}
		if !errors.Is(err, cut.ErrAnew) {
			return nil, err
		}
	}
	started := time.Now()
	runs, err := cut.Read(ctx, s.c.Facts, p, cut.Journey{Journey: j, Currency: version.Model.Company.Currency, Bytes: s.c.Bytes}, now)
	if err != nil {
		return nil, err
	}
	log := runs.Log
	s.c.Logger.DebugContext(ctx, "runs of a journey are read", slog.String("journey", j.Slug), slog.Int("runs", log.Cases()),
		slog.Int("events", log.Events()), slog.Duration("took", time.Since(started)))
	if log.Events() > manyEvents {
		debug.FreeOSMemory() // to read them took about as much as they take
	}
	e := &edition{version: version.Number, read: now}
	whole := &lived{
		journey: j, model: version.Model, steps: j.Steps(), zone: version.Model.Company.Zone(), limited: p.Areas != nil, withoutKey: runs.WithoutKey,
		held: &conform.Known{}, lately: &latelies{known: map[string]*telling{}},
	}
	return s.with(e, runs, whole, now), nil
}

// with returns the edition with other runs, as they stand now.
func (s *Service) with(e *edition, runs *cut.Runs, as *lived, now cx.Time) *edition {
	next, whole := *e, *as
	whole.log, whole.now, whole.stepOf, whole.memos = runs.Log, now, runs.StepOf, &memos{}
	whole.states = statesOf(whole.log, whole.journey, whole.steps, whole.stepOf, now)
	next.runs, next.whole = runs, &whole
	next.picked = &memos{most: int(min(max(s.c.Bytes/pickedShare/(runs.Bytes()+1), leastPicked), mostPicked))}
	return &next
}

// next returns the edition after another, of the runs that are next: all but
// them is the same when nothing happened.
func (s *Service) next(e *edition, runs *cut.Runs, now cx.Time) *edition {
	if runs.Log == e.runs.Log && now.Sub(e.whole.now) < statesFor && now >= e.whole.now {
		after := *e
		after.runs = runs
		return &after
	}
	return s.with(e, runs, e.whole, now)
}
