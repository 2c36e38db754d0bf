package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
)

// forgetPatience is how long a request waits until what it asked to be forgotten is.
const forgetPatience = 25 * time.Second

// expired is what one rule of the retention lets expire.
type expired struct {
	Source *string `json:"source"`
	Event  *string `json:"event"`
	Type   *string `json:"type"`
	Keep   string  `json:"keep"`
	Before *string `json:"before"`
	Events int     `json:"events"`
}

func expiredOf(e forget.Expired) expired {
	return expired{word(e.Source), word(e.Event), word(e.Kind), e.Keep, instant(cx.TimeOf(e.Before)), e.Events}
}

// receipt proves that something was erased.
type receipt struct {
	ID       int64           `json:"id"`
	Customer *string         `json:"customer"` // null: what expired
	IDs      []cx.CustomerID `json:"ids"`
	Expired  []expired       `json:"expired"`
	AskedAt  *string         `json:"asked_at"`
	AskedBy  string          `json:"asked_by"`
	DoneAt   *string         `json:"done_at"` // null while it is under way
	Counts   map[string]int  `json:"counts"`
	SHA256   *string         `json:"sha256"`
}

func receiptOf(r forget.Receipt) receipt {
	out := receipt{
		ID: r.ID, Customer: word(string(r.Customer)), IDs: each(r.IDs, func(id cx.CustomerID) cx.CustomerID { return id }),
		Expired: each(r.Expired, expiredOf), AskedAt: instant(cx.TimeOf(r.AskedAt)), AskedBy: r.AskedBy, Counts: r.Counts, SHA256: word(r.SHA256),
	}
	if r.Done() {
		out.DoneAt = instant(cx.TimeOf(r.DoneAt))
	}
	return out
}

// forgetCustomer answers when the customer is forgotten, or after a while that
// it is under way.
func (s *server) forgetCustomer(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	r, err := s.Forget.Forget(q.Context(), q.principal, q.customer())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(q.Context(), forgetPatience)
	defer cancel()
	if r, err = s.Forget.Wait(ctx, r.ID); err != nil {
		return nil, err
	}
	status := http.StatusOK
	if !r.Done() {
		status = http.StatusAccepted
	}
	return reply{status, "/api/v1/forgotten/" + strconv.FormatInt(r.ID, 10), receiptOf(r)}, nil
}

func (s *server) exportCustomer(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Forget.Export(q.Context(), q.principal, q.customer())
	if err != nil {
		return nil, err
	}
	return ShapeExport(all), nil
}

// Exported is all that is known of a customer as this API writes it.
type Exported struct {
	Customer cx.CustomerID `json:"customer"`
	MadeAt   *string       `json:"made_at"`
	Sections []cx.Section  `json:"sections"`
}

// ShapeExport shapes what the holders told.
func ShapeExport(all forget.Export) Exported {
	sections := each(all.Sections, func(s cx.Section) cx.Section {
		switch items := s.Items.(type) {
		case remember.Customer:
			s.Items = customerOf(items).customerLine
		case []remember.Identifier:
			s.Items = each(items, identifierOf)
		case []remember.Trait:
			s.Items = traitsOf(items)
		case []remember.Item:
			s.Items = each(items, itemOf)
		case []remember.OrganizationRef:
			s.Items = each(items, func(o remember.OrganizationRef) named { return named{o.ID, o.Name} })
		case []remember.Profile:
			s.Items = each(items, profileOf)
		case []remember.Merge:
			s.Items = each(items, mergeOf)
		case []remember.Suggestion:
			s.Items = each(items, suggestionOf)
		}
		return s
	})
	return Exported{all.Customer, instant(cx.TimeOf(all.MadeAt)), sections}
}

func (s *server) listForgotten(q *request) (any, error) {
	before, limit := q.position(), q.limit()
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Forget.Receipts(q.Context(), q.principal, int64(before), limit)
	if err != nil {
		return nil, err
	}
	out := page[receipt]{Items: each(found, receiptOf)}
	if len(found) == limit {
		out.Next = cursorBefore(uint64(found[limit-1].ID))
	}
	return out, nil
}

func (s *server) showForgotten(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	r, err := s.Forget.Receipt(q.Context(), q.principal, id)
	if err != nil {
		return nil, err
	}
	return receiptOf(r), nil
}

func (s *server) showRetention(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Forget.Expiring(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	return listOf(found, expiredOf), nil
}

// expireNow does what the daily run does. There is no receipt when nothing was
// old enough.
func (s *server) expireNow(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	r, err := s.Forget.Expire(context.WithoutCancel(q.Context()), q.principal)
	if err != nil {
		return nil, err
	}
	var out struct {
		Receipt *receipt `json:"receipt"`
	}
	if r.ID > 0 {
		s.record(q, "events.expired", "receipt:"+strconv.FormatInt(r.ID, 10))
		shown := receiptOf(r)
		out.Receipt = &shown
	}
	return out, nil
}

// gone tells who asks for a forgotten customer that they were there.
func (s *server) gone(q *request, err error) error {
	if cx.KindOf(err) != cx.NotFound || q.PathValue("id") == "" {
		return err
	}
	r, ok, failure := s.Forget.Forgotten(q.Context(), q.customer())
	if failure != nil || !ok {
		return err
	}
	return cx.Errorf(cx.Gone, "api", "this customer was forgotten on %s; nothing of them is left (receipt %d)", r.AskedAt.Format(time.DateOnly), r.ID)
}
