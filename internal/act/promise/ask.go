package promise

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// cell counts the instances that are alike.
type cell struct {
	state            State
	context, weekday int
	n                int
}

// view is a snapshot of how promises are read, for one question.
type view struct {
	s   *Service
	p   cx.Principal
	m   *model.Model
	now cx.Time
	all []*reading // those that who asks may see

	where map[int]context4
}

// see returns what somebody may see. Who is limited to areas sees the promises
// that these areas answer for, or are served by.
func (s *Service) see(p cx.Principal, action account.Action) (*view, error) {
	if err := account.Check(p, action); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := &view{s: s, p: p, m: s.reads.m, now: s.c.Clock.Now()}
	for _, d := range s.reads.promises {
		// What is only said otherwise, as a name or an objective, holds at once.
		said, declared := s.c.Models.Current().Model.Promise(d.promise.Slug)
		if !declared || p.Areas != nil && !slices.Contains(p.Areas, said.Area) && !slices.Contains(p.Areas, said.Serves) {
			continue
		}
		shown := *d
		shown.promise = said
		v.all = append(v.all, &shown)
	}
	return v, nil
}

// one returns the promise of a slug. The error is NotFound when who asks sees no
// such promise.
func (v *view) one(slug string) (*reading, error) {
	for _, d := range v.all {
		if d.promise.Slug == slug {
			return d, nil
		}
	}
	return nil, cx.Errorf(cx.NotFound, "promise.one", "there is no promise %q", slug)
}

// contexts reads the places of instances.
func (v *view) contexts(ctx context.Context, tx *sqldb.Tx) error {
	v.where = map[int]context4{}
	rows, err := tx.Query(ctx, `SELECT no, touchpoint, supplier, place, region FROM promise_contexts`)
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (no int, err error) {
		var c context4
		err = rows.Scan(&no, &c.touchpoint, &c.supplier, &c.place, &c.region)
		v.where[no] = c
		return no, err
	})
	return err
}

// window is the query's, with the promise's own where it says nothing.
func (v *view) window(d *reading, q Query) cx.Window {
	w := q.Window
	if w.To == 0 {
		w.To = v.now + 1
	}
	if w.From == 0 {
		w.From = w.To.Add(-d.promise.Window)
	}
	return w
}

// cells counts what ended of a promise in a window, and what is pending now.
func (v *view) cells(ctx context.Context, tx *sqldb.Tx, d *reading, w cx.Window, where []Is) (out []cell, err error) {
	for _, q := range []struct {
		text string
		args []any
	}{
		{`SELECT state, context, weekday, COUNT(*) FROM promise_instances WHERE promise_no = $1 AND since >= $2 AND since < $3 AND state >= 2 GROUP BY state, context, weekday`, []any{d.no, int64(w.From), int64(w.To)}},
		{`SELECT state, context, weekday, COUNT(*) FROM promise_instances WHERE promise_no = $1 AND next_at > 0 GROUP BY state, context, weekday`, []any{d.no}},
	} {
		rows, err := tx.Query(ctx, q.text, q.args...)
		if err != nil {
			return nil, err
		}
		found, err := sqldb.Collect(rows, func(rows *sql.Rows) (c cell, err error) {
			state := 0
			err = rows.Scan(&state, &c.context, &c.weekday, &c.n)
			c.state = states[state]
			return c, err
		})
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return slices.DeleteFunc(out, func(c cell) bool {
		return slices.ContainsFunc(where, func(is Is) bool { return v.value(d, c.context, c.weekday, is.By) != is.Value })
	}), nil
}

// value is what an instance has of a dimension.
func (v *view) value(d *reading, context, weekday int, by Dimension) string {
	c := v.where[context]
	switch by {
	case ByArea:
		return d.promise.Area
	case BySupplier:
		return c.supplier
	case ByTouchpoint:
		return c.touchpoint
	case ByRegion:
		return c.region
	case ByPlace:
		return c.place
	case ByWeekday:
		return strconv.Itoa(weekday)
	}
	return ""
}

func (t *Tally) add(c cell) {
	switch c.state {
	case Waiting:
		t.Open += c.n
	case AtRisk:
		t.AtRisk += c.n
	case Kept:
		t.Kept += c.n
	case Broken:
		t.Broken += c.n
	case Void:
		t.Void += c.n
	}
}

func tallyOf(cells []cell) (t Tally) {
	for _, c := range cells {
		t.add(c)
	}
	return t
}

// ShareOf returns the share of kept promises with Wilson's interval (1927).
func ShareOf(kept, broken int) Share {
	n := kept + broken
	if n == 0 {
		return Share{math.NaN(), math.NaN(), math.NaN(), 0}
	}
	i := stats.Wilson(kept, n)
	return Share{float64(kept) / float64(n), i.Low, i.High, n}
}

// verdict says what the interval says of an objective.
func (s Share) verdict(objective float64) Verdict {
	switch {
	case s.N > 0 && s.Low >= objective:
		return Meets
	case s.N > 0 && s.High < objective:
		return Misses
	}
	return CannotTell
}

// ParseDimension reads a dimension. The error is Invalid.
func ParseDimension(s string) (Dimension, error) {
	if slices.Contains(Dimensions(), Dimension(s)) {
		return Dimension(s), nil
	}
	names := make([]string, len(Dimensions()))
	for i, d := range Dimensions() {
		names[i] = string(d)
	}
	return "", cx.Errorf(cx.Invalid, "promise.ParseDimension", "%q is nothing to group promises by: use %s", s, strings.Join(names, ", "))
}

// Promises tells how every promise stands, in the order of the model. It needs
// promises.view; so do the other questions.
func (s *Service) Promises(ctx context.Context, p cx.Principal, q Query) ([]Standing, error) {
	const op = "promise.Promises"
	v, err := s.see(p, account.ViewPromises)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	out := make([]Standing, 0, len(v.all))
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := v.contexts(ctx, tx); err != nil {
			return err
		}
		for _, d := range v.all {
			st, err := v.standing(ctx, tx, d, q)
			if err != nil {
				return err
			}
			out = append(out, st)
		}
		return nil
	})
	return out, cx.Wrap(op, err)
}

// Promise tells how one promise stands. The error is NotFound when there is none,
// or none that who asks may see.
func (s *Service) Promise(ctx context.Context, p cx.Principal, slug string, q Query) (st Standing, err error) {
	const op = "promise.Promise"
	v, err := s.see(p, account.ViewPromises)
	if err != nil {
		return Standing{}, cx.Wrap(op, err)
	}
	d, err := v.one(slug)
	if err != nil {
		return Standing{}, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := v.contexts(ctx, tx); err != nil {
			return err
		}
		st, err = v.standing(ctx, tx, d, q)
		return err
	})
	return st, cx.Wrap(op, err)
}

func (v *view) standing(ctx context.Context, tx *sqldb.Tx, d *reading, q Query) (Standing, error) {
	w := v.window(d, q)
	st := Standing{Promise: d.promise, Window: w, Objective: d.promise.Objective}
	cells, err := v.cells(ctx, tx, d, w, q.Where)
	if err != nil {
		return st, err
	}
	st.Tally = tallyOf(cells)
	st.Share = ShareOf(st.Kept, st.Broken)
	st.Verdict = st.Share.verdict(st.Objective)
	st.Budget = BudgetOf(st.Broken, st.Tally.Decided(), st.Objective)
	if len(q.Where) > 0 {
		return st, nil // burning is of the whole promise
	}
	counts, err := lately(ctx, tx, d.no, v.now)
	if err != nil {
		return st, err
	}
	for _, stretch := range stretches {
		st.Burn = append(st.Burn, BurnOf(stretch, counts[stretch].Broken, counts[stretch].n(), st.Objective))
	}
	rows, err := tx.Query(ctx, `SELECT burning FROM promise_burning WHERE slug = $1 AND burning = 1`, d.promise.Slug)
	if err != nil {
		return st, err
	}
	burning, err := sqldb.Collect(rows, sqldb.Scan[int])
	if err != nil {
		return st, err
	}
	st.Burning = len(burning) > 0
	st.SpentBy, err = v.forecast(ctx, tx, d)
	return st, err
}
