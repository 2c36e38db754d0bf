package purchases

import (
	"cmp"
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Filter says of whom a question is. The zero Filter lets all through.
type Filter struct {
	Segment                              string // slug: who is in it now
	Touchpoint, Channel, Place, Campaign string // of the first purchase
}

// By is what customers are told apart by.
type By string

// What customers are told apart by: how their first purchase came about, and the
// segments they are in now; somebody may be in several.
const (
	Together   By = ""
	Touchpoint By = "touchpoint"
	Channel    By = "channel"
	Place      By = "place"
	Campaign   By = "campaign"
	Segment    By = "segment"
)

// Valid tells whether it is one of them.
func (b By) Valid() bool {
	return slices.Contains([]By{Together, Touchpoint, Channel, Place, Campaign, Segment}, b)
}

// Group is the rows of some customers.
type Group struct {
	Key  string     // "" of Together, and of whom it is not known
	Name model.Text // of the model, else the key
	Rows []int      // ascending
}

// Groups returns the rows of a table by what they are told apart by, the largest
// group first, then by key; segments in the model's order. The error is Invalid when
// b is none of By.
func (s *Service) Groups(ctx context.Context, p cx.Principal, t *Table, b By) ([]Group, error) {
	const op = "purchases.Groups"
	m := s.c.Models.Current().Model
	switch b {
	case Together:
		return []Group{{Rows: every(t.Len())}}, nil
	case Segment:
		var out []Group
		for _, sg := range m.Segments {
			in, err := s.c.Segments.Customers(ctx, p, sg.Slug)
			if err != nil {
				return nil, cx.Wrap(op, err)
			}
			out = append(out, Group{sg.Slug, sg.Name, t.rowsOf(in)})
		}
		return out, nil
	case Touchpoint, Channel, Place, Campaign:
	default:
		return nil, cx.InvalidFaults(op, []cx.Fault{{Field: "by", Message: "is one of touchpoint, channel, place, campaign or segment"}})
	}
	rows := map[string][]int{}
	for i := range t.Customers {
		if t.From[i] < t.From[i+1] {
			key := t.Origin(i).of(b)
			rows[key] = append(rows[key], i)
		}
	}
	out := make([]Group, 0, len(rows))
	for key, rows := range rows {
		out = append(out, Group{key, nameOf(m, b, key), rows})
	}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(b.Rows), len(a.Rows)), cmp.Compare(a.Key, b.Key))
	})
	return out, nil
}

func (o Origin) of(b By) string {
	switch b {
	case Touchpoint:
		return o.Touchpoint
	case Channel:
		return o.Channel
	case Place:
		return o.Place
	case Campaign:
		return o.Campaign
	case Together, Segment:
	}
	return ""
}

func nameOf(m *model.Model, b By, key string) model.Text {
	if t, ok := m.Touchpoint(key); ok && b == Touchpoint {
		return t.Name
	}
	if p, ok := m.Place(key); ok && b == Place {
		return p.Name
	}
	return model.Text{ES: key}
}

// narrowed returns the rows that the filter lets through as a table of their own.
func (s *Service) narrowed(ctx context.Context, p cx.Principal, t *Table, f Filter) (*Table, error) {
	if f == (Filter{}) {
		return t, nil
	}
	rows := every(t.Len())
	if f.Segment != "" {
		in, err := s.c.Segments.Customers(ctx, p, f.Segment)
		if err != nil {
			return nil, err
		}
		rows = t.rowsOf(in)
	}
	only := Origin{f.Touchpoint, f.Channel, f.Place, f.Campaign}
	passes := make([]bool, len(t.Origins))
	for i, o := range t.Origins {
		passes[i] = only.lets(o)
	}
	return t.Only(slices.DeleteFunc(rows, func(row int) bool { return !passes[t.Firsts[row]] })), nil
}

// lets tells whether another is like it wherever it says something.
func (o Origin) lets(other Origin) bool {
	is := func(want, got string) bool { return want == "" || want == got }
	return is(o.Touchpoint, other.Touchpoint) && is(o.Channel, other.Channel) && is(o.Place, other.Place) && is(o.Campaign, other.Campaign)
}

// Only returns a table of some rows, ascending, which is told to be of the same
// Edition; Others and Odd are those of all.
func (t *Table) Only(rows []int) *Table {
	out := *t
	out.Customers, out.Firsts, out.Back = make([]cx.CustomerNo, 0, len(rows)), make([]uint32, 0, len(rows)), make([]int64, 0, len(rows))
	out.From, out.spanFrom = make([]uint32, 1, len(rows)+1), make([]uint32, 1, len(rows)+1)
	out.Days, out.Minor, out.spans = nil, nil, nil
	for _, row := range rows {
		days, minor := t.Purchases(row)
		out.Customers, out.Firsts, out.Back = append(out.Customers, t.Customers[row]), append(out.Firsts, t.Firsts[row]), append(out.Back, t.Back[row])
		out.Days, out.Minor, out.spans = append(out.Days, days...), append(out.Minor, minor...), append(out.spans, t.Spans(row)...)
		out.From, out.spanFrom = append(out.From, uint32(len(out.Days))), append(out.spanFrom, uint32(len(out.spans)))
	}
	return &out
}

func every(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// rowsOf returns the rows of those customers, ascending as they are, that have one.
func (t *Table) rowsOf(customers []cx.CustomerNo) []int {
	rows := make([]int, 0, min(len(customers), t.Len()))
	i := 0
	for _, c := range customers {
		for i < t.Len() && t.Customers[i] < c {
			i++
		}
		if i < t.Len() && t.Customers[i] == c {
			rows = append(rows, i)
		}
	}
	return rows
}
