package promise

import (
	"cmp"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// kind is what an event means to a promise. At one moment and one event, what
// ends an instance comes before what begins the next.
type kind int

const (
	ends    kind = iota // To
	voids               // Void
	fears               // Risk
	begins              // From
	decides             // At: begun and ended at once
)

// mark is an event that a promise waits for.
type mark struct {
	seq     cx.Seq
	kind    kind
	at      cx.Time
	profile cx.ProfileNo
	due     cx.Time // of begins
	risk    cx.Time // of begins: when it is at risk by time; 0: never
	kept    bool    // of decides
	context int     // where and with whom
}

func compare(a, b mark) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq), cmp.Compare(a.kind, b.kind))
}

// run is an instance as the marks and the clock make it.
type run struct {
	n       int // from 1: which of its key's
	from    mark
	state   State
	since   cx.Time
	by      cx.Seq
	ended   cx.Time
	context int
	next    cx.Time // when the clock changes it; 0: never
}

// walk makes the instances of one key of its marks, in the order in which they
// were lived, as they stand at now. n is the number of instances before.
//
// A mark that begins opens an instance, unless one is open and not yet due:
// promising again does not put off what was promised first. What ends an instance
// in time keeps it; afterwards it tells only when it was done after all. What ends
// or voids when nothing is open says nothing.
func walk(marks []mark, n int, now cx.Time) (runs []run) {
	slices.SortFunc(marks, compare)
	var open *run
	var feared mark
	for _, m := range marks {
		switch m.kind {
		case begins:
			if open != nil && m.at <= open.from.due {
				continue
			}
			if open != nil {
				open.wait(feared, now)
			}
			n++
			runs, feared = append(runs, run{n: n, from: m, context: m.context}), mark{}
			open = &runs[len(runs)-1]
		case fears:
			if open != nil && feared.seq == 0 && m.at <= open.from.due {
				feared = m
			}
		case ends, voids:
			if open == nil {
				continue
			}
			switch {
			case m.at > open.from.due:
				open.state, open.since = Broken, open.from.due
			case m.kind == ends:
				open.state, open.since, open.by = Kept, m.at, m.seq
			default:
				open.state, open.since, open.by = Void, m.at, m.seq
			}
			open.ended = m.at
			if m.kind == ends {
				open.context = m.context
			}
			open = nil
		case decides:
			n++
			r := run{n: n, from: m, state: Broken, since: m.at, by: m.seq, ended: m.at, context: m.context}
			if m.kept {
				r.state = Kept
			}
			runs = append(runs, r)
		}
	}
	if open != nil {
		open.wait(feared, now)
	}
	return runs
}

// wait says how an instance stands that nothing has ended.
func (r *run) wait(feared mark, now cx.Time) {
	due, risk, by := r.from.due, r.from.risk, cx.Seq(0)
	if risk != 0 {
		risk = max(risk, r.from.at)
	}
	if risk > due { // it began when it was due already
		risk = 0
	}
	if feared.seq != 0 {
		r.context = feared.context // who makes it fear knows more of where than what began it
		if risk == 0 || feared.at < risk {
			risk, by = feared.at, feared.seq
		}
	}
	switch {
	case now > due:
		r.state, r.since = Broken, due
	case risk != 0 && (by != 0 || risk <= now):
		r.state, r.since, r.by, r.next = AtRisk, risk, by, due+1
	case risk != 0:
		r.state, r.since, r.by, r.next = Waiting, r.from.at, r.from.seq, risk
	default:
		r.state, r.since, r.by, r.next = Waiting, r.from.at, r.from.seq, due+1
	}
}
