package historytest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Behaviour answers for each customer.
func (o *Oracle) Behaviour(_ context.Context, p cx.Principal, q history.BehaviourQuery, fn func(history.Behaviour) error) error {
	if err := q.Validate(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	lived := map[cx.CustomerNo][]unit{}
	for i := range o.facts {
		u := unit{&o.facts[i], o.customer(o.facts[i].Profile), -1}
		if o.passes(u, p, history.Filter{Customers: q.Customers}) {
			lived[u.customer] = append(lived[u.customer], u)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(lived)) {
		b := history.Behaviour{Customer: c}
		if q.Traits {
			b.Traits = o.traits(c)
		}
		for _, ask := range q.Asks {
			b.Answers = append(b.Answers, o.answer(q, ask, lived[c]))
		}
		if err := fn(b); err != nil {
			return err
		}
	}
	return nil
}

// traits are a customer's as they are now, by name.
func (o *Oracle) traits(c cx.CustomerNo) []byte {
	type said struct {
		history.Cursor
		value string
	}
	newest := map[string]said{}
	for _, f := range o.facts {
		for _, t := range f.Says {
			s := said{history.Cursor{At: f.At, Seq: f.Seq}, t.Value}
			if before, ok := newest[t.Name]; o.customer(f.Profile) == c && (!ok || s.Compare(before.Cursor) > 0) {
				newest[t.Name] = s
			}
		}
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(newest)) {
		if newest[name].value != "null" {
			out = append(out, fmt.Sprintf("%q:%s", name, newest[name].value))
		}
	}
	return []byte("{" + strings.Join(out, ",") + "}")
}

func (o *Oracle) answer(q history.BehaviourQuery, ask expr.Ask, lived []unit) any {
	count, revenue := int64(0), int64(0)
	var first, last, score any
	var newest history.Cursor
	for _, u := range lived {
		if !o.meant(q, ask, u) {
			continue
		}
		if ask.What == expr.Score {
			for _, it := range u.Answer.Items {
				at := history.Cursor{At: u.At, Seq: u.Seq}
				if it.Metric == ask.Metric && it.HasValue && (score == nil || at.Compare(newest) >= 0) {
					newest, score = at, math.Round(it.Value*1e6)/1e6
				}
			}
			continue
		}
		count++
		at := u.At.Std()
		if first == nil || at.Before(first.(time.Time)) {
			first = at
		}
		if last == nil || at.After(last.(time.Time)) {
			last = at
		}
		if r := u.Said.Class.Revenue; u.Said.Class.HasRevenue && r.Currency == q.Currency {
			revenue += r.Minor
		}
	}
	switch ask.What {
	case expr.First:
		return first
	case expr.Last:
		return last
	case expr.Revenue:
		return float64(revenue) / math.Pow10(q.Digits)
	case expr.Score:
		return score
	case expr.Count:
	}
	return count
}

// meant tells whether an ask is about what was lived.
func (o *Oracle) meant(q history.BehaviourQuery, ask expr.Ask, u unit) bool {
	if (u.Kind == cx.Answer) != (ask.What == expr.Score) || ask.Event != "" && ask.Event != u.Name || ask.Touchpoint != "" && ask.Touchpoint != u.Said.Class.Touchpoint {
		return false
	}
	if from, ok := q.Since(ask); ok && (u.At < from || u.At > q.Now) {
		return false
	}
	for _, p := range ask.Where {
		if o.property(u, p.Name) != p.Value {
			return false
		}
	}
	return true
}

// asks makes random asks.
func asks(seed uint64, n int) (out []expr.Ask) {
	r := rand.New(rand.NewPCG(seed, 2))
	for range n {
		a := expr.Ask{What: pick(r, []expr.What{expr.Count, expr.Count, expr.First, expr.Last, expr.Revenue, expr.Score})}
		if r.IntN(2) == 0 {
			a.Within = time.Duration(1+r.IntN(40)) * 24 * time.Hour
		}
		switch {
		case a.What == expr.Score:
			a.Metric = pick(r, []string{"nps", "csat", "rating", "unheard of"})
		case a.What == expr.Revenue:
		case r.IntN(3) == 0:
			a.Touchpoint = pick(r, []string{"till", "web", "unheard of"})
		default:
			a.Event = pick(r, append(odd, "unheard of"))
			for _, name := range []string{"late", "plain", `it's "quoted"`, "absent"} {
				if r.IntN(4) == 0 {
					a.Where = append(a.Where, expr.Property{Name: name, Value: pick(r, append(odd, "true", "true", "false", "1.5", "3"))})
				}
			}
		}
		out = append(out, a)
	}
	return out
}

// behaves asks the engine and the oracle how customers behave.
func behaves(t *testing.T, store, oracle history.Store) {
	t.Helper()
	now := cxtest.Epoch.Add(38 * 24 * time.Hour)
	some := []cx.CustomerNo{1, 2, 3, 9, 999}
	for i, q := range []history.BehaviourQuery{
		{Now: now, Traits: true},
		{Now: now, Asks: asks(1, 12), Currency: "EUR", Digits: 2},
		{Now: now, Asks: asks(2, 12), Currency: "BRL", Digits: 0, Traits: true},
		{Now: now, Asks: asks(3, 6), Currency: "XXX", Traits: true, Customers: some},
		{Now: now, Asks: asks(3, 3), Customers: []cx.CustomerNo{}},
		{Now: now, Asks: asks(4, 5), Customers: everyThird(5_000)},
	} {
		for _, areas := range [][]string{nil, {"care", "unheard of"}, {}} {
			p := cx.Principal{ID: "person:1", Role: cx.Lead, Areas: areas}
			want, got := behaviour(t, oracle, p, q), behaviour(t, store, p, q)
			if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("behaviour %d of the areas %v (-oracle +engine):\n%s", i, areas, diff)
			}
		}
	}
}

func behaviour(t *testing.T, s history.Store, p cx.Principal, q history.BehaviourQuery) (out []history.Behaviour) {
	t.Helper()
	err := s.Behaviour(t.Context(), p, q, func(b history.Behaviour) error {
		b.Traits, b.Answers = slices.Clone(b.Traits), slices.Clone(b.Answers)
		out = append(out, b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(out, func(a, b history.Behaviour) int { return cmp.Compare(a.Customer, b.Customer) })
	return out
}
