package account

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Entry is one line of the audit log: who did what to what, by opaque ids
// only ("person:3" "source.revoked" "source:web").
type Entry struct {
	ID                        int64 // dense, from 1
	At                        cx.Time
	Principal, Action, Object string
	Hash                      string // over the hash of the entry before and this one; see chain
}

// AuditQuery says which entries are asked for; empty fields ask for all.
type AuditQuery struct {
	Principal string // "person:3"
	Action    string // "person.disabled", or what stands before its dot: "person"
	Object    string // "customer:c_…"
	Before    int64  // ids below it; 0: from the newest
	Limit     int
}

// Record adds a line to the audit log, which only grows. object is an opaque
// id ("customer:c_…", "model:4"), never personal data.
func (s *Service) Record(ctx context.Context, p cx.Principal, action, object string) error {
	return cx.Wrap("account.Record", s.db.Write(ctx, func(tx *sqldb.Tx) error { return s.record(ctx, tx, p, action, object) }))
}

// RecordHourly is Record for what is done again and again, as looking at a
// page: once an hour for each principal, action and object.
func (s *Service) RecordHourly(ctx context.Context, p cx.Principal, action, object string) error {
	if !s.hourly.first(s.clock.Now(), p.ID+"\n"+action+"\n"+object) {
		return nil
	}
	return s.Record(ctx, p, action, object)
}

func (s *Service) record(ctx context.Context, tx *sqldb.Tx, p cx.Principal, action, object string) error {
	e := Entry{At: s.clock.Now(), Principal: p.ID, Action: action, Object: object}
	var previous string
	err := tx.QueryRow(ctx, `SELECT id, hash FROM account_audit ORDER BY id DESC LIMIT 1`).Scan(&e.ID, &previous)
	if err != nil && err != sql.ErrNoRows { //nolint:errorlint // Scan returns it as it is
		return err
	}
	e.ID++
	_, err = tx.Exec(ctx, `INSERT INTO account_audit (id, at, principal, action, object, hash) VALUES ($1, $2, $3, $4, $5, $6)`,
		e.ID, e.At, e.Principal, e.Action, e.Object, e.chain(previous))
	return err
}

// chain returns the entry's hash: SHA-256, in hexadecimal, over the previous
// entry's hash ("" for the first), the id, the time in microseconds, the
// principal, the action and the object, each written as its length in bytes, a
// colon, itself and a comma.
func (e Entry) chain(previous string) string {
	h := sha256.New()
	for _, field := range []string{previous, fmt.Sprint(e.ID), fmt.Sprint(int64(e.At)), e.Principal, e.Action, e.Object} {
		fmt.Fprintf(h, "%d:%s,", len(field), field)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// chainOld gives the entries of before there was a chain their hashes.
func (s *Service) chainOld(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		var chained int64
		if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(id), 0) FROM account_audit WHERE hash <> ''`).Scan(&chained); err != nil || chained > 0 {
			return err // what lies between chained entries without a hash was put there
		}
		previous := ""
		return eachEntry(ctx, tx, func(e Entry) error {
			previous = e.chain(previous)
			_, err := tx.Exec(ctx, `UPDATE account_audit SET hash = $1 WHERE id = $2`, previous, e.ID)
			return err
		})
	})
}

// Audit returns the entries asked for, newest first. Needs ViewAudit.
func (s *Service) Audit(ctx context.Context, p cx.Principal, q AuditQuery) ([]Entry, error) {
	const op = "account.Audit"
	if err := Check(p, ViewAudit); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if q.Before <= 0 {
		q.Before = math.MaxInt64
	}
	where, args := `id < $1`, []any{q.Before, q.Limit}
	for _, c := range []struct{ value, condition string }{
		{q.Principal, `principal = $%d`},
		{q.Action, `(action = $%[1]d OR action LIKE $%[1]d || '.%%')`},
		{q.Object, `object = $%d`},
	} {
		if c.value != "" {
			args = append(args, c.value)
			where += ` AND ` + fmt.Sprintf(c.condition, len(args))
		}
	}
	var all []Entry
	err := s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		all, err = readEntries(ctx, tx, where+` ORDER BY id DESC LIMIT $2`, args...)
		return err
	})
	return all, cx.Wrap(op, err)
}

func readEntries(ctx context.Context, tx *sqldb.Tx, where string, args ...any) ([]Entry, error) {
	rows, err := tx.Query(ctx, `SELECT id, at, principal, action, object, hash FROM account_audit WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (e Entry, err error) {
		err = rows.Scan(&e.ID, &e.At, &e.Principal, &e.Action, &e.Object, &e.Hash)
		return e, err
	})
}

// eachEntry calls fn with every entry in the order of ids.
func eachEntry(ctx context.Context, tx *sqldb.Tx, fn func(Entry) error) error {
	const chunk = 5000
	for after := int64(math.MinInt64); ; {
		entries, err := readEntries(ctx, tx, `id > $1 ORDER BY id LIMIT $2`, after, chunk)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := fn(e); err != nil {
				return err
			}
			after = e.ID
		}
		if len(entries) < chunk {
			return nil
		}
	}
}

// hourly remembers what was put on record in the present hour.
type hourly struct {
	mu   sync.Mutex
	hour int64
	seen map[string]bool
}

const maxHourly = 100_000

// first tells whether key comes for the first time in this hour.
func (h *hourly) first(now cx.Time, key string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if hour := int64(now) / int64(time.Hour/time.Microsecond); hour != h.hour || len(h.seen) >= maxHourly {
		h.hour, h.seen = hour, map[string]bool{}
	}
	if h.seen[key] {
		return false
	}
	h.seen[key] = true
	return true
}
