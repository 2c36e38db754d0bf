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
	of := make([]uint32, 0, cases.Count())
	first := make([]uint32, 1, cap(of)+1)
	for c := range l.Cases() {
		if cases.Has(c) {
			of = append(of, uint32(c))
			first = append(first, first[len(first)-1]+l.First[c+1]-l.First[c])
		}
	}
	return &Log{
		Activities: l.Activities, Contexts: l.Contexts, Scales: l.Scales,
		Activity: eventsOf(l, l.Activity, of), Context: eventsOf(l, l.Context, of),
		At: eventsOf(l, l.At, of), Phase: eventsOf(l, l.Phase, of), Valence: eventsOf(l, l.Valence, of),
		First: first, Key: gather(l.Key, of), Customer: gather(l.Customer, of),
		Ending: gather(l.Ending, of), Later: gather(l.Later, of), Names: gather(l.Names, of),
		Answers: l.answersOf(cases),
	}
}

// eventsOf returns the entries of an event column of the cases; nil of nil.
func eventsOf[T any](l *Log, column []T, cases []uint32) []T {
	if column == nil {
		return nil
	}
	size := 0
	for _, c := range cases {
		size += int(l.First[c+1] - l.First[c])
	}
	out := make([]T, 0, size)
	for _, c := range cases {
		out = append(out, column[l.First[c]:l.First[c+1]]...)
	}
	return out
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
