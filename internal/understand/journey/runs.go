package journey

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// RunsQuery asks for a page of runs.
type RunsQuery struct {
	Filter   Filter
	Customer cx.CustomerID // "": everybody's
	Cursor   string        // of the page before; "" for the first
	Limit    int           // 0: 50; at most 500
}

// Bounds of a page of runs.
const (
	defaultRuns = 50
	mostRuns    = 500
)

// RunsPage is a stretch of the runs, those that began last first.
type RunsPage struct {
	Journey model.Journey
	Runs    []RunSummary
	N       int    // that the filter lets through
	Next    string // "" at the end
	Limited bool   // only facts of some areas were seen
}

// RunSummary is one run in a line. Customer and Label are there only for who may
// see customers, and this one.
type RunSummary struct {
	Case       string // 16 hex digits
	Customer   *remember.CustomerSummary
	Label      string // the object's own number, such as the order's; "" when there is none
	Began      cx.Time
	Last       cx.Time
	State      State
	Touchpoint string      // of its last event
	Step       *model.Step // its last step; nil: in no step yet
	Steps      int         // events
	Felt       float64     // mean valence
	HasFelt    bool
	Deviations []string // ids of how it differs from the script; nil without one, and of who sees only some areas
}

// Runs returns a page of the runs that the filter lets through. It needs the
// right scores.view; customers are named for who may see them. To ask for those
// of one customer needs customers.view; the error is cx.NotFound when p does not
// reach them.
func (s *Service) Runs(ctx context.Context, p cx.Principal, slug string, q RunsQuery) (RunsPage, error) {
	page, err := s.runs(ctx, p, slug, q)
	return page, cx.Wrap("journey.Runs", err)
}

func (s *Service) runs(ctx context.Context, p cx.Principal, slug string, q RunsQuery) (RunsPage, error) {
	if q.Limit == 0 {
		q.Limit = defaultRuns
	}
	if q.Limit < 1 || q.Limit > mostRuns {
		return RunsPage{}, cx.InvalidFaults("", []cx.Fault{{Field: "limit", Message: fmt.Sprintf("a page has 1 to %d runs", mostRuns)}})
	}
	after, err := parseRunCursor(q.Cursor)
	if err != nil {
		return RunsPage{}, err
	}
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return RunsPage{}, err
	}
	page := RunsPage{Journey: x.journey, N: x.log.Cases(), Limited: x.limited}
	var whose cx.CustomerNo
	if q.Customer != "" {
		c, err := s.c.Memory.Customer(ctx, p, q.Customer)
		if err != nil {
			return RunsPage{}, err
		}
		whose, page.N = c.No, 0
		for _, no := range x.log.Customer {
			if cx.CustomerNo(no) == whose {
				page.N++
			}
		}
	}
	cases := x.newest(whose, after, q.Limit+1)
	if len(cases) > q.Limit {
		cases = cases[:q.Limit]
		page.Next = x.cursor(cases[q.Limit-1]).String()
	}
	if page.Runs, err = x.summaries(cases); err != nil {
		return RunsPage{}, err
	}
	return page, s.name(ctx, p, x, cases, page.Runs)
}

// runCursor is where a run stands in the order of those that began last, then by
// the greatest key.
type runCursor struct {
	began int64
	key   uint64
}

func (a runCursor) compare(b runCursor) int {
	return cmp.Or(cmp.Compare(b.began, a.began), cmp.Compare(b.key, a.key))
}

func (a runCursor) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "run:%d:%d", a.began, a.key))
}

// parseRunCursor reads a cursor; of "" it is nil.
func parseRunCursor(s string) (*runCursor, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // as told above
	}
	var c runCursor
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err == nil {
		_, err = fmt.Sscanf(string(b), "run:%d:%d", &c.began, &c.key)
	}
	if err != nil || c.String() != s {
		return nil, cx.InvalidFaults("", []cx.Fault{{Field: "cursor", Message: "is not one that this list gave"}})
	}
	return &c, nil
}

func (x *lived) cursor(c int) runCursor {
	return runCursor{x.log.At[x.log.First[c]], x.log.Key[c]}
}

// newest returns the first n cases of a customer (0: of all) behind the cursor
// (nil: from the beginning).
func (x *lived) newest(whose cx.CustomerNo, after *runCursor, n int) []int {
	const slack = 1_000
	byCursor := func(a, b int) int { return x.cursor(a).compare(x.cursor(b)) }
	var out []int
	var last *runCursor // of the first n so far
	for c := range x.log.Cases() {
		at := x.cursor(c)
		if whose != 0 && x.customer(c) != whose || after != nil && at.compare(*after) <= 0 || last != nil && at.compare(*last) > 0 {
			continue
		}
		if out = append(out, c); len(out) == n+slack {
			slices.SortFunc(out, byCursor)
			out = out[:n]
			at = x.cursor(out[n-1])
			last = &at
		}
	}
	slices.SortFunc(out, byCursor)
	return out[:min(n, len(out))]
}

// summaries tells of the cases what needs nobody's name.
func (x *lived) summaries(cases []int) ([]RunSummary, error) {
	l := x.log
	known := &incidence{}
	if !x.limited && len(x.steps) > 0 && len(cases) > 0 {
		var err error
		if known, err = deviationsOf(x); err != nil {
			return nil, err
		}
	}
	out := make([]RunSummary, 0, len(cases))
	for _, c := range cases {
		from, to := l.Span(c)
		r := RunSummary{
			Case: x.caseID(c), Began: cx.Time(l.At[from]), Last: cx.Time(l.At[to-1]), State: x.states[c],
			Touchpoint: l.Activities[l.Activity[to-1]].Touchpoint, Steps: to - from,
		}
		for e := to - 1; e >= from && r.Step == nil; e-- {
			r.Step = x.step(e)
		}
		if felt := runFelt(l, c); felt.n > 0 {
			r.Felt, r.HasFelt = felt.mean(), true
		}
		for i, d := range known.deviations {
			if known.cases[i].Has(c) {
				r.Deviations = append(r.Deviations, d.ID)
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// step returns the first step that an event can be; nil: none.
func (x *lived) step(e int) *model.Step {
	if n := x.stepOf[x.log.Activity[e]]; n >= 0 {
		return &x.steps[n]
	}
	return nil
}

// name tells whose runs they are, and their labels, as far as p may see it.
func (s *Service) name(ctx context.Context, p cx.Principal, x *lived, cases []int, runs []RunSummary) error {
	if named := account.Check(p, account.ViewCustomers) == nil; !named || len(cases) == 0 {
		return nil
	}
	var nos []cx.CustomerNo
	var objects []uint64
	for _, c := range cases {
		nos = append(nos, x.customer(c))
		objects = append(objects, x.log.Key[c])
	}
	slices.Sort(nos)
	customers, err := s.c.Memory.CustomersByNo(ctx, p, slices.Compact(nos))
	if err != nil {
		return err
	}
	byNo := map[cx.CustomerNo]*remember.CustomerSummary{}
	for i := range customers {
		byNo[customers[i].No] = &customers[i]
	}
	labels := map[uint64]string{}
	if x.journey.Case.Key != "" {
		if labels, err = s.labels(ctx, p, x.journey.Case.Object, objects); err != nil {
			return err
		}
	}
	for i, c := range cases {
		if runs[i].Customer = byNo[x.customer(c)]; runs[i].Customer != nil {
			runs[i].Label = labels[x.log.Key[c]]
		}
	}
	return nil
}

// labels returns the objects' own numbers, as one of the facts of each says it.
func (s *Service) labels(ctx context.Context, p cx.Principal, object string, objects []uint64) (map[uint64]string, error) {
	labels := map[uint64]string{}
	one := map[uint64]cx.Seq{}
	q := history.LivedQuery{Object: object, Customers: []cx.CustomerNo{}, Objects: objects}
	_, err := history.Tell(ctx, s.c.Facts, p, q, func(f *history.Lived) error {
		for i, key := range f.Object {
			if key != 0 {
				one[key] = f.Seq[i]
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	seqs := make([]cx.Seq, 0, len(one))
	for _, seq := range one {
		seqs = append(seqs, seq)
	}
	items, err := s.c.Memory.EventsBySeq(ctx, p, seqs)
	for _, i := range items {
		for _, o := range i.Class.Objects {
			labels[o.Number()] = o.ID
		}
	}
	return labels, err
}
