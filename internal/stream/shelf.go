package stream

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Shelf keeps items that wait for a person, durably, until they are deleted or
// too old, or until newer ones need the room. Ids rise and are never reused.
// It is safe for concurrent use.
type Shelf struct {
	log  *Log
	name string // of the stream, and its only subject
}

// ShelfItem is one item on a shelf.
type ShelfItem struct {
	ID   uint64
	Data []byte
}

// Shelf opens the named shelf ([a-z]+), bounded by bytes and age (0: no bound).
func (l *Log) Shelf(ctx context.Context, name string, maxBytes int64, maxAge time.Duration) (*Shelf, error) {
	s := &Shelf{log: l, name: "shelf-" + name}
	if maxBytes == 0 {
		maxBytes = -1
	}
	_, err := l.session.Load().js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        s.name,
		Description: "what waits for a person",
		Subjects:    []string{s.name},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxBytes:    maxBytes,
		MaxAge:      maxAge,
		Replicas:    1,
		AllowDirect: true,
	})
	if err != nil {
		return nil, cx.Wrap("stream.Shelf", unavailable(err))
	}
	return s, nil
}

// stream returns the shelf's stream in the engine's present life.
func (s *Shelf) stream(ctx context.Context) (jetstream.Stream, error) {
	stream, err := s.log.session.Load().js.Stream(ctx, s.name)
	if err != nil {
		return nil, cx.Wrap("stream.Shelf", unavailable(err))
	}
	return stream, nil
}

// Put makes one item durable.
func (s *Shelf) Put(ctx context.Context, data []byte) (id uint64, err error) {
	ids, err := s.PutAll(ctx, [][]byte{data})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// PutAll makes items durable, in order. After an error some of them may be on
// the shelf.
func (s *Shelf) PutAll(ctx context.Context, items [][]byte) (ids []uint64, err error) {
	now := s.log.session.Load()
	ctx, cancel := context.WithTimeout(ctx, ackTimeout+time.Duration(len(items))*time.Millisecond*20)
	defer cancel()
	defer now.engine.watch(cancel)()
	acks := make([]jetstream.PubAckFuture, len(items))
	for i, item := range items {
		if len(item) > maxRequest {
			return nil, tooLarge(len(item))
		}
		if acks[i], err = now.js.PublishAsync(s.name, item, jetstream.WithStallWait(ackTimeout)); err != nil {
			return nil, unavailable(err)
		}
	}
	for _, ack := range acks {
		select {
		case a := <-ack.Ok():
			ids = append(ids, a.Sequence)
			continue
		case err = <-ack.Err():
		case <-ctx.Done():
			err = ctx.Err()
		}
		if failed := now.engine.health(); failed != nil {
			s.log.ails(failed)
			return nil, cx.Wrap("stream.Shelf.PutAll", failed)
		}
		_, err = kindOfNATS(err)
		return nil, cx.Wrap("stream.Shelf.PutAll", err)
	}
	return ids, nil
}

// Get returns an item; NotFound when it is gone.
func (s *Shelf) Get(ctx context.Context, id uint64) ([]byte, error) {
	stream, err := s.stream(ctx)
	if err != nil {
		return nil, err
	}
	return s.get(ctx, stream, id)
}

func (s *Shelf) get(ctx context.Context, stream jetstream.Stream, id uint64) ([]byte, error) {
	if id == 0 {
		return nil, s.gone(id)
	}
	m, err := stream.GetMsg(ctx, id)
	switch {
	case missing(err):
		return nil, s.gone(id)
	case err != nil:
		return nil, cx.Wrap("stream.Shelf.Get", unavailable(err))
	}
	return m.Data, nil
}

// Delete overwrites an item and takes it off the shelf; NotFound when it is gone.
func (s *Shelf) Delete(ctx context.Context, id uint64) error {
	stream, err := s.stream(ctx)
	if err != nil {
		return err
	}
	if _, err := s.get(ctx, stream, id); err != nil {
		return err
	}
	err = stream.SecureDeleteMsg(ctx, id)
	var api *jetstream.APIError
	switch {
	case errors.As(err, &api):
		return s.gone(id)
	case err != nil:
		return cx.Wrap("stream.Shelf.Delete", unavailable(err))
	}
	return nil
}

func (s *Shelf) gone(id uint64) error {
	return cx.Errorf(cx.NotFound, "stream.Shelf", "there is no item %d: it was deleted, or it was too old", id)
}

// List returns up to limit items with an id below before (0: all), newest first.
func (s *Shelf) List(ctx context.Context, before uint64, limit int) ([]ShelfItem, error) {
	stream, err := s.stream(ctx)
	if err != nil {
		return nil, err
	}
	info, err := stream.Info(ctx, jetstream.WithDeletedDetails(true))
	if err != nil {
		return nil, cx.Wrap("stream.Shelf.List", unavailable(err))
	}
	state := info.State
	id := state.LastSeq
	if before > 0 {
		id = min(id, before-1)
	}
	var items []ShelfItem
	for ; id >= max(state.FirstSeq, 1) && len(items) < limit && state.Msgs > 0; id-- {
		if _, deleted := slices.BinarySearch(state.Deleted, id); deleted {
			continue
		}
		data, err := s.get(ctx, stream, id)
		if cx.KindOf(err) == cx.NotFound {
			continue
		}
		if err != nil {
			return nil, cx.Wrap("stream.Shelf.List", err)
		}
		items = append(items, ShelfItem{ID: id, Data: data})
	}
	return items, nil
}

// Len returns how many items there are.
func (s *Shelf) Len(ctx context.Context) (int, error) {
	stream, err := s.stream(ctx)
	if err != nil {
		return 0, err
	}
	return int(stream.CachedInfo().State.Msgs), nil
}
