package segment

import (
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Part is customers of one segment. Slug is "" of those who are in none.
type Part struct {
	Slug      string
	Customers []cx.CustomerNo // ascending
}

// Partition parts all customers: each is in the first segment of the model that
// has them, so that nobody counts twice and nobody is left out. Parts are in the
// model's order, those in no segment last; parts of nobody are left out. Segments
// whose condition asks for scores part nobody: all in them have answered. It
// needs the right scores.view; of who is limited to areas, all is of what was
// lived there.
func (s *Service) Partition(ctx context.Context, p cx.Principal) ([]Part, error) {
	const op = "segment.Partition"
	if err := account.Check(p, account.ViewScores); err != nil {
		return nil, cx.Wrap(op, err)
	}
	e, err := s.evaluated(ctx, p)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	var out []Part
	seen := map[cx.CustomerNo]bool{}
	take := func(slug string, members []cx.CustomerNo) {
		part := Part{Slug: slug}
		for _, c := range members {
			if !seen[c] {
				seen[c] = true
				part.Customers = append(part.Customers, c)
			}
		}
		if len(part.Customers) > 0 {
			out = append(out, part)
		}
	}
	rest := slices.Clone(e.none)
	for i, segment := range e.segments {
		if slices.ContainsFunc(segment.When.Asks(), func(a expr.Ask) bool { return a.What == expr.Score }) {
			rest = append(rest, e.members[i]...)
		} else {
			take(segment.Slug, e.members[i])
		}
	}
	slices.Sort(rest)
	take("", rest)
	return out, nil
}
