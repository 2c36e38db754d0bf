package retention

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// The kinds of reasons.
const (
	BadAt  Kind = "bad"    // something felt bad (−1 or worse) at a touchpoint, its slug
	Broken Kind = "broken" // a promise was broken, its slug
	Case   Kind = "case"   // a case was open
	Low    Kind = "low"    // a score in the lowest two fifths of its scale
	Silent Kind = "silent" // nothing was lived at all
)

const (
	badValence = -1000 // thousandths
	lowScore   = .4    // of the scale
	mostMarks  = 128
)

// marks are what one customer lived in the Horizon before a day, by number.
type marks [mostMarks / 64]uint64

func (m *marks) set(i int)     { m[i/64] |= 1 << (i % 64) }
func (m marks) has(i int) bool { return m[i/64]&(1<<(i%64)) != 0 }

// The days of which it is known what was lived in the Horizon before: today, that on
// which what is told is checked, and that on which it is learned.
const (
	now = iota
	checked
	learned
	looks
)

const horizonDays = 90

// lives is what the customers of a table lived, by look and row.
type lives struct {
	reasons []Reason       // by number: Key, Kind, Slug and Name
	number  map[string]int // by Key
	of      [looks][]marks

	from [looks]cx.Time // when the Horizon of each look begins
	rows []int32        // by customer: row + 1
}

// seen marks who lived anything; it is turned into Silent when all is read.
const seen = 0

func newLives(m *model.Model, t *purchases.Table) *lives {
	l := &lives{number: map[string]int{}}
	l.add(Silent, "", model.Text{})
	l.add(Low, "", model.Text{})
	l.add(Case, "", model.Text{})
	for _, p := range m.Promises {
		l.add(Broken, p.Slug, p.Name)
	}
	for _, t := range m.Touchpoints {
		l.add(BadAt, t.Slug, t.Name)
	}
	for look := range l.of {
		l.of[look] = make([]marks, t.Len())
		l.from[look] = t.Start(t.Today - int32(look+1)*horizonDays + 1)
	}
	if n := t.Len(); n > 0 {
		l.rows = make([]int32, t.Customers[n-1]+1)
	}
	for row, c := range t.Customers {
		l.rows[c] = int32(row) + 1
	}
	return l
}

func keyOf(kind Kind, slug string) string {
	if slug == "" {
		return string(kind)
	}
	return string(kind) + ":" + slug
}

func (l *lives) add(kind Kind, slug string, name model.Text) {
	if key := keyOf(kind, slug); len(l.reasons) < mostMarks {
		l.number[key] = len(l.reasons)
		l.reasons = append(l.reasons, Reason{Key: key, Kind: kind, Slug: slug, Name: name})
	}
}

// mark notes what a customer lived at a time, if they are of the table.
func (l *lives) mark(c cx.CustomerNo, at cx.Time, number int) {
	if int(c) >= len(l.rows) || l.rows[c] == 0 {
		return
	}
	for look, from := range l.from {
		if at >= from {
			l.of[look][l.rows[c]-1].set(number)
			return
		}
	}
}

// gather reads what the customers of a table lived in the last three Horizons.
func (s *Service) gather(ctx context.Context, t *purchases.Table) (*lives, error) {
	l := newLives(s.c.Models.Current().Model, t)
	w := cx.Window{From: l.from[looks-1], To: t.AsOf + 1}
	var merged []history.Cluster
	err := s.c.Facts.Snapshot(ctx, cx.System(), func(snap history.Snapshot) error {
		merged = snap.Edition().Merged
		if err := snap.Lived(history.LivedQuery{Of: history.Events, All: true, Window: w}, func(lived *history.Lived) error {
			bad := make([]int, len(lived.Contexts))
			for i, c := range lived.Contexts {
				bad[i] = seen
				if n, ok := l.number[keyOf(BadAt, c.Touchpoint)]; ok {
					bad[i] = n
				}
			}
			for i, c := range lived.Customer {
				l.mark(c, lived.At[i], seen)
				if v := lived.Valence[i]; v != history.NoValence && v <= badValence {
					l.mark(c, lived.At[i], bad[lived.Context[i]])
				}
			}
			return nil
		}); err != nil {
			return err
		}
		low := l.number[keyOf(Low, "")]
		return snap.Lived(history.LivedQuery{Of: history.Answers, All: true, Window: w}, func(lived *history.Lived) error {
			for i, value := range lived.Value {
				l.mark(lived.Customer[i], lived.At[i], seen)
				if scale, ok := fact.ParseScale(lived.Scale[i]); ok && value <= scale.Min+lowScore*(scale.Max-scale.Min) {
					l.mark(lived.Customer[i], lived.At[i], low)
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	if err := s.gatherActs(ctx, l, w, merged); err != nil {
		return nil, err
	}
	for look := range l.of {
		for row := range l.of[look] {
			l.of[look][row][0] ^= 1 << seen
		}
	}
	return l, nil
}

// gatherActs reads which promises were broken, and who had a case at the end of each
// Horizon that was not solved.
func (s *Service) gatherActs(ctx context.Context, l *lives, w cx.Window, merged []history.Cluster) error {
	of := make(map[cx.ProfileNo]cx.CustomerNo, len(merged))
	for _, c := range merged {
		of[c.Profile] = c.Customer
	}
	for _, r := range l.reasons {
		if r.Kind != Broken || s.c.Promises == nil {
			continue
		}
		err := s.c.Promises.Outcomes(ctx, cx.System(), r.Slug, w, func(profile cx.ProfileNo, at cx.Time, _ string, kept bool) {
			customer, ok := of[profile]
			if !ok {
				customer = profile
			}
			if !kept {
				l.mark(customer, at, l.number[r.Key])
			}
		})
		if err != nil && cx.KindOf(err) != cx.NotFound { // another model came between
			return err
		}
	}
	if s.c.Cases == nil {
		return nil
	}
	end := w.To
	for _, begin := range l.from {
		who, err := s.c.Cases.Unsolved(ctx, cx.System(), end)
		if err != nil {
			return err
		}
		for _, id := range who {
			c, err := s.c.Memory.Customer(ctx, cx.System(), id)
			if err == nil {
				l.mark(c.No, end-1, l.number[keyOf(Case, "")])
			} else if cx.KindOf(err) != cx.NotFound {
				return err
			}
		}
		end = begin
	}
	return nil
}
