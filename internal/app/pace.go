package app

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// paced lets what arrives go first, and a view do its work in larger pieces.
// Whatever a view can keep up with it follows within milliseconds; what it
// cannot is soon on the disk, and the view comes after.
type paced struct {
	stream.View
	clock cx.Clock
	last  func() cx.Seq // of the log
	rest  func(context.Context, time.Duration)

	seen   cx.Seq // the log's last seq
	seenAt cx.Time
}

// pace returns v, paced.
func (a *App) pace(v stream.View) stream.View {
	return &paced{View: v, clock: a.clock, last: a.Log.LastSeq, rest: rest}
}

const (
	smallBatch  = 256 // events: in a larger one, what a transaction costs is nothing
	longestRest = 500 * time.Millisecond
)

// Apply applies the batch and then rests: twice as long as it worked while more
// than twice as much arrives as the view follows, since then it cannot keep up
// anyway; as long as it worked after a small batch, since more will have come.
func (p *paced) Apply(ctx context.Context, b stream.Batch) error {
	started := p.clock.Now()
	err := p.View.Apply(ctx, b)
	now, last := p.clock.Now(), p.last()
	worked := now.Sub(started)
	arrived := float64(last-p.seen) / float64(now.Sub(p.seenAt)+1)
	followed := float64(len(b.Events)) / float64(worked+1)
	switch {
	case p.seen > 0 && arrived > 2*followed:
		p.rest(ctx, min(2*worked, longestRest))
	case len(b.Events) < smallBatch:
		p.rest(ctx, min(worked, longestRest))
	}
	p.seen, p.seenAt = last, now
	return err
}

// rest waits for d, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
