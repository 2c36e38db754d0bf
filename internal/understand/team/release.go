package team

import (
	"cmp"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/fact"
)

// MinPeople is of how many different people a batch is, at the least (k of
// Sweeney 2002).
const MinPeople = 5

// Group is everything that a report says of where it is from. What is said
// within a group is told together.
type Group struct {
	Survey     string // slug; Obstacle or Idea of what is reported without a survey
	Touchpoint string // slug; may be empty
	Place      string // slug; may be empty
	Area       string // slug of who speaks' area; only of surveys, and only who has one
}

// report is one event of the team.
type report struct {
	seq   cx.Seq
	group Group
	items []fact.AnswerItem
	key   string // the response it is of
	first bool   // of a person who did not speak in this group in this period before
	at    cx.Time
}

// reportOf reads an event; ok is false of what says nothing, or is a program's.
func reportOf(e cx.Event) (r report, ok bool) {
	a, err := fact.ParseAnswer(e)
	if err != nil {
		return report{}, false
	}
	r = report{seq: e.Seq, group: Group{Survey: a.Survey, Touchpoint: a.Touchpoint}, items: a.Items, first: true, at: min(e.At, e.ReceivedAt)}
	if e.Properties != nil {
		p := expr.NewObject(e.Properties)
		r.group.Place, r.group.Area, r.key = p.Text("place"), p.Text("area"), p.Text("response_id")
		r.first = p.Text("again") != "true"
		if p.Text("suspect") == "true" {
			return report{}, false
		}
	}
	return r, true
}

// period is a stretch of time at whose end batches may close.
type period int32

// periodOf returns the period of a group in which a time lies: a week from
// Monday of what is reported, a month of what a survey asks; in UTC.
func (g Group) periodOf(t cx.Time) period {
	if g.reported() {
		const week = 7 * 24 * time.Hour
		return period((t + cx.Time((3 * 24 * time.Hour).Microseconds())) / cx.Time(week.Microseconds()))
	}
	y, m, _ := t.Std().UTC().Date()
	return period(y*12 + int(m) - 1)
}

// endOf returns when the period of a group ends in which a time lies.
func (g Group) endOf(t cx.Time) cx.Time {
	if g.reported() {
		const week = 7 * 24 * time.Hour
		return cx.Time(int64(g.periodOf(t)+1)*week.Microseconds() - (3 * 24 * time.Hour).Microseconds())
	}
	y, m, _ := t.Std().UTC().Date()
	return cx.TimeOf(time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC))
}

// reported tells whether the group is of what people report by themselves.
func (g Group) reported() bool { return g.Survey == Obstacle || g.Survey == Idea }

// batch is what a group said in one or several periods that follow each other.
type batch struct {
	group   Group
	reports []report
	people  int // the most different people who spoke in one of its periods
	last    period
	here    int     // different people in the last period
	until   cx.Time // the latest time of a report
}

// release deals reports, in the order of the log, into batches. What is shown
// is always made of whole closed batches, and a closed batch never changes:
// whatever two views are compared, at whatever two times, by whatever filter,
// they differ by nothing or by at least MinPeople people.
//
// A batch closes when the team speaks in a later period than the batch's last,
// if in one of its periods at least MinPeople different people spoke; else it
// waits for more. A report that comes late belongs to the present period.
type release struct {
	open   map[Group]*batch
	closed []*batch
	now    [2]period // the latest of what is reported, and of surveys
}

func newRelease() *release { return &release{open: map[Group]*batch{}} }

// add deals a report.
func (r *release) add(one report) {
	kind := 1
	if one.group.reported() {
		kind = 0
	}
	p := one.group.periodOf(one.at)
	if p > r.now[kind] {
		r.now[kind] = p
		r.closeBefore(kind == 0, p)
	}
	b := r.open[one.group]
	if b == nil {
		b = &batch{group: one.group}
		r.open[one.group] = b
	}
	if b.last != r.now[kind] {
		b.last, b.here = r.now[kind], 0
	}
	if one.first && p == r.now[kind] { // who is late may have spoken before
		b.here++
		b.people = max(b.people, b.here)
	}
	b.reports, b.until = append(b.reports, one), max(b.until, one.at)
}

func (r *release) closeBefore(reported bool, p period) {
	from := len(r.closed)
	for g, b := range r.open {
		if g.reported() == reported && b.last < p && b.people >= MinPeople {
			r.closed = append(r.closed, b)
			delete(r.open, g)
		}
	}
	slices.SortFunc(r.closed[from:], func(a, b *batch) int { return cmp.Compare(a.reports[0].seq, b.reports[0].seq) })
}

// told returns the events of the closed batches, ascending.
func (r *release) told() []cx.Seq {
	var seqs []cx.Seq
	for _, b := range r.closed {
		for _, one := range b.reports {
			seqs = append(seqs, one.seq)
		}
	}
	slices.Sort(seqs)
	return seqs
}
