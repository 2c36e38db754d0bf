package cases

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// A case weighs 1 + V·(1−T)/M, where V is its customer's revenue of the last year,
// T their trust, and M the mean revenue of those who bought: what is at risk, in
// customers. What weighs twice as much comes before what is due a day earlier:
// the order of weight·2^(−days left) is that of due − days·log2(weight), which does
// not change while time passes, and can stand in an index.

// heaviest bounds a weight: nobody waits longer than six days for it.
const heaviest = 64

// doubts is the trust of a customer of whom no promise is known.
const doubts = .5

func (p Priority) rank(due cx.Time) cx.Time {
	return due.Add(-time.Duration(math.Log2(max(1, p.Weight)) * float64(24*time.Hour)))
}

const year = 365 * 24 * time.Hour

// priority weighs a customer.
func (s *Service) priority(ctx context.Context, id cx.CustomerID) (Priority, error) {
	who, err := s.c.Memory.Customer(ctx, cx.System(), id)
	if err != nil {
		return Priority{}, err
	}
	out := Priority{Weight: 1, Trust: doubts}
	if s.c.Promises != nil {
		trust, err := s.c.Promises.Trust(ctx, cx.System(), id)
		if err != nil {
			return out, err
		}
		if trust.N > 0 {
			out.Trust, out.Known = trust.Value, true
		}
	}
	m := s.c.Models.Current().Model
	if m.Company.Currency == "" {
		return out, nil
	}
	now := s.c.Clock.Now()
	revenue, err := s.revenue(ctx, m.Company.Currency, now, []cx.CustomerNo{who.No})
	if err != nil {
		return out, err
	}
	out.Value = revenue[who.No]
	mean, err := s.typical.get(now, m.Company.Currency, func() (int64, error) {
		all, err := s.revenue(ctx, m.Company.Currency, now, nil)
		var sum, n int64
		for _, v := range all {
			if v > 0 {
				sum, n = sum+v, n+1
			}
		}
		return sum / max(1, n), err
	})
	if mean > 0 && out.Value > 0 {
		out.Weight = min(heaviest, 1+float64(out.Value)*(1-out.Trust)/float64(mean))
	}
	return out, err
}

// revenue adds up a year of each customer's revenue; nil customers are all.
func (s *Service) revenue(ctx context.Context, currency string, now cx.Time, customers []cx.CustomerNo) (map[cx.CustomerNo]int64, error) {
	out := map[cx.CustomerNo]int64{}
	_, err := history.Tell(ctx, s.c.Facts, cx.System(), history.LivedQuery{All: true, Currency: currency, Customers: customers, Window: cx.Window{From: now.Add(-year)}}, func(l *history.Lived) error {
		for i, v := range l.Revenue {
			out[l.Customer[i]] += v
		}
		return nil
	})
	return out, err
}

// ofObject returns whose an object is, those who lived something of it last first.
func (s *Service) ofObject(ctx context.Context, object, id string) ([]cx.CustomerNo, error) {
	last := map[cx.CustomerNo]cx.Time{}
	q := history.LivedQuery{Object: object, Objects: []uint64{model.ObjectRef{Type: object, ID: id}.Number()}}
	_, err := history.Tell(ctx, s.c.Facts, cx.System(), q, func(l *history.Lived) error {
		for i, no := range l.Customer {
			last[no] = max(last[no], l.At[i])
		}
		return nil
	})
	out := make([]cx.CustomerNo, 0, len(last))
	for no := range last {
		out = append(out, no)
	}
	slices.SortFunc(out, func(a, b cx.CustomerNo) int { return cmp.Or(cmp.Compare(last[b], last[a]), cmp.Compare(a, b)) })
	return out, err
}

// typical is the mean revenue of a buyer, found again each day: it reads a year.
type typical struct {
	mu       sync.Mutex
	at       cx.Time
	currency string
	mean     int64
}

func (t *typical) get(now cx.Time, currency string, find func() (int64, error)) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at != 0 && t.currency == currency && now.Sub(t.at) < 24*time.Hour {
		return t.mean, nil
	}
	mean, err := find()
	if err == nil {
		t.at, t.currency, t.mean = now, currency, mean
	}
	return mean, err
}
