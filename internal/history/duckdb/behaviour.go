package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Behaviour calls fn with the answers for each customer, by number. It
// sorts them into a temporary table, which the engine spills, and reads that in
// pieces.
func (s *Store) Behaviour(ctx context.Context, p cx.Principal, q history.BehaviourQuery, fn func(history.Behaviour) error) error {
	if err := q.Validate(); err != nil {
		return cx.Wrap("duckdb.Behaviour", err)
	}
	return tell("duckdb.Behaviour", s.behaviour(ctx, p, q, fn))
}

func (s *Store) behaviour(ctx context.Context, p cx.Principal, q history.BehaviourQuery, fn func(history.Behaviour) error) error {
	return s.with(ctx, func(conn snapshot) error {
		defer conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS temp.behaviour") //nolint:errcheck // the next one replaces it
		b := &behaving{BehaviourQuery: q, file: conn.file, p: p}
		if _, err := conn.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE behaviour AS "+b.sql()); err != nil {
			return err
		}
		for from, read := 0, told; read == told; from += told {
			read = 0
			piece := fmt.Sprintf("SELECT * FROM behaviour WHERE rowid >= %d AND rowid < %d ORDER BY rowid", from, from+told)
			err := each(ctx, conn, piece, nil, func(rows *sql.Rows) error {
				read++
				return b.row(rows, fn)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// told is how many customers are in memory at once: the driver holds whole
// answers.
const told = 20_000

// behaving builds the SQL of a question on behaviour and reads its rows: the
// customer, their traits, and an answer to each ask.
type behaving struct {
	history.BehaviourQuery
	file *file
	p    cx.Principal

	customer uint32
	traits   sql.RawBytes
	raw      []any // what the engine answers
	targets  []any
	answers  []any // what is told
}

// sql joins what one pass over all facts adds up with what few facts are asked.
func (b *behaving) sql() string {
	lived, summed := []string{"f.profile_no"}, []string{"coalesce(c.customer_no, l.profile_no) AS customer_no"}
	told, joins := []string{"b.customer_no"}, ""
	join := func(name, query string) {
		joins += " LEFT JOIN (" + query + ") " + name + " ON " + name + ".customer_no = b.customer_no"
	}
	if b.Traits {
		told = append(told, "coalesce(t.traits, '{}')")
		join("t", b.traitsSQL())
	} else {
		told = append(told, "NULL")
	}
	for i, ask := range b.Asks {
		column := "a" + strconv.Itoa(i)
		if ask.What != expr.Score && len(ask.Where) == 0 {
			aggregate, again := b.aggregate(ask)
			lived = append(lived, aggregate+" FILTER ("+b.holds(ask)+") AS "+column)
			summed = append(summed, again+"(l."+column+") AS "+column)
			told = append(told, b.typed(ask, "b."+column)+" AS "+column)
			continue
		}
		told = append(told, b.typed(ask, column+".v")+" AS "+column)
		join(column, b.few(ask))
	}
	q := b.question(history.Events)
	query := "SELECT " + strings.Join(summed, ", ") + " FROM (SELECT " + strings.Join(lived, ", ") + " FROM events f WHERE " + strings.Join(q.where, " AND ") +
		" GROUP BY f.profile_no) l LEFT JOIN customers c ON c.profile_no = l.profile_no GROUP BY 1"
	where := ""
	if b.Customers != nil {
		where = " WHERE " + among("b.customer_no", b.Customers)
	}
	return "SELECT " + strings.Join(told, ", ") + " FROM (" + query + ") b" + joins + where + " ORDER BY b.customer_no"
}

// question begins a question on the facts that the principal may see, of the
// profiles that may be of the customers asked for.
func (b *behaving) question(of history.Of) *question {
	a := &question{words: b.file.words, of: of, where: []string{"true"}, props: map[string]string{}}
	if b.p.Areas != nil {
		a.only(history.Area, b.p.Areas)
	}
	a.where = append(a.where, b.mine())
	return a
}

func (b *behaving) mine() string {
	if b.Customers == nil {
		return "true"
	}
	return "(" + among("f.profile_no", b.Customers) + " OR f.profile_no IN (SELECT profile_no FROM customers WHERE " + among("customer_no", b.Customers) + "))"
}

// holds is the condition of an ask on a fact, without its properties.
func (b *behaving) holds(ask expr.Ask) string {
	a := &question{words: b.file.words, of: history.Events, where: []string{fmt.Sprintf("f.kind <> %d", cx.Answer)}}
	if ask.What == expr.Score {
		a.where = []string{"f.value IS NOT NULL"}
		a.only(history.Metric, []string{ask.Metric})
	}
	if ask.Event != "" {
		a.only(history.Name, []string{ask.Event})
	}
	if ask.Touchpoint != "" {
		a.only(history.Touchpoint, []string{ask.Touchpoint})
	}
	if from, ok := b.Since(ask); ok {
		a.where = append(a.where, fmt.Sprintf("f.ts >= %d AND f.ts <= %d", from, b.Now))
	}
	if ask.What == expr.Revenue {
		no, _ := b.file.words.find(currencyWord, b.Currency)
		a.where = append(a.where, fmt.Sprintf("f.revenue IS NOT NULL AND f.currency = %d", no))
	}
	return strings.Join(a.where, " AND ")
}

// aggregate returns what an ask adds up over the facts of a profile, and what
// adds that up over the profiles of a customer.
func (b *behaving) aggregate(ask expr.Ask) (aggregate, again string) {
	switch ask.What {
	case expr.First:
		return "min(f.ts)", "min"
	case expr.Last:
		return "max(f.ts)", "max"
	case expr.Revenue:
		return "sum(f.revenue)", "sum"
	case expr.Score:
		return "arg_max(f.value, f.ts::HUGEINT * 18446744073709551616 + f.seq::HUGEINT * 256 + f.item)", ""
	case expr.Count:
	}
	return "count(*)", "sum"
}

// typed casts the answer to what row reads.
func (b *behaving) typed(ask expr.Ask, column string) string {
	switch ask.What {
	case expr.Count:
		return "coalesce(" + column + ", 0)::BIGINT"
	case expr.Revenue:
		return "coalesce(" + column + ", 0)::DOUBLE"
	case expr.First, expr.Last, expr.Score:
	}
	return column + "::BIGINT"
}

// few asks the facts of one condition only, by customer.
func (b *behaving) few(ask expr.Ask) string {
	of, table := history.Events, "events"
	if ask.What == expr.Score {
		of, table = history.Answers, "answers"
	}
	a := b.question(of)
	a.where = append(a.where, b.holds(ask))
	a.linked = "SEMI JOIN (SELECT f.seq FROM events f WHERE " + strings.Join(a.where, " AND ") + ") s ON s.seq = l.seq"
	a.joinCustomers()
	for _, p := range ask.Where {
		a.only(history.PropertyOf(p.Name), []string{p.Value})
	}
	aggregate, _ := b.aggregate(ask)
	return "SELECT " + customer + " AS customer_no, " + aggregate + " AS v FROM " + table + " f " + strings.Join(a.joins, " ") +
		" WHERE " + strings.Join(a.where, " AND ") + " GROUP BY 1"
}

// traitsSQL makes an object of the traits of each customer as they are now.
func (b *behaving) traitsSQL() string {
	return "SELECT customer_no, '{' || string_agg(to_json(name)::VARCHAR || ':' || value, ',' ORDER BY name) || '}' AS traits FROM (SELECT " +
		customer + " AS customer_no, f.name, arg_max(f.value, f.ts::HUGEINT * 18446744073709551616 + f.seq) AS value FROM traits f" +
		" LEFT JOIN customers c ON c.profile_no = f.profile_no WHERE " + b.mine() + " GROUP BY 1, 2) WHERE value <> 'null' GROUP BY 1"
}

// row reads a row and tells it.
func (b *behaving) row(rows *sql.Rows, fn func(history.Behaviour) error) error {
	if b.targets == nil {
		b.raw, b.answers = make([]any, len(b.Asks)), make([]any, len(b.Asks))
		b.targets = []any{&b.customer, &b.traits}
		for i := range b.raw {
			b.targets = append(b.targets, &b.raw[i])
		}
	}
	if err := rows.Scan(b.targets...); err != nil {
		return err
	}
	for i, v := range b.raw {
		b.answers[i] = v
		whole, ok := v.(int64)
		switch ask := b.Asks[i]; {
		case ask.What == expr.Revenue:
			if minor, ok := v.(float64); ok {
				b.answers[i] = minor / math.Pow10(b.Digits)
			}
		case !ok:
		case ask.What == expr.First, ask.What == expr.Last:
			b.answers[i] = time.UnixMicro(whole).UTC()
		case ask.What == expr.Score:
			b.answers[i] = float64(whole) / scoreUnit
		}
	}
	return fn(history.Behaviour{Customer: cx.CustomerNo(b.customer), Traits: b.traits, Answers: b.answers})
}
