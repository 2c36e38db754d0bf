package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Newest returns a page of events and answers, the newest first.
func (s *Store) Newest(ctx context.Context, p cx.Principal, page history.Page) ([]history.Row, error) {
	if err := page.Validate(); err != nil {
		return nil, cx.Wrap("duckdb.Newest", err)
	}
	var rows []history.Row
	err := s.read(ctx, func(tx snapshot) error {
		a := tx.ask(p, history.Query{Filter: page.Filter})
		a.where = append(a.where[1:], "true")
		if page.Kinds != nil {
			a.where = append(a.where, in("f.kind", numbers(page.Kinds)))
		}
		if b := page.Before; b != (history.Cursor{}) {
			a.where = append(a.where, fmt.Sprintf("f.ts <= %d AND (f.ts < %[1]d OR f.seq < %d)", b.At, b.Seq))
		}
		// First the seqs, of two columns; then the rows, by their seqs.
		const newest = " ORDER BY f.ts DESC, f.seq DESC"
		var seqs []cx.Seq
		query := "SELECT f.seq " + a.from() + newest + fmt.Sprintf(" LIMIT %d", page.Limit)
		err := each(ctx, tx, query, nil, func(rows *sql.Rows) error {
			var seq cx.Seq
			err := rows.Scan(&seq)
			seqs = append(seqs, seq)
			return err
		})
		if err != nil || len(seqs) == 0 {
			return err
		}
		from := known + " WHERE " + in("f.seq", numbers(seqs))
		return a.rows(ctx, tx, from, "NULL", newest, func(r history.Row) error {
			rows = append(rows, r)
			return nil
		})
	})
	return rows, tell("duckdb.Newest", err)
}

// known are the facts with their customers.
const known = "FROM (SELECT " + customer + " AS customer_no, f.* FROM events f LEFT JOIN customers c ON c.profile_no = f.profile_no) f"

// from is the facts that the question lets through.
func (a *question) from() string {
	return "FROM events f " + strings.Join(a.joins, " ") + " WHERE " + strings.Join(a.where, " AND ")
}

// rows calls fn with facts, in order.
func (a *question) rows(ctx context.Context, tx querier, from, properties, order string, fn func(history.Row) error) error {
	query := `SELECT f.seq, customer_no, f.profile_no, f.kind, f.name, f.source, f.ts, f.touchpoint, f.stage, f.channel, f.medium, f.area, f.supplier, f.place,
		f.valence, f.revenue, f.currency, ` + properties + " " + from + order
	kinds := []wordKind{nameWord, sourceWord, touchpointWord, stageWord, channelWord, mediumWord, areaWord, supplierWord, placeWord, currencyWord}
	return each(ctx, tx, query, nil, func(rows *sql.Rows) error {
		var r history.Row
		var no [10]uint16
		var valence sql.NullInt16
		var revenue sql.NullInt64
		var properties sql.RawBytes
		err := rows.Scan(&r.Seq, &r.Customer, &r.Profile, &r.Kind, &no[0], &no[1], &r.At, &no[2], &no[3], &no[4], &no[5], &no[6], &no[7], &no[8],
			&valence, &revenue, &no[9], &properties)
		if err != nil {
			return err
		}
		for i, to := range []*string{&r.Name, &r.Source, &r.Touchpoint, &r.Stage, &r.Channel, &r.Medium, &r.Area, &r.Supplier, &r.Place, &r.Revenue.Currency} {
			*to = a.words.word(kinds[i], no[i])
		}
		r.Valence, r.HasValence = float64(valence.Int16)/valenceUnit, valence.Valid
		r.Revenue.Minor, r.HasRevenue = revenue.Int64, revenue.Valid
		r.Properties = properties
		return fn(r)
	})
}
