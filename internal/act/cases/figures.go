package cases

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Parts are what figures may be told by. People are not among them: they are
// never ranked.
func Parts() []string { return []string{"area", "kind", "place", "supplier", "promise", "cause"} }

// mostCounted bounds how many cases figures are made of, mostScored of how many
// customers the scores are looked up: those of the newest cases.
const (
	mostCounted = 50_000
	mostScored  = 5_000
)

// Figures tells how the cases go that the query lets through, of every state
// unless it says otherwise; merged ones are not counted. By is "" or one of Parts.
// Needs account.ViewCases.
func (s *Service) Figures(ctx context.Context, p cx.Principal, q Query, by string) (f Figures, err error) {
	const op = "cases.Figures"
	if err := account.Check(p, account.ViewCases); err != nil {
		return f, cx.Wrap(op, err)
	}
	if by != "" && !slices.Contains(Parts(), by) {
		return f, cx.InvalidFaults(op, []cx.Fault{{Field: "by", Message: "is none of area, kind, place, supplier, promise, cause"}})
	}
	q.State = cmp.Or(q.State, AnyState)
	w, err := s.where(ctx, p, q)
	if err != nil {
		return f, cx.Wrap(op, err)
	}
	w.add("state <> 'merged'")
	var all []Case
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT body FROM cases_cases`+w.String()+` ORDER BY opened_at DESC, id LIMIT `+strconv.Itoa(mostCounted), w.args...)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, scanBody)
		return err
	})
	if err != nil {
		return f, cx.Wrap(op, err)
	}
	scores, err := s.scores(ctx, all)
	if err != nil {
		return f, cx.Wrap(op, err)
	}
	now := s.c.Clock.Now()
	f = figuresOf(all, scores, now)
	if by == "" {
		return f, nil
	}
	parts := map[string][]Case{}
	for _, c := range all {
		key := map[string]string{"area": c.Area, "kind": c.Kind, "place": c.Place, "supplier": c.Supplier, "promise": c.Promise, "cause": c.Cause}[by]
		parts[key] = append(parts[key], c)
	}
	for key, of := range parts {
		part := figuresOf(of, scores, now)
		part.Key = key
		f.By = append(f.By, part)
	}
	slices.SortFunc(f.By, func(a, b Figures) int {
		return cmp.Or(cmp.Compare(b.Opened, a.Opened), cmp.Compare(a.Key, b.Key))
	})
	return f, nil
}

func figuresOf(all []Case, scores map[string]pair, now cx.Time) (f Figures) {
	var first, made []float64
	var late, reopened, said, right int
	var pairs []pair
	for i := range all {
		c := &all[i]
		f.Opened++
		f.Given += c.Given
		switch c.State {
		case StateOpen:
			f.Open++
		case StateClosed:
			f.Closed++
		}
		if c.Late(now) {
			f.Late++
		}
		if c.RespondedAt != 0 {
			first = append(first, c.RespondedAt.Sub(c.OpenedAt).Seconds())
		}
		if c.MadeRight != Unsaid {
			said++
			if c.MadeRight == Right {
				right++
			}
		}
		if c.SolvedAt == 0 {
			continue
		}
		f.Solved++
		made = append(made, c.SolvedAt.Sub(c.OpenedAt).Seconds())
		if c.Due != 0 && c.SolvedAt > c.Due {
			late++
		}
		if c.Reopened > 0 {
			reopened++
		}
		if p, ok := scores[c.ID]; ok {
			pairs = append(pairs, p)
		}
	}
	f.FirstResponse, f.MadeRight = medianOf(first), medianOf(made)
	f.InTime, f.Reopened, f.Right = shareOf(f.Solved-late, f.Solved), shareOf(reopened, f.Solved), shareOf(right, said)
	f.Recovered = changeOf(pairs)
	return f
}

func shareOf(k, n int) Share {
	i := stats.Wilson(k, n)
	return Share{K: k, N: n, Value: float64(k) / float64(n), Low: i.Low, High: i.High}
}

func medianOf(values []float64) Span {
	n := len(values)
	if n == 0 {
		return Span{Median: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	slices.Sort(values)
	low, high := stats.MedianRanks(n)
	return Span{N: n, Median: (values[(n-1)/2] + values[n/2]) / 2, Low: values[low], High: values[high]}
}

// pair is a customer's score before a case and after it, from 0 to 10.
type pair struct{ before, after float64 }

func changeOf(pairs []pair) Change {
	var before, after, sum, squares float64
	for _, p := range pairs {
		d := p.after - p.before
		before, after, sum, squares = before+p.before, after+p.after, sum+d, squares+d*d
	}
	n := float64(len(pairs))
	sample := stats.SampleOf(len(pairs), sum, squares)
	i := stats.MeanInterval(sample).Clip(-10, 10)
	return Change{N: len(pairs), Before: before / n, After: after / n, Mean: sample.Mean, Low: i.Low, High: i.High}
}

// How long before a case a score still tells how it was then, and after it how it
// is now.
const (
	scoreBefore = 180 * 24 * time.Hour
	scoreAfter  = 90 * 24 * time.Hour
)

// scored is one score of a customer.
type scored struct {
	at            cx.Time
	metric, scale string
	value         float64 // 0–10
}

// scores finds for each solved case the customer's last score before it was
// opened, and the first of the same metric after it was solved.
func (s *Service) scores(ctx context.Context, all []Case) (map[string]pair, error) {
	numbers := map[cx.CustomerID]cx.CustomerNo{}
	var asked []cx.CustomerNo
	from := cx.Time(math.MaxInt64)
	for i := range all {
		c := &all[i]
		if c.SolvedAt == 0 || c.Customer == "" || numbers[c.Customer] != 0 || len(asked) == mostScored {
			continue
		}
		who, err := s.c.Memory.Customer(ctx, cx.System(), c.Customer)
		if cx.KindOf(err) == cx.NotFound || cx.KindOf(err) == cx.Gone {
			continue
		}
		if err != nil {
			return nil, err
		}
		numbers[c.Customer] = who.No
		asked = append(asked, who.No)
		from = min(from, c.OpenedAt.Add(-scoreBefore))
	}
	if len(asked) == 0 {
		return nil, nil
	}
	of := map[cx.CustomerNo][]scored{}
	_, err := history.Tell(ctx, s.c.Facts, cx.System(), history.LivedQuery{Of: history.Answers, All: true, Customers: asked, Window: cx.Window{From: from}}, func(l *history.Lived) error {
		for i, v := range l.Value {
			scale, ok := fact.ParseScale(l.Scale[i])
			if l.Metric[i] == "" || math.IsNaN(v) || !ok {
				continue
			}
			of[l.Customer[i]] = append(of[l.Customer[i]], scored{l.At[i], l.Metric[i], l.Scale[i], 10 * (v - scale.Min) / (scale.Max - scale.Min)})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := map[string]pair{}
	for i := range all {
		c := &all[i]
		if p, ok := pairOf(c, of[numbers[c.Customer]]); ok {
			out[c.ID] = p
		}
	}
	return out, nil
}

// pairOf finds the pair of a case among its customer's scores. Of several metrics
// it is the one asked last before the case.
func pairOf(c *Case, scores []scored) (p pair, ok bool) {
	if c.SolvedAt == 0 {
		return p, false
	}
	slices.SortStableFunc(scores, func(a, b scored) int { return cmp.Compare(a.at, b.at) })
	for _, b := range slices.Backward(scores) {
		if b.at > c.OpenedAt || b.at <= c.OpenedAt.Add(-scoreBefore) {
			continue
		}
		for _, a := range scores {
			if a.at > c.SolvedAt && a.at <= c.SolvedAt.Add(scoreAfter) && a.metric == b.metric && a.scale == b.scale {
				return pair{b.value, a.value}, true
			}
		}
	}
	return p, false
}
