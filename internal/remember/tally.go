package remember

import (
	"database/sql"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
)

// tally counts what was lived: of a customer or an organization, in one batch.
type tally struct {
	first, last     cx.Time
	events, answers int64
}

func newTally() *tally { return &tally{first: math.MaxInt64, last: math.MinInt64} }

func (t *tally) add(e *cx.Event) {
	t.first, t.last = min(t.first, e.At), max(t.last, e.At)
	if e.Kind == cx.Answer {
		t.answers++
	} else {
		t.events++
	}
}

func (t *tally) join(u *tally) {
	t.first, t.last = min(t.first, u.first), max(t.last, u.last)
	t.events, t.answers = t.events+u.events, t.answers+u.answers
}

func (w *writer) tally(c cx.CustomerNo) *tally {
	t := w.tallies[c]
	if t == nil {
		t = newTally()
		w.tallies[c] = t
	}
	return t
}

// fold adds the tallies of a customer that is no more to the one it is part of.
func (w *writer) fold(m identity.Merged) error {
	into, from := w.tally(m.Into), newTally()
	err := w.tx.QueryRow(w.ctx, `DELETE FROM customers WHERE customer_no = $1 RETURNING first_at, last_at, events, answers`, m.From).
		Scan(&from.first, &from.last, &from.events, &from.answers)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // none: it came into being in this batch
		return err
	}
	into.join(from)
	if pending := w.tallies[m.From]; pending != nil {
		into.join(pending)
		delete(w.tallies, m.From)
	}
	return nil
}

// recount counts customers again from the timeline, after an undo.
func (w *writer) recount(customers ...cx.CustomerNo) error {
	for _, c := range customers {
		delete(w.tallies, c) // its rows are counted
	}
	if err := timeline.Insert(w.ctx, w.tx, w.rows); err != nil {
		return err
	}
	w.rows = nil
	for _, c := range customers {
		if _, err := w.tx.Exec(w.ctx, `DELETE FROM customers WHERE customer_no = $1`, c); err != nil {
			return err
		}
		profiles, err := identity.Profiles(w.ctx, w.tx, c)
		if err != nil {
			return err
		}
		n, err := timeline.CountOf(w.ctx, w.tx, profiles...)
		if err != nil {
			return err
		}
		w.tallies[c] = &tally{n.First, n.Last, n.Events, n.Answers}
	}
	return nil
}

// flushTallies writes the customers that changed, and the names of those whose
// names may have.
func (w *writer) flushTallies() error {
	renamed := map[cx.CustomerNo]bool{}
	for p := range w.renamed {
		c, err := w.people.Customer(p)
		if err != nil {
			return err
		}
		renamed[c] = true
		w.tally(c)
	}
	names, err := w.names(slices.Collect(maps.Keys(renamed)))
	if err != nil {
		return err
	}
	var args, nameless []any
	for _, c := range slices.Sorted(maps.Keys(w.tallies)) {
		t := w.tallies[c]
		identified, err := w.identified(c)
		if err != nil {
			return err
		}
		n := names[c]
		if n == nil {
			nameless = append(nameless, int64(c), identified, int64(t.first), int64(t.last), t.events, t.answers)
			continue
		}
		args = append(args, int64(c), n.name(), n.email(), identified, int64(t.first), int64(t.last), t.events, t.answers)
	}
	const sums = `identified = excluded.identified, events = customers.events + excluded.events, answers = customers.answers + excluded.answers,
		first_at = CASE WHEN excluded.first_at < customers.first_at THEN excluded.first_at ELSE customers.first_at END,
		last_at = CASE WHEN excluded.last_at > customers.last_at THEN excluded.last_at ELSE customers.last_at END`
	if err := identity.InsertRows(w.ctx, w.tx, `INSERT INTO customers (customer_no, name, email, identified, first_at, last_at, events, answers)`, 8,
		`ON CONFLICT (customer_no) DO UPDATE SET name = excluded.name, email = excluded.email, `+sums, args); err != nil {
		return err
	}
	return identity.InsertRows(w.ctx, w.tx, `INSERT INTO customers (customer_no, identified, first_at, last_at, events, answers)`, 6,
		`ON CONFLICT (customer_no) DO UPDATE SET `+sums, nameless)
}

const customersPerQuery = 64

var customerKeys = identity.Placeholders(1, customersPerQuery)

// eachOf runs a query for customersPerQuery customers at a time; the last ones
// are given several times.
func eachOf(customers []cx.CustomerNo, query string, run func(query string, args []any) error) error {
	for len(customers) > 0 {
		args := make([]any, customersPerQuery)
		for i := range args {
			args[i] = customers[min(i, len(customers)-1)]
		}
		customers = customers[min(len(customers), customersPerQuery):]
		if err := run(query, args); err != nil {
			return err
		}
	}
	return nil
}

// identified is 1 when the customer has a userId.
func (w *writer) identified(c cx.CustomerNo) (int64, error) {
	yes, err := w.people.Identified(c)
	if yes {
		return 1, err
	}
	return 0, err
}
