package journey

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/export"
)

// ExportQuery asks for runs as a file.
type ExportQuery struct{ Filter Filter }

// Exported is the runs of a journey, ready to be written.
type Exported struct {
	Runs  int
	x     *lived
	cases export.Cases
}

// Export returns the runs that the filter lets through, as tools of others read
// them. Cases are called by their ids, as everywhere; customers by theirs. It
// needs the rights scores.view and customers.export; who sees only some areas
// gets the runs of the customers that they reach, of the facts that they see.
func (s *Service) Export(ctx context.Context, p cx.Principal, slug string, q ExportQuery) (*Exported, error) {
	const op = "journey.Export"
	if err := account.Check(p, account.ExportCustomers); err != nil {
		return nil, cx.Wrap(op, err)
	}
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	if x.limited {
		if x, err = s.inReach(ctx, p, x); err != nil {
			return nil, cx.Wrap(op, err)
		}
	}
	return &Exported{x.log.Cases(), x, func(from, to int) ([]export.Case, error) {
		ids, err := s.customers(ctx, p, x, from, to)
		out := make([]export.Case, 0, to-from)
		for c := from; c < to && err == nil; c++ {
			out = append(out, export.Case{ID: fmt.Sprintf("%016x", x.log.Key[c]), Customer: string(ids[x.customer(c)]), State: string(x.states[c])})
		}
		return out, err
	}}, nil
}

// customers returns the ids of the customers of the cases from, …, to−1 whom p
// reaches.
func (s *Service) customers(ctx context.Context, p cx.Principal, x *lived, from, to int) (map[cx.CustomerNo]cx.CustomerID, error) {
	nos := make([]cx.CustomerNo, 0, to-from)
	for c := from; c < to; c++ {
		nos = append(nos, x.customer(c))
	}
	slices.Sort(nos)
	known, err := s.c.Memory.CustomersByNo(ctx, p, slices.Compact(nos))
	ids := make(map[cx.CustomerNo]cx.CustomerID, len(known))
	for _, k := range known {
		ids[k.No] = k.ID
	}
	return ids, err
}

// inReach returns the runs whose customers p reaches.
func (s *Service) inReach(ctx context.Context, p cx.Principal, x *lived) (*lived, error) {
	const atOnce = 1000
	cases := eventlog.NewMask(x.log.Cases())
	for from := 0; from < x.log.Cases(); from += atOnce {
		to := min(from+atOnce, x.log.Cases())
		ids, err := s.customers(ctx, p, x, from, to)
		if err != nil {
			return nil, err
		}
		for c := from; c < to; c++ {
			if ids[x.customer(c)] != "" {
				cases.Add(c)
			}
		}
	}
	return x.only(cases), nil
}

// XES writes the runs as XES.
func (e *Exported) XES(w io.Writer) error {
	return export.XES(w, e.x.log, cmp.Or(e.x.journey.Name.In("en"), e.x.journey.Slug), e.cases)
}

// OCEL writes the runs as OCEL 2.0 in JSON: objects of the type that the
// journey's key is of, or runs.
func (e *Exported) OCEL(w io.Writer) error {
	return export.OCEL(w, e.x.log, e.x.journey.Case.Object, e.cases)
}
