package deliver

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Hook is a message to another program, by Standard Webhooks 1.0.
type Hook struct {
	ID       string          // unique, opaque: the same one put in again is the first. It is the webhook-id
	Endpoint string          // the slug of one of the model's webhooks
	Type     string          // what happened, "promise.at-risk"
	At       cx.Time         // when it did
	Customer cx.CustomerID   // whom it is about; "" for nobody
	Data     json.RawMessage // a JSON object
}

// Endpoint is where hooks go.
type Endpoint struct{ Slug, URL string }

// HookState is what became of a hook.
type HookState string

// The states of hooks.
const (
	HookWaiting HookState = "waiting" // to be sent, or sent again
	HookSent    HookState = "sent"    // the endpoint took it
	HookFailed  HookState = "failed"  // every try failed, or its endpoint is gone: it can be replayed
)

// HookDelivery is a hook and how it fared.
type HookDelivery struct {
	ID       string        `json:"id"`
	Endpoint string        `json:"endpoint"`
	Type     string        `json:"type"`
	Customer cx.CustomerID `json:"customer,omitempty"`
	State    HookState     `json:"state"`
	At       time.Time     `json:"at"`
	Next     time.Time     `json:"next,omitzero"` // when it is tried again
	EndedAt  time.Time     `json:"ended_at,omitzero"`
	Attempts int           `json:"attempts"`
	Status   int           `json:"status,omitempty"` // what the endpoint answered last; 0: nothing
	Error    string        `json:"error,omitempty"`
}

// The kind of jobs that send hooks; their key is the hook's ID.
const hookKind = "deliver.hook"

// PutHook puts hooks into the outbox, as part of tx; those that are there
// already stay as they are. Call the queue's Wake after the commit.
func (s *Service) PutHook(ctx context.Context, tx *sqldb.Tx, hooks ...Hook) error {
	for _, h := range hooks {
		if len(h.Data) == 0 {
			h.Data = json.RawMessage(`{}`)
		}
		body, err := json.Marshal(struct {
			Type      string          `json:"type"`
			Timestamp time.Time       `json:"timestamp"`
			Data      json.RawMessage `json:"data"`
		}{h.Type, h.At.Std(), h.Data})
		if err != nil {
			return cx.Wrap("deliver.PutHook", err)
		}
		now := s.c.Clock.Now()
		added, err := tx.Exec(ctx, `INSERT INTO deliver_hooks (id, endpoint, type, customer, body, state, created_at, next_at, ended_at, tries, attempts, status, error)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0, 0, 0, 0, '') ON CONFLICT (id) DO NOTHING`,
			h.ID, h.Endpoint, h.Type, string(h.Customer), string(body), string(HookWaiting), int64(now))
		if err != nil {
			return cx.Wrap("deliver.PutHook", err)
		}
		if n, err := added.RowsAffected(); err != nil || n == 0 {
			if err != nil {
				return cx.Wrap("deliver.PutHook", err)
			}
			continue
		}
		if err := s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: hookKind, Key: h.ID, Due: now}); err != nil {
			return cx.Wrap("deliver.PutHook", err)
		}
	}
	return nil
}
