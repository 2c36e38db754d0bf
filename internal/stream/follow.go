package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Batch is a stretch of the log. Its events are valid only during the call
// they are given to: their strings and bytes are slices of the log's memory.
type Batch struct {
	Events []cx.Event
	Last   cx.Seq // the position to store: ≥ the last event's Seq, also when Events is empty
}

// View is what is derived from the log.
type View interface {
	// Name names the view in logs and in the quarantine.
	Name() string
	// Position returns the Last of the last batch applied; 0 at first.
	Position(ctx context.Context) (cx.Seq, error)
	// Apply stores what the batch means and Batch.Last in one transaction, and
	// skips events at or below its position.
	Apply(ctx context.Context, b Batch) error
}

// Poison returns the error with which a view says that it can never apply the
// event seq: Follow sets the event aside and goes on without it.
func Poison(seq cx.Seq, reason string) error { return &poison{seq, reason} }

type poison struct {
	seq    cx.Seq
	reason string
}

func (p *poison) Error() string {
	return fmt.Sprintf("seq %d can never be applied: %s", p.seq, p.reason)
}

// Waits between tries.
const (
	firstWait = 20 * time.Millisecond
	lastWait  = 5 * time.Second
)

// Follow feeds v from its position on until ctx ends, and returns ctx's error.
// It joins what is there into batches of up to 4,000 events and hands over
// what comes one by one at once. It tries what fails again, with back-off; it
// returns early only when the log is closed (Unavailable) or damaged
// (Internal, with the seq).
func (l *Log) Follow(ctx context.Context, v View) error {
	return l.feed(ctx, v, func(after cx.Seq) (bool, error) { return true, l.wait(ctx, after) })
}

// CatchUp feeds v from its position to the present end of the log.
func (l *Log) CatchUp(ctx context.Context, v View) error {
	end := l.LastSeq()
	return l.feed(ctx, v, func(after cx.Seq) (bool, error) { return after < end, nil })
}

// feed applies batches while more says so. Whatever can be tried again is,
// from the view's own position.
func (l *Log) feed(outer context.Context, v View, more func(after cx.Seq) (bool, error)) error {
	ctx, cancel := context.WithCancel(outer)
	defer cancel()
	defer l.onClose(cancel)()
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		progress, err := l.feedOnce(ctx, v, more)
		switch {
		case outer.Err() != nil:
			return outer.Err()
		case ctx.Err() != nil:
			return errClosed()
		case err == nil, errors.Is(err, ErrDamaged):
			return err
		case progress:
			wait = firstWait
		}
		l.config.Logger.Warn("a view waits for the log", slog.String("view", v.Name()), slog.Any("error", err))
		pause(ctx, wait)
	}
}

func (l *Log) feedOnce(ctx context.Context, v View, more func(after cx.Seq) (bool, error)) (progress bool, err error) {
	position, err := v.Position(ctx)
	if err != nil {
		return false, err
	}
	r, err := l.newReader(ctx, position)
	if err != nil {
		return false, err
	}
	defer r.close()
	for {
		if ok, err := more(r.after); !ok || err != nil {
			return progress, err
		}
		b, err := r.batch(ctx)
		if err != nil {
			return progress, err
		}
		if err := l.apply(ctx, v, b); err != nil {
			return progress, err
		}
		progress = true
	}
}

// apply hands the batch to the view until it is stored, without the events
// that the view can never apply.
func (l *Log) apply(ctx context.Context, v View, b Batch) error {
	if b.Last == 0 {
		return nil
	}
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		err := v.Apply(ctx, b)
		if err == nil {
			return nil
		}
		var p *poison
		if errors.As(err, &p) {
			if i := slices.IndexFunc(b.Events, func(e cx.Event) bool { return e.Seq == p.seq }); i >= 0 {
				if err = l.setAside(ctx, v, b.Events[i], p.reason); err == nil {
					b.Events = slices.Delete(b.Events, i, i+1)
					wait = firstWait
					continue
				}
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		l.config.Logger.Warn("a view could not apply a batch",
			slog.String("view", v.Name()), slog.Uint64("last", uint64(b.Last)), slog.Any("error", err))
		pause(ctx, wait)
	}
}

func (l *Log) setAside(ctx context.Context, v View, e cx.Event, reason string) error {
	l.config.Logger.Warn("a view can never apply an event", slog.String("view", v.Name()), slog.Uint64("seq", uint64(e.Seq)))
	if l.config.OnPoison == nil {
		return nil
	}
	return l.config.OnPoison(ctx, v.Name(), e, reason)
}

// Read calls fn with the events from after+1 to the present end, in order. It
// returns fn's error, if any.
func (l *Log) Read(ctx context.Context, after cx.Seq, fn func(Batch) error) error {
	r, err := l.newReader(ctx, after)
	if err != nil {
		return cx.Wrap("stream.Read", err)
	}
	defer r.close()
	for end := l.LastSeq(); r.after < end; {
		b, err := r.batch(ctx)
		if err != nil {
			return cx.Wrap("stream.Read", err)
		}
		if err := fn(b); err != nil {
			return err
		}
	}
	return nil
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// onClose calls cancel when the log closes, unless release is called first.
func (l *Log) onClose(cancel func()) (release func()) {
	released := make(chan struct{})
	go func() {
		select {
		case <-l.closing:
			cancel()
		case <-released:
		}
	}()
	return func() { close(released) }
}
