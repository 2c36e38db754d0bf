package rule

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// State is how far a run is.
type State string

// The states.
const (
	Going State = "going" // it does something, or waits
	Done  State = "done"  // all its steps lie behind it
	Ended State = "ended" // before its end: see the Reason
	Held  State = "held"  // it never began: Holdout or Control
)

// run is a run as it is stored.
type run struct {
	id, rule                    string
	customer                    cx.CustomerID
	about                       cx.Seq
	since                       cx.Seq // what is lived after it, the next wait does not miss
	lived                       *lived // nil once it has ended
	state                       State
	reason                      Reason
	step                        string
	begun                       bool
	waits                       string
	came, waited                bool
	acted                       int
	at, due, decidedAt, endedAt cx.Time
}

const columns = `id, rule, customer, about, moment, state, reason, step, begun, waits, came, waited, acted, since, lived_at, due_at, decided_at, ended_at`

func scanRun(rows *sql.Rows) (r run, err error) {
	var moment string
	var begun, came, waited int
	err = rows.Scan(&r.id, &r.rule, &r.customer, &r.about, &moment, &r.state, &r.reason, &r.step, &begun, &r.waits, &came, &waited, &r.acted, &r.since,
		&r.at, &r.due, &r.decidedAt, &r.endedAt)
	r.begun, r.came, r.waited = begun == 1, came == 1, waited == 1
	if err == nil && moment != "" {
		err = json.Unmarshal([]byte(moment), &r.lived)
	}
	return r, err
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

func insert(ctx context.Context, tx *sqldb.Tx, r run) (added bool, err error) {
	moment := []byte{}
	if r.lived != nil {
		if moment, err = json.Marshal(r.lived); err != nil {
			return false, err
		}
	}
	done, err := tx.Exec(ctx, `INSERT INTO rule_runs (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT (id) DO NOTHING`,
		r.id, r.rule, string(r.customer), int64(r.about), string(moment), string(r.state), string(r.reason), r.step, one(r.begun), r.waits, one(r.came), one(r.waited), r.acted, int64(r.since),
		int64(r.at), int64(r.due), int64(r.decidedAt), int64(r.endedAt))
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// set writes how far a run is, while it goes on.
func (r *run) set(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE rule_runs SET step = $1, begun = $2, waits = $3, came = $4, waited = $5, acted = $6, due_at = $7, since = $8 WHERE id = $9 AND state = $10`,
		r.step, one(r.begun), r.waits, one(r.came), one(r.waited), r.acted, int64(r.due), int64(r.since), r.id, string(Going))
	return err
}

// end ends a run. What it began with is not kept longer than it is needed.
func (r *run) end(ctx context.Context, tx *sqldb.Tx, state State, why Reason, at cx.Time) error {
	_, err := tx.Exec(ctx, `UPDATE rule_runs SET state = $1, reason = $2, moment = '', waits = '', acted = $3, ended_at = $4 WHERE id = $5 AND state = $6`,
		string(state), string(why), r.acted, int64(at), r.id, string(Going))
	return err
}

func runs(ctx context.Context, tx *sqldb.Tx, which string, args ...any) ([]run, error) {
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM rule_runs `+which, args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanRun)
}

func (s *Service) runs(ctx context.Context, which string, args ...any) (all []run, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		all, err = runs(ctx, tx, which, args...)
		return err
	})
	return all, err
}

// run returns one run; ok is false when there is none.
func (s *Service) run(ctx context.Context, id string) (r run, ok bool, err error) {
	found, err := s.runs(ctx, `WHERE id = $1`, id)
	if err != nil || len(found) == 0 {
		return r, false, err
	}
	return found[0], true, nil
}

// count adds to a figure of a rule.
func count(ctx context.Context, tx *sqldb.Tx, rule, day, what string, n int) error {
	_, err := tx.Exec(ctx, `INSERT INTO rule_counts (rule, day, what, n) VALUES ($1, $2, $3, $4)
		ON CONFLICT (rule, day, what) DO UPDATE SET n = rule_counts.n + excluded.n`, rule, day, what, n)
	return err
}

// book is the ledger of the live engine: what is stored, and what was decided
// since in the same stretch.
type book struct {
	s     *Service
	since []run
}

func (b *book) near(ctx context.Context, rule string, customers []cx.CustomerID, at cx.Time, per time.Duration) (n int, err error) {
	from, to := at.Add(-per), at.Add(per)
	err = b.s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, c := range customers {
			one := 0
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM rule_runs WHERE customer = $1 AND rule = $2 AND lived_at > $3 AND lived_at < $4 AND state <> $5`,
				string(c), rule, int64(from), int64(to), string(Held)).Scan(&one); err != nil {
				return err
			}
			n += one
		}
		return nil
	})
	for i := range b.since {
		if r := &b.since[i]; r.rule == rule && r.state != Held && r.at > from && r.at < to && slices.Contains(customers, r.customer) {
			n++
		}
	}
	return n, err
}

func (b *book) within(ctx context.Context, rule string, w cx.Window) (n int, err error) {
	err = b.s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM rule_runs WHERE rule = $1 AND lived_at >= $2 AND lived_at < $3 AND state <> $4`,
			rule, int64(w.From), int64(w.To), string(Held)).Scan(&n)
	})
	for i := range b.since {
		if r := &b.since[i]; r.rule == rule && r.state != Held && w.Contains(r.at) {
			n++
		}
	}
	return n, err
}

func (b *book) running(ctx context.Context, rule string, _ cx.Time) (n int, err error) {
	err = b.s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM rule_runs WHERE rule = $1 AND state = $2`, rule, string(Going)).Scan(&n)
	})
	for i := range b.since {
		if r := &b.since[i]; r.rule == rule && r.state == Going {
			n++
		}
	}
	return n, err
}
