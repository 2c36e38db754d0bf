package cut

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// rules are what of a journey decides which facts make its runs.
type rules struct {
	byKey         bool
	gap           time.Duration // by customer
	before, after time.Duration // by key
	starts        bool          // runs begin at a start only
	inStep        []bool        // by activity number: it can be a step of the script
	afterStep     []bool        // … one of stage after
}

// attaches tells whether facts without a key belong to runs by key.
func (r *rules) attaches() bool { return r.byKey && r.before+r.after > 0 }

// mark is what a fact does to a run.
type mark uint8

const (
	begins mark = 1 << iota
	reaches
	abandons
)

// loose is the group of facts by key that lack the key.
const loose = math.MaxUint32

// material is the facts of which runs are cut, in columns, in the order in which
// they came.
type material struct {
	keys []uint64 // of the groups: an object's number, or a customer's; each once

	group    []uint32 // of keys, or loose
	customer []uint32
	at       []int64
	activity []uint16
	context  []uint32
	valence  []int16
	mark     []mark

	answers []answered
	bought  []purchase
}

// answered is an answer before it is known which run it is about.
type answered struct {
	eventlog.Answer
	group    uint32
	customer uint32
}

// purchase is revenue of a customer.
type purchase struct {
	customer uint32
	at       int64
	minor    int64
}

// run is a run while it is being cut.
type run struct {
	group       uint32
	from, to    uint32 // its facts in rows
	attached    uint32 // how many more it has that lack the key
	customer    uint32
	first, last int64 // of its facts in rows
	ended       int64 // when an end was lived; maxTime: not
	ending      eventlog.Ending
}

const maxTime = math.MaxInt64

// cutting is runs being cut.
type cutting struct {
	*material
	rules
	rows []uint32 // facts by group and time; those of a run in a row
	runs []run    // by key
	by   []uint32 // numbers of runs by customer, then first, then key
	most []int64  // of by: the greatest last of the customer's runs up to there
}

// cut cuts the material, which it uses up, into runs and returns them as a log
// without dictionaries, and how many facts belong to no run for want of a key,
// though others of their activity have one. Of a group by key there is one run at most;
// it begins at the first start (the first fact where the journey declares none),
// and what comes after an end belongs to it when it can be a step of stage after.
// A group by customer is cut where the gap is as long, and where something comes
// after an end that cannot be such a step. A fact without a key that can be a step
// belongs to the nearest run of its customer within the rules' times.
func (m *material) cut(r rules, now cx.Time) (log *eventlog.Log, withoutKey int64) {
	c := &cutting{material: m, rules: r}
	c.sort()
	unkeyed := c.rows[c.grouped():]
	carries := make([]bool, len(r.inStep)) // the key, by activity
	for _, row := range c.rows[:len(c.rows)-len(unkeyed)] {
		carries[m.activity[row]] = true
	}
	c.cutGroups()
	var attached [][2]uint32 // run, row
	for _, row := range unkeyed {
		if !r.inStep[m.activity[row]] {
			continue
		}
		n, ok := uint32(0), false
		if r.attaches() {
			n, ok = c.nearest(m.customer[row], m.at[row], r.afterStep[m.activity[row]])
		}
		switch {
		case ok:
			attached = append(attached, [2]uint32{n, row})
			c.runs[n].attached++
		case carries[m.activity[row]]:
			withoutKey++
		}
	}
	c.group, c.mark, c.customer = nil, nil, nil
	log = c.log(attached)
	log.Answers = c.answersOf()
	log.Later = c.later(log, now)
	return log, withoutKey
}

// sort orders the rows by key of their group, then time, then coming; loose ones
// are last, in their order of coming.
func (c *cutting) sort() {
	place := make([]uint32, len(c.keys)) // of each group among the keys in order
	order := make([]uint32, len(c.keys))
	for g := range order {
		order[g] = uint32(g)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(c.keys[a], c.keys[b]) })
	for i, g := range order {
		place[g] = uint32(i)
	}
	at := func(row int) int {
		if g := c.group[row]; g != loose {
			return int(place[g])
		}
		return len(place)
	}
	next := make([]uint32, len(place)+2)
	for row := range c.group {
		next[at(row)+1]++
	}
	for i := 1; i < len(next); i++ {
		next[i] += next[i-1]
	}
	c.rows = make([]uint32, len(c.group))
	for row := range c.group {
		p := at(row)
		c.rows[next[p]] = uint32(row)
		next[p]++
	}
	byTime := func(a, b uint32) int { return cmp.Compare(c.at[a], c.at[b]) }
	for from := uint32(0); int(from) < c.grouped(); {
		to := next[place[c.group[c.rows[from]]]]
		if rows := c.rows[from:to]; !slices.IsSortedFunc(rows, byTime) {
			slices.SortStableFunc(rows, byTime)
		}
		from = to
	}
}

// grouped returns how many rows have a group.
func (c *cutting) grouped() int {
	return sort.Search(len(c.rows), func(i int) bool { return c.group[c.rows[i]] == loose })
}

// cutGroups makes the runs. The rows of a run stay where they are or move
// forward, over those that are left out.
func (c *cutting) cutGroups() {
	var r *run
	kept := uint32(0)
	for i := range c.grouped() {
		row := c.rows[i]
		if r != nil && (r.group != c.group[row] || c.closes(r, row)) {
			r = nil
		}
		if r == nil {
			if c.starts && c.mark[row]&begins == 0 {
				continue
			}
			c.runs = append(c.runs, run{group: c.group[row], from: kept, to: kept, customer: c.customer[row], first: c.at[row], ended: maxTime})
			r = &c.runs[len(c.runs)-1]
		} else if r.ended != maxTime && !c.afterStep[c.activity[row]] {
			continue // by key: others belong to nothing
		}
		c.rows[kept] = row
		kept++
		r.to, r.last = kept, c.at[row]
		if m := c.mark[row]; r.ended == maxTime && m&(reaches|abandons) != 0 {
			r.ended, r.ending = c.at[row], eventlog.Reached
			if m&reaches == 0 {
				r.ending = eventlog.Abandoned
			}
		}
	}
}

// closes tells whether a run by customer is over before the row.
func (c *cutting) closes(r *run, row uint32) bool {
	return !c.byKey && (c.at[row]-r.last >= c.gap.Microseconds() || r.ended != maxTime && !c.afterStep[c.activity[row]])
}

// key returns what a run is known by: its object's number; of a customer's, the
// customer and the second in which it began, or the next free one.
func (c *cutting) key(n int, before uint64) uint64 {
	r := &c.runs[n]
	if c.byKey {
		return c.keys[r.group]
	}
	key := uint64(r.customer)<<32 | uint64(uint32(r.first/1e6))
	if n > 0 && c.runs[n-1].customer == r.customer && key <= before {
		key = before + 1
	}
	return key
}

// index orders the runs by customer.
func (c *cutting) index() {
	c.by = make([]uint32, len(c.runs))
	for i := range c.by {
		c.by[i] = uint32(i)
	}
	slices.SortStableFunc(c.by, func(a, b uint32) int {
		x, y := &c.runs[a], &c.runs[b]
		return cmp.Or(cmp.Compare(x.customer, y.customer), cmp.Compare(x.first, y.first))
	})
	c.most = make([]int64, len(c.by))
	for i, n := range c.by {
		c.most[i] = c.runs[n].last
		if i > 0 && c.runs[c.by[i-1]].customer == c.runs[n].customer {
			c.most[i] = max(c.most[i], c.most[i-1])
		}
	}
}

// nearest returns the run of the customer that is nearest to the time: one that
// goes on then, else the one that begins or that was last lived least far from
// it, within the rules' times. Of as near ones it is the one that began last. One
// that has ended is none, unless what happened can come after.
func (c *cutting) nearest(customer uint32, at int64, canFollow bool) (n uint32, ok bool) {
	if c.by == nil {
		c.index()
	}
	before, after := c.before.Microseconds(), c.after.Microseconds()
	if !c.byKey {
		before, after = 0, c.gap.Microseconds()-1
	}
	following := sort.Search(len(c.by), func(i int) bool {
		r := &c.runs[c.by[i]]
		return r.customer > customer || r.customer == customer && r.first > at
	})
	best := int64(maxTime)
	for i := following - 1; i >= 0 && best > 0; i-- {
		r := &c.runs[c.by[i]]
		if r.customer != customer || at-c.most[i] > after {
			break
		}
		if d := max(0, at-r.last); d <= after && d < best && (canFollow || at <= r.ended) {
			best, n, ok = d, c.by[i], true
		}
	}
	if following < len(c.by) {
		r := &c.runs[c.by[following]]
		if d := r.first - at; r.customer == customer && d <= before && d <= best {
			return c.by[following], true
		}
	}
	return n, ok
}

// log writes the runs, and uses the material's columns up: of many facts both
// together would take twice the memory.
func (c *cutting) log(attached [][2]uint32) *eventlog.Log {
	n := len(c.runs)
	l := &eventlog.Log{First: make([]uint32, n+1), Key: make([]uint64, n), Customer: make([]uint32, n), Ending: make([]eventlog.Ending, n)}
	for i := range c.runs {
		r := &c.runs[i]
		l.First[i+1], l.Customer[i], l.Ending[i] = l.First[i]+r.to-r.from+r.attached, r.customer, r.ending
		l.Key[i] = c.key(i, l.Key[max(0, i-1)])
	}
	order := c.rows[:l.First[n]-uint32(len(attached))]
	if len(attached) > 0 {
		order = c.merged(attached)
	}
	l.At, l.Activity, l.Context, l.Valence = take(&c.at, order), take(&c.activity, order), take(&c.context, order), take(&c.valence, order)
	return l
}

// merged returns the rows of the runs with those that are attached to them, by
// time.
func (c *cutting) merged(attached [][2]uint32) []uint32 {
	slices.SortStableFunc(attached, func(a, b [2]uint32) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(c.at[a[1]], c.at[b[1]]))
	})
	order := make([]uint32, 0, len(c.rows))
	for i := range c.runs {
		r := &c.runs[i]
		more := attached[:r.attached]
		attached = attached[r.attached:]
		for _, row := range c.rows[r.from:r.to] {
			for len(more) > 0 && c.sooner(more[0][1], row) {
				order, more = append(order, more[0][1]), more[1:]
			}
			order = append(order, row)
		}
		for _, at := range more {
			order = append(order, at[1])
		}
	}
	return order
}

// take returns the column's entries of the rows, and lets the column go.
func take[T any](column *[]T, rows []uint32) []T {
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = (*column)[row]
	}
	*column = nil
	return out
}

// sooner tells whether a row was lived, or came, before another.
func (c *cutting) sooner(a, b uint32) bool {
	return c.at[a] < c.at[b] || c.at[a] == c.at[b] && a < b
}

// answersOf returns the answers that are about a run: by key, those that carry
// it; else those that are nearest to it as facts without a key are, whatever
// they can be a step of.
func (c *cutting) answersOf() []eventlog.Answer {
	if len(c.answers) == 0 {
		return nil
	}
	runOf := make([]uint32, len(c.keys))
	for g := range runOf {
		runOf[g] = loose
	}
	for n := range c.runs {
		runOf[c.runs[n].group] = uint32(n)
	}
	var out []eventlog.Answer
	for _, a := range c.answers {
		n, ok := uint32(loose), false
		switch {
		case c.byKey && a.group != loose:
			n = runOf[a.group]
			ok = n != loose
		case !c.byKey || c.attaches():
			n, ok = c.nearest(a.customer, a.At, true)
		}
		if ok {
			a.Case = n
			out = append(out, a.Answer)
		}
	}
	slices.SortStableFunc(out, func(a, b eventlog.Answer) int {
		return cmp.Or(cmp.Compare(a.Case, b.Case), cmp.Compare(a.At, b.At), cmp.Compare(a.Seq, b.Seq))
	})
	return out
}

// later returns what the customers of the runs did after their last events.
func (c *cutting) later(l *eventlog.Log, now cx.Time) []eventlog.Afterwards {
	const horizon = eventlog.HorizonDays * 24 * int64(time.Hour/time.Microsecond)
	slices.SortFunc(c.bought, func(a, b purchase) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.at, b.at))
	})
	out := make([]eventlog.Afterwards, l.Cases())
	for i := range out {
		_, to := l.Span(i)
		last, customer := l.At[to-1], l.Customer[i]
		if last > int64(now)-horizon {
			continue
		}
		out[i].Known = true
		k := sort.Search(len(c.bought), func(k int) bool {
			b := &c.bought[k]
			return b.customer > customer || b.customer == customer && b.at > last
		})
		for ; k < len(c.bought) && c.bought[k].customer == customer && c.bought[k].at <= last+horizon; k++ {
			out[i].Spent += c.bought[k].minor
			out[i].Returned = out[i].Returned || c.bought[k].minor > 0
		}
	}
	return out
}
