package stream

import (
	"context"
	"time"
)

// Shelf keeps items that wait for a person, durably, until they are deleted or
// too old, or until newer ones need the room. Ids rise and are never reused.
type Shelf struct{}

// ShelfItem is one item on a shelf.
type ShelfItem struct {
	ID   uint64
	Data []byte
}

// Shelf opens the named shelf ([a-z]+), bounded by bytes and age (0: no bound).
func (l *Log) Shelf(ctx context.Context, name string, maxBytes int64, maxAge time.Duration) (*Shelf, error) {
	panic("not yet")
}

// Put makes one item durable.
func (s *Shelf) Put(ctx context.Context, data []byte) (id uint64, err error) { panic("not yet") }

// PutAll makes items durable, in order.
func (s *Shelf) PutAll(ctx context.Context, items [][]byte) (ids []uint64, err error) {
	panic("not yet")
}

// Get returns an item; NotFound when it is gone.
func (s *Shelf) Get(ctx context.Context, id uint64) ([]byte, error) { panic("not yet") }

// Delete overwrites an item and takes it off the shelf; NotFound when it is gone.
func (s *Shelf) Delete(ctx context.Context, id uint64) error { panic("not yet") }

// List returns up to limit items with an id below before (0: all), newest first.
func (s *Shelf) List(ctx context.Context, before uint64, limit int) ([]ShelfItem, error) {
	panic("not yet")
}

// Len returns how many items there are.
func (s *Shelf) Len(ctx context.Context) (int, error) { panic("not yet") }
