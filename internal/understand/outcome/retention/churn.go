package retention

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// Bounds of a page of leavers.
const (
	defaultLeavers = 50
	mostLeavers    = 500
)

// Leaving tells how likely each customer leaves, of the whole company; nil while it
// is being found for the first time. It needs the right scores.view.
func (s *Service) Leaving(_ context.Context, p cx.Principal) (*Leaving, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return nil, cx.Wrap("retention.Leaving", err)
	}
	return s.leaving.Load(), nil
}

// Churn tells who is likely to leave. It needs the right scores.view; customers are
// named for who may see them. Of who is limited to areas, it lists who bought there,
// and tells of the reasons that lie there. The errors are NotFound for a segment or a
// contract, Invalid for a cursor or a limit.
func (s *Service) Churn(ctx context.Context, p cx.Principal, q ChurnQuery) (Risk, error) {
	r, err := s.churn(ctx, p, q)
	return r, cx.Wrap("retention.Churn", err)
}

func (s *Service) churn(ctx context.Context, p cx.Principal, q ChurnQuery) (Risk, error) {
	if q.Limit == 0 {
		q.Limit = defaultLeavers
	}
	from, err := parseCursor(q.Cursor)
	if err != nil {
		return Risk{}, err
	}
	if q.Limit < 1 || q.Limit > mostLeavers {
		return Risk{}, cx.InvalidFaults("", []cx.Fault{{Field: "limit", Message: fmt.Sprintf("a page has 1 to %d customers", mostLeavers)}})
	}
	t, err := s.table(ctx, p, q.Filter, q.Contract)
	if err != nil {
		return Risk{}, err
	}
	l := s.leaving.Load()
	if l == nil {
		return Risk{Pending: true}, nil
	}
	learned := &l.Free
	if q.Contract {
		learned = &l.Bound
	}
	out := Risk{AsOf: l.AsOf, Learned: learned.Known}
	if !learned.Known {
		return out, nil
	}
	out.N, out.Checked, out.Left = learned.N, learned.Checked, learned.Left
	out.Brier, out.Base, out.Calibration = learned.Brier, learned.Base, learned.Calibration
	out.Reasons = s.seen(p, learned.Reasons)
	found := l.find(t, q, &out)
	end := min(len(found), from+q.Limit)
	if end < len(found) {
		out.Next = writeCursor(end)
	}
	for _, f := range found[min(from, end):end] {
		out.Customers = append(out.Customers, l.leaver(f, out.Reasons))
	}
	slices.SortStableFunc(out.Reasons, strongest)
	return out, s.name(ctx, p, out.Customers)
}

// seen returns the reasons that lie in the areas of who asks.
func (s *Service) seen(p cx.Principal, all []Reason) []Reason {
	m := s.c.Models.Current().Model
	return slices.DeleteFunc(slices.Clone(all), func(r Reason) bool {
		if p.Areas == nil {
			return false
		}
		t, _ := m.Touchpoint(r.Slug)
		return r.Kind != BadAt || !slices.Contains(p.Areas, t.Area)
	})
}

func strongest(a, b Reason) int {
	return cmp.Or(cmp.Compare(b.Odds, a.Odds), cmp.Compare(a.Key, b.Key))
}

// row is a customer who could leave: theirs in the table that was learned from, and
// what is at stake.
type row struct {
	no      cx.CustomerNo
	in      int
	stake   float64
	brought int64
	last    int32
}

// find returns who of a table could leave, those with the most at stake first, and
// counts them.
func (l *Leaving) find(t *purchases.Table, q ChurnQuery, out *Risk) (found []row) {
	only := slices.IndexFunc(out.Reasons, func(r Reason) bool { return r.Key == q.Reason })
	numbers := make([]int, len(out.Reasons))
	for i, r := range out.Reasons {
		numbers[i] = l.lives.number[r.Key]
	}
	in := 0
	for i, no := range t.Customers {
		for in < l.Table.Len() && l.Table.Customers[in] < no {
			in++
		}
		if in == l.Table.Len() || l.Table.Customers[in] != no || math.IsNaN(l.P[in]) || l.bound(in) != q.Contract {
			continue
		}
		lived := l.lives.of[now][in]
		for r, number := range numbers {
			if lived.has(number) {
				out.Reasons[r].Customers++
			}
		}
		out.Of++
		out.Leaving += l.P[in]
		if q.Reason != "" && (only < 0 || !lived.has(numbers[only])) {
			continue
		}
		x := row{no: no, in: in}
		x.brought, x.last = lately(t, i)
		x.stake = l.P[in] * float64(x.brought)
		found = append(found, x)
	}
	slices.SortFunc(found, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.stake, a.stake), cmp.Compare(l.P[b.in], l.P[a.in]), cmp.Compare(a.no, b.no))
	})
	return found
}

// lately returns what a customer brought in the last year, and when they last bought.
func lately(t *purchases.Table, row int) (brought int64, last int32) {
	days, minor := t.Purchases(row)
	for i := len(days) - 1; i >= 0 && days[i] > t.Today-within; i-- {
		brought += minor[i]
	}
	if len(days) > 0 {
		last = days[len(days)-1]
	}
	return brought, last
}

// bound tells whether a customer has a contract today.
func (l *Leaving) bound(row int) bool { return lasts(l.Table.Spans(row), l.Table.Today) }

// leaver tells of one customer.
func (l *Leaving) leaver(x row, reasons []Reason) Leaver {
	out := Leaver{No: x.no, Contract: l.bound(x.in), P: l.P[x.in], Brought: x.brought, Last: x.last, Sure: Unknown, Interval: stats.Interval{Low: math.NaN(), High: math.NaN()}}
	learned := &l.Free
	if out.Contract {
		learned = &l.Bound
	}
	if math.IsNaN(out.P) || !learned.Known {
		return out
	}
	nearest := slices.MinFunc(learned.Calibration, func(a, b Bin) int {
		return cmp.Compare(math.Abs(a.Told-out.P), math.Abs(b.Told-out.P))
	})
	out.Interval, out.N, out.Sure = nearest.Interval, nearest.N, sureOf(out.P)
	for _, r := range reasons {
		if r.Clear && l.lives.of[now][x.in].has(l.lives.number[r.Key]) {
			out.Reasons = append(out.Reasons, r)
		}
	}
	slices.SortStableFunc(out.Reasons, strongest)
	return out
}

// name tells who the customers are to who may see them.
func (s *Service) name(ctx context.Context, p cx.Principal, leavers []Leaver) error {
	may := account.Check(p, account.ViewCustomers) == nil
	if !may || len(leavers) == 0 {
		return nil
	}
	nos := make([]cx.CustomerNo, len(leavers))
	for i, l := range leavers {
		nos[i] = l.No
	}
	known, err := s.c.Memory.CustomersByNo(ctx, p, nos)
	if err != nil {
		return err
	}
	for i := range leavers {
		if at := slices.IndexFunc(known, func(c remember.CustomerSummary) bool { return c.No == leavers[i].No }); at >= 0 {
			leavers[i].Who = &known[at]
		}
	}
	return nil
}

// Of tells how likely one customer leaves, and the reasons. It needs the right
// customers.view; the error is NotFound for an unknown customer, or one that p does
// not reach. Of who could not leave, and while it is being found, P is NaN.
func (s *Service) Of(ctx context.Context, p cx.Principal, id cx.CustomerID) (Leaver, error) {
	const op = "retention.Of"
	c, err := s.c.Memory.Customer(ctx, p, id)
	if err != nil {
		return Leaver{}, cx.Wrap(op, err)
	}
	nothing := Leaver{No: c.No, P: math.NaN(), Interval: stats.Interval{Low: math.NaN(), High: math.NaN()}, Sure: Unknown}
	l := s.leaving.Load()
	if l == nil {
		return nothing, nil
	}
	in, ok := l.Table.Find(c.No)
	if !ok {
		return nothing, nil
	}
	x := row{no: c.No, in: in}
	x.brought, x.last = lately(l.Table, in)
	learned := &l.Free
	if l.bound(in) {
		learned = &l.Bound
	}
	return l.leaver(x, s.seen(p, learned.Reasons)), nil
}

func writeCursor(n int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "leaver:%d", n))
}

func parseCursor(s string) (n int, err error) {
	if s == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if len(b) > 7 && err == nil {
		n, err = strconv.Atoi(string(b[7:]))
	}
	if err != nil || n <= 0 || writeCursor(n) != s {
		return 0, cx.InvalidFaults("", []cx.Fault{{Field: "cursor", Message: "is not one that this list gave"}})
	}
	return n, nil
}
