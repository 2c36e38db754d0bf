package history

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// chunkFacts is how many facts are classified again in one transaction: a few
// tens of milliseconds, during which no batch is stored.
const chunkFacts = 10_000

// Start begins to classify again whenever another model applies, and goes on
// where it stopped. It returns at once; Close ends it.
func (v *View) Start() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stop != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	unsubscribe := v.c.Models.Subscribe(func(model.Version) { v.signal() })
	v.stop = func() {
		unsubscribe()
		cancel()
		<-done
	}
	v.signal()
	go func() {
		defer close(done)
		v.run(ctx)
	}()
}

// Close stops the background work and waits for it. It may be called again.
func (v *View) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stop != nil {
		v.stop()
		v.stop = nil
	}
	return nil
}

func (v *View) signal() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

func (v *View) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.wake:
		}
		for {
			err := v.Settle(ctx)
			if err == nil || ctx.Err() != nil {
				break
			}
			v.c.Logger.ErrorContext(ctx, "history could not classify again", slog.Any("error", err))
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

// errEnough ends a reading of the log before its end.
var errEnough = errors.New("enough")

// Settle classifies again until every fact is as the model in force says. It
// goes on where an earlier one stopped. Start calls it when it is time.
func (v *View) Settle(ctx context.Context) error {
	for {
		state, err := v.c.Store.State(ctx)
		if err != nil {
			return cx.Wrap("history.Settle", err)
		}
		version := v.c.Models.Current()
		if version.Number < state.Model || state.Position == 0 || version.Number == state.Model && state.Settled() {
			return nil
		}
		after, upto := state.Done, state.Upto
		if version.Number != state.Model {
			after, upto = 0, state.Position
		}
		started := time.Now()
		err = v.settle(ctx, version, after, upto)
		if cx.KindOf(err) == cx.Conflict {
			continue // yet another model came between
		}
		if err != nil {
			return cx.Wrap("history.Settle", err)
		}
		v.c.Logger.InfoContext(ctx, "history is classified again", slog.Int("model", version.Number),
			slog.Uint64("upto", uint64(upto)), slog.Duration("took", time.Since(started)))
	}
}

func (v *View) settle(ctx context.Context, version model.Version, after, upto cx.Seq) error {
	chunk := Chunk{Model: version.Number, After: after, Through: after}
	err := v.c.Log.Read(ctx, after, func(b stream.Batch) error {
		for _, e := range b.Events {
			if e.Seq <= upto && e.Kind.OfCustomer() {
				chunk.Facts = append(chunk.Facts, Reclassified{e.Seq, say(version.Model, e).clone()})
			}
		}
		chunk.Through = min(b.Last, upto)
		if len(chunk.Facts) < chunkFacts && chunk.Through < upto {
			return nil
		}
		if err := v.reclassify(ctx, chunk); err != nil {
			return err
		}
		chunk.After, chunk.Facts = chunk.Through, chunk.Facts[:0]
		if chunk.Through == upto {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	if err == nil && chunk.Through < upto {
		// The log ends before what the store has: what is missing there cannot be
		// classified again.
		chunk.Through = upto
		return v.reclassify(ctx, chunk)
	}
	return err
}

// reclassify leaves a fact that brings one word too many as it was.
func (v *View) reclassify(ctx context.Context, c Chunk) error {
	for {
		err := v.c.Store.Reclassify(ctx, c)
		var full *VocabularyFullError
		if !errors.As(err, &full) {
			return err
		}
		v.c.Logger.WarnContext(ctx, "history leaves a fact as it was classified", slog.Uint64("seq", uint64(full.Seq)), slog.String("kind", full.Kind))
		kept := make([]Reclassified, 0, len(c.Facts))
		for _, f := range c.Facts {
			if f.Seq != full.Seq {
				kept = append(kept, f)
			}
		}
		c.Facts = kept
	}
}

// clone copies what may be a slice of the log's memory.
func (s Said) clone() Said {
	for _, field := range []*string{&s.Class.Touchpoint, &s.Class.Place, &s.Class.Product, &s.Class.Supplier, &s.Class.Revenue.Currency} {
		*field = strings.Clone(*field)
	}
	for i := range s.Class.Objects {
		s.Class.Objects[i].ID = strings.Clone(s.Class.Objects[i].ID)
	}
	for i := range s.Derived {
		s.Derived[i].Value = strings.Clone(s.Derived[i].Value)
		s.Derived[i].Object.ID = strings.Clone(s.Derived[i].Object.ID)
	}
	return s
}
