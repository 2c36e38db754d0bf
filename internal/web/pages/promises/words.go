package promises

import (
	"cmp"
	"math"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// reader writes how promises stand.
type reader struct{ reading.Reader }

// worstFirst orders standings: what burns, what surely misses its objective, what
// one cannot tell, what meets it; within these by what is left of the budget.
func worstFirst(a, b promise.Standing) int {
	rank := func(s promise.Standing) int {
		switch {
		case s.Burning:
			return 0
		case s.Verdict == promise.Misses:
			return 1
		case s.Verdict == promise.CannotTell && s.Share.N > 0:
			return 2
		case s.Share.N > 0:
			return 3
		}
		return 4
	}
	left := func(s promise.Standing) float64 {
		if math.IsNaN(s.Budget.Left) {
			return math.Inf(1)
		}
		return s.Budget.Left
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(left(a), left(b)))
}

// finding is the sentence that stands above all: what needs somebody first.
func (r reader) finding(all []promise.Standing) string {
	l := r.L
	if len(all) == 0 {
		return l.T("promises.title.none")
	}
	switch s := all[0]; {
	case s.Burning && s.SpentBy != nil && !s.SpentBy.Spent && s.SpentBy.At != 0:
		return l.T("promises.title.burning.by", "promise", r.Say(s.Promise.Name), "when", r.by(s.SpentBy.At))
	case s.Burning:
		return l.T("promises.title.burning", "promise", r.Say(s.Promise.Name))
	case s.Verdict == promise.Misses:
		return l.T("promises.title.misses", "promise", r.Say(s.Promise.Name), "rate", r.share(s.Rate), "objective", r.share(s.Objective))
	case s.Share.N == 0:
		return l.T("promises.title.waiting")
	}
	sure := 0
	for _, s := range all {
		if s.Verdict == promise.Meets {
			sure++
		}
	}
	return l.T("promises.title.kept", "n", sure, "of", len(all))
}

// one is the sentence above one promise.
func (r reader) one(s promise.Standing) string {
	l, name := r.L, r.Say(s.Promise.Name)
	switch {
	case s.Share.N == 0:
		return l.T("promises.one.waiting", "promise", name)
	case s.Burning && s.SpentBy != nil && !s.SpentBy.Spent && s.SpentBy.At != 0:
		return l.T("promises.title.burning.by", "promise", name, "when", r.by(s.SpentBy.At))
	case s.Burning:
		return l.T("promises.title.burning", "promise", name)
	}
	return l.T("promises.one."+string(s.Verdict), "promise", name, "rate", r.share(s.Rate))
}

func (r reader) share(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return r.L.Percent(v, 1)
}

// points writes a difference of shares, and signed with its sign.
func (r reader) points(v float64) string { return r.L.Number(100*v, 1) }

func (r reader) signed(v float64) string { return r.L.Signed(100*v, 1) }

// between is a share with its interval and n.
func (r reader) between(s promise.Share) string {
	if s.N == 0 {
		return r.L.T("promises.none")
	}
	return r.L.T("promises.between", "rate", r.share(s.Rate), "low", r.share(s.Low), "high", r.share(s.High), "n", s.N)
}

// by names a day in the next week by its name, else by its date.
func (r reader) by(t cx.Time) string {
	if d := r.L.In(t).Sub(r.L.Now()); d > 0 && d < 6*24*time.Hour {
		return r.L.T("promises.on", "day", r.L.Weekday(t))
	}
	return r.L.T("promises.on", "day", r.L.Date(t))
}

// verdict is how sure it is that the promise is kept as it should be.
func (r reader) verdict(v promise.Verdict, n int) string {
	if n == 0 {
		return r.L.T("promises.verdict.none")
	}
	return r.L.T("promises.verdict." + string(v))
}

func tone(v promise.Verdict, n int) ui.Tone {
	switch {
	case n == 0 || v == promise.CannotTell:
		return ui.Neutral
	case v == promise.Meets:
		return ui.Positive
	}
	return ui.Negative
}

// budget says what is left of the error budget.
func (r reader) budget(s promise.Standing) string {
	b := s.Budget
	switch {
	case math.IsNaN(b.Left):
		return ""
	case b.Left <= 0:
		return r.L.T("promises.budget.spent", "n", b.Spent, "of", r.L.Number(b.Allowed, 1))
	}
	return r.L.T("promises.budget.left", "left", r.L.Percent(b.Left, 0), "n", b.Spent, "of", r.L.Number(b.Allowed, 1))
}

// spentBy says when the error budget is spent.
func (r reader) spentBy(f *promise.Forecast) string {
	switch {
	case f == nil || f.Spent:
		return ""
	case f.At == 0:
		return r.L.T("promises.spent.never")
	case f.Earliest == 0 || f.Latest == 0:
		return r.L.T("promises.spent.by", "when", r.by(f.At))
	}
	return r.L.T("promises.spent.between", "when", r.by(f.At), "earliest", r.L.Date(f.Earliest), "latest", r.L.Date(f.Latest))
}

// now says what is on its way.
func (r reader) now(t promise.Tally) string {
	if t.AtRisk > 0 {
		return r.L.T("promises.now.risk", "n", t.Open, "risk", t.AtRisk)
	}
	return r.L.T("promises.now", "n", t.Open)
}

// key is what a group of a dimension is called.
func (r reader) key(by promise.Dimension, key string) string {
	if key == "" {
		return r.L.T("promises.nobody." + string(by))
	}
	switch by {
	case promise.ByArea:
		return r.Area(key)
	case promise.BySupplier:
		return r.Supplier(key)
	case promise.ByTouchpoint:
		return r.Touchpoint(key)
	case promise.ByPlace:
		return r.Place(key)
	case promise.ByWeekday:
		return r.L.T("promises.weekday." + key)
	}
	return reading.Capital(key)
}
