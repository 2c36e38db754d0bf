package journey

import (
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// The last words of the names of events that begin and end an activity, in
// lower case: "Checkout Started" and "Checkout Completed" at one touchpoint are
// its two ends.
var (
	beginnings = []string{"started", "begun", "iniciado", "iniciada", "empezado", "empezada", "começado", "começada"}
	endings    = []string{
		"completed", "ended", "finished", "terminado", "terminada", "completado", "completada",
		"finalizado", "finalizada", "concluído", "concluída",
	}
)

// works tells when a run is worked on: from an event that begins an activity to
// the first later one that ends it, first begun first done. In an analyst's file
// the log's phases tell them; in a company's journeys, names of events at one
// touchpoint that differ in their last word alone. What is begun and never done
// tells nothing.
type works struct {
	log     *eventlog.Log
	subject []int            // by activity: what it begins or ends
	phase   []eventlog.Phase // by activity; nil: the log's phases
	known   bool             // something begun was done, of all that match has seen
	queues  [][]int          // by subject: events that began it and are not yet done
	dirty   []int            // subjects whose queue is not empty
	done    []int            // of each event of the run: the one that ends what it begins; 0: none
	from    int              // the run's first event
	open    []int            // events that began what is worked on, the latest last
}

func worksOf(l *eventlog.Log) *works {
	w := &works{log: l, subject: make([]int, len(l.Activities))}
	number := map[eventlog.Activity]int{}
	for a, activity := range l.Activities {
		subject := activity
		if l.Phase == nil {
			i := strings.LastIndexByte(activity.Name, ' ')
			last := strings.ToLower(activity.Name[i+1:])
			phase := eventlog.Whole
			switch {
			case i < 0:
			case slices.Contains(beginnings, last):
				phase = eventlog.Begun
			case slices.Contains(endings, last):
				phase = eventlog.Done
			}
			if phase != eventlog.Whole {
				subject.Name = activity.Name[:i] + " …"
			}
			w.phase = append(w.phase, phase)
		}
		if _, ok := number[subject]; !ok {
			number[subject] = len(number)
		}
		w.subject[a] = number[subject]
	}
	w.queues = make([][]int, len(number))
	return w
}

// match pairs the beginnings and ends of a run.
func (w *works) match(from, to int) {
	w.from, w.open = from, w.open[:0]
	w.done = slices.Grow(w.done[:0], to-from)[:to-from]
	clear(w.done)
	for e := from; e < to; e++ {
		a := w.log.Activity[e]
		phase := eventlog.Whole
		if w.phase != nil {
			phase = w.phase[a]
		} else if w.log.Phase != nil {
			phase = w.log.Phase[e]
		}
		queue := &w.queues[w.subject[a]]
		switch {
		case phase == eventlog.Begun:
			if len(*queue) == 0 {
				w.dirty = append(w.dirty, w.subject[a])
			}
			*queue = append(*queue, e)
		case phase == eventlog.Done && len(*queue) > 0:
			w.done[(*queue)[0]-from] = e
			*queue = (*queue)[1:]
			w.known = true
		}
	}
	for _, s := range w.dirty {
		w.queues[s] = w.queues[s][:0]
	}
	w.dirty = w.dirty[:0]
}

// end returns the event that ends what an event of the run begins.
func (w *works) end(e int) (int, bool) {
	done := w.done[e-w.from]
	return done, done > 0
}

// on returns the event that began what is worked on right after an event of the
// run: of several, the latest. It is asked event by event.
func (w *works) on(e int) (int, bool) {
	if _, ok := w.end(e); ok {
		w.open = append(w.open, e)
	}
	for len(w.open) > 0 {
		last := w.open[len(w.open)-1]
		if done, _ := w.end(last); done > e {
			return last, true
		}
		w.open = w.open[:len(w.open)-1]
	}
	return 0, false
}
