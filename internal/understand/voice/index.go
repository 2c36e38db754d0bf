package voice

import (
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// where is what many texts share of where they were said.
type where struct {
	kind                               Kind
	source, name, question             string
	touchpoint, stage, channel, medium string
	area, supplier, place              string
}

// mark is what many texts share of how they read.
type mark struct {
	language, polarity, emotion string
	topics                      string // slugs, each followed by a comma
	corrected                   bool
	alone                       string
	elsewhere                   bool
}

func marked(r Reading) mark {
	m := mark{language: r.Language, polarity: r.Polarity, emotion: r.Emotion, corrected: r.Corrected, alone: r.Alone, elsewhere: r.Elsewhere}
	m.topics = joinTopics(r.Topics)
	return m
}

func joinTopics(slugs []string) string {
	var b strings.Builder
	for _, s := range slugs {
		b.WriteString(s)
		b.WriteByte(',')
	}
	return b.String()
}

func splitTopics(s string) []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(s[:len(s)-1], ",")
}

func (m mark) reading(sentiment float64) Reading {
	return Reading{m.language, m.polarity, sentiment, m.emotion, splitTopics(m.topics), m.corrected, m.alone, m.elsewhere}
}

// numbered numbers what is the same from 1; 0 is nothing.
type numbered[K comparable] struct {
	keys []K // keys[0] is nothing
	no   map[K]uint32
}

func newNumbered[K comparable]() numbered[K] {
	return numbered[K]{make([]K, 1), map[K]uint32{}}
}

func (n *numbered[K]) put(no uint32, k K) {
	for uint32(len(n.keys)) <= no {
		var none K
		n.keys = append(n.keys, none)
	}
	n.keys[no], n.no[k] = k, no
}

// drop forgets what a number stands for. The number is not given again.
func (n *numbered[K]) drop(no uint32) {
	var none K
	delete(n.no, n.keys[no])
	n.keys[no] = none
}

// row is one text in the index.
type row struct {
	id        int64
	seq       cx.Seq
	item      uint16
	profile   cx.ProfileNo
	context   uint32
	reading   uint32
	score     uint32
	sentiment float32
}

// index holds of every text what it is filtered and counted by, in memory, by
// ascending id: some 40 bytes each, so that a question passes over a million of
// them in milliseconds, whichever engine keeps the words.
type index struct {
	rows     []row
	contexts numbered[where]
	readings numbered[mark]
	scores   numbered[Score]
	customer []cx.CustomerNo // by profile; 0 or beyond the end: a customer of its own
}

func newIndex() *index {
	return &index{contexts: newNumbered[where](), readings: newNumbered[mark](), scores: newNumbered[Score]()}
}

// find returns where the row of an id is, or would be.
func (x *index) find(id int64) (at int, ok bool) {
	return slices.BinarySearchFunc(x.rows, id, func(r row, id int64) int {
		switch {
		case r.id < id:
			return -1
		case r.id > id:
			return 1
		}
		return 0
	})
}

// add puts rows in, sorted by id; those whose id is there are replaced.
func (x *index) add(rows []row) {
	if len(rows) == 0 {
		return
	}
	if n := len(x.rows); n == 0 || x.rows[n-1].id < rows[0].id {
		x.rows = append(x.rows, rows...)
		return
	}
	merged := make([]row, 0, max(len(x.rows)+len(rows), cap(x.rows)))
	old := x.rows
	for _, r := range rows {
		n, same := slices.BinarySearchFunc(old, r.id, func(o row, id int64) int {
			if o.id < id {
				return -1
			}
			return int(min(1, o.id-id))
		})
		merged = append(append(merged, old[:n]...), r)
		old = old[n:]
		if same {
			old = old[1:]
		}
	}
	x.rows = append(merged, old...)
}

// remove takes rows out by their ids.
func (x *index) remove(ids []int64) {
	if len(ids) == 0 {
		return
	}
	gone := make(map[int64]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	x.rows = slices.DeleteFunc(x.rows, func(r row) bool { return gone[r.id] })
}

// customerOf returns whose a profile is; 0 of nobody.
func (x *index) customerOf(p cx.ProfileNo) cx.CustomerNo {
	if int(p) < len(x.customer) && x.customer[p] != 0 {
		return x.customer[p]
	}
	return p
}

func (x *index) setCustomer(p cx.ProfileNo, c cx.CustomerNo) {
	if int(p) >= len(x.customer) {
		x.customer = append(x.customer, make([]cx.CustomerNo, int(p)+1-len(x.customer))...)
	}
	x.customer[p] = c
}

// idBits is how many ids a millisecond has.
const idBits = 20

// firstID is the least id of a text said at a time. Times before 1692 or after
// 2247 count as those.
func firstID(at cx.Time) int64 {
	const most = 1<<(62-idBits) - 1
	ms := int64(at) / 1000
	if int64(at)%1000 < 0 {
		ms--
	}
	return min(max(ms, -most), most) << idBits
}

// timeOf is the time of an id, to the millisecond.
func timeOf(id int64) cx.Time { return cx.Time(id>>idBits) * 1000 }

// ids gives ids to new texts, one batch at a time.
type ids struct {
	index *index
	next  map[int64]int64 // by first id of a time
	taken map[int64]bool
}

// of returns the first id from that of a time on that nobody has.
func (g *ids) of(at cx.Time) int64 {
	first := firstID(at)
	id, ok := g.next[first]
	if !ok {
		id = first
		if n, _ := g.index.find(id + 1<<idBits); n > 0 && g.index.rows[n-1].id >= id {
			id = g.index.rows[n-1].id + 1
		}
	}
	for _, there := g.index.find(id); there || g.taken[id]; _, there = g.index.find(id) {
		id++
	}
	g.next[first], g.taken[id] = id+1, true
	return id
}

// numbers is a set of small numbers.
type numbers []uint64

func (s *numbers) add(n uint32) {
	for len(*s) <= int(n/64) {
		*s = append(*s, make([]uint64, int(n/64)+1-len(*s))...)
	}
	(*s)[n/64] |= 1 << (n % 64)
}

func (s numbers) has(n uint32) bool { return int(n/64) < len(s) && s[n/64]&(1<<(n%64)) != 0 }
