package remember

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// CustomerPage is a stretch of a list; Next is "" at its end.
type CustomerPage struct {
	Customers []CustomerSummary
	Next      string
}

const (
	// fewProfiles is up to how many profiles of a word are gathered and sorted.
	// Of a word that more have, the most recently active customers are walked
	// instead: among so many, the next one is near.
	fewProfiles = 5_000
	// maxWalk bounds how many customers are walked for one page.
	maxWalk = 5_000
	// maxTerms bounds the words of a query.
	maxTerms = 6
)

// Search finds customers by the beginnings of words of their names and
// identifiers, accents and case folded, most recently active first. All words
// (of more than six, the first six) must be found; of words that many customers have, those before the last one may
// have to be whole. A customer's id finds it, and an
// anonymousId whole; an empty query lists everybody. A
// page may hold fewer than asked for, even none, and still have a Next: the
// search is bounded.
func (m *Memory) Search(ctx context.Context, p cx.Principal, query, cursor string, limit int) (CustomerPage, error) {
	const op = "remember.Search"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return CustomerPage{}, cx.Wrap(op, err)
	}
	limit, err := timeline.Limit(limit)
	if err != nil {
		return CustomerPage{}, cx.Wrap(op, err)
	}
	after, ok, err := timeline.ParseCursor(cursor)
	if err != nil {
		return CustomerPage{}, cx.Wrap(op, err)
	}
	if !ok {
		after = timeline.Cursor{math.MaxInt64, math.MaxInt64}
	}
	var page CustomerPage
	err = m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		page, err = m.search(m.reach(ctx, tx, p), strings.TrimSpace(query), after, limit)
		return err
	})
	return page, cx.Wrap(op, err)
}

func (m *Memory) search(r *reach, query string, after timeline.Cursor, limit int) (CustomerPage, error) {
	ctx, tx := r.ctx, r.tx
	switch no, err := r.byID(cx.CustomerID(query)); {
	case err == nil:
		c, err := summary(ctx, tx, no)
		return CustomerPage{Customers: []CustomerSummary{c}}, err
	case cx.KindOf(err) != cx.NotFound:
		return CustomerPage{}, err
	}
	terms := termsOf(query)
	terms = terms[:min(len(terms), maxTerms)]
	if len(terms) == 0 && query != "" {
		return CustomerPage{}, nil
	}
	prefixes, err := prefixesOf(ctx, tx, terms)
	if err != nil {
		return CustomerPage{}, err
	}
	// found holds the customers of the prefixes that few have; many are the
	// other prefixes.
	var found map[cx.CustomerNo]bool
	var many []string
	for _, prefix := range prefixes {
		some, few, err := having(ctx, tx, prefix)
		switch {
		case err != nil:
			return CustomerPage{}, err
		case !few:
			many = append(many, prefix)
		case found == nil:
			found = some
		default:
			maps.DeleteFunc(found, func(c cx.CustomerNo, _ bool) bool { return !some[c] })
		}
	}
	if found == nil {
		if found, err = havingBoth(ctx, tx, many); err != nil {
			return CustomerPage{}, err
		}
	}
	if found == nil {
		return walk(r, many, after, limit)
	}
	page, err := gather(r, found, many, after, limit)
	if err == nil && len(page.Customers) == 0 && page.Next == "" {
		return m.ofDevice(r, query)
	}
	return page, err
}

// ofDevice finds the customer of an anonymousId.
func (m *Memory) ofDevice(r *reach, id string) (page CustomerPage, err error) {
	no, err := identity.Lookup(r.ctx, r.tx, m.config.Salt, identity.AnonymousID, id)
	if err == nil {
		err = r.check(no)
	}
	if cx.KindOf(err) == cx.NotFound {
		return page, nil
	}
	if err != nil {
		return page, err
	}
	c, err := summary(r.ctx, r.tx, no)
	page.Customers = []CustomerSummary{c}
	return page, err
}

// prefixesOf returns what words of a customer must begin with: of each term the
// whole when anybody has it, else its parts.
func prefixesOf(ctx context.Context, tx *sqldb.Tx, terms []term) ([]string, error) {
	var out []string
	for _, t := range terms {
		there := 1
		if len(t.parts) > 0 {
			err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM words WHERE word >= $1 AND word < $2 LIMIT 1) found`, t.whole, end(t.whole)).Scan(&there)
			if err != nil {
				return nil, err
			}
		}
		if there == 0 {
			out = append(out, t.parts...)
		} else {
			out = append(out, t.whole)
		}
	}
	return out, nil
}

// end is after every word that begins with the prefix.
func end(prefix string) string { return prefix + "\U0010ffff" }

// having returns the customers who have a word with the prefix; few is false
// when there are more than fewProfiles.
func having(ctx context.Context, tx *sqldb.Tx, prefix string) (found map[cx.CustomerNo]bool, few bool, err error) {
	var n int
	err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM words WHERE word >= $1 AND word < $2 LIMIT $3) found`, prefix, end(prefix), fewProfiles+1).Scan(&n)
	if err != nil || n > fewProfiles {
		return nil, false, err
	}
	rows, err := tx.Query(ctx, `SELECT p.customer_no FROM words w JOIN profiles p ON p.profile_no = w.profile_no WHERE w.word >= $1 AND w.word < $2`, prefix, end(prefix))
	if err != nil {
		return nil, false, err
	}
	found = make(map[cx.CustomerNo]bool, n)
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
		var c cx.CustomerNo
		err = rows.Scan(&c)
		found[c] = true
		return struct{}{}, err
	})
	return found, true, err
}

// havingBoth returns the customers whose name has two of the words, in their
// order, when they are few; nil when they are not, or nobody has two. A word
// that many have and that stands before another is taken whole: to find "Ana
// López", nobody begins with "an lo".
func havingBoth(ctx context.Context, tx *sqldb.Tx, words []string) (map[cx.CustomerNo]bool, error) {
	for i, word := range words {
		for _, later := range words[i+1:] {
			found, few, err := having(ctx, tx, word+" "+later)
			if err != nil || (few && len(found) > 0) {
				return found, err
			}
		}
	}
	return nil, nil
}

// haveAll is a condition on customers c: that they have a word with each of the
// prefixes. Its arguments, two a prefix, are numbered from first on.
func haveAll(prefixes []string, first int) (condition string, args []any) {
	var b strings.Builder
	b.WriteString("1 = 1")
	for i, prefix := range prefixes {
		fmt.Fprintf(&b, ` AND EXISTS (SELECT 1 FROM profiles h JOIN words w ON w.profile_no = h.profile_no
			WHERE h.customer_no = c.customer_no AND w.word >= $%d AND w.word < $%d)`, first+2*i, first+2*i+1)
		args = append(args, prefix, end(prefix))
	}
	return b.String(), args
}

// gather reads those of the customers found who have all of many, sorts them and
// takes a page.
func gather(r *reach, found map[cx.CustomerNo]bool, many []string, after timeline.Cursor, limit int) (CustomerPage, error) {
	ctx, tx := r.ctx, r.tx
	nos := slices.Sorted(maps.Keys(found))
	var places []timeline.Cursor
	condition, words := haveAll(many, customersPerQuery+1)
	err := eachOf(nos, `SELECT c.last_at, c.customer_no FROM customers c WHERE c.customer_no IN (`+customerKeys+`) AND `+condition, func(query string, args []any) error {
		rows, err := tx.Query(ctx, query, append(args, words...)...)
		if err != nil {
			return err
		}
		some, err := sqldb.Collect(rows, func(rows *sql.Rows) (c timeline.Cursor, err error) { return c, rows.Scan(&c[0], &c[1]) })
		places = append(places, some...)
		return err
	})
	if err != nil {
		return CustomerPage{}, err
	}
	slices.SortFunc(places, func(a, b timeline.Cursor) int { return slices.Compare(b[:], a[:]) })
	var page CustomerPage
	for _, c := range places {
		if slices.Compare(c[:], after[:]) >= 0 {
			continue
		}
		if r.full() {
			page.Next = after.String()
			break
		}
		reached, err := r.has(cx.CustomerNo(c[1]))
		if err != nil {
			return page, err
		}
		if !reached {
			after = c
			continue
		}
		if len(page.Customers) == limit {
			page.Next = cursorOf(page.Customers[limit-1]).String()
			break
		}
		s, err := summary(ctx, tx, cx.CustomerNo(c[1]))
		if err != nil {
			return page, err
		}
		page.Customers = append(page.Customers, s)
		after = c
	}
	return page, nil
}

// cursorOf is a customer's place in the list; who has nothing left is last.
func cursorOf(c CustomerSummary) timeline.Cursor {
	if c.Events+c.Answers == 0 {
		return timeline.Cursor{math.MinInt64, int64(c.No)}
	}
	return timeline.Cursor{int64(c.LastAt), int64(c.No)}
}

// walk takes a page of those who have all prefixes from the most recently active
// on.
func walk(r *reach, prefixes []string, after timeline.Cursor, limit int) (CustomerPage, error) {
	ctx, tx := r.ctx, r.tx
	var page CustomerPage
	condition, words := haveAll(prefixes, 4)
	for walked, size := 0, limit+1; ; size = 512 {
		rows, err := tx.Query(ctx, `SELECT c.customer_no, c.last_at, CASE WHEN `+condition+` THEN 1 ELSE 0 END FROM customers c
			WHERE (c.last_at, c.customer_no) < ($1, $2) ORDER BY c.last_at DESC, c.customer_no DESC LIMIT $3`, append([]any{after[0], after[1], size}, words...)...)
		if err != nil {
			return page, err
		}
		some, err := sqldb.Collect(rows, func(rows *sql.Rows) (s passed, err error) { return s, rows.Scan(&s.no, &s.lastAt, &s.finds) })
		if err != nil {
			return page, err
		}
		for _, c := range some {
			if r.full() {
				page.Next = after.String()
				return page, nil
			}
			if c.finds {
				reached, err := r.has(c.no)
				if err != nil {
					return page, err
				}
				if reached && len(page.Customers) == limit {
					page.Next = after.String()
					return page, nil
				}
				if reached {
					s, err := summary(ctx, tx, c.no)
					if err != nil {
						return page, err
					}
					page.Customers = append(page.Customers, s)
				}
			}
			after = timeline.Cursor{c.lastAt, int64(c.no)}
		}
		if walked += len(some); len(some) < size {
			return page, nil
		}
		if walked >= maxWalk {
			page.Next = after.String()
			return page, nil
		}
	}
}

// passed is a customer passed on a walk.
type passed struct {
	no     cx.CustomerNo
	lastAt int64
	finds  bool
}
