package deliver

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Query asks for deliveries. Zero fields ask for all.
type Query struct {
	State    State
	Customer cx.CustomerID
	About    string
	Cursor   string
	Limit    int // 0: 50; at most 500
}

// Page is a stretch of deliveries, newest first.
type Page struct {
	Deliveries []Delivery
	Next       string // "" at the end
}

const columns = `id, customer, address, class, channel, about, state, created_at, expires_at, ended_at, attempts, error`

// List returns a page of deliveries. Needs account.ContactCustomers.
func (s *Service) List(ctx context.Context, p cx.Principal, q Query) (page Page, err error) {
	const op = "deliver.List"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return page, cx.Wrap(op, err)
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Limit < 1 || q.Limit > 500 {
		return page, cx.Errorf(cx.Invalid, op, "a page has 1 to 500 deliveries")
	}
	before, beforeID, err := parseCursor(q.Cursor)
	if err != nil {
		return page, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+columns+` FROM deliver_messages
			WHERE ($1 = '' OR state = $1) AND ($2 = '' OR customer = $2) AND ($3 = '' OR about = $3)
			AND ($4 = 0 OR created_at < $4 OR created_at = $4 AND id < $5) ORDER BY created_at DESC, id DESC LIMIT $6`,
			string(q.State), string(q.Customer), q.About, before, beforeID, q.Limit+1)
		if err != nil {
			return err
		}
		page.Deliveries, err = sqldb.Collect(rows, scanDelivery)
		return err
	})
	if err == nil && len(page.Deliveries) > q.Limit {
		page.Deliveries = page.Deliveries[:q.Limit]
		last := page.Deliveries[q.Limit-1]
		page.Next = strconv.FormatInt(int64(cx.TimeOf(last.CreatedAt)), 36) + "." + last.ID
	}
	return page, cx.Wrap(op, err)
}

// Show returns one delivery; NotFound when there is none. Needs
// account.ContactCustomers.
func (s *Service) Show(ctx context.Context, p cx.Principal, id string) (d Delivery, err error) {
	const op = "deliver.Show"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return d, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+columns+` FROM deliver_messages WHERE id = $1`, id)
		if err != nil {
			return err
		}
		found, err := sqldb.Collect(rows, scanDelivery)
		if err == nil && len(found) == 0 {
			err = cx.Errorf(cx.NotFound, op, "there is no such delivery")
		}
		if err == nil {
			d = found[0]
		}
		return err
	})
	return d, cx.Wrap(op, err)
}

// Status is how the outbox is.
type Status struct {
	Ready bool          // a mail server is set
	Down  cx.Time       // it does not answer: nobody knocks until then; 0: it does
	Count map[State]int // messages by state
}

// Status tells how the outbox is. Needs account.ViewStatus.
func (s *Service) Status(ctx context.Context, p cx.Principal) (Status, error) {
	const op = "deliver.Status"
	if err := account.Check(p, account.ViewStatus); err != nil {
		return Status{}, cx.Wrap(op, err)
	}
	out := Status{Ready: s.Ready(), Count: map[State]int{}}
	if s.mail != nil {
		s.mail.mu.Lock()
		if s.mail.down > s.c.Clock.Now() {
			out.Down = s.mail.down
		}
		s.mail.mu.Unlock()
	}
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT state, COUNT(*) FROM deliver_messages GROUP BY state`)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var state State
			var n int
			err = rows.Scan(&state, &n)
			out.Count[state] = n
			return
		})
		return err
	})
	return out, cx.Wrap(op, err)
}

// Drop takes every waiting message out of the outbox, and returns how many there
// were: after a restore nobody knows which of them went out since.
func (s *Service) Drop(ctx context.Context) (n int64, err error) {
	const op = "deliver.Drop"
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, address FROM deliver_messages WHERE state = $1`, string(Waiting))
		if err != nil {
			return err
		}
		all, err := sqldb.Collect(rows, func(rows *sql.Rows) (m Message, err error) { return m, rows.Scan(&m.ID, &m.To) })
		for _, m := range all {
			if err == nil {
				err = s.end(m, Dropped, "a backup was restored: it may have gone out before")(ctx, tx)
			}
			if err == nil {
				_, err = s.c.Jobs.Cancel(ctx, tx, jobKind, m.ID)
			}
		}
		n = int64(len(all))
		return err
	})
	return n, cx.Wrap(op, err)
}

func scanDelivery(rows *sql.Rows) (d Delivery, err error) {
	var created, expires, ended cx.Time
	err = rows.Scan(&d.ID, &d.Customer, &d.To, &d.Class, &d.Channel, &d.About, &d.State, &created, &expires, &ended, &d.Attempts, &d.Error)
	d.To = mask(d.To)
	d.CreatedAt, d.ExpiresAt = created.Std(), expires.Std()
	if ended != 0 {
		d.EndedAt = ended.Std()
	}
	return d, err
}

func parseCursor(cursor string) (at int64, id string, err error) {
	if cursor == "" {
		return 0, "", nil
	}
	number, id, ok := strings.Cut(cursor, ".")
	at, err = strconv.ParseInt(number, 36, 64)
	if !ok || err != nil {
		return 0, "", cx.Errorf(cx.Invalid, "deliver.parseCursor", "the cursor is not one of ours: begin without it")
	}
	return at, id, nil
}
