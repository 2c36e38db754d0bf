package remember

import (
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const (
	// maxReach is how many of the newest items of a customer are looked at for
	// one that was lived at a touchpoint of somebody's areas.
	maxReach = 10_000
	// maxReached is how many customers are looked at for one page of a list.
	maxReached = 500
)

// reach tells which customers somebody reaches, in one read. Whose areas reach
// only their own customers (model.OwnOnly) reaches those who lived something at
// a touchpoint of these areas, as the model in force says; of the others they
// hear what they would hear if there were no such customer.
type reach struct {
	ctx   context.Context
	tx    *sqldb.Tx
	m     *model.Model
	areas []string // nil: everybody
	known map[cx.CustomerNo]bool
}

func (m *Memory) reach(ctx context.Context, tx *sqldb.Tx, p cx.Principal) *reach {
	r := &reach{ctx: ctx, tx: tx, m: m.config.Models.Current().Model}
	if r.m.OwnOnly(p.Areas) {
		r.areas = append([]string{}, p.Areas...)
		r.known = map[cx.CustomerNo]bool{}
	}
	return r
}

// everybody tells whether there is no limit.
func (r *reach) everybody() bool { return r.areas == nil }

// full tells whether as many customers were looked at as one page may.
func (r *reach) full() bool { return len(r.known) >= maxReached }

// has tells whether the customer is reached.
func (r *reach) has(c cx.CustomerNo) (bool, error) {
	if r.everybody() {
		return true, nil
	}
	if reached, ok := r.known[c]; ok {
		return reached, nil
	}
	profiles, err := identity.Profiles(r.ctx, r.tx, c)
	if err != nil {
		return false, err
	}
	reached, err := timeline.Any(r.ctx, r.tx, r.m, timeline.OfCustomer(c, profiles), maxReach, func(i *Item) bool {
		return slices.Contains(r.areas, i.Class.Area)
	})
	if err == nil {
		r.known[c] = reached
	}
	return reached, err
}

// byID returns the customer that an id leads to. The error is NotFound when
// there is none in reach.
func (r *reach) byID(id cx.CustomerID) (cx.CustomerNo, error) {
	_, no, err := identity.ByID(r.ctx, r.tx, id)
	if err != nil {
		return 0, err
	}
	return no, r.check(no)
}

// check returns NotFound when the customer is out of reach.
func (r *reach) check(c cx.CustomerNo) error {
	reached, err := r.has(c)
	if err == nil && !reached {
		err = cx.Errorf(cx.NotFound, "identity.ByID", "there is no such customer")
	}
	return err
}

// both tells whether two customers are reached: who reaches one of them only
// must not learn of the other.
func (r *reach) both(a, b cx.CustomerNo) (bool, error) {
	reached, err := r.has(a)
	if err != nil || !reached {
		return false, err
	}
	return r.has(b)
}

// bothProfiles tells whether the customers of two profiles are reached.
func (r *reach) bothProfiles(a, b cx.ProfileNo) (bool, error) {
	if r.everybody() {
		return true, nil
	}
	x, err := customerNoOf(r.ctx, r.tx, a)
	if err != nil {
		return false, err
	}
	y, err := customerNoOf(r.ctx, r.tx, b)
	if err != nil {
		return false, err
	}
	return r.both(x, y)
}

// items leaves those of customers in reach; circumstances are nobody's.
func (r *reach) items(items []Item) ([]Item, error) {
	if r.everybody() {
		return items, nil
	}
	out := items[:0]
	for _, i := range items {
		if i.Profile != 0 {
			c, err := customerNoOf(r.ctx, r.tx, i.Profile)
			if err != nil {
				return nil, err
			}
			if reached, err := r.has(c); err != nil {
				return nil, err
			} else if !reached {
				continue
			}
		}
		out = append(out, i)
	}
	return out, nil
}

// summaries leaves the customers in reach.
func (r *reach) summaries(all []CustomerSummary) ([]CustomerSummary, error) {
	if r.everybody() {
		return all, nil
	}
	out := all[:0]
	for _, c := range all {
		reached, err := r.has(c.No)
		if err != nil {
			return nil, err
		}
		if reached {
			out = append(out, c)
		}
	}
	return out, nil
}
