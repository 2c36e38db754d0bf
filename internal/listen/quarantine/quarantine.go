package quarantine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// The bounds of the quarantine unless told: beyond them the oldest items go.
const (
	DefaultMaxBytes = 1 << 30
	DefaultMaxAge   = 90 * 24 * time.Hour
)

// shelfName is the shelf of the log where items lie.
const shelfName = "quarantine"

// maxList is the most items that one List returns.
const maxList = 500

// Config bounds the quarantine; zero means the default.
type Config struct {
	MaxBytes int64
	MaxAge   time.Duration
	// OwnOnly tells whether who asks reaches only customers of their own areas:
	// they see nothing here, since nobody can tell whose a message is. Nil: none
	// is.
	OwnOnly func(cx.Principal) bool
}

// Item is one message set aside, as it came, with the reason.
type Item struct {
	ID         uint64  `json:"-"`
	Source     string  `json:"source"`
	Way        string  `json:"way"`            // "v1/track", "import csv", "view remember"
	Kind       cx.Kind `json:"kind,omitempty"` // 0: the message's own "type"
	Reason     string  `json:"reason"`
	File       string  `json:"file,omitempty"` // imports: where it stood
	Line       int     `json:"line,omitempty"`
	ReceivedAt cx.Time `json:"receivedAt"`
	SentAt     cx.Time `json:"sentAt,omitempty"`  // of its batch
	Archive    bool    `json:"archive,omitempty"` // its batch was an import
	MessageID  string  `json:"messageId,omitempty"`
	Context    []byte  `json:"context,omitempty"` // of its batch
	Seq        cx.Seq  `json:"seq,omitempty"`     // of the event in the log, when a view could not apply it
	Raw        []byte  `json:"raw"`               // the message as it came; usually a JSON object
}

// Queue is the quarantine. It is safe for concurrent use.
type Queue struct {
	shelf   *stream.Shelf
	ownOnly func(cx.Principal) bool
}

// Open opens the quarantine on a shelf of the log.
func Open(ctx context.Context, log *stream.Log, c Config) (*Queue, error) {
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.MaxAge == 0 {
		c.MaxAge = DefaultMaxAge
	}
	shelf, err := log.Shelf(ctx, shelfName, c.MaxBytes, c.MaxAge)
	if err != nil {
		return nil, cx.Wrap("quarantine.Open", err)
	}
	if c.OwnOnly == nil {
		c.OwnOnly = func(cx.Principal) bool { return false }
	}
	return &Queue{shelf: shelf, ownOnly: c.OwnOnly}, nil
}

// Shelf returns where the items stand, for what copies them as they are.
func (q *Queue) Shelf() *stream.Shelf { return q.shelf }

// Put sets items aside and sets their ids; they are durable when it returns
// nil.
func (q *Queue) Put(ctx context.Context, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	data := make([][]byte, len(items))
	for i := range items {
		var err error
		if data[i], err = json.Marshal(&items[i]); err != nil {
			return cx.Wrap("quarantine.Put", err)
		}
	}
	ids, err := q.shelf.PutAll(ctx, data)
	if err != nil {
		return cx.Wrap("quarantine.Put", err)
	}
	for i, id := range ids {
		items[i].ID = id
	}
	return nil
}

// check lets who may do the action, unless they reach only their own customers.
func (q *Queue) check(p cx.Principal, a account.Action) error {
	if err := account.Check(p, a); err != nil {
		return err
	}
	if q.ownOnly(p) {
		return cx.Errorf(cx.Forbidden, "quarantine.check", "these may be messages of any area's customers; ask somebody who reaches them all")
	}
	return nil
}

// List returns up to limit items (500 at most) with an id below before (0:
// all), newest first. Needs account.ViewQuarantine.
func (q *Queue) List(ctx context.Context, p cx.Principal, before uint64, limit int) ([]Item, error) {
	const op = "quarantine.List"
	if err := q.check(p, account.ViewQuarantine); err != nil {
		return nil, cx.Wrap(op, err)
	}
	found, err := q.shelf.List(ctx, before, min(limit, maxList))
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	items := make([]Item, len(found))
	for i, f := range found {
		if items[i], err = decode(f.ID, f.Data); err != nil {
			return nil, cx.Wrap(op, err)
		}
	}
	return items, nil
}

// Get returns an item; NotFound when it is gone. Needs account.ViewQuarantine.
func (q *Queue) Get(ctx context.Context, p cx.Principal, id uint64) (Item, error) {
	const op = "quarantine.Get"
	if err := q.check(p, account.ViewQuarantine); err != nil {
		return Item{}, cx.Wrap(op, err)
	}
	data, err := q.shelf.Get(ctx, id)
	if err != nil {
		return Item{}, cx.Wrap(op, err)
	}
	item, err := decode(id, data)
	return item, cx.Wrap(op, err)
}

// Discard removes an item for ever; NotFound when it is gone. Needs
// account.MendQuarantine.
func (q *Queue) Discard(ctx context.Context, p cx.Principal, id uint64) error {
	const op = "quarantine.Discard"
	if err := q.check(p, account.MendQuarantine); err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, q.shelf.Delete(ctx, id))
}

// Len returns how many items wait.
func (q *Queue) Len(ctx context.Context) (int, error) {
	n, err := q.shelf.Len(ctx)
	return n, cx.Wrap("quarantine.Len", err)
}

func decode(id uint64, data []byte) (Item, error) {
	item := Item{}
	if err := json.Unmarshal(data, &item); err != nil {
		return Item{}, cx.Errorf(cx.Internal, "quarantine.decode", "item %d: %w", id, err)
	}
	item.ID = id
	return item, nil
}
