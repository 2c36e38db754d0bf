package timeline

import (
	"context"
	"database/sql"
	"math"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Count is how much a line holds. First is after Last when it holds nothing.
type Count struct {
	Events, Answers int64
	First, Last     cx.Time
}

// CountOf counts what profiles lived, by reading it.
func CountOf(ctx context.Context, tx *sqldb.Tx, profiles ...cx.ProfileNo) (c Count, err error) {
	c = Count{First: math.MaxInt64, Last: math.MinInt64}
	for _, p := range profiles {
		one, err := count(ctx, tx, p)
		if err != nil {
			return c, cx.Wrap("timeline.CountOf", err)
		}
		c = Count{c.Events + one.Events, c.Answers + one.Answers, min(c.First, one.First), max(c.Last, one.Last)}
	}
	return c, nil
}

func count(ctx context.Context, tx *sqldb.Tx, p cx.ProfileNo) (c Count, err error) {
	err = tx.QueryRow(ctx, `SELECT COALESCE(SUM(CASE WHEN kind <> $2 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN kind = $2 THEN 1 ELSE 0 END), 0),
		COALESCE(MIN(at), $3), COALESCE(MAX(at), $4) FROM timeline WHERE profile_no = $1 AND kind <> $5`, p, cx.Answer, int64(math.MaxInt64), int64(math.MinInt64), cx.Decision).
		Scan(&c.Events, &c.Answers, &c.First, &c.Last)
	return c, err
}

// CountOfOrganization counts what was lived for an organization, by reading it.
func CountOfOrganization(ctx context.Context, tx *sqldb.Tx, org string) (c Count, err error) {
	err = tx.QueryRow(ctx, `SELECT COALESCE(SUM(CASE WHEN kind <> $2 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN kind = $2 THEN 1 ELSE 0 END), 0),
		COALESCE(MIN(at), $3), COALESCE(MAX(at), $4) FROM timeline WHERE org = $1`, org, cx.Answer, int64(math.MaxInt64), int64(math.MinInt64)).
		Scan(&c.Events, &c.Answers, &c.First, &c.Last)
	return c, cx.Wrap("timeline.CountOfOrganization", err)
}

// GroupCalls returns what group calls said of an organization, by seq: Seq,
// Source, At and Traits of each.
func GroupCalls(ctx context.Context, tx *sqldb.Tx, org string) ([]cx.Event, error) {
	rows, err := tx.Query(ctx, `SELECT seq, source, at, body FROM timeline WHERE org = $1 AND kind = $2 ORDER BY seq`, org, cx.Group)
	if err != nil {
		return nil, cx.Wrap("timeline.GroupCalls", err)
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (e cx.Event, err error) {
		var stored sql.RawBytes
		if err = rows.Scan(&e.Seq, &e.Source, &e.At, &stored); err != nil {
			return e, err
		}
		b, err := decodeBody(stored)
		e.Traits = b.Traits
		return e, err
	})
}

// Fact is whose an event is.
type Fact struct {
	Seq     cx.Seq
	Profile cx.ProfileNo
	Traits  []byte // answers only
}

// Facts returns whose the events in (after, last] are, by seq.
func Facts(ctx context.Context, tx *sqldb.Tx, after, last cx.Seq) ([]Fact, error) {
	rows, err := tx.Query(ctx, `SELECT seq, profile_no, CASE WHEN kind = $3 THEN body END FROM timeline WHERE seq > $1 AND seq <= $2 ORDER BY seq`, after, last, cx.Answer)
	if err != nil {
		return nil, cx.Wrap("timeline.Facts", err)
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (f Fact, err error) {
		var stored sql.RawBytes
		if err = rows.Scan(&f.Seq, &f.Profile, &stored); err != nil || stored == nil {
			return f, err
		}
		b, err := decodeBody(stored)
		f.Traits = b.Traits
		return f, err
	})
}

// Filter says which events of everybody are listed. Zero fields ask for all.
type Filter struct {
	Seqs     []cx.Seq // nil: any
	Before   cx.Seq   // 0: from the newest on
	After    cx.Seq
	Limit    int
	Name     string
	Source   string
	Kind     cx.Kind // 0: every kind of a customer's
	Customer cx.CustomerNo
	All      bool // also circumstances
}

// List returns events of everybody, newest by seq first.
func List(ctx context.Context, tx *sqldb.Tx, m *model.Model, f Filter) ([]Item, error) {
	const op = "timeline.List"
	if f.Before == 0 {
		f.Before = math.MaxInt64
	}
	low, high := cx.Track, cx.Answer
	switch {
	case f.Kind != 0:
		low, high = f.Kind, f.Kind
	case f.All:
		high = cx.Circumstance
	}
	where := `WHERE seq < $1 AND seq > $2 AND kind BETWEEN $3 AND $4 AND ($5 = '' OR name = $5) AND ($6 = '' OR source = $6)`
	args := []any{f.Before, f.After, low, high, f.Name, f.Source, f.Limit}
	if f.Customer != 0 {
		where += ` AND profile_no IN (SELECT profile_no FROM profiles WHERE customer_no = $8)`
		args = append(args, f.Customer)
	}
	if f.Seqs != nil {
		where += ` AND seq IN (NULL` // an empty list is no SQL
		for _, seq := range f.Seqs {
			where += `,` + strconv.FormatUint(uint64(seq), 10)
		}
		where += `)`
	}
	rows, err := tx.Query(ctx, itemColumns+where+` ORDER BY seq DESC LIMIT $7`, args...)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	items, err := sqldb.Collect(rows, scanItem(m))
	return items, cx.Wrap(op, err)
}
