package remember

import (
	"context"
	"database/sql"
	"errors"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Identifier is one way in which a customer is known.
type Identifier = identity.Identifier

// Customer is one customer as remembered.
type Customer struct {
	ID              cx.CustomerID // of the surviving customer, whichever id was asked for
	No              cx.CustomerNo
	Name            string // as people call them, else the e-mail, else the userId; "" for somebody anonymous
	Email           string
	FirstAt, LastAt cx.Time
	Events, Answers int
	Identified      bool          // has a userId
	MergedInto      cx.CustomerID // the surviving id when the one asked for was merged away, else ""
	Identifiers     []Identifier  // oldest first
	Traits          []Trait       // by name
	Organizations   []OrganizationRef
	OpenSuggestions int // merges that wait for a person's decision
}

// OrganizationRef names an organization.
type OrganizationRef struct{ ID, Name string }

// CustomerSummary is a line of a list of customers.
type CustomerSummary struct {
	ID              cx.CustomerID
	No              cx.CustomerNo
	Name, Email     string
	FirstAt, LastAt cx.Time
	Events, Answers int
	Identified      bool
}

const summaryColumns = `SELECT c.customer_no, r.created_seq, c.name, c.email, c.first_at, c.last_at, c.events, c.answers, c.identified
	FROM customers c JOIN profiles r ON r.profile_no = c.customer_no`

func scanSummary(rows *sql.Rows) (c CustomerSummary, err error) {
	var created cx.Seq
	err = rows.Scan(&c.No, &created, &c.Name, &c.Email, &c.FirstAt, &c.LastAt, &c.Events, &c.Answers, &c.Identified)
	c.ID = cx.CustomerIDOf(created)
	if c.Events+c.Answers == 0 { // all of it grew too old
		c.FirstAt, c.LastAt = 0, 0
	}
	return c, err
}

// summary returns one customer. The error is NotFound when there is none.
func summary(ctx context.Context, tx *sqldb.Tx, no cx.CustomerNo) (CustomerSummary, error) {
	rows, err := tx.Query(ctx, summaryColumns+` WHERE c.customer_no = $1`, no)
	if err != nil {
		return CustomerSummary{}, err
	}
	found, err := sqldb.Collect(rows, scanSummary)
	if err == nil && len(found) == 0 {
		err = cx.Errorf(cx.NotFound, "remember.summary", "there is no such customer")
	}
	if err != nil {
		return CustomerSummary{}, err
	}
	return found[0], nil
}

// Lookup finds the customer who is known by an identifier: kind is userId,
// anonymousId, email, phone or one that the model declares. The error is
// NotFound when there is none.
func (m *Memory) Lookup(ctx context.Context, p cx.Principal, kind, value string) (cx.CustomerID, error) {
	const op = "remember.Lookup"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return "", cx.Wrap(op, err)
	}
	var created cx.Seq
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		no, err := identity.Lookup(ctx, tx, m.config.Salt, kind, value)
		if err == nil {
			err = m.reach(ctx, tx, p).check(no)
		}
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT created_seq FROM profiles WHERE profile_no = $1`, no).Scan(&created)
	})
	if err != nil {
		return "", cx.Wrap(op, err)
	}
	return cx.CustomerIDOf(created), nil
}

// Customer returns the customer with the id, or the one it was merged into.
func (m *Memory) Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (Customer, error) {
	const op = "remember.Customer"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return Customer{}, cx.Wrap(op, err)
	}
	var c Customer
	err := m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		c, err = customer(m.reach(ctx, tx, p), id)
		return err
	})
	return c, cx.Wrap(op, err)
}

func customer(r *reach, id cx.CustomerID) (Customer, error) {
	ctx, tx := r.ctx, r.tx
	no, err := r.byID(id)
	if err != nil {
		return Customer{}, err
	}
	s, err := summary(ctx, tx, no)
	if err != nil {
		return Customer{}, err
	}
	c := Customer{
		ID: s.ID, No: s.No, Name: s.Name, Email: s.Email, FirstAt: s.FirstAt, LastAt: s.LastAt,
		Events: s.Events, Answers: s.Answers, Identified: s.Identified,
	}
	if s.ID != id {
		c.MergedInto = s.ID
	}
	if c.Identifiers, err = identity.Identifiers(ctx, tx, no); err != nil {
		return c, err
	}
	if c.Traits, err = customerTraits(ctx, tx, no); err != nil {
		return c, err
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT o.org, o.name FROM profiles p JOIN organization_members om ON om.profile_no = p.profile_no
		JOIN organizations o ON o.org = om.org WHERE p.customer_no = $1 ORDER BY o.name, o.org`, no)
	if err != nil {
		return c, err
	}
	c.Organizations, err = sqldb.Collect(rows, func(rows *sql.Rows) (o OrganizationRef, err error) { return o, rows.Scan(&o.ID, &o.Name) })
	if err != nil {
		return c, err
	}
	open, err := identity.Suggestions(ctx, tx, no, 0, 100)
	if err != nil {
		return c, err
	}
	for _, s := range open {
		both, err := r.both(s.CustomerA, s.CustomerB)
		if err != nil {
			return c, err
		}
		if both {
			c.OpenSuggestions++
		}
	}
	return c, nil
}

// CustomersByNo returns the customers in the order of nos; unknown and merged
// ones are left out.
func (m *Memory) CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]CustomerSummary, error) {
	const op = "remember.CustomersByNo"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return nil, cx.Wrap(op, err)
	}
	var out []CustomerSummary
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		r := m.reach(ctx, tx, p)
		for _, no := range nos {
			if reached, err := r.has(no); err != nil {
				return err
			} else if !reached {
				continue
			}
			c, err := summary(ctx, tx, no)
			if cx.KindOf(err) == cx.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	return out, cx.Wrap(op, err)
}

// customerOf returns the customer that a profile belongs to.
func customerOf(ctx context.Context, tx *sqldb.Tx, p cx.ProfileNo) (CustomerSummary, error) {
	no, err := customerNoOf(ctx, tx, p)
	if err != nil {
		return CustomerSummary{}, err
	}
	return summary(ctx, tx, no)
}

func customerNoOf(ctx context.Context, tx *sqldb.Tx, p cx.ProfileNo) (no cx.CustomerNo, err error) {
	return no, tx.QueryRow(ctx, `SELECT customer_no FROM profiles WHERE profile_no = $1`, p).Scan(&no)
}

// nameItems tells of each item whose it is.
func nameItems(ctx context.Context, tx *sqldb.Tx, items []Item) error {
	known := map[cx.ProfileNo]CustomerSummary{}
	for i := range items {
		item := &items[i]
		if item.Profile == 0 {
			continue
		}
		c, ok := known[item.Profile]
		if !ok {
			var err error
			// Who was let go has no name while their items are being erased.
			if c, err = customerOf(ctx, tx, item.Profile); err != nil && cx.KindOf(err) != cx.NotFound {
				return err
			}
			known[item.Profile] = c
		}
		item.Customer, item.CustomerName = c.ID, c.Name
	}
	return nil
}

// Timeline returns a page of what the customer lived, newest first by (at,
// seq), classified under the model in force.
func (m *Memory) Timeline(ctx context.Context, p cx.Principal, id cx.CustomerID, q TimelineQuery) (TimelinePage, error) {
	const op = "remember.Timeline"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return TimelinePage{}, cx.Wrap(op, err)
	}
	var page TimelinePage
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		no, err := m.reach(ctx, tx, p).byID(id)
		if err != nil {
			return err
		}
		profiles, err := identity.Profiles(ctx, tx, no)
		if err != nil {
			return err
		}
		page, err = timeline.Read(ctx, tx, m.config.Models.Current().Model, timeline.OfCustomer(no, profiles), q)
		return err
	})
	return page, cx.Wrap(op, err)
}

// customerNo returns the number of the customer that an id leads to; 0 for "".
func customerNo(r *reach, id cx.CustomerID) (cx.CustomerNo, error) {
	if id == "" {
		return 0, nil
	}
	return r.byID(id)
}

// created returns the id that a profile was given.
func created(ctx context.Context, tx *sqldb.Tx, p cx.ProfileNo) (cx.CustomerID, error) {
	var seq cx.Seq
	err := tx.QueryRow(ctx, `SELECT created_seq FROM profiles WHERE profile_no = $1`, p).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		err = cx.Errorf(cx.NotFound, "remember.created", "there is no such profile")
	}
	return cx.CustomerIDOf(seq), err
}
