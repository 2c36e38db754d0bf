package promise

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// states by their number in the store.
var states = []State{Waiting, AtRisk, Kept, Broken, Void}

func (s State) number() int { return slices.Index(states, s) }

// keyOf names what marks are joined by.
type keyOf struct {
	d   *reading
	key string
}

// writer writes one stretch in a transaction.
type writer struct {
	s   *Service
	ctx context.Context
	tx  *sqldb.Tx
	now cx.Time

	contexts map[context4]int // new ones
	owners   map[cx.ProfileNo]cx.CustomerNo
}

// write runs fn in a transaction, as things stand at now. The caller holds
// applying.
func (s *Service) write(ctx context.Context, fn func(*writer) error, now cx.Time) error {
	w := &writer{s: s, ctx: ctx, now: now}
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		w.tx, w.contexts, w.owners = tx, map[context4]int{}, map[cx.ProfileNo]cx.CustomerNo{}
		return fn(w)
	})
	if err != nil {
		s.doubt = true
		return err
	}
	for c, no := range w.contexts {
		s.contexts[c], s.where[no] = no, c
	}
	return nil
}

func (w *writer) exec(query string, args ...any) error {
	_, err := w.tx.Exec(w.ctx, query, args...)
	return err
}

// stretch writes what a part of the log says, and that some promises are read up
// to last.
func (w *writer) stretch(st stretch, read []*reading, last cx.Seq) error {
	for _, x := range st.since {
		if err := w.exec(`INSERT INTO promise_since (slug, measure, since) VALUES ($1, $2, $3)
			ON CONFLICT (slug) DO UPDATE SET measure = excluded.measure, since = CASE WHEN promise_since.measure = excluded.measure THEN promise_since.since ELSE excluded.since END`,
			x.promise, x.measure, int64(x.at)); err != nil {
			return err
		}
	}
	moved, err := w.move(st.clusters)
	if err != nil {
		return err
	}
	from := map[keyOf]cx.Time{} // the first of the new marks
	for k := range moved {
		from[k] = minTime
	}
	for i := range st.marks {
		m := &st.marks[i]
		if m.key == "" {
			owner, err := w.owner(m.profile)
			if err != nil {
				return err
			}
			m.key = customerKey(owner)
		}
		if m.context, err = w.context(m.where); err != nil {
			return err
		}
		if err := w.exec(`INSERT INTO promise_marks (promise_no, key, at, seq, kind, profile_no, due, risk, kept, context) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT DO NOTHING`, m.d.no, m.key, int64(m.at), int64(m.seq), int(m.kind), int64(m.profile), int64(m.due), int64(m.risk), number(m.kept), m.context); err != nil {
			return err
		}
		k := keyOf{m.d, m.key}
		if at, ok := from[k]; !ok || m.at < at {
			from[k] = m.at
		}
	}
	for k, at := range from {
		if err := w.walk(k, at); err != nil {
			return err
		}
	}
	for _, t := range st.told {
		if err := w.exec(`INSERT INTO promise_told (id, n, state, at, seq) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			string(t.id), t.n, t.state.number(), int64(t.at), int64(t.seq)); err != nil {
			return err
		}
		if err := w.exec(`UPDATE promise_instances SET untold = CASE WHEN state = 0 OR state = `+lastTold+` THEN 0 ELSE 1 END WHERE id = $1`, string(t.id)); err != nil {
			return err
		}
	}
	for _, b := range st.burning {
		if err := w.exec(`INSERT INTO promise_burning (slug, burning, at) VALUES ($1, $2, $3) ON CONFLICT (slug) DO UPDATE SET burning = excluded.burning, at = excluded.at`,
			b.promise, number(b.burning), int64(b.at)); err != nil {
			return err
		}
	}
	for _, d := range read {
		if err := w.exec(`UPDATE promise_promises SET done = $1 WHERE no = $2`, int64(last), d.no); err != nil {
			return err
		}
	}
	return nil
}

// lastTold is the state that was told last of the instance; −1 when none was.
const lastTold = `COALESCE((SELECT t.state FROM promise_told t WHERE t.id = promise_instances.id ORDER BY t.n DESC LIMIT 1), -1)`

const minTime cx.Time = -1 << 63

func customerKey(c cx.CustomerNo) string { return "c" + strconv.FormatUint(uint64(c), 10) }

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// move keeps whose profiles are now, and takes the marks of promises about
// customers along. It returns the keys that lose or gain some.
func (w *writer) move(clusters []history.Cluster) (map[keyOf]bool, error) {
	moved := map[keyOf]bool{}
	for _, c := range clusters {
		before, err := w.owner(c.Profile)
		if err != nil || before == c.Customer {
			if err != nil {
				return nil, err
			}
			continue
		}
		w.owners[c.Profile] = c.Customer
		if err := w.exec(`INSERT INTO promise_owners (profile_no, customer_no) VALUES ($1, $2) ON CONFLICT (profile_no) DO UPDATE SET customer_no = excluded.customer_no`,
			int64(c.Profile), int64(c.Customer)); err != nil {
			return nil, err
		}
		was, is := customerKey(before), customerKey(c.Customer)
		for _, d := range w.s.reads.promises {
			if !d.customerKeyed() {
				continue
			}
			r, err := w.tx.Exec(w.ctx, `UPDATE promise_marks SET key = $1 WHERE promise_no = $2 AND key = $3 AND profile_no = $4`, is, d.no, was, int64(c.Profile))
			if err != nil {
				return nil, err
			}
			if n, err := r.RowsAffected(); err != nil {
				return nil, err
			} else if n > 0 {
				moved[keyOf{d, was}], moved[keyOf{d, is}] = true, true
			}
		}
	}
	return moved, nil
}

// owner returns whose a profile is.
func (w *writer) owner(p cx.ProfileNo) (cx.CustomerNo, error) {
	if c, ok := w.owners[p]; ok {
		return c, nil
	}
	rows, err := w.tx.Query(w.ctx, `SELECT customer_no FROM promise_owners WHERE profile_no = $1`, int64(p))
	if err != nil {
		return 0, err
	}
	found, err := sqldb.Collect(rows, sqldb.Scan[cx.CustomerNo])
	owner := p
	if len(found) > 0 {
		owner = found[0]
	}
	w.owners[p] = owner
	return owner, err
}

// context returns the number of a place and company, which is kept once.
func (w *writer) context(c context4) (int, error) {
	if no, ok := w.s.contexts[c]; ok {
		return no, nil
	}
	if no, ok := w.contexts[c]; ok {
		return no, nil
	}
	var last int
	if err := w.tx.QueryRow(w.ctx, `SELECT COALESCE(MAX(no), 0) FROM promise_contexts`).Scan(&last); err != nil {
		return 0, err
	}
	w.contexts[c] = last + 1
	return last + 1, w.exec(`INSERT INTO promise_contexts (no, touchpoint, supplier, place, region) VALUES ($1, $2, $3, $4, $5)`, last+1, c.touchpoint, c.supplier, c.place, c.region)
}

func (s *Service) scanContext(rows *sql.Rows) (no int, err error) {
	var c context4
	err = rows.Scan(&no, &c.touchpoint, &c.supplier, &c.place, &c.region)
	s.contexts[c], s.where[no] = no, c
	return no, err
}

const markColumns = `seq, kind, at, profile_no, due, risk, kept, context`

func scanMark(rows *sql.Rows) (m mark, err error) {
	var kept int
	err = rows.Scan(&m.seq, &m.kind, &m.at, &m.profile, &m.due, &m.risk, &kept, &m.context)
	m.kept = kept == 1
	return m, err
}

// walk makes the instances of a key anew from the one that was open at a time on:
// what was lived before does not change.
func (w *writer) walk(k keyOf, at cx.Time) error {
	n, from := 0, mark{at: minTime}
	if at != minTime && !k.d.promise.Instant() {
		rows, err := w.tx.Query(w.ctx, `SELECT n, made, from_seq FROM promise_instances WHERE promise_no = $1 AND key = $2 AND made < $3 ORDER BY n DESC LIMIT 1`, k.d.no, k.key, int64(at))
		if err != nil {
			return err
		}
		before, err := sqldb.Collect(rows, func(rows *sql.Rows) (r run, err error) { return r, rows.Scan(&r.n, &r.from.at, &r.from.seq) })
		if err != nil {
			return err
		}
		if len(before) > 0 {
			n, from = before[0].n-1, before[0].from
			from.kind = begins
		}
	}
	rows, err := w.tx.Query(w.ctx, `SELECT `+markColumns+` FROM promise_marks WHERE promise_no = $1 AND key = $2 AND at >= $3`, k.d.no, k.key, int64(from.at))
	if err != nil {
		return err
	}
	marks, err := sqldb.Collect(rows, scanMark)
	if err != nil {
		return err
	}
	if err := w.exec(`DELETE FROM promise_instances WHERE promise_no = $1 AND key = $2 AND n > $3`, k.d.no, k.key, n); err != nil {
		return err
	}
	marks = slices.DeleteFunc(marks, func(m mark) bool { return compare(m, from) < 0 })
	zone := w.s.reads.m.Company.Zone()
	for _, r := range walk(marks, n, w.now) {
		weekday := (int(r.from.due.Std().In(zone).Weekday())+6)%7 + 1
		untold := `0`
		if r.state != Waiting {
			untold = `CASE WHEN COALESCE((SELECT t.state FROM promise_told t WHERE t.id = $4 ORDER BY t.n DESC LIMIT 1), -1) = $6 THEN 0 ELSE 1 END`
		}
		if err := w.exec(`INSERT INTO promise_instances (promise_no, key, n, id, profile_no, state, from_seq, made, due, since, by_seq, ended, context, weekday, next_at, untold)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, `+untold+`)`,
			k.d.no, k.key, r.n, string(k.id(r)), int64(r.from.profile), r.state.number(), int64(r.from.seq), int64(r.from.at), int64(r.from.due),
			int64(r.since), int64(r.by), int64(r.ended), r.context, weekday, int64(r.next)); err != nil {
			return fmt.Errorf("an instance of %s: %w", k.d.promise.Slug, err)
		}
	}
	return nil
}

// id names an instance. See InstanceID.
func (k keyOf) id(r run) InstanceID {
	if strings.HasPrefix(k.key, "o") {
		return instanceID(k.d.promise.Slug, k.key, r.n)
	}
	return instanceID(k.d.promise.Slug, "e"+strconv.FormatUint(uint64(r.from.seq), 10), 1)
}
