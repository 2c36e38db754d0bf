package promise

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const (
	// news is how long after it was lived a change is told.
	news = 24 * time.Hour
	// atOnce is how many instances the clock changes, or are told, together.
	atOnce = 2000
	// inOne is how many records are appended at once.
	inOne = 500
)

// Tick lets the clock change what is due, and tells what changed and is news.
// StartClock calls it each beat and whenever something was applied.
func (s *Service) Tick(ctx context.Context) error {
	const op = "promise.Tick"
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := s.certain(ctx); err != nil {
		return cx.Wrap(op, err)
	}
	if len(s.reads.promises) == 0 || s.position < s.started {
		return nil // what was told before is not all read back
	}
	for {
		n, err := s.turn(ctx, s.now())
		if err != nil {
			return cx.Wrap(op, err)
		}
		told, err := s.tell(ctx)
		if err != nil {
			return cx.Wrap(op, err)
		}
		if n+told < atOnce {
			return cx.Wrap(op, s.smoulder(ctx))
		}
	}
}

// turn changes what the clock changes up to now, the first due first, and returns
// how many that were. An instance whose time has come twice, since nobody looked,
// is broken.
func (s *Service) turn(ctx context.Context, now cx.Time) (changed int, err error) {
	var waiting int
	if err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM promise_instances WHERE next_at > 0 AND next_at <= $1 LIMIT $2) AS due`, int64(now), atOnce).Scan(&waiting)
	}); err != nil || waiting == 0 {
		return 0, err
	}
	err = s.write(ctx, func(w *writer) error {
		changed = 0
		var until int64
		if err := w.tx.QueryRow(ctx, `SELECT MAX(next_at) FROM (SELECT next_at FROM promise_instances WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at LIMIT $2) AS due`,
			int64(now), atOnce).Scan(&until); err != nil {
			return err
		}
		for _, update := range []struct {
			text string
			args []any
		}{
			{`UPDATE promise_instances SET state = 3, since = due, by_seq = 0, next_at = 0, untold = CASE WHEN ` + lastTold + ` = 3 THEN 0 ELSE 1 END
				WHERE next_at > 0 AND next_at <= $1 AND due < $2`, []any{until, int64(now)}},
			{`UPDATE promise_instances SET state = 1, since = next_at, by_seq = 0, next_at = due + 1, untold = CASE WHEN ` + lastTold + ` = 1 THEN 0 ELSE 1 END
				WHERE next_at > 0 AND next_at <= $1 AND due >= $2`, []any{until, int64(now)}},
		} {
			r, err := w.tx.Exec(ctx, update.text, update.args...)
			if err != nil {
				return err
			}
			n, err := r.RowsAffected()
			if err != nil {
				return err
			}
			changed += int(n)
		}
		return nil
	}, now)
	if err == nil && changed > 0 {
		s.reached(nil, 0, s.position, 0)
	}
	return changed, err
}

// untold is an instance that may have to be told.
type untold struct {
	stored
	was   State // told last; "" never
	times int   // that something was told of it
}

// tell appends a record for each instance whose state was not told and is news,
// and returns how many it looked at. What is no news is never told.
func (s *Service) tell(ctx context.Context) (looked int, err error) {
	var all []untold
	since := map[string]sinceOf{}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+storedColumns+`, COALESCE((SELECT MAX(t.n) FROM promise_told t WHERE t.id = i.id), 0), COALESCE((SELECT t.state FROM promise_told t WHERE t.id = i.id ORDER BY t.n DESC LIMIT 1), -1)
			FROM promise_instances i WHERE i.untold > 0 ORDER BY i.since LIMIT $1`, atOnce+len(s.telling))
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (u untold, err error) {
			was := 0
			if err = u.scan(rows, &u.times, &was); err == nil && was >= 0 {
				u.was = states[was]
			}
			return u, err
		})
		if err != nil || len(all) == 0 {
			return err
		}
		rows, err = tx.Query(ctx, `SELECT slug, measure, since FROM promise_since`)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (struct{}, error) {
			var x sinceOf
			err := rows.Scan(&x.promise, &x.measure, &x.at)
			since[x.promise] = x
			return struct{}{}, err
		})
		return err
	})
	if err != nil || len(all) == 0 {
		return 0, err
	}
	now := s.c.Clock.Now()
	var tell []untold
	var old []string
	for _, u := range all {
		d := s.reads.byNo[u.promise]
		if d == nil || s.telling[u.id] == u.state || since[d.promise.Slug].measure != d.measure {
			continue // told, or by a model whose record is not read yet
		}
		looked++
		if u.since < max(since[d.promise.Slug].at, s.effects) || u.was == "" && now.Sub(u.since) > news {
			old = append(old, string(u.id))
			continue
		}
		tell = append(tell, u)
	}
	profiles := make([]cx.ProfileNo, len(tell))
	for i, u := range tell {
		profiles[i] = u.profile
	}
	owners, err := s.c.Memory.Owners(ctx, profiles)
	if err != nil {
		return 0, err
	}
	var records []cx.Event
	var telling []untold
	for i, u := range tell {
		if owners[i] == "" {
			old = append(old, string(u.id))
			continue
		}
		e, err := s.changedEvent(u, owners[i], now)
		if err != nil {
			return 0, err
		}
		records, telling = append(records, e), append(telling, u)
	}
	if len(old) > 0 {
		if err := s.write(ctx, func(w *writer) error {
			for _, id := range old {
				if err := w.exec(`UPDATE promise_instances SET untold = 0 WHERE id = $1`, id); err != nil {
					return err
				}
			}
			return nil
		}, now); err != nil {
			return 0, err
		}
	}
	for len(records) > 0 {
		n := min(inOne, len(records))
		if _, err := s.c.Log.Append(ctx, records[:n]); err != nil {
			return 0, err
		}
		for _, u := range telling[:n] {
			s.telling[u.id] = u.state
		}
		records, telling = records[n:], telling[n:]
	}
	return looked, nil
}

// changedEvent is the record of an instance's state.
func (s *Service) changedEvent(u untold, customer cx.CustomerID, now cx.Time) (cx.Event, error) {
	d := s.reads.byNo[u.promise]
	where := s.where[u.context]
	c := Changed{
		Promise: d.promise.Slug, Instance: u.id, Customer: customer, State: u.state, Was: u.was, From: u.from, Due: u.due.Std(), At: u.since.Std(),
		Touchpoint: where.touchpoint, Area: d.promise.Area, Serves: d.promise.Serves, Supplier: where.supplier, Place: where.place, Region: where.region,
		Corrects: u.was != "" && u.was != AtRisk,
	}
	if u.was == "" {
		c.Was = Waiting
	}
	if about := d.about(u.key); about.ID != "" {
		c.About = map[string]string{d.object.Property: about.ID}
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return cx.Event{}, err
	}
	return cx.NewDecision(ChangedEvent, "promise:"+string(u.id)+":"+string(u.state)+":"+strconv.Itoa(u.times+1), now, raw), nil
}
