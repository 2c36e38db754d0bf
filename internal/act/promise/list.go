package promise

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Filter says which instances are listed.
type Filter struct {
	States []State   // nil: all
	Window cx.Window // of when they came into their state
	Where  []Is
	Cursor string // Next of the page before; "" for the first
	Limit  int    // 1..MaxPage; 0 is 50
}

// MaxPage is how many instances a page may have.
const MaxPage = 1000

// Page is some instances.
type Page struct {
	Instances []Instance
	Next      string // the cursor of the next page; "" when there is none
}

// Instances lists those of a promise, the newest change first. Whom they are of is
// told to who may see customers, and reaches them. The errors are NotFound for a
// promise, Invalid for a filter.
func (s *Service) Instances(ctx context.Context, p cx.Principal, slug string, f Filter) (Page, error) {
	const op = "promise.Instances"
	v, err := s.see(p, account.ViewPromises)
	if err != nil {
		return Page{}, cx.Wrap(op, err)
	}
	d, err := v.one(slug)
	if err != nil {
		return Page{}, cx.Wrap(op, err)
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	since, n, ok := parseCursor(f.Cursor)
	if f.Limit < 1 || f.Limit > MaxPage || !ok {
		return Page{}, cx.Errorf(cx.Invalid, op, "a page has 1 to %d instances, and the cursor is the next of another page", MaxPage)
	}
	if f.Window.To != 0 {
		since = min(since, f.Window.To)
	}
	codes := []string{}
	for i, st := range states {
		if len(f.States) == 0 || slices.Contains(f.States, st) {
			codes = append(codes, strconv.Itoa(i))
		}
	}
	var page Page
	var found []stored
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := v.contexts(ctx, tx); err != nil {
			return err
		}
		for len(found) <= f.Limit {
			const chunk = 500
			rows, err := tx.Query(ctx, `SELECT `+storedColumns+` FROM promise_instances i WHERE i.promise_no = $1 AND i.since >= $2 AND (i.since < $3 OR i.since = $3 AND i.from_seq < $4)
				AND i.state IN (`+strings.Join(codes, ", ")+`) ORDER BY i.since DESC, i.from_seq DESC LIMIT $5`, d.no, int64(f.Window.From), int64(since), int64(n), chunk)
			if err != nil {
				return err
			}
			some, err := sqldb.Collect(rows, scanStored)
			if err != nil {
				return err
			}
			for _, i := range some {
				since, n = i.since, i.from
				if !slices.ContainsFunc(f.Where, func(is Is) bool { return v.value(d, i.context, i.weekday, is.By) != is.Value }) {
					found = append(found, i)
				}
			}
			if len(some) < chunk {
				break
			}
		}
		if len(found) > f.Limit {
			found = found[:f.Limit]
			last := found[f.Limit-1]
			page.Next = fmt.Sprintf("%d.%d", last.since, last.from)
		}
		page.Instances, err = v.shown(ctx, tx, found)
		return err
	})
	if err == nil {
		err = v.names(ctx, page.Instances, found)
	}
	return page, cx.Wrap(op, err)
}

const (
	maxTime cx.Time = 1<<63 - 1
	maxSeq  cx.Seq  = 1<<63 - 1
)

func parseCursor(s string) (since cx.Time, from cx.Seq, ok bool) {
	if s == "" {
		return maxTime, maxSeq, true
	}
	a, b, _ := strings.Cut(s, ".")
	at, err1 := strconv.ParseInt(a, 10, 64)
	seq, err2 := strconv.ParseInt(b, 10, 64)
	return cx.Time(at), cx.Seq(seq), err1 == nil && err2 == nil && seq >= 0
}

// Instance returns one. The error is NotFound.
func (s *Service) Instance(ctx context.Context, p cx.Principal, id InstanceID) (Instance, error) {
	const op = "promise.Instance"
	all, err := s.some(ctx, p, account.ViewPromises, `i.id = $1`, `i.n`, 1, string(id))
	if err == nil && len(all) == 0 {
		err = cx.Errorf(cx.NotFound, op, "there is no such promise to a customer")
	}
	if err != nil {
		return Instance{}, cx.Wrap(op, err)
	}
	return all[0], nil
}

// DueSoon lists what an area (or, when it is "", any that who asks may see) still
// has to keep until a time, the first due first; what is at risk counts whenever
// it is due.
func (s *Service) DueSoon(ctx context.Context, p cx.Principal, area string, until cx.Time, limit int) ([]Instance, error) {
	const op = "promise.DueSoon"
	v, err := s.see(p, account.ViewPromises)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	nos := []string{"NULL"}
	for _, d := range v.all {
		if area == "" || d.promise.Area == area {
			nos = append(nos, strconv.Itoa(d.no))
		}
	}
	all, err := s.some(ctx, p, account.ViewPromises, `i.next_at > 0 AND i.promise_no IN (`+strings.Join(nos, ", ")+`) AND (i.due <= $1 OR i.state = 1)`, `i.due, i.from_seq`, limit, int64(until))
	return all, cx.Wrap(op, err)
}

// maxOfCustomer bounds what is told of one customer.
const maxOfCustomer = 1000

// OfCustomer lists the promises made to a customer, the newest first, at most a
// thousand. The error is NotFound when who asks reaches no such customer.
func (s *Service) OfCustomer(ctx context.Context, p cx.Principal, id cx.CustomerID) ([]Instance, error) {
	const op = "promise.OfCustomer"
	c, err := s.c.Memory.Customer(ctx, p, id)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	all, err := s.some(ctx, p, account.ViewCustomers, ofCustomer, `i.made DESC, i.from_seq DESC`, maxOfCustomer, int64(c.No))
	return all, cx.Wrap(op, err)
}

// ofCustomer finds the instances of a customer number, whatever profile they were
// made to.
const ofCustomer = `(i.profile_no = $1 AND NOT EXISTS (SELECT 1 FROM promise_owners o WHERE o.profile_no = $1 AND o.customer_no <> $1)
	OR i.profile_no IN (SELECT o.profile_no FROM promise_owners o WHERE o.customer_no = $1))`

// some lists instances that who asks may see.
func (s *Service) some(ctx context.Context, p cx.Principal, action account.Action, which, order string, limit int, args ...any) ([]Instance, error) {
	v, err := s.see(p, action)
	if err != nil {
		return nil, err
	}
	var found []stored
	var out []Instance
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := v.contexts(ctx, tx); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT `+storedColumns+` FROM promise_instances i WHERE `+which+` ORDER BY `+order+` LIMIT $`+strconv.Itoa(len(args)+1), append(args, limit)...)
		if err != nil {
			return err
		}
		if found, err = sqldb.Collect(rows, scanStored); err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(i stored) bool { return v.byNo(i.promise) == nil })
		out, err = v.shown(ctx, tx, found)
		return err
	})
	if err == nil {
		err = v.names(ctx, out, found)
	}
	return out, err
}

func (v *view) byNo(no int) *reading {
	for _, d := range v.all {
		if d.no == no {
			return d
		}
	}
	return nil
}

// shown makes what people see of instances, without whose they are.
func (v *view) shown(ctx context.Context, tx *sqldb.Tx, all []stored) ([]Instance, error) {
	out := make([]Instance, len(all))
	for i, st := range all {
		d, where := v.byNo(st.promise), v.where[st.context]
		out[i] = Instance{
			ID: st.id, Promise: d.promise.Slug, Area: d.promise.Area, About: d.about(st.key), State: st.state, From: st.from, Made: st.made, Due: st.due,
			Since: st.since, By: st.by, Ended: st.ended, Touchpoint: where.touchpoint, Supplier: where.supplier, Place: where.place, Region: where.region,
		}
		rows, err := tx.Query(ctx, `SELECT state, at, seq FROM promise_told WHERE id = $1 ORDER BY n`, string(st.id))
		if err != nil {
			return nil, err
		}
		if out[i].Told, err = sqldb.Collect(rows, func(rows *sql.Rows) (t Told, err error) {
			state := 0
			err = rows.Scan(&state, &t.At, &t.Seq)
			t.State = states[state]
			return t, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// names tells whose instances are, those that who asks reaches. What they may not
// reach keeps its object to itself.
func (v *view) names(ctx context.Context, out []Instance, all []stored) error {
	if len(all) == 0 {
		return nil
	}
	may := account.Check(v.p, account.ViewCustomers) == nil
	owners := map[cx.ProfileNo]cx.CustomerNo{}
	if err := v.s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		w := writer{s: v.s, ctx: ctx, tx: tx, owners: owners}
		for _, i := range all {
			if _, err := w.owner(i.profile); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	known := map[cx.CustomerNo]cx.CustomerID{}
	if may {
		nos := make([]cx.CustomerNo, 0, len(all))
		for _, i := range all {
			nos = append(nos, owners[i.profile])
		}
		slices.Sort(nos)
		found, err := v.s.c.Memory.CustomersByNo(ctx, v.p, slices.Compact(nos))
		if err != nil {
			return err
		}
		for _, c := range found {
			known[c.No] = c.ID
		}
	}
	for i := range out {
		if out[i].Customer = known[owners[all[i].profile]]; out[i].Customer == "" {
			out[i].About.ID, out[i].From, out[i].By = "", 0, 0
		}
	}
	return nil
}
