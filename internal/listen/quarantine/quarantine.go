package quarantine

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// The bounds of the quarantine: beyond them the oldest items go first.
const (
	MaxBytes = 1 << 30
	MaxAge   = 90 * 24 * time.Hour
)

// Item is one message set aside, as it came, with the reason.
type Item struct {
	ID         uint64  `json:"id"`
	Source     string  `json:"source"`
	Way        string  `json:"way"` // "v1/track", "import csv", "view remember"
	Reason     string  `json:"reason"`
	File       string  `json:"file,omitempty"` // imports: where it stood
	Line       int     `json:"line,omitempty"`
	ReceivedAt cx.Time `json:"receivedAt"`
	SentAt     cx.Time `json:"sentAt,omitempty"`
	MessageID  string  `json:"messageId,omitempty"`
	Raw        []byte  `json:"raw"` // the message as it came; usually JSON
}

// Queue is the quarantine.
type Queue struct{}

// Open opens the quarantine on a shelf of the log.
func Open(ctx context.Context, log *stream.Log) (*Queue, error) { panic("not yet") }

// Put sets items aside; they are durable when it returns nil. Ids are set.
func (q *Queue) Put(ctx context.Context, items []Item) error { panic("not yet") }

// List returns up to limit items with an id below before (0: all), newest first.
func (q *Queue) List(ctx context.Context, p cx.Principal, before uint64, limit int) ([]Item, error) {
	panic("not yet")
}

// Get returns an item; NotFound when it is gone.
func (q *Queue) Get(ctx context.Context, p cx.Principal, id uint64) (Item, error) {
	panic("not yet")
}

// Discard removes an item for ever; NotFound when it is gone.
func (q *Queue) Discard(ctx context.Context, p cx.Principal, id uint64) error { panic("not yet") }

// Len returns how many items wait.
func (q *Queue) Len(ctx context.Context) (int, error) { panic("not yet") }
