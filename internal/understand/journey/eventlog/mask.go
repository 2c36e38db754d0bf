package eventlog

import "math/bits"

// Mask is a set of numbers from 0 on, of cases or of events, a bit for each.
type Mask []uint64

// NewMask returns the empty mask of n numbers.
func NewMask(n int) Mask { return make(Mask, (n+63)/64) }

// MaskOf returns the numbers below n that has says are in.
func MaskOf(n int, has func(i int) bool) Mask {
	m := NewMask(n)
	for i := range n {
		if has(i) {
			m.Add(i)
		}
	}
	return m
}

// Add puts a number in.
func (m Mask) Add(i int) { m[i>>6] |= 1 << (i & 63) }

// Has tells whether a number is in.
func (m Mask) Has(i int) bool { return m[i>>6]>>(i&63)&1 == 1 }

// Count returns how many numbers are in.
func (m Mask) Count() int {
	n := 0
	for _, word := range m {
		n += bits.OnesCount64(word)
	}
	return n
}

// And returns the numbers that are in both masks, which are of the same size.
func (m Mask) And(other Mask) Mask {
	out := make(Mask, len(m))
	for i := range m {
		out[i] = m[i] & other[i]
	}
	return out
}

// Common returns how many numbers are in both masks, of the same size.
func (m Mask) Common(other Mask) int {
	n := 0
	for i := range m {
		n += bits.OnesCount64(m[i] & other[i])
	}
	return n
}

// Or returns the numbers that are in either mask, of the same size.
func (m Mask) Or(other Mask) Mask {
	out := make(Mask, len(m))
	for i := range m {
		out[i] = m[i] | other[i]
	}
	return out
}

// Without returns the numbers of m that are not in other, of the same size.
func (m Mask) Without(other Mask) Mask {
	out := make(Mask, len(m))
	for i := range m {
		out[i] = m[i] &^ other[i]
	}
	return out
}

// Only returns the log of the cases of the mask. It shares the dictionaries, so
// that numbers of activities and contexts mean the same in both.
func (l *Log) Only(cases Mask) *Log {
	return l.pick(cases, nil)
}

// OnlyEvents returns the log of the events that keep lets through. A case that
// keeps none is left out, with its answers. Dictionaries are shared.
func (l *Log) OnlyEvents(keep func(e int) bool) *Log {
	cases, events := NewMask(l.Cases()), NewMask(l.Events())
	for c := range l.Cases() {
		from, to := l.Span(c)
		for e := from; e < to; e++ {
			if keep(e) {
				events.Add(e)
				cases.Add(c)
			}
		}
	}
	return l.pick(cases, events)
}

// pick returns the log of the cases, and of their events those of the second
// mask; nil: all of them.
func (l *Log) pick(cases, events Mask) *Log {
	caseAt := make([]uint32, 0, cases.Count())
	size := 0
	for c := range l.Cases() {
		if cases.Has(c) {
			caseAt = append(caseAt, uint32(c)) //nolint:gosec // cases are numbered in 32 bits
			from, to := l.Span(c)
			size += to - from
		}
	}
	eventAt := make([]uint32, 0, size)
	first := make([]uint32, 1, len(caseAt)+1)
	for _, c := range caseAt {
		for e := l.First[c]; e < l.First[c+1]; e++ {
			if events == nil || events.Has(int(e)) {
				eventAt = append(eventAt, e)
			}
		}
		first = append(first, uint32(len(eventAt))) //nolint:gosec // events are numbered in 32 bits
	}
	return &Log{
		Activities: l.Activities, Contexts: l.Contexts, Scales: l.Scales,
		Activity: gather(l.Activity, eventAt), Context: gather(l.Context, eventAt),
		At: gather(l.At, eventAt), Phase: gather(l.Phase, eventAt), Valence: gather(l.Valence, eventAt),
		First: first, Key: gather(l.Key, caseAt), Customer: gather(l.Customer, caseAt),
		Ending: gather(l.Ending, caseAt), Later: gather(l.Later, caseAt), Names: gather(l.Names, caseAt),
		Answers: l.answersOf(cases),
	}
}

// answersOf returns the answers about the cases, numbered anew.
func (l *Log) answersOf(cases Mask) []Answer {
	var out []Answer
	number, next := uint32(0), 0 // cases of the mask below the answer's case
	for _, a := range l.Answers {
		for ; next < int(a.Case); next++ {
			if cases.Has(next) {
				number++
			}
		}
		if cases.Has(int(a.Case)) {
			a.Case = number
			out = append(out, a)
		}
	}
	return out
}

// Relabel returns the log with other activities: to gives each activity's number
// in the new dictionary. All other columns are shared.
func (l *Log) Relabel(activities []Activity, to []uint16) *Log {
	out := *l
	out.Activities = activities
	out.Activity = make([]uint16, len(l.Activity))
	for e, a := range l.Activity {
		out.Activity[e] = to[a]
	}
	return &out
}
