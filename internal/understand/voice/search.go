package voice

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// validate reports every fault of the filter.
func (f Filter) validate() error {
	var faults []cx.Fault
	if w := f.Window; w.From != 0 && w.To != 0 && w.To < w.From {
		faults = append(faults, cx.Fault{Field: "window", Message: "ends before it begins"})
	}
	for _, c := range f.Where {
		if !slices.Contains(dimensions, c.By) {
			faults = append(faults, cx.Fault{Field: string(c.By), Message: "is nothing to filter by: use " + strings.Join(wordsOf(dimensions), ", ")})
		}
	}
	return cx.InvalidFaults("", faults)
}

// Search returns a page of texts, the newest first. It needs customers.view;
// who is limited to areas finds what was said at their touchpoints.
func (s *Service) Search(ctx context.Context, p cx.Principal, q Query) (Page, error) {
	const op = "voice.Search"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return Page{}, cx.Wrap(op, err)
	}
	page, err := s.search(ctx, p, q)
	return page, cx.Wrap(op, err)
}

func (s *Service) search(ctx context.Context, p cx.Principal, q Query) (page Page, err error) {
	q.Limit = cmp.Or(q.Limit, 50)
	if q.Limit < 1 || q.Limit > MaxPage {
		return page, cx.Errorf(cx.Invalid, "", "a page has 1 to %d texts", MaxPage)
	}
	before := int64(math.MaxInt64)
	if q.Cursor != "" {
		if before, err = parseCursor(q.Cursor); err != nil {
			return page, err
		}
	}
	m, err := s.matcher(ctx, p, q.Filter)
	if err != nil {
		return page, err
	}
	m.high = min(m.high, before)
	var ids []int64
	take := func(r *row) (more bool) {
		if len(ids) < q.Limit {
			ids = append(ids, r.id)
			return true
		}
		page.Next = writeCursor(ids[q.Limit-1])
		return false
	}
	if err := s.newest(ctx, m, take); err != nil || len(ids) == 0 {
		return page, err
	}
	texts, err := s.read(ctx, ids)
	if err != nil {
		return page, err
	}
	for _, t := range texts {
		page.Lines = append(page.Lines, Line{Text: t})
	}
	return page, s.name(ctx, p, page.Lines)
}

// newest calls take with the rows that pass, the newest first, until it says
// that it is enough.
func (s *Service) newest(ctx context.Context, m *matcher, take func(*row) (more bool)) error {
	if m.nothing {
		return nil
	}
	if len(m.terms) == 0 {
		s.mu.RLock()
		defer s.mu.RUnlock()
		x := s.index
		m.grow(x)
		from, to := m.span(x)
		for i := to - 1; i >= from; i-- {
			if r := &x.rows[i]; m.has(x, r) && !take(r) {
				return nil
			}
		}
		return nil
	}
	// Some hundreds of ids are taken at a time, so that nobody waits for the
	// search.
	return s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		some := make([]int64, 0, 512)
		look := func() (more bool) {
			s.mu.RLock()
			defer s.mu.RUnlock()
			x := s.index
			m.grow(x)
			for _, id := range some {
				if i, ok := x.find(id); ok && m.has(x, &x.rows[i]) && !take(&x.rows[i]) {
					return false
				}
			}
			some = some[:0]
			return true
		}
		enough := false
		err := found(ctx, tx, m.terms, m.high, func(id int64) bool {
			if id < m.low {
				return false
			}
			some = append(some, id)
			if len(some) == cap(some) {
				enough = !look()
			}
			return !enough
		})
		if err == nil && !enough {
			look()
		}
		return err
	})
}

// grow takes in what was numbered since the filter was made ready: it passes no
// more than what it knew.
func (m *matcher) grow(x *index) {
	for len(m.contexts) < len(x.contexts.keys) {
		m.contexts = append(m.contexts, false)
	}
	for m.readings != nil && len(m.readings) < len(x.readings.keys) {
		m.readings = append(m.readings, false)
	}
	for m.scores != nil && len(m.scores) < len(x.scores.keys) {
		m.scores = append(m.scores, false)
	}
}

// matcher makes a filter ready: it finds out who is meant.
func (s *Service) matcher(ctx context.Context, p cx.Principal, f Filter) (*matcher, error) {
	if err := f.validate(); err != nil {
		return nil, err
	}
	var customers []cx.CustomerNo
	if f.Segment != "" {
		if s.segments == nil {
			return nil, cx.Errorf(cx.Unavailable, "", "nobody knows the segments here")
		}
		some, err := s.segments.Customers(ctx, p, f.Segment)
		if err != nil {
			return nil, err
		}
		customers = append([]cx.CustomerNo{}, some...)
	}
	if f.Customer != "" {
		c, err := s.c.Memory.Customer(ctx, p, f.Customer)
		if err != nil {
			return nil, err
		}
		if customers == nil || slices.Contains(customers, c.No) {
			customers = []cx.CustomerNo{c.No}
		} else {
			customers = []cx.CustomerNo{}
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.index.match(p, f, customers), nil
}

// perQuery is how many ids one statement names.
const perQuery = 500

var idKeys = func() string {
	keys := make([]string, perQuery)
	for i := range keys {
		keys[i] = "$" + strconv.Itoa(i+1)
	}
	return " WHERE id IN (" + strings.Join(keys, ",") + ")"
}()

// eachStored reads columns of texts by their ids, in any order.
func (s *Service) eachStored(ctx context.Context, ids []int64, columns string, scan func(*sql.Rows) error) error {
	return s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		args := make([]any, perQuery)
		for some := range slices.Chunk(ids, perQuery) {
			for i := range args { // one text of SQL for any number
				args[i] = some[min(i, len(some)-1)]
			}
			rows, err := tx.Query(ctx, columns+idKeys, args...)
			if err != nil {
				return err
			}
			if _, err := sqldb.Collect(rows, func(rows *sql.Rows) (struct{}, error) { return struct{}{}, scan(rows) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// read returns texts by their ids, in their order; those that are gone are left
// out.
func (s *Service) read(ctx context.Context, ids []int64) ([]Text, error) {
	byID := make(map[int64]*Text, len(ids))
	err := s.eachStored(ctx, ids, `SELECT id, at, response, words FROM texts`, func(rows *sql.Rows) error {
		var id int64
		t := new(Text)
		err := rows.Scan(&id, &t.At, &t.Response, &t.Words)
		byID[id] = t
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]Text, 0, len(ids))
	for _, id := range ids {
		t, i, ok := byID[id], 0, false
		if t != nil {
			i, ok = s.index.find(id)
		}
		if ok {
			s.index.fill(t, &s.index.rows[i])
			out = append(out, *t)
		}
	}
	return out, nil
}

// fill sets what the index knows of a text.
func (x *index) fill(t *Text, r *row) {
	k := &x.contexts.keys[r.context]
	t.Ref, t.Kind, t.Profile, t.Source, t.Name, t.Question = Ref{r.seq, int(r.item)}, k.kind, r.profile, k.source, k.name, k.question
	t.Touchpoint, t.Stage, t.Channel, t.Medium, t.Area, t.Supplier, t.Place = k.touchpoint, k.stage, k.channel, k.medium, k.area, k.supplier, k.place
	if r.profile != 0 {
		t.Customer = x.customerOf(r.profile)
	}
	t.Reading = x.readings.keys[r.reading].reading(float64(r.sentiment))
	t.Score = nil
	if r.score != 0 {
		score := x.scores.keys[r.score]
		t.Score = &score
	}
}

// name names the customers of lines.
func (s *Service) name(ctx context.Context, p cx.Principal, lines []Line) error {
	var nos []cx.CustomerNo
	for _, l := range lines {
		if l.Customer != 0 && !slices.Contains(nos, l.Customer) {
			nos = append(nos, l.Customer)
		}
	}
	customers, err := s.c.Memory.CustomersByNo(ctx, p, nos)
	if err != nil {
		return err
	}
	for i := range lines {
		if at := slices.IndexFunc(customers, func(c remember.CustomerSummary) bool { return c.No == lines[i].Customer }); at >= 0 {
			lines[i].CustomerID, lines[i].CustomerName = customers[at].ID, cmp.Or(customers[at].Name, customers[at].Email)
		}
	}
	return nil
}

const cursorPrefix = "said:"

func writeCursor(id int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorPrefix + strconv.FormatInt(id, 10)))
}

func parseCursor(s string) (int64, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	number, ours := strings.CutPrefix(string(b), cursorPrefix)
	id, bad := strconv.ParseInt(number, 10, 64)
	if err != nil || !ours || bad != nil {
		return 0, cx.InvalidFaults("", []cx.Fault{{Field: "cursor", Message: "is not one that this list gave"}})
	}
	return id, nil
}
