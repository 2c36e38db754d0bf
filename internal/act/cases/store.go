package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var errNone = cx.Errorf(cx.NotFound, "cases.read", "there is no such case, or it is not of your areas")

// read returns a case as it is kept: without the names of people.
func read(ctx context.Context, tx *sqldb.Tx, id string) (c Case, err error) {
	var body string
	err = tx.QueryRow(ctx, `SELECT body FROM cases_cases WHERE id = $1`, id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return c, errNone
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &c)
	}
	return c, err
}

func scanBody(rows *sql.Rows) (c Case, err error) {
	var body string
	if err = rows.Scan(&body); err == nil {
		err = json.Unmarshal([]byte(body), &c)
	}
	return c, err
}

// write keeps a case with what happened to it, what that starts, and when the
// next thing is due.
func (s *Service) write(ctx context.Context, tx *sqldb.Tx, c *Case, entries ...Entry) error {
	now := s.c.Clock.Now()
	c.KindName, c.CustomerName, c.OwnerName, c.OpenedName, c.Key = "", "", "", "", ""
	c.ChangedAt = now
	c.Priority.Rank = c.Priority.rank(c.Due)
	for i := range entries {
		e := &entries[i]
		c.Revision++
		e.N, e.At = c.Revision, now
		if _, err := tx.Exec(ctx, `INSERT INTO cases_entries (case_id, n, at, by_id, by_name, what, text, to_id, to_name, amount, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			c.ID, e.N, int64(e.At), e.By, e.ByName, string(e.What), e.Text, e.To, e.ToName, e.Amount, int64(e.Until)); err != nil {
			return err
		}
		if e.What.starts() {
			if err := s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: afterKind, Key: c.ID + ":" + strconv.FormatInt(e.N, 10), Due: now}); err != nil {
				return err
			}
		}
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO cases_cases (id, number, customer, kind, area, place, supplier, touchpoint, promise, cause, owner, opened_by, state, merged, opened_at, due_at, heard_at, changed_at, rank, find, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) ON CONFLICT (id) DO UPDATE SET
		customer = excluded.customer, kind = excluded.kind, area = excluded.area, cause = excluded.cause, owner = excluded.owner, state = excluded.state, merged = excluded.merged,
		due_at = excluded.due_at, heard_at = excluded.heard_at, changed_at = excluded.changed_at, rank = excluded.rank, find = excluded.find, body = excluded.body`,
		c.ID, c.Number, string(c.Customer), c.Kind, c.Area, c.Place, c.Supplier, c.Touchpoint, c.Promise, c.Cause, c.Owner, c.By, string(c.State), c.MergedInto,
		int64(c.OpenedAt), int64(c.Due), int64(c.HeardAt), int64(c.ChangedAt), int64(c.Priority.Rank), folded(strconv.FormatInt(c.Number, 10)+" "+c.Title+" "+c.Words), string(body)); err != nil {
		return err
	}
	if at := s.next(c); at != 0 {
		return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: timerKind, Key: c.ID, Due: at})
	}
	_, err = s.c.Jobs.Cancel(ctx, tx, timerKind, c.ID)
	return err
}

// folded is a text as it is searched: small letters without accents.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x300 && r < 0x370 {
			return -1
		}
		return r
	}, norm.NFD.String(strings.ToLower(text)))
}

// change changes a case within p's reach: fn, in the transaction, says what
// happened to it. No entries change nothing.
func (s *Service) change(ctx context.Context, p cx.Principal, id string, fn func(tx *sqldb.Tx, c *Case) ([]Entry, error)) (c Case, err error) {
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if c, err = read(ctx, tx, id); err != nil {
			return err
		}
		if !reaches(p, &c) {
			return errNone
		}
		entries, err := fn(tx, &c)
		if err != nil || len(entries) == 0 {
			return err
		}
		for i := range entries {
			if entries[i].By == "" {
				entries[i].By, entries[i].ByName = p.ID, p.Name
			}
		}
		return s.write(ctx, tx, &c, entries...)
	})
	if err != nil {
		return Case{}, err
	}
	s.changed(&c)
	return c, nil
}

// changed wakes who waits for a case.
func (s *Service) changed(c *Case) {
	s.c.Jobs.Wake()
	s.watch.tell(Update{c.ID, c.Area, c.Owner})
}

func (s *Service) story(ctx context.Context, tx *sqldb.Tx, id string) ([]Entry, error) {
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+` FROM cases_entries WHERE case_id = $1 ORDER BY n`, id)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (Entry, error) { return scanEntry(rows) })
}

const entryColumns = `n, at, by_id, by_name, what, text, to_id, to_name, amount, until`

func scanEntry(row interface{ Scan(...any) error }) (e Entry, err error) {
	err = row.Scan(&e.N, &e.At, &e.By, &e.ByName, &e.What, &e.Text, &e.To, &e.ToName, &e.Amount, &e.Until)
	return e, err
}

func (s *Service) counts(ctx context.Context, query string, args ...any) (map[string]int, error) {
	out := map[string]int{}
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var key string
			var n int
			err = rows.Scan(&key, &n)
			out[key] = n
			return struct{}{}, err
		})
		return err
	})
	return out, err
}
