package bench

import (
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"
)

// The load comes in chunks of 20 visits of five events, the visits woven into
// each other: event k of every visit, then event k+1 of every visit.
const (
	visits     = 20
	steps      = 5
	chunkSize  = visits * steps
	chunkFirst = visits / 2 // of the visits in a chunk, how many are somebody's first
)

// load is what customers live. What a chunk holds depends on the seed and its
// number alone. Half the visits are somebody's first; the others are by
// customers who came before, the n-th of them with a probability that falls
// with √n: a few come all the time, most never again.
type load struct {
	seed   uint64
	script script
	random int   // customers, each event by any of them; 0: in visits
	from   int64 // first event, Unix milliseconds
	step   float64
	chunk  atomic.Uint64 // the next one
}

// year is what the events are spread over, so that months close as in a store
// that grows for long.
const year = 365 * 24 * time.Hour

// newLoad returns a load of total events over the year before until. More can
// be had: they are of the time after it.
func newLoad(seed uint64, total int, until time.Time) *load {
	return &load{seed: seed, script: newScript(), from: until.Add(-year).UnixMilli(), step: float64(year.Milliseconds()) / float64(total)}
}

// event is one message and the endpoint that takes it alone.
type event struct {
	path string
	body []byte
}

// writer writes a load's chunks, one after the other, into memory that the next
// one takes again. Several writers share a load.
type writer struct {
	load   *load
	bytes  []byte
	events []event
	ends   []int
}

func newWriter(l *load) *writer { return &writer{load: l} }

// next writes the next chunk. It is valid until the next call.
func (w *writer) next() []event {
	chunk := w.load.chunk.Add(1) - 1
	r := rand.New(rand.NewPCG(w.load.seed, chunk))
	w.bytes, w.events, w.ends = w.bytes[:0], w.events[:0], w.ends[:0]
	var who [visits]visit
	for i := range who {
		who[i] = w.load.visit(r, chunk, i)
	}
	for step := range steps {
		for i := range who {
			at := w.load.from + int64(float64(chunk*chunkSize+uint64(step*visits+i))*w.load.step)
			v := &who[i]
			if w.load.random > 0 {
				v.customer, v.known = r.IntN(w.load.random), true
			}
			kind := w.load.kind(v, step)
			w.bytes = kind.write(w.bytes, r, *v, at)
			w.events = append(w.events, event{path: kind.path})
			w.ends = append(w.ends, len(w.bytes))
		}
	}
	from := 0
	for i, end := range w.ends { // only now, since the memory may have moved
		w.events[i].body = w.bytes[from:end]
		from = end
	}
	return w.events
}

// visit is one customer's stay.
type visit struct {
	customer int
	known    bool // they signed in before, so that the device knows who they are
	plan     int  // which of the plans they follow
}

func (l *load) visit(r *rand.Rand, chunk uint64, i int) visit {
	v := visit{plan: r.IntN(len(l.script.plans))}
	before := int(chunk) * chunkFirst
	if i < chunkFirst {
		v.customer = before + i
		return v
	}
	u := r.Float64()
	v.customer, v.known = int(u*u*float64(max(before, 1))), true
	return v
}

// kind returns what happens at a step: who comes for the first time signs up at
// the third.
func (l *load) kind(v *visit, step int) *pattern {
	if step == 2 && !v.known {
		v.known = true
		return l.script.signUp
	}
	return l.script.plans[v.plan][step]
}

// userID is the customer's id.
func userID(customer int) string { return "customer-" + padded(customer, 8) }

// customerName is what the customer signs up as; with the number, that they can
// be told apart.
func customerName(customer int) string {
	first := [...]string{"Ana", "María", "Íñigo", "José", "Lucía", "Beatriz", "João", "Carmen", "Nuria", "Óscar", "Elena"}
	last := [...]string{"García", "López", "Pérez", "Sousa", "Fernández", "Ibáñez", "Núñez", "Muñoz", "Vidal", "Ortega", "Castro", "Ferreira", "Soler"}
	return first[customer%len(first)] + " " + last[customer/len(first)%len(last)] + " " + last[customer/7%len(last)]
}

// email is the customer's address.
func email(customer int) string { return "lector" + padded(customer, 8) + "@candil.example" }

func padded(n, width int) string {
	s := strconv.Itoa(n)
	for len(s) < width {
		s = "0" + s
	}
	return s
}
