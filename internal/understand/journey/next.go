package journey

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Next is what the customer of a run will most probably live next, as others did
// who were where they are, and waited as long.
type Next struct {
	Case    string // 16 hex digits
	State   State
	Over    bool                // the run is over: nothing is foreseen
	After   []eventlog.Activity // the last that was lived, as far back as others did the same; the last one last
	Waited  time.Duration       // since then
	Seen    int                 // how often others were there, in runs that are over
	Steps   []NextStep          // the most probable first
	Nothing Share               // nothing more was lived
	Risk    Risk                // of a run that is not over
	Limited bool                // only facts of some areas were seen
}

// NextStep is one thing that may come next.
type NextStep struct {
	Activity eventlog.Activity
	Step     string // slug of the step that it can be; "" none
	Share    Share
	From, By cx.Time // when: a tenth came before From, nine in ten before By
	Median   cx.Time
}

// Next returns what comes next in a run, and how likely it is to end badly. It
// needs the rights scores.view and customers.view; the error is cx.NotFound when
// there is no such run, or when p does not reach its customer.
func (s *Service) Next(ctx context.Context, p cx.Principal, slug, id string) (Next, error) {
	const op = "journey.Next"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return Next{}, cx.Wrap(op, err)
	}
	x, err := s.lived(ctx, p, slug, Filter{})
	if err != nil {
		return Next{}, err
	}
	c, ok := x.caseOf(id)
	if ok {
		var who []remember.CustomerSummary
		if who, err = s.c.Memory.CustomersByNo(ctx, p, []cx.CustomerNo{x.customer(c)}); err != nil {
			return Next{}, cx.Wrap(op, err)
		}
		ok = len(who) == 1
	}
	if !ok {
		return Next{}, cx.Errorf(cx.NotFound, op, "there is no such run")
	}
	n := nextOf(x, c)
	if !n.Over {
		n.Risk = s.foresight(p, x).look(x).of(c)
	}
	return n, nil
}

// Bounds of what is foreseen.
const (
	farthestBack = 3  // activities that others must have lived alike
	leastSeen    = 30 // times that others were there; with fewer, they need to have lived less alike
)

// nextOf foresees what comes next in a case: the distribution of what followed,
// in the runs that are over, the same last activities, given that as much time
// had passed since without anything. Where too few were there, less of the past
// has to be alike (back-off; Katz 1987, without its discounts).
func nextOf(x *lived, c int) Next {
	l := x.log
	first, end := l.Span(c)
	last := end - 1
	n := Next{
		Case: x.caseID(c), State: x.states[c], Over: x.over(c),
		Waited: x.now.Sub(cx.Time(l.At[last])), Limited: x.limited,
	}
	if n.Over {
		return n
	}
	for back := min(farthestBack, end-first); back > 0; back-- {
		n.Seen = 0
		n.foresee(x, l.Activity[end-back:end], cx.Time(l.At[last]))
		if n.Seen >= leastSeen || back == 1 {
			for _, a := range l.Activity[end-back : end] {
				n.After = append(n.After, l.Activities[a])
			}
			break
		}
	}
	return n
}

// foresee counts what followed the activities in runs that are over; at is when
// the run lived the last of them.
func (n *Next) foresee(x *lived, after []uint16, at cx.Time) {
	l := x.log
	followed := map[uint16][]time.Duration{}
	nothing := 0
	for c := range l.Cases() {
		if !x.over(c) {
			continue
		}
		from, to := l.Span(c)
		for e := from + len(after); e <= to; e++ { // after e−1
			if !slices.Equal(l.Activity[e-len(after):e], after) {
				continue
			}
			if e == to {
				nothing++
				continue
			}
			if wait := time.Duration(l.At[e]-l.At[e-1]) * time.Microsecond; wait > n.Waited {
				followed[l.Activity[e]] = append(followed[l.Activity[e]], wait)
			}
		}
	}
	n.Seen, n.Steps = nothing, nil
	for _, waits := range followed {
		n.Seen += len(waits)
	}
	n.Nothing = shareOf(nothing, n.Seen)
	for activity, waits := range followed {
		slices.Sort(waits)
		quantile := func(tenths int) cx.Time { return at.Add(waits[(len(waits)-1)*tenths/10]) }
		step := NextStep{
			Activity: l.Activities[activity], Share: shareOf(len(waits), n.Seen),
			From: quantile(1), Median: quantile(5), By: quantile(9),
		}
		if s := x.stepOf[activity]; s >= 0 {
			step.Step = x.steps[s].Slug
		}
		n.Steps = append(n.Steps, step)
	}
	slices.SortFunc(n.Steps, func(a, b NextStep) int {
		return cmp.Or(cmp.Compare(b.Share.K, a.Share.K), cmp.Compare(a.Activity.Name, b.Activity.Name), cmp.Compare(a.Activity.Touchpoint, b.Activity.Touchpoint))
	})
}

// caseOf finds a run by its id.
func (x *lived) caseOf(id string) (int, bool) {
	key, err := strconv.ParseUint(id, 16, 64)
	if err != nil || len(id) != 16 {
		return 0, false
	}
	if x.log.Key == nil {
		return int(key), key < uint64(x.log.Cases())
	}
	return slices.BinarySearch(x.log.Key, key)
}
