package segment

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// MaxPage is how many customers a page may have.
const MaxPage = 500

// Page is a stretch of the customers of a segment, those known last first. A
// page may hold fewer than asked for, even none, and still have a Next.
type Page struct {
	Segment   model.Segment
	Customers []remember.CustomerSummary
	N, Of     int     // in the segment, and in all
	At        cx.Time // when it was found who is in it
	Next      string  // "" at the end
}

// Members returns a page of a segment's customers. It needs the right
// customers.view. The error is NotFound when the model has no such segment.
func (s *Service) Members(ctx context.Context, p cx.Principal, slug, cursor string, limit int) (Page, error) {
	page, err := s.members(ctx, p, slug, cursor, limit)
	return page, cx.Wrap("segment.Members", err)
}

func (s *Service) members(ctx context.Context, p cx.Principal, slug, cursor string, limit int) (Page, error) {
	if limit < 1 || limit > MaxPage {
		return Page{}, cx.Errorf(cx.Invalid, "", "a page has 1 to %d customers", MaxPage)
	}
	e, i, err := s.of(ctx, p, account.ViewCustomers, slug)
	if err != nil {
		return Page{}, err
	}
	all := e.members[i]
	end := len(all)
	if cursor != "" {
		before, err := parseCursor(cursor)
		if err != nil {
			return Page{}, err
		}
		end, _ = slices.BinarySearch(all, before)
	}
	begin := max(0, end-limit)
	page := Page{Segment: e.segments[i], N: len(all), Of: e.of, At: e.at}
	if page.Customers, err = s.named(ctx, p, all[begin:end]); err != nil {
		return Page{}, err
	}
	if begin > 0 {
		page.Next = writeCursor(all[begin])
	}
	return page, nil
}

// named returns the customers, those with the greatest numbers first.
func (s *Service) named(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error) {
	nos = slices.Clone(nos)
	slices.Reverse(nos)
	return s.memory.CustomersByNo(ctx, p, nos)
}

// of returns the fresh evaluation and where the segment is in it.
func (s *Service) of(ctx context.Context, p cx.Principal, a account.Action, slug string) (*evaluation, int, error) {
	if err := account.Check(p, a); err != nil {
		return nil, 0, err
	}
	if _, ok := s.models.Current().Model.Segment(slug); !ok { // before anything is counted
		return nil, 0, unknown()
	}
	e, err := s.evaluated(ctx, p)
	if err != nil {
		return nil, 0, err
	}
	i := slices.IndexFunc(e.segments, func(sg model.Segment) bool { return sg.Slug == slug })
	if i < 0 { // another model came between
		return nil, 0, unknown()
	}
	return e, i, nil
}

func unknown() error {
	return cx.Errorf(cx.NotFound, "", "there is no such segment")
}

// Customers returns the numbers of all customers of a segment, ascending, to
// filter what history is asked. It needs the right scores.view.
func (s *Service) Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error) {
	e, i, err := s.of(ctx, p, account.ViewScores, slug)
	if err != nil {
		return nil, cx.Wrap("segment.Customers", err)
	}
	return append([]cx.CustomerNo{}, e.members[i]...), nil
}

// Containing returns the segments that a customer is in now, in the model's
// order. It needs the right customers.view.
func (s *Service) Containing(ctx context.Context, p cx.Principal, id cx.CustomerID) ([]model.Segment, error) {
	const op = "segment.Containing"
	c, err := s.memory.Customer(ctx, p, id)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	m := s.models.Current().Model
	if len(m.Segments) == 0 {
		return nil, nil
	}
	e := &evaluation{segments: m.Segments}
	if err := s.evaluate(ctx, p, m, []cx.CustomerNo{c.No}, e); err != nil {
		return nil, cx.Wrap(op, err)
	}
	var in []model.Segment
	for i, members := range e.members {
		if len(members) > 0 {
			in = append(in, e.segments[i])
		}
	}
	return in, nil
}

// previewed is how many customers a preview shows.
const previewed = 10

// Preview returns who a condition would find now: how many, and the first few.
// It needs the right customers.view. The error is Invalid with the faults of the
// condition. Conditions are tried one at a time.
func (s *Service) Preview(ctx context.Context, p cx.Principal, when string) (Page, error) {
	page, err := s.preview(ctx, p, when)
	return page, cx.Wrap("segment.Preview", err)
}

func (s *Service) preview(ctx context.Context, p cx.Principal, when string) (Page, error) {
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return Page{}, err
	}
	m := s.models.Current().Model
	program, err := compile(m, when)
	if err != nil {
		return Page{}, err
	}
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return Page{}, ctx.Err()
	}
	e := &evaluation{segments: []model.Segment{{When: program}}}
	if err := s.evaluate(ctx, p, m, nil, e); err != nil {
		return Page{}, err
	}
	all := e.members[0]
	page := Page{Segment: e.segments[0], N: len(all), Of: e.of, At: e.at}
	page.Customers, err = s.named(ctx, p, all[max(0, len(all)-previewed):])
	return page, err
}

// compile compiles a condition as the model would.
func compile(m *model.Model, when string) (*expr.Program, error) {
	compiler, err := m.Company.NewSegmentCompiler()
	if err != nil {
		return nil, err
	}
	program, err := compiler.Compile(when)
	if err != nil {
		return nil, err
	}
	var faults []cx.Fault
	if t := program.Type(); t != expr.Bool && t != expr.Dynamic {
		faults = append(faults, cx.Fault{Line: 1, Column: 1, Message: fmt.Sprintf("gives a %s: it must be a condition", t)})
	}
	for _, ask := range program.Asks() {
		if _, ok := m.Touchpoint(ask.Touchpoint); !ok && ask.Touchpoint != "" {
			faults = append(faults, cx.Fault{Line: 1, Column: 1, Message: fmt.Sprintf("there is no touchpoint %q in the model", ask.Touchpoint)})
		}
	}
	return program, cx.InvalidFaults("", faults)
}

const cursorPrefix = "before:"

func writeCursor(no cx.CustomerNo) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorPrefix + strconv.FormatUint(uint64(no), 10)))
}

func parseCursor(s string) (cx.CustomerNo, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	text, ours := strings.CutPrefix(string(b), cursorPrefix)
	no, bad := strconv.ParseUint(text, 10, 32)
	if err != nil || !ours || bad != nil {
		return 0, cx.InvalidFaults("", []cx.Fault{{Field: "cursor", Message: "is not one that this list gave"}})
	}
	return cx.CustomerNo(no), nil
}
