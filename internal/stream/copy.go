package stream

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Seal appends to dst events that follow one another in the log, as one frame
// with its checksum: what a copy of the log is made of.
func Seal(dst []byte, events []cx.Event) ([]byte, error) {
	start := len(dst)
	dst = append(dst, make([]byte, headerSize)...)
	for i := range events {
		var err error
		if dst, err = appendEnvelope(dst, &events[i]); err != nil {
			return dst[:start], cx.Wrap("stream.Seal", err)
		}
	}
	if len(events) > 0 {
		frame, _ := sealFrame(dst[start:], nil, events[0].Seq, len(events))
		dst = append(dst[:start], frame...) // when it was compressed it lies elsewhere, and is shorter
	}
	return dst, nil
}

// Unseal checks what Seal made and returns its events, which share its memory.
func Unseal(frame []byte) ([]cx.Event, error) {
	events, _, err := decodeFrame(nil, frame)
	return events, err
}

// Erasures returns a mark that rises with every erasure of the log, also after
// it was opened again.
func (l *Log) Erasures() (mark uint64) {
	l.redactions.mu.RLock()
	defer l.redactions.mu.RUnlock()
	for _, r := range l.redactions.in {
		mark = max(mark, r.id)
	}
	return mark
}

// ErasedSince calls fn with the stretches of the log in which something was
// erased after the mark was taken, in order.
func (l *Log) ErasedSince(mark uint64, fn func(first, last cx.Seq)) {
	l.redactions.mu.RLock()
	defer l.redactions.mu.RUnlock()
	for _, r := range l.redactions.in {
		if r.id > mark {
			fn(r.first, r.last)
		}
	}
}

// Walk calls fn with every item, oldest first.
func (s *Shelf) Walk(ctx context.Context, fn func(ShelfItem) error) error {
	const op = "stream.Shelf.Walk"
	stream, err := s.stream(ctx)
	if err != nil {
		return err
	}
	for next := uint64(1); ; {
		m, err := stream.GetMsg(ctx, next, jetstream.WithGetMsgSubject(s.name)) // the first at or after next
		if missing(err) {
			return nil
		}
		if err != nil {
			return cx.Wrap(op, unavailable(err))
		}
		if err := fn(ShelfItem{ID: m.Sequence, Data: m.Data}); err != nil {
			return err
		}
		next = m.Sequence + 1
	}
}

// PutAs makes an item durable under its own id, which must be above all that
// the shelf ever gave: for a shelf that is brought back. Conflict when it is
// not.
func (s *Shelf) PutAs(ctx context.Context, item ShelfItem) error {
	const op = "stream.Shelf.PutAs"
	if err := s.Reach(ctx, item.ID-1); err != nil {
		return err
	}
	id, err := s.Put(ctx, item.Data)
	if err == nil && id != item.ID {
		err = cx.Errorf(cx.Conflict, op, "the id %d is taken", item.ID)
	}
	return cx.Wrap(op, err)
}

// Reach makes the ids up to this one given: the next item gets one above.
func (s *Shelf) Reach(ctx context.Context, id uint64) error {
	const op = "stream.Shelf.Reach"
	stream, err := s.stream(ctx)
	if err != nil {
		return err
	}
	state := stream.CachedInfo().State
	if state.LastSeq == 0 && id > 0 { // an empty shelf moves at once
		if err := stream.Purge(ctx, jetstream.WithPurgeSequence(id+1)); err != nil {
			return cx.Wrap(op, unavailable(err))
		}
		info, err := stream.Info(ctx)
		if err != nil {
			return cx.Wrap(op, unavailable(err))
		}
		state = info.State
	}
	for last := state.LastSeq; last < id; {
		if last, err = s.Put(ctx, []byte("{}")); err != nil {
			return err
		}
		if err := s.Delete(ctx, last); err != nil && cx.KindOf(err) != cx.NotFound {
			return err
		}
	}
	return nil
}

// LastID returns the highest id that the shelf ever gave; 0 when it gave none.
func (s *Shelf) LastID(ctx context.Context) (uint64, error) {
	stream, err := s.stream(ctx)
	if err != nil {
		return 0, err
	}
	return stream.CachedInfo().State.LastSeq, nil
}

// Queued returns how much waits for the log: requests, and their bytes.
func (l *Log) Queued() (requests int, bytes int64) {
	return len(l.commit.queue), l.commit.queued.Load()
}
