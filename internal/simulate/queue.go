package simulate

// queue holds what is to come, a bucket for each day; only the present day is
// in order, so that it costs little whatever waits behind. What was planned
// first comes first among equals: the order is the same in every run.
type queue struct {
	day    int // the present one
	later  []bucket
	heap   []entry
	wakes  []wake // of the present day
	facts  []fact
	serial uint32
	length int // over all days

	spareWakes *chunk[wake]
	spareFacts *chunk[fact]
}

// bucket is what is to come on a later day, in the order of its planning.
type bucket struct {
	wakes list[wake]
	facts list[fact]
}

// list grows by chunks that go back to a pool: a million customers plan two
// years ahead, and slices that grow by doubling would hold twice what they
// need on each day.
type list[T any] struct{ first, last *chunk[T] }

type chunk[T any] struct {
	items [32]T
	used  int
	next  *chunk[T]
}

func (l *list[T]) add(x T, pool **chunk[T]) {
	if l.last == nil || l.last.used == len(l.last.items) {
		c := *pool
		if c == nil {
			c = new(chunk[T])
		} else {
			*pool, c.next = c.next, nil
		}
		if l.last == nil {
			l.first = c
		} else {
			l.last.next = c
		}
		l.last = c
	}
	l.last.items[l.last.used] = x
	l.last.used++
}

// empty appends the list to a slice and gives its chunks back.
func (l *list[T]) empty(to []T, pool **chunk[T]) []T {
	for c := l.first; c != nil; {
		to = append(to, c.items[:c.used]...)
		next := c.next
		c.used, c.next = 0, *pool
		*pool = c
		c = next
	}
	*l = list[T]{}
	return to
}

// wake is the next time that a customer wants something.
type wake struct {
	at       int64
	customer uint32
	kind     kind
}

// entry points at a fact (index ≥ 0) or, by its complement, at a wake.
type entry struct {
	at     int64
	serial uint32
	index  int32
}

func (a entry) before(b entry) bool { return a.at < b.at || a.at == b.at && a.serial < b.serial }

func (q *queue) bucket(day int) *bucket {
	for q.day+len(q.later) < day {
		q.later = append(q.later, bucket{})
	}
	return &q.later[day-q.day-1]
}

// addWake plans a wake on a day that is not over.
func (q *queue) addWake(day int, w wake) {
	q.length++
	if day > q.day {
		q.bucket(day).wakes.add(w, &q.spareWakes)
		return
	}
	q.wakes = append(q.wakes, w)
	q.push(w.at, int32(-len(q.wakes)))
}

// addFact plans a fact on a day that is not over.
func (q *queue) addFact(day int, f fact) {
	q.length++
	if day > q.day {
		q.bucket(day).facts.add(f, &q.spareFacts)
		return
	}
	q.facts = append(q.facts, f)
	q.push(f.at, int32(len(q.facts)-1))
}

// nextDay closes the present day, which must be empty, and opens the next.
func (q *queue) nextDay() {
	q.day++
	q.serial = 0
	q.wakes, q.facts = q.wakes[:0], q.facts[:0]
	if len(q.later) == 0 {
		return
	}
	q.wakes = q.later[0].wakes.empty(q.wakes, &q.spareWakes)
	q.facts = q.later[0].facts.empty(q.facts, &q.spareFacts)
	copy(q.later, q.later[1:])
	q.later = q.later[:len(q.later)-1]
	for i, w := range q.wakes {
		q.push(w.at, int32(-i-1))
	}
	for i, f := range q.facts {
		q.push(f.at, int32(i))
	}
}

// peek returns the time of the first of the present day; ok is false when the
// day is over.
func (q *queue) peek() (at int64, ok bool) {
	if len(q.heap) == 0 {
		return 0, false
	}
	return q.heap[0].at, true
}

// pop takes the first of the present day: a fact, or a wake when its verb is
// none.
func (q *queue) pop() (f fact, w wake) {
	e := q.heap[0]
	q.length--
	last := q.heap[len(q.heap)-1]
	q.heap = q.heap[:len(q.heap)-1]
	if len(q.heap) > 0 {
		q.down(last)
	}
	if e.index < 0 {
		return fact{}, q.wakes[-e.index-1]
	}
	return q.facts[e.index], wake{}
}

func (q *queue) push(at int64, index int32) {
	e := entry{at, q.serial, index}
	q.serial++
	q.heap = append(q.heap, e)
	i := len(q.heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !e.before(q.heap[up]) {
			break
		}
		q.heap[i] = q.heap[up]
		i = up
	}
	q.heap[i] = e
}

func (q *queue) down(e entry) {
	i, n := 0, len(q.heap)
	for {
		child := 2*i + 1
		if child >= n {
			break
		}
		if child+1 < n && q.heap[child+1].before(q.heap[child]) {
			child++
		}
		if !q.heap[child].before(e) {
			break
		}
		q.heap[i] = q.heap[child]
		i = child
	}
	q.heap[i] = e
}

// takeFacts moves the facts out into a queue of their own; the wakes stay.
func (q *queue) takeFacts() queue {
	facts := queue{day: q.day}
	var wakes []wake
	for len(q.heap) > 0 {
		if f, w := q.pop(); f.verb != none {
			facts.addFact(q.day, f)
		} else {
			wakes = append(wakes, w)
		}
	}
	q.wakes, q.facts, q.serial = nil, nil, 0
	for _, w := range wakes {
		q.addWake(q.day, w)
	}
	for i := range q.later {
		for _, f := range q.later[i].facts.empty(nil, &q.spareFacts) {
			facts.addFact(q.day+1+i, f)
			q.length--
		}
	}
	return facts
}

// copyWakes returns a queue with the same wakes, in the same order.
func (q *queue) copyWakes() queue {
	c := queue{day: q.day}
	for _, w := range q.wakes {
		c.addWake(q.day, w)
	}
	for i := range q.later {
		for l := q.later[i].wakes.first; l != nil; l = l.next {
			for _, w := range l.items[:l.used] {
				c.addWake(q.day+1+i, w)
			}
		}
	}
	return c
}
