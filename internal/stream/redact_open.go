package stream

import (
	"context"
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// recentRedactions is how many of the last redacted frames are looked after
// when the log opens: more than can be under way at once.
const recentRedactions = 512

// openRedactions reads which frames are redacted, and erases what a crash or an
// error left of the frames in whose place they stand.
func (l *Log) openRedactions(ctx context.Context) error {
	reader, err := l.newReader(ctx, 0)
	if err != nil {
		return err
	}
	defer reader.close()
	var known redactions
	var recent []string // the originals of the last ones
	var old []uint64    // earlier versions
	for next := uint64(1); ; {
		messages, err := fetch(ctx, reader.nc, reader.inbox, redacted, next)
		if err != nil {
			return err
		}
		if len(messages) == 0 {
			break
		}
		for _, m := range messages {
			next = m.sequence + 1
			h, err := readHeader(m.data)
			if err != nil {
				return err
			}
			if id := known.put(redaction{first: h.first, last: h.last(), id: m.sequence}); id > 0 {
				old = append(old, id)
			}
			if from := m.header.Get(originals); from != "" {
				recent = append(recent[max(0, len(recent)+1-recentRedactions):], from)
			}
		}
	}
	l.redactions.become(&known)
	for _, id := range old {
		if err := erase(ctx, reader.erased, id); err != nil {
			return err
		}
	}
	r := &redactor{reader: reader, with: func(e cx.Event) cx.Event { return e }}
	for _, o := range recent {
		if err := r.finish(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// finish erases originals that are still there: one frame, or the rest of a
// block that was being moved.
func (r *redactor) finish(ctx context.Context, originals string) error {
	var from, to uint64
	if _, err := fmt.Sscanf(originals, "%d-%d", &from, &to); err != nil {
		return cx.Errorf(cx.Internal, "stream.openRedactions", "originals %q: %w", originals, err)
	}
	messages, err := fetch(ctx, r.nc, r.inbox, facts, from)
	if err != nil || len(messages) == 0 || messages[0].sequence > to {
		return err
	}
	if b, ok := r.blockOf(func(b block) bool { return b.sequence <= from }); ok && to > from {
		_, _, err := r.moveBlock(ctx, b, nil)
		return err
	}
	for _, m := range messages {
		if m.sequence <= to {
			if err := erase(ctx, r.facts, m.sequence); err != nil {
				return err
			}
		}
	}
	return r.finish(ctx, originals)
}
