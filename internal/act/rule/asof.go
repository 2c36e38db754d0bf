package rule

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// seen is one fact that an ask counts.
type seen struct {
	customer cx.CustomerNo
	seq      cx.Seq
	at       cx.Time
	value    float64 // of Revenue minor units, of Score the value
}

// past answers asks as of any event: what history answered then. It reads the
// facts of each ask once, sorts them by customer and seq, and goes through a
// customer's facts and moments side by side.
type past struct {
	m     *model.Model
	asks  []expr.Ask
	facts [][]seen // by ask
}

// gather reads what the asks count, of everything up to now.
func (s *Service) gather(ctx context.Context, m *model.Model, asks []expr.Ask) (*past, error) {
	p := &past{m: m, asks: asks, facts: make([][]seen, len(asks))}
	for i, a := range asks {
		if err := s.gatherOne(ctx, p, i, a); err != nil {
			return nil, err
		}
		slices.SortFunc(p.facts[i], func(a, b seen) int {
			return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.seq, b.seq))
		})
	}
	return p, nil
}

func (s *Service) gatherOne(ctx context.Context, p *past, i int, a expr.Ask) error {
	q := history.LivedQuery{All: true}
	switch {
	case a.What == expr.Score:
		q.Of = history.Answers
	case a.Event != "":
		q.All, q.Names = false, []string{a.Event}
	case a.Touchpoint != "":
		q.All, q.Touchpoints = false, []string{a.Touchpoint}
	}
	if a.What == expr.Revenue {
		q.Currency = p.m.Company.Currency
	}
	if len(a.Where) > 0 {
		q.Properties = q.Names
	}
	_, err := history.Tell(ctx, s.c.Facts, cx.System(), q, func(l *history.Lived) error {
		for n := range l.Seq {
			f := seen{customer: l.Customer[n], seq: l.Seq[n], at: l.At[n]}
			switch a.What {
			case expr.Score:
				if l.Metric[n] != a.Metric || math.IsNaN(l.Value[n]) {
					continue
				}
				f.value = l.Value[n]
			case expr.Revenue:
				f.value = float64(l.Revenue[n])
			}
			if len(a.Where) > 0 && !where(a.Where, l.Properties[n]) {
				continue
			}
			p.facts[i] = append(p.facts[i], f)
		}
		return nil
	})
	return err
}

// where tells whether an event has properties.
func where(all []expr.Property, properties []byte) bool {
	var has map[string]json.RawMessage
	if json.Unmarshal(properties, &has) != nil {
		return false
	}
	for _, w := range all {
		var v any
		if raw, ok := has[w.Name]; !ok || json.Unmarshal(raw, &v) != nil {
			return false
		}
		var text string
		switch v := v.(type) {
		case string:
			text = v
		case bool:
			text = strconv.FormatBool(v)
		case float64:
			text = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			return false
		}
		if text != w.Value {
			return false
		}
	}
	return true
}

// reader goes through one ask's facts, customer by customer.
type reader struct {
	past     *past
	ask      expr.Ask
	facts    []seen // not yet gone through
	customer cx.CustomerNo
	ats      []cx.Time // of the customer's facts up to the moment, ascending
	sums     []float64 // of these and all before
	score    seen
	scored   bool
}

func (p *past) readers() []*reader {
	out := make([]*reader, len(p.asks))
	for i := range out {
		out[i] = &reader{past: p, ask: p.asks[i], facts: p.facts[i]}
	}
	return out
}

// as answers the ask for a customer as of an event. Calls come by customer, then
// seq.
func (r *reader) as(customer cx.CustomerNo, seq cx.Seq, at cx.Time) any {
	if customer != r.customer {
		r.customer, r.ats, r.sums, r.scored = customer, r.ats[:0], r.sums[:0], false
	}
	for len(r.facts) > 0 && (r.facts[0].customer < customer || r.facts[0].customer == customer && r.facts[0].seq <= seq) {
		if r.facts[0].customer == customer {
			r.add(r.facts[0])
		}
		r.facts = r.facts[1:]
	}
	switch r.ask.What {
	case expr.Score:
		if r.scored {
			return r.score.value
		}
		return nil
	case expr.First:
		if len(r.ats) > 0 {
			return r.ats[0].Std()
		}
		return nil
	case expr.Last:
		if len(r.ats) > 0 {
			return r.ats[len(r.ats)-1].Std()
		}
		return nil
	}
	from, to := 0, len(r.ats)
	if r.ask.Within > 0 {
		since := at.Add(-r.ask.Within)
		from = sort.Search(to, func(i int) bool { return r.ats[i] >= since })
		to = sort.Search(to, func(i int) bool { return r.ats[i] > at })
	}
	if r.ask.What == expr.Count {
		return int64(to - from)
	}
	return (r.upTo(to) - r.upTo(from)) / math.Pow10(r.past.m.Company.Digits())
}

func (r *reader) upTo(n int) float64 {
	if n == 0 {
		return 0
	}
	return r.sums[n-1]
}

// add goes past one fact. Most come in the order in which they were lived.
func (r *reader) add(f seen) {
	if r.ask.What == expr.Score {
		if !r.scored || f.at >= r.score.at {
			r.score, r.scored = f, true
		}
		return
	}
	i := len(r.ats)
	for i > 0 && r.ats[i-1] > f.at {
		i--
	}
	r.ats = slices.Insert(r.ats, i, f.at)
	r.sums = slices.Insert(r.sums, i, r.upTo(i))
	for ; i < len(r.sums); i++ {
		r.sums[i] += f.value
	}
}
