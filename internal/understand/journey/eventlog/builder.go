package eventlog

import (
	"cmp"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// MaxActivities is how many different activities a log holds.
const MaxActivities = math.MaxUint16

// Row is one event as a file tells it.
type Row struct {
	Case     string // as the file names it, whatever it is: "NA" is a case
	Activity Activity
	Context  Context
	At       int64 // µs since 1970
	Phase    Phase
}

// Builder makes a log of rows that come in any order. The cases of the log stand
// in the order in which they first came; the events of a case by time, those of
// the same instant in the order in which they came (a stable sort, as pm4py's).
// The zero Builder is empty and ready. It is not safe for concurrent use.
type Builder struct {
	cases      map[string]uint32
	names      []string
	activities map[Activity]uint16
	contexts   map[Context]uint32
	log        Log
	of         []uint32 // of each event: its case
	context    []uint32
	phase      []Phase
	phased     bool
}

// Add adds an event. An error of kind cx.TooLarge says which limit was passed:
// MaxActivities different activities, or 2³²−1 events.
func (b *Builder) Add(r Row) error {
	if b.cases == nil {
		b.cases, b.activities = map[string]uint32{}, map[Activity]uint16{}
		b.contexts = map[Context]uint32{{}: 0}
		b.log.Contexts = []Context{{}}
	}
	if len(b.of) == math.MaxUint32 {
		return cx.Errorf(cx.TooLarge, "eventlog.Builder", "a log holds at most %d events: divide it, by year for example", uint32(math.MaxUint32))
	}
	activity, ok := b.activities[r.Activity]
	if !ok {
		if len(b.log.Activities) == MaxActivities {
			return cx.Errorf(cx.TooLarge, "eventlog.Builder",
				"more than %d different activities: is an id part of the name? The last was %q: choose a column that says what happened", MaxActivities, r.Activity.Name)
		}
		activity = uint16(len(b.log.Activities))
		b.activities[r.Activity] = activity
		b.log.Activities = append(b.log.Activities, r.Activity)
	}
	c, ok := b.cases[r.Case]
	if !ok {
		c = uint32(len(b.names))
		b.cases[r.Case] = c
		b.names = append(b.names, r.Case)
	}
	context, ok := b.contexts[r.Context]
	if !ok {
		context = uint32(len(b.log.Contexts))
		b.contexts[r.Context] = context
		b.log.Contexts = append(b.log.Contexts, r.Context)
	}
	b.of = append(b.of, c)
	b.log.Activity = append(b.log.Activity, activity)
	b.log.At = append(b.log.At, r.At)
	b.context = append(b.context, context)
	b.phase = append(b.phase, r.Phase)
	b.phased = b.phased || r.Phase != Whole
	return nil
}

// Build returns the log of what was added, and leaves the Builder empty.
func (b *Builder) Build() *Log {
	l := &Log{
		Activities: b.log.Activities, Contexts: b.log.Contexts, Names: b.names,
		First: make([]uint32, len(b.names)+1),
	}
	for _, c := range b.of {
		l.First[c+1]++
	}
	for c := range b.names {
		l.First[c+1] += l.First[c]
	}
	row := make([]uint32, len(b.of)) // of each event of the log: which row it was
	next := slices.Clone(l.First)
	for r, c := range b.of {
		row[next[c]] = uint32(r)
		next[c]++
	}
	at := b.log.At
	byTime := func(x, y uint32) int { return cmp.Compare(at[x], at[y]) }
	for c := range b.names {
		if events := row[l.First[c]:l.First[c+1]]; !slices.IsSortedFunc(events, byTime) {
			slices.SortStableFunc(events, byTime)
		}
	}
	l.Activity, l.At = gather(b.log.Activity, row), gather(at, row)
	if len(l.Contexts) > 1 {
		l.Context = gather(b.context, row)
	}
	if b.phased {
		l.Phase = gather(b.phase, row)
	}
	*b = Builder{}
	return l
}

// gather returns the entries of a column at the places; nil of nil.
func gather[T any](column []T, places []uint32) []T {
	if column == nil {
		return nil
	}
	out := make([]T, len(places))
	for i, p := range places {
		out[i] = column[p]
	}
	return out
}
