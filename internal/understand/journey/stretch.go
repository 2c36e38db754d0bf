package journey

import "github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"

// stretch is what a run lives in a row with one of something (an area, a
// channel): Who numbers it. Events of a run that have none are in no stretch.
type stretch struct {
	who         int
	first, last int // events; those between may be of no stretch
	felt        mood
}

// mood adds up how events were lived, in points.
type mood struct {
	sum float64
	n   int
}

func (v *mood) add(thousandths int16) {
	if thousandths != eventlog.NoValence {
		v.sum += float64(thousandths) / 1000
		v.n++
	}
}

func (v mood) mean() float64 { return v.sum / float64(v.n) }

// stretches appends the stretches of a case to the list. who tells by the number
// of a context whose it is, −1 for nobody's.
func stretches(to []stretch, l *eventlog.Log, c int, who []int) []stretch {
	from, end := l.Span(c)
	for e := from; e < end; e++ {
		w := who[contextOf(l, e)]
		if w < 0 {
			continue
		}
		if n := len(to); n == 0 || to[n-1].who != w {
			to = append(to, stretch{who: w, first: e})
		}
		s := &to[len(to)-1]
		s.last = e
		s.felt.add(valenceOf(l, e))
	}
	return to
}

// numbered numbers what a property of contexts is, "" left out: names by number,
// and the number of each context, −1 for "".
func numbered(l *eventlog.Log, property func(eventlog.Context) string) (names []string, of []int) {
	known := map[string]int{"": -1}
	of = make([]int, max(1, len(l.Contexts)))
	of[0] = -1
	for i, c := range l.Contexts {
		name := property(c)
		n, ok := known[name]
		if !ok {
			n = len(names)
			known[name] = n
			names = append(names, name)
		}
		of[i] = n
	}
	return names, of
}

// contextOf returns the number of an event's context.
func contextOf(l *eventlog.Log, e int) uint32 {
	if l.Context == nil {
		return 0
	}
	return l.Context[e]
}

// valenceOf returns how an event was lived, or eventlog.NoValence.
func valenceOf(l *eventlog.Log, e int) int16 {
	if l.Valence == nil {
		return eventlog.NoValence
	}
	return l.Valence[e]
}
