package policy

import (
	"github.com/vivencia-cx/vivencia/internal/act/policy/table"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// sheet is the decision table of a policy, its rows compared with one another: as
// boxes of one space when all are, else each time anew.
type sheet struct {
	rows  []expr.Formula
	space *table.Space
	boxes []table.Box // nil: some row is no box
}

func newSheet(x *model.Policy) *sheet {
	s := &sheet{}
	for _, r := range x.Rows {
		s.rows = append(s.rows, of(x.On, r.When))
	}
	s.space = table.NewSpace(s.rows...)
	for _, f := range s.rows {
		b, ok := s.space.BoxOf(f)
		if !ok {
			s.boxes = nil
			return s
		}
		s.boxes = append(s.boxes, b)
	}
	return s
}

// find returns a situation in which all of the rows hold and none of the others;
// without all any will do.
func (s *sheet) find(all []int, none []int) (terms []Term, ok, certain bool, err error) {
	if s.boxes == nil {
		var r region
		for _, i := range all {
			r.all = append(r.all, s.rows[i])
		}
		for _, i := range none {
			r.not = append(r.not, s.rows[i])
		}
		return r.find()
	}
	in := s.space.Everything()
	for _, i := range all {
		in = in.And(s.boxes[i])
	}
	var rows []table.Box
	for _, i := range none {
		rows = append(rows, s.boxes[i])
	}
	b, ok, err := s.space.Uncovered(in, rows)
	if err != nil || !ok {
		return nil, false, false, err
	}
	terms, certain = told(s.space, b)
	return terms, true, certain, nil
}

// told tells a box, and whether all of it could be seen through.
func told(s *table.Space, b table.Box) (terms []Term, certain bool) {
	certain = true
	for _, t := range s.Terms(b) {
		certain = certain && !t.Opaque
		terms = append(terms, named(t))
	}
	return terms, certain
}

// upto are the rows above one.
func upto(row int) []int {
	above := make([]int, row)
	for i := range above {
		above[i] = i
	}
	return above
}
