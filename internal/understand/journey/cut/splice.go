package cut

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// splice returns the log with the cases of the keys in gone taken out and those
// of the patch put in, in the order of their keys. The dictionaries are the
// patch's, of which the log's are the beginning. Events between two changes are
// copied in one go.
func splice(l, patch *eventlog.Log, gone map[uint64]struct{}) *eventlog.Log {
	keys := make([]uint64, 0, len(gone)+patch.Cases())
	for key := range gone {
		keys = append(keys, key)
	}
	keys = append(keys, patch.Key...)
	slices.Sort(keys)
	s := splicing{out: &eventlog.Log{
		Activities: patch.Activities, Contexts: patch.Contexts, Scales: patch.Scales,
		Activity: make([]uint16, 0, l.Events()+patch.Events()), Context: make([]uint32, 0, l.Events()+patch.Events()),
		At: make([]int64, 0, l.Events()+patch.Events()), Valence: make([]int16, 0, l.Events()+patch.Events()),
		First: append(make([]uint32, 0, l.Cases()+patch.Cases()+1), 0), Key: make([]uint64, 0, l.Cases()+patch.Cases()),
		Customer: make([]uint32, 0, l.Cases()+patch.Cases()), Ending: make([]eventlog.Ending, 0, l.Cases()+patch.Cases()),
		Later: make([]eventlog.Afterwards, 0, l.Cases()+patch.Cases()), Answers: make([]eventlog.Answer, 0, len(l.Answers)+len(patch.Answers)),
	}}
	from, put := 0, 0
	for _, key := range slices.Compact(keys) {
		to, there := slices.BinarySearch(l.Key[from:], key)
		s.copy(l, from, from+to)
		if from += to; there {
			from++
		}
		if put < patch.Cases() && patch.Key[put] == key {
			s.copy(patch, put, put+1)
			put++
		}
	}
	s.copy(l, from, l.Cases())
	return s.out
}

// splicing is a log being put together.
type splicing struct{ out *eventlog.Log }

// copy puts the cases [from, to) of a log behind what is there.
func (s *splicing) copy(l *eventlog.Log, from, to int) {
	if from >= to {
		return
	}
	o, a, b := s.out, l.First[from], l.First[to]
	moved, renumbered := uint32(len(o.Activity))-a, uint32(o.Cases())-uint32(from)
	o.Activity = append(o.Activity, l.Activity[a:b]...)
	o.Context = append(o.Context, l.Context[a:b]...)
	o.At = append(o.At, l.At[a:b]...)
	o.Valence = append(o.Valence, l.Valence[a:b]...)
	for _, first := range l.First[from+1 : to+1] {
		o.First = append(o.First, first+moved)
	}
	o.Key = append(o.Key, l.Key[from:to]...)
	o.Customer = append(o.Customer, l.Customer[from:to]...)
	o.Ending = append(o.Ending, l.Ending[from:to]...)
	o.Later = append(o.Later, l.Later[from:to]...)
	for _, answer := range l.Answered(from, to) {
		answer.Case += renumbered
		o.Answers = append(o.Answers, answer)
	}
}
