package remember

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// LetGo decides that a customer is let go, and waits until it is remembered:
// from then on no answer knows them, and whoever shows one of their identifiers
// is somebody new. It is the first step of forgetting; what is kept of them is
// erased afterwards. Repeating it changes nothing. The error is NotFound when
// there never was such a customer.
func (m *Memory) LetGo(ctx context.Context, p cx.Principal, id cx.CustomerID) error {
	const op = "remember.LetGo"
	if err := account.Check(p, account.ForgetCustomers); err != nil {
		return cx.Wrap(op, err)
	}
	var gone cx.Seq
	err := m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		_, gone, err = anyCustomer(ctx, tx, id)
		return err
	})
	if err == nil && gone == 0 {
		err = m.record(ctx, letGoEvent, letGo{id, p.ID})
	}
	return cx.Wrap(op, err)
}

// anyCustomer returns the customer that an id leads or led to, and since when
// they are let go.
func anyCustomer(ctx context.Context, tx *sqldb.Tx, id cx.CustomerID) (c cx.CustomerNo, gone cx.Seq, err error) {
	seq, ok := id.Seq()
	if ok && seq <= 1<<62 {
		err = tx.QueryRow(ctx, `SELECT customer_no, gone_seq FROM profiles WHERE created_seq = $1`, seq).Scan(&c, &gone)
	}
	if !ok || seq > 1<<62 || errors.Is(err, sql.ErrNoRows) {
		err = cx.Errorf(cx.NotFound, "remember.Subject", "there is no such customer")
	}
	return c, gone, err
}

// Subject tells all that is held of a customer, also of one who was let go: who
// they are in other stores, and every event in the log that is theirs. Values
// are what names nobody else: their identifiers, in normal form and as they
// were written, and their full names. The error is NotFound when there never
// was such a customer.
func (m *Memory) Subject(ctx context.Context, p cx.Principal, id cx.CustomerID) (cx.Subject, error) {
	const op = "remember.Subject"
	if err := account.Check(p, account.ForgetCustomers); err != nil {
		return cx.Subject{}, cx.Wrap(op, err)
	}
	s := cx.Subject{Customer: id}
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		c, _, err := anyCustomer(ctx, tx, id)
		if err != nil {
			return err
		}
		if s.Profiles, err = identity.Profiles(ctx, tx, c); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT t.seq FROM profiles p JOIN timeline t ON t.profile_no = p.profile_no WHERE p.customer_no = $1
			UNION SELECT t.seq FROM profiles p JOIN traces t ON t.profile_no = p.profile_no WHERE p.customer_no = $1 ORDER BY 1`, c)
		if err != nil {
			return err
		}
		if s.Seqs, err = sqldb.Collect(rows, sqldb.Scan[cx.Seq]); err != nil {
			return err
		}
		if s.Snapshots, err = snapshotsWithout(ctx, tx, c); err != nil {
			return err
		}
		s.Values, err = values(ctx, tx, c)
		return err
	})
	return s, cx.Wrap(op, err)
}

func values(ctx context.Context, tx *sqldb.Tx, c cx.CustomerNo) ([]string, error) {
	identifiers, err := identity.Identifiers(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	var out []string
	known := map[string]bool{}
	add := func(value string) {
		if value != "" && !known[value] {
			known[value] = true
			out = append(out, value)
		}
	}
	for _, i := range identifiers {
		add(i.Value)
	}
	rows, err := tx.Query(ctx, `SELECT t.name, t.source, t.value, t.at, t.seq FROM profiles p JOIN traits t ON t.profile_no = p.profile_no
		WHERE p.customer_no = $1 ORDER BY t.seq, t.name`, c)
	if err != nil {
		return nil, err
	}
	traits, err := sqldb.Collect(rows, scanTrait)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, t := range traits {
		text := textOf(t.Value)
		if isNameTrait(t.name) {
			names[t.name] = text
		}
		if t.name == "name" && len(split(text)) > 1 || slices.ContainsFunc(identifiers, func(i Identifier) bool {
			return i.Value != "" && identity.Normalize(i.Kind, text) == i.Value
		}) {
			add(text)
		}
	}
	if full := (&called{traits: names}).fullName(); strings.Contains(full, " ") {
		add(full)
	}
	return out, nil
}
