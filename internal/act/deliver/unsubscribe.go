package deliver

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// The decisions of customers about being written to, as they stand in the log.
const (
	UnsubscribedEvent = "vivencia.contact.unsubscribed"
	ResubscribedEvent = "vivencia.contact.resubscribed"
)

// contactDecision is the properties of such a decision.
type contactDecision struct {
	Customer cx.CustomerID `json:"customer"`
	Way      string        `json:"way"` // link, one-click, or person
	By       string        `json:"by,omitempty"`
}

// Contact is whom a token of unsubscribing is of.
type Contact struct {
	To           string // masked
	Language     string
	Unsubscribed bool

	customer cx.CustomerID
}

// UnsubscribePath returns the path of a message's own page for unsubscribing.
func (s *Service) UnsubscribePath(id string) string {
	return "/u/" + id + "." + s.mac("unsubscribe", id)
}

// Contact returns whom a token is of: what follows /u/. The error is NotFound
// for a token that is not ours, or of somebody who was forgotten.
func (s *Service) Contact(ctx context.Context, token string) (c Contact, err error) {
	const op = "deliver.Contact"
	id, mac, _ := strings.Cut(token, ".")
	unknown := cx.Errorf(cx.NotFound, op, "this link is not ours, or what it was of is not known any more: write to the company")
	if !hmac.Equal([]byte(mac), []byte(s.mac("unsubscribe", id))) {
		return c, unknown
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT customer, address, language FROM deliver_messages WHERE id = $1`, id).Scan(&c.customer, &c.To, &c.Language)
	})
	if errors.Is(err, sql.ErrNoRows) || err == nil && c.customer == "" {
		return c, unknown
	}
	if err == nil {
		c.To = mask(c.To)
		c.Unsubscribed, err = s.Unsubscribed(ctx, c.customer)
	}
	return c, cx.Wrap(op, err)
}

// Unsubscribe keeps that the customer of a token does not want to be written to,
// by any survey; way is "link" or "one-click". It is durable when it returns,
// and may be repeated. Errors as of Contact.
func (s *Service) Unsubscribe(ctx context.Context, token, way string) error {
	c, err := s.Contact(ctx, token)
	if err == nil {
		err = s.decide(ctx, UnsubscribedEvent, contactDecision{Customer: c.customer, Way: way})
	}
	return cx.Wrap("deliver.Unsubscribe", err)
}

// Resubscribe takes that back.
func (s *Service) Resubscribe(ctx context.Context, token string) error {
	c, err := s.Contact(ctx, token)
	if err == nil {
		err = s.decide(ctx, ResubscribedEvent, contactDecision{Customer: c.customer, Way: "link"})
	}
	return cx.Wrap("deliver.Resubscribe", err)
}

// SetUnsubscribed keeps what a customer told a person of the company. Needs
// account.ContactCustomers.
func (s *Service) SetUnsubscribed(ctx context.Context, p cx.Principal, customer cx.CustomerID, is bool) error {
	const op = "deliver.SetUnsubscribed"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return cx.Wrap(op, err)
	}
	name := ResubscribedEvent
	if is {
		name = UnsubscribedEvent
	}
	return cx.Wrap(op, s.decide(ctx, name, contactDecision{Customer: customer, Way: "person", By: p.ID}))
}

// decide appends a decision and keeps it. What is so already is not decided
// again.
func (s *Service) decide(ctx context.Context, name string, d contactDecision) error {
	s.deciding.Lock()
	defer s.deciding.Unlock()
	is, err := s.Unsubscribed(ctx, d.Customer)
	if err != nil || is == (name == UnsubscribedEvent) {
		return err
	}
	now := s.c.Clock.Now()
	raw, err := json.Marshal(d)
	if err != nil {
		return err
	}
	e := cx.NewDecision(name, fmt.Sprintf("%s/%s/%d", name, d.Customer, now), now, raw)
	if _, err := s.c.Log.Append(ctx, []cx.Event{e}); err != nil {
		return err
	}
	aliases, err := s.c.People.Aliases(ctx, d.Customer)
	if err != nil {
		return err
	}
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.note(ctx, tx, e, d, aliases) })
}

// Note keeps a decision that stands in the log, as part of tx: what Unsubscribe
// kept already, and after a restore what it did not. Other events are passed
// over.
func (s *Service) Note(ctx context.Context, tx *sqldb.Tx, e cx.Event) error {
	if e.Kind != cx.Decision || e.Name != UnsubscribedEvent && e.Name != ResubscribedEvent {
		return nil
	}
	var d contactDecision
	if json.Unmarshal(e.Properties, &d) != nil || d.Customer == "" {
		return nil //nolint:nilerr // not of ours: nobody can be found in it
	}
	aliases, err := s.c.People.Aliases(ctx, d.Customer)
	if err != nil {
		return cx.Wrap("deliver.Note", err)
	}
	return cx.Wrap("deliver.Note", s.note(ctx, tx, e, d, aliases))
}

// note keeps the newest decision of a customer.
func (s *Service) note(ctx context.Context, tx *sqldb.Tx, e cx.Event, d contactDecision, aliases []cx.CustomerID) error {
	unsubscribed := 0
	if e.Name == UnsubscribedEvent {
		unsubscribed = 1
	}
	if !slices.Contains(aliases, d.Customer) {
		aliases = append(aliases, d.Customer)
	}
	for _, id := range aliases {
		if _, err := tx.Exec(ctx, `INSERT INTO deliver_contacts (customer, unsubscribed, at) VALUES ($1, $2, $3)
			ON CONFLICT (customer) DO UPDATE SET unsubscribed = excluded.unsubscribed, at = excluded.at WHERE excluded.at >= deliver_contacts.at`,
			string(id), unsubscribed, int64(e.At)); err != nil {
			return err
		}
	}
	return nil
}

// Unsubscribed tells whether a customer does not want to be written to. Of two
// who were merged, one wish not to is enough.
func (s *Service) Unsubscribed(ctx context.Context, customer cx.CustomerID) (is bool, err error) {
	const op = "deliver.Unsubscribed"
	aliases, err := s.c.People.Aliases(ctx, customer)
	if err != nil {
		return false, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, id := range append(aliases, customer) {
			if is {
				break
			}
			if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM deliver_contacts WHERE customer = $1 AND unsubscribed = 1)`, string(id)).Scan(&is); err != nil {
				return err
			}
		}
		return nil
	})
	return is, cx.Wrap(op, err)
}
