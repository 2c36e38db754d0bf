package eventlog

import (
	"math"
	"slices"
	"sort"
)

// Log is an event log in columns. The cases follow one another; the events of a
// case stand by time, then in the order in which they came. It is immutable and
// safe for concurrent use; whoever reads its columns must not write them.
//
// Of n events and c cases, event columns have n entries (or are nil when nothing
// is known), First has c+1, case columns have c.
type Log struct {
	Activities []Activity // by number
	Contexts   []Context  // by number; 0 is the empty one
	Scales     []string   // of answers, by number: "1-5"

	// Of each event.
	Activity []uint16
	Context  []uint32 // nil: all 0
	At       []int64  // µs since 1970
	Phase    []Phase  // nil: all Whole
	Valence  []int16  // thousandths, −2000..2000; NoValence: not known. nil: none is

	// Of each case: its events are First[i] up to First[i+1]−1, at least one.
	First    []uint32
	Key      []uint64     // what it is known by in its journey; ascending. nil: its number
	Customer []uint32     // whose it is; nil: nobody's
	Ending   []Ending     // nil: none has ended
	Answers  []Answer     // by case, then time; nil: none
	Later    []Afterwards // what its customer did afterwards; nil: not known
	Names    []string     // of an analyst's file; nil: the key is the name
}

// Phase is which part of an activity an event tells of. Where beginning and end
// are known, the time between them was worked and the rest was waited.
type Phase uint8

// The phases. An analyst's file has them as lifecycle:transition.
const (
	Whole Phase = iota // all that is known of the activity
	Begun              // start, resume
	Done               // complete, suspend
)

// NoValence marks an event of which it is not known how it was lived.
const NoValence = math.MinInt16

// Activity is what can happen in a run: an event's name and, in a company's
// journeys, the touchpoint where it happened. Of a file it is the name alone.
type Activity struct{ Name, Touchpoint string }

// Context is where and with whom an event happened. Events share contexts.
type Context struct {
	Touchpoint, Stage, Channel, Medium string
	Area, Supplier, Place, Source      string
}

// Ending is how a run ended by an event that the journey declares as its end.
type Ending uint8

// The endings.
const (
	Open      Ending = iota // no declared end was lived
	Reached                 // the purpose was reached
	Abandoned               // it was given up
)

// Answer is what a customer answered about a run.
type Answer struct {
	Case    uint32
	Context uint32
	At      int64  // µs
	Seq     uint64 // of the answer in the company's log; 0: not from there
	Score   float32
	Felt    int16 // the score moved linearly to −2000..2000, bad to good
	Metric  Metric
	Scale   uint8 // that the score is on
}

// Metric is what an answer measures.
type Metric uint8

// The metrics.
const (
	NPS Metric = iota + 1
	CSAT
	CES
	Rating
)

// Afterwards is what the customer of a run did after its last event. It is known
// only of runs that ended at least HorizonDays before the log was made.
type Afterwards struct {
	Known    bool
	Returned bool  // they bought again within HorizonDays
	Spent    int64 // minor units of the company's currency within HorizonDays
}

// HorizonDays is how long after a run coming back is looked for.
const HorizonDays = 30

// Cases returns how many cases there are.
func (l *Log) Cases() int { return max(0, len(l.First)-1) }

// Events returns how many events there are.
func (l *Log) Events() int { return len(l.Activity) }

// Span returns the first and the number after the last event of a case.
func (l *Log) Span(c int) (from, to int) { return int(l.First[c]), int(l.First[c+1]) }

// Answered returns the answers about the cases [from, to).
func (l *Log) Answered(from, to int) []Answer {
	first := func(c int) int {
		at, _ := slices.BinarySearchFunc(l.Answers, c, func(a Answer, c int) int { return int(a.Case) - c })
		return at
	}
	return l.Answers[first(from):first(to)]
}

// Where returns the context of an event.
func (l *Log) Where(e int) Context {
	if l.Context == nil {
		return Context{}
	}
	return l.Contexts[l.Context[e]]
}

// caseFrom returns the first case that begins at an event or after it.
func (l *Log) caseFrom(e int) int {
	return sort.Search(l.Cases(), func(c int) bool { return int(l.First[c]) >= e })
}
