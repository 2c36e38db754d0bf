package timeline

import (
	"context"
	"database/sql"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// anchor is the narrowest dimension that the circumstance names: what shares it
// is few.
func anchor(c Circumstance) string {
	switch {
	case c.Product != "":
		return "product:" + c.Product
	case c.Touchpoint != "":
		return "touchpoint:" + c.Touchpoint
	case c.Place != "":
		return "place:" + c.Place
	}
	return "supplier:" + c.Supplier
}

// anchors are those of all circumstances that may hold for the class.
func anchors(c model.Class) []string {
	var out []string
	for _, d := range [...]string{"product:" + c.Product, "touchpoint:" + c.Touchpoint, "place:" + c.Place, "supplier:" + c.Supplier} {
		if d[len(d)-1] != ':' {
			out = append(out, d)
		}
	}
	return out
}

// where tells whether the circumstance was so where the class is: every
// dimension that it names must be the same.
func (c Circumstance) where(class model.Class) bool {
	return (c.Place == "" || c.Place == class.Place) && (c.Touchpoint == "" || c.Touchpoint == class.Touchpoint) &&
		(c.Product == "" || c.Product == class.Product) && (c.Supplier == "" || c.Supplier == class.Supplier)
}

// overlaps tells whether the circumstance was so at some time in [from, to].
func (c Circumstance) overlaps(from, to cx.Time) bool {
	return c.From <= to && (c.Until == 0 || c.Until > from)
}

// addCircumstances gives the items and episodes of a page what was so then and
// there, oldest first.
func addCircumstances(ctx context.Context, tx *sqldb.Tx, p *Page) error {
	if len(p.Items) == 0 {
		return nil
	}
	var names []string
	from, to := p.Items[0].At, p.Items[0].At
	for _, i := range p.Items {
		names = append(names, anchors(i.Class)...)
		from, to = min(from, i.At), max(to, i.At)
	}
	for _, e := range p.Episodes {
		from, to = min(from, e.From), max(to, e.To)
	}
	slices.Sort(names)
	all, err := circumstances(ctx, tx, slices.Compact(names), from, to)
	if err != nil || len(all) == 0 {
		return err
	}
	episodes := map[cx.Seq]*Episode{}
	for i := range p.Episodes {
		episodes[p.Episodes[i].ID] = &p.Episodes[i]
	}
	for i := range p.Items {
		item := &p.Items[i]
		e := episodes[item.Episode]
		for _, c := range all {
			if !c.where(item.Class) {
				continue
			}
			if c.overlaps(item.At, item.At) {
				item.Circumstances = append(item.Circumstances, c)
			}
			if e != nil && c.overlaps(e.From, e.To) && !slices.Contains(e.Circumstances, c) {
				e.Circumstances = append(e.Circumstances, c)
			}
		}
	}
	return nil
}

const anchorsPerQuery = 32

// circumstances returns those with one of the anchors that overlap [from, to],
// oldest first.
func circumstances(ctx context.Context, tx *sqldb.Tx, anchors []string, from, to cx.Time) ([]Circumstance, error) {
	query := `SELECT seq, kind, place, touchpoint, product, supplier, from_at, until_at, value FROM circumstances
		WHERE anchor IN (` + identity.Placeholders(3, anchorsPerQuery) + `) AND from_at <= $1 AND until_at > $2`
	var all []Circumstance
	for len(anchors) > 0 {
		args := []any{to, from}
		for i := range anchorsPerQuery {
			args = append(args, anchors[min(i, len(anchors)-1)])
		}
		anchors = anchors[min(anchorsPerQuery, len(anchors)):]
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		some, err := sqldb.Collect(rows, func(rows *sql.Rows) (c Circumstance, err error) {
			err = rows.Scan(&c.Seq, &c.Kind, &c.Place, &c.Touchpoint, &c.Product, &c.Supplier, &c.From, &c.Until, &c.Value)
			if c.Until == math.MaxInt64 {
				c.Until = 0
			}
			return c, err
		})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b Circumstance) int {
		if a.From != b.From {
			return int(min(max(a.From-b.From, -1), 1))
		}
		return int(min(max(int64(a.Seq)-int64(b.Seq), -1), 1))
	})
	return all, nil
}
