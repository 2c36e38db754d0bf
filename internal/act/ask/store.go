package ask

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// State is how far an ask is.
type State string

// The states.
const (
	Scheduled State = "scheduled" // they are asked when it is due
	Ready     State = "ready"     // by the way api: its link waits to be fetched
	Asking    State = "asking"    // the mail is on its way
	Asked     State = "asked"     // they have it
	Not       State = "not"       // taken back: see the Reason
	Unasked   State = "unasked"   // nobody asked: they answered by themselves
)

// row is an ask as it is stored.
type row struct {
	id                     string
	survey                 string
	customer               cx.CustomerID
	about                  cx.Seq
	subject                subject
	way, by                string
	state                  State
	reason                 Reason
	decided, due, at, said cx.Time
	link                   string
}

const columns = `id, survey, customer, about, subject, way, state, reason, decided_by, decided_at, due_at, asked_at, answered_at, link`

func scanRow(rows *sql.Rows) (r row, err error) {
	var text string
	if err = rows.Scan(&r.id, &r.survey, &r.customer, &r.about, &text, &r.way, &r.state, &r.reason, &r.by, &r.decided, &r.due, &r.at, &r.said, &r.link); err == nil {
		err = json.Unmarshal([]byte(text), &r.subject)
	}
	return r, err
}

func insert(ctx context.Context, tx *sqldb.Tx, r row) (added bool, err error) {
	text, err := json.Marshal(r.subject)
	if err != nil {
		return false, err
	}
	done, err := tx.Exec(ctx, `INSERT INTO ask_asks (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING`,
		r.id, r.survey, string(r.customer), int64(r.about), string(text), r.way, string(r.state), string(r.reason), r.by,
		int64(r.decided), int64(r.due), int64(r.at), int64(r.said), r.link)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

func (s *Service) rows(ctx context.Context, which string, args ...any) (all []row, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+columns+` FROM ask_asks `+which, args...)
		if err == nil {
			all, err = sqldb.Collect(rows, scanRow)
		}
		return err
	})
	return all, err
}

// row returns one ask; ok is false when there is none.
func (s *Service) row(ctx context.Context, id string) (r row, ok bool, err error) {
	found, err := s.rows(ctx, `WHERE id = $1`, id)
	if err != nil || len(found) == 0 {
		return r, false, err
	}
	return found[0], true, nil
}

// asked tells who was asked what when: what is stored, and what was decided since
// in the same stretch.
type asked struct {
	s     *Service
	since *[]row // decided in this stretch
}

// of returns the contacts with a customer, those that were taken back left out.
func (a asked) of(ctx context.Context, aliases []cx.CustomerID) (all []contact, err error) {
	add := func(r row) {
		c := contact{id: r.id, survey: r.survey, done: r.at != 0, answered: r.said}
		switch r.state {
		case Not:
			return
		case Unasked:
		default:
			c.at = max(r.due, r.at)
		}
		all = append(all, c)
	}
	for _, id := range aliases {
		found, err := a.s.rows(ctx, `WHERE customer = $1 ORDER BY due_at DESC LIMIT 200`, string(id))
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			add(r)
		}
	}
	for _, r := range *a.since {
		if slices.Contains(aliases, r.customer) {
			add(r)
		}
	}
	return all, nil
}

// inPeriod counts who is asked a survey by event within a window.
func (a asked) inPeriod(ctx context.Context, survey string, w cx.Window) (n int, err error) {
	err = a.s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM ask_asks WHERE survey = $1 AND due_at >= $2 AND due_at < $3 AND state NOT IN ('not', 'unasked') AND about > 0`,
			survey, int64(w.From), int64(w.To)).Scan(&n)
	})
	for _, r := range *a.since {
		if r.survey == survey && r.state != Not && r.about > 0 && w.Contains(r.due) {
			n++
		}
	}
	return n, err
}

// skip counts that somebody was not asked.
func skip(ctx context.Context, tx *sqldb.Tx, survey, day string, why Reason) error {
	_, err := tx.Exec(ctx, `INSERT INTO ask_skipped (survey, day, reason, n) VALUES ($1, $2, $3, 1)
		ON CONFLICT (survey, day, reason) DO UPDATE SET n = ask_skipped.n + 1`, survey, day, string(why))
	return err
}
