package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Totals counts everything that the filter lets through.
func (s *Store) Totals(ctx context.Context, p cx.Principal, f history.Filter) (history.Totals, error) {
	var t history.Totals
	if err := (history.Query{Filter: f}).Validate(); err != nil {
		return t, err
	}
	err := s.read(ctx, func(tx snapshot) error {
		err := tx.totals(ctx, p, f, &t)
		if err != nil || p.Areas != nil {
			return err
		}
		c := &question{}
		if f.Window.To != 0 {
			c.where = append(c.where, fmt.Sprintf("since < %d", f.Window.To))
		}
		c.where = append(c.where, fmt.Sprintf("(until IS NULL OR until > %d)", f.Window.From))
		return tx.QueryRowContext(ctx, "SELECT count(*) FROM circumstances WHERE "+strings.Join(c.where, " AND ")).Scan(&t.Circumstances)
	})
	return t, tell("duckdb.Totals", err)
}

func (tx snapshot) totals(ctx context.Context, p cx.Principal, f history.Filter, t *history.Totals) error {
	q := history.Query{Customers: true, Filter: f}
	if isCoarse(q) {
		c, err := tx.coarse(ctx, p, q)
		if c != nil {
			return c.totals(ctx, tx, t)
		}
		if err != nil {
			return err
		}
	}
	a := tx.ask(p, q)
	a.where = a.where[1:] // answers count too
	query := a.sql(nil, []string{
		fmt.Sprintf("count(*) FILTER (f.kind <> %d)", cx.Answer), fmt.Sprintf("count(*) FILTER (f.kind = %d)", cx.Answer),
		"count(DISTINCT " + customer + ")", "min(f.ts)", "max(f.ts)",
	})
	return each(ctx, tx, query, nil, func(rows *sql.Rows) error {
		var cut int
		return rows.Scan(&cut, &t.Events, &t.Answers, &t.Customers, &t.First, &t.Last)
	})
}

// Breakdown tallies the facts by the query's dimensions.
func (s *Store) Breakdown(ctx context.Context, p cx.Principal, q history.Query) ([]history.Group, error) {
	if len(q.Cuts) > 0 {
		return nil, cx.Errorf(cx.Invalid, "duckdb.Breakdown", "a breakdown has no cuts: ask for a series")
	}
	points, err := s.tally(ctx, p, q)
	if err != nil {
		return nil, tell("duckdb.Breakdown", err)
	}
	groups := make([]history.Group, len(points))
	for i, pt := range points {
		groups[i] = pt.Group
	}
	return groups, nil
}

// Series tallies the facts by the stretches between the cuts and by the query's
// dimensions.
func (s *Store) Series(ctx context.Context, p cx.Principal, q history.Query) ([]history.Point, error) {
	if len(q.Cuts) == 0 {
		return nil, cx.Errorf(cx.Invalid, "duckdb.Series", "a series needs cuts")
	}
	points, err := s.tally(ctx, p, q)
	return points, tell("duckdb.Series", err)
}

func (s *Store) tally(ctx context.Context, p cx.Principal, q history.Query) ([]history.Point, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	var points []history.Point
	err := s.read(ctx, func(tx snapshot) (err error) {
		if points, err = tx.tally(ctx, p, q); !q.Revenue {
			return err
		}
		for _, by := range q.Levels() {
			if err == nil {
				q.By = by
				err = tx.ask(p, q).revenue(ctx, tx, points)
			}
		}
		return err
	})
	slices.SortFunc(points, func(x, y history.Point) int {
		return cmp.Or(cmp.Compare(x.Cut, y.Cut), slices.Compare(x.Key, y.Key))
	})
	return points, err
}

func (tx snapshot) tally(ctx context.Context, p cx.Principal, q history.Query) ([]history.Point, error) {
	if q.Customers && isCoarse(q) {
		c, err := tx.coarse(ctx, p, q)
		if err != nil {
			return nil, err
		}
		if c != nil {
			return c.points(ctx, tx, q.Levels())
		}
	}
	var points []history.Point
	for _, by := range q.Levels() {
		q.By = by
		level, err := tx.level(ctx, p, q)
		if err != nil {
			return nil, err
		}
		points = append(points, level...)
		if err := tooMany(len(points)); err != nil {
			return nil, err
		}
	}
	return points, nil
}

// level tallies by the query's dimensions, without subtotals.
func (tx snapshot) level(ctx context.Context, p cx.Principal, q history.Query) ([]history.Point, error) {
	value, unit := valueOf(q.Of)
	tallied := []string{"count(*)", "0", "count(" + value + ")", "coalesce(sum(" + value + "), 0)::HUGEINT", "coalesce(sum(" + value + "::HUGEINT * " + value + "), 0)::HUGEINT"}
	if q.Customers {
		tallied[1] = "count(DISTINCT " + customer + ")"
	}
	if q.Of == history.Events {
		tallied[4] = "coalesce(sum(" + value + "::BIGINT * " + value + "), 0)::HUGEINT"
	}
	a := tx.ask(p, q)
	targets, keys := a.keyScan()
	var points []history.Point
	var pt history.Point
	var sum, squares *big.Int
	targets = append([]any{&pt.Cut}, targets...)
	targets = append(targets, &pt.N, &pt.Customers, &pt.Valued, &sum, &squares)
	return points, each(ctx, tx, a.sql(nil, tallied), nil, func(rows *sql.Rows) error {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		pt.Key, pt.Sum, pt.SumSquares = keys(), whole(sum)/unit, whole(squares)/(unit*unit)
		points = append(points, pt)
		return tooMany(len(points))
	})
}

// valueOf returns the column of the facts' value and how many of its units are 1.
func valueOf(of history.Of) (column string, unit float64) {
	if of == history.Answers {
		return "f.value", scoreUnit
	}
	return "f.valence", valenceUnit
}

// revenue adds up the revenue of the points that are tallied by the question's
// dimensions.
func (a *question) revenue(ctx context.Context, tx querier, points []history.Point) error {
	type id struct {
		cut  int
		keys string
	}
	at := make(map[id]*history.Point, len(points))
	for i := range points {
		if len(points[i].Key) == len(a.keys) {
			at[id{points[i].Cut, strings.Join(points[i].Key, "\x00")}] = &points[i]
		}
	}
	a.where = append(a.where, "f.revenue IS NOT NULL")
	targets, keys := a.keyScan()
	var cut int
	var currency uint16
	var sum *big.Int
	targets = append([]any{&cut}, targets...)
	targets = append(targets, &currency, &sum)
	err := each(ctx, tx, a.sql([]string{"f.currency"}, []string{"sum(f.revenue)::HUGEINT"}), nil, func(rows *sql.Rows) error {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		pt := at[id{cut, strings.Join(keys(), "\x00")}]
		pt.Revenue = append(pt.Revenue, cx.Money{Minor: sum.Int64(), Currency: a.words.word(currencyWord, currency)})
		return nil
	})
	for i := range points {
		slices.SortFunc(points[i].Revenue, func(x, y cx.Money) int { return cmp.Compare(x.Currency, y.Currency) })
	}
	return err
}

// Distribution counts each value of the facts.
func (s *Store) Distribution(ctx context.Context, p cx.Principal, q history.Query) ([]history.Bin, error) {
	if err := q.Validate(); err != nil {
		return nil, tell("duckdb.Distribution", err)
	}
	value, unit := valueOf(q.Of)
	grouped := []string{"0::USMALLINT AS metric", "0::USMALLINT AS scale", value + "::BIGINT AS value"}
	if q.Of == history.Answers {
		grouped = []string{"f.metric", "f.scale", value}
	}
	var bins []history.Bin
	err := s.read(ctx, func(tx snapshot) error {
		a := tx.ask(p, q)
		a.where = append(a.where, value+" IS NOT NULL")
		targets, keys := a.keyScan()
		var bin history.Bin
		var metric, scale uint16
		var units int64
		targets = append([]any{&bin.Cut}, targets...)
		targets = append(targets, &metric, &scale, &units, &bin.N)
		return each(ctx, tx, a.sql(grouped, []string{"count(*)"}), nil, func(rows *sql.Rows) error {
			if err := rows.Scan(targets...); err != nil {
				return err
			}
			bin.Key, bin.Value = keys(), float64(units)/unit
			bin.Metric, bin.Scale = "valence", ""
			if q.Of == history.Answers {
				bin.Metric, bin.Scale = a.words.word(metricWord, metric), a.words.word(scaleWord, scale)
			}
			bins = append(bins, bin)
			return tooMany(len(bins))
		})
	})
	slices.SortFunc(bins, func(x, y history.Bin) int {
		return cmp.Or(cmp.Compare(x.Cut, y.Cut), slices.Compare(x.Key, y.Key), cmp.Compare(x.Metric, y.Metric), cmp.Compare(x.Scale, y.Scale), cmp.Compare(x.Value, y.Value))
	})
	return bins, tell("duckdb.Distribution", err)
}

func whole(i *big.Int) float64 {
	f, _ := new(big.Float).SetInt(i).Float64()
	return f
}

func tooMany(rows int) error {
	if rows > history.MaxRows {
		return cx.Errorf(cx.TooLarge, "", "the answer has more than %d rows: group by less, or ask for a shorter time", history.MaxRows)
	}
	return nil
}
