package segment

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Is tells whether a customer is in a segment and a condition is true of them, now;
// what is "" asks for nothing. It is for what the product does by itself. The error is
// NotFound when the model has no such segment, or there is no such customer.
func (s *Service) Is(ctx context.Context, id cx.CustomerID, slug, when string) (bool, error) {
	const op = "segment.Is"
	c, err := s.memory.Customer(ctx, cx.System(), id)
	if err != nil {
		return false, cx.Wrap(op, err)
	}
	in, err := s.meeting(ctx, slug, when, []cx.CustomerNo{c.No})
	return len(in) > 0, cx.Wrap(op, err)
}

// Eligible returns the numbers of all customers of whom Is would tell true, ascending.
func (s *Service) Eligible(ctx context.Context, slug, when string) ([]cx.CustomerNo, error) {
	in, err := s.meeting(ctx, slug, when, nil)
	return in, cx.Wrap("segment.Eligible", err)
}

// meeting returns those of the customers (nil: all) who are in a segment and meet a
// condition.
func (s *Service) meeting(ctx context.Context, slug, when string, among []cx.CustomerNo) ([]cx.CustomerNo, error) {
	m := s.models.Current().Model
	e := &evaluation{segments: []model.Segment{{}, {}}}
	for i, condition := range []string{"", when} {
		if i == 0 && slug != "" {
			segment, ok := m.Segment(slug)
			if !ok {
				return nil, unknown()
			}
			e.segments[0] = segment
			continue
		}
		if condition == "" {
			condition = "true"
		}
		program, err := compile(m, condition)
		if err != nil {
			return nil, err
		}
		e.segments[i].When = program
	}
	if err := s.evaluate(ctx, cx.System(), m, among, e); err != nil {
		return nil, err
	}
	var out []cx.CustomerNo
	other := e.members[1]
	for _, no := range e.members[0] {
		for len(other) > 0 && other[0] < no {
			other = other[1:]
		}
		if len(other) > 0 && other[0] == no {
			out = append(out, no)
		}
	}
	return out, nil
}

// Compile returns a condition on customers as the model in force reads it. The error
// is Invalid with its faults.
func (s *Service) Compile(when string) (*expr.Program, error) {
	program, err := compile(s.models.Current().Model, when)
	return program, cx.Wrap("segment.Compile", err)
}
