package eventlog

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
)

// Variants are the ways in which the cases of a log were lived.
type Variants struct {
	List []Variant // most cases first; of as many, the one first seen
	Of   []uint32  // of each case: its number in List
	log  *Log
}

// Variant is one way: the same activities in the same order.
type Variant struct {
	Activities []uint16 // shared with the log: not to be written
	Cases      int
	First      int // the first case so lived
}

// ID returns the id of a variant: 16 hexadecimal digits that depend only on the
// names and touchpoints of its activities, so that a link to it lasts. It is
// FNV-64a of each activity's name and touchpoint, each with a zero behind it.
func (v *Variants) ID(i int) string {
	h := fnv.New64a()
	for _, a := range v.List[i].Activities {
		activity := v.log.Activities[a]
		h.Write([]byte(activity.Name + "\x00" + activity.Touchpoint + "\x00"))
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// Find returns the number of the variant with the id; false when there is none.
func (v *Variants) Find(id string) (int, bool) {
	for i := range v.List {
		if v.ID(i) == id {
			return i, true
		}
	}
	return 0, false
}

// VariantsOf returns the variants of the log. Cases are grouped by a hash of
// their activities, and compared wherever hashes are equal.
func VariantsOf(l *Log) *Variants {
	v := &Variants{Of: make([]uint32, l.Cases()), log: l}
	parts := make([]*variantTable, l.Parts())
	l.Shares(func(part, from, to int) {
		t := newVariantTable(l)
		for c := from; c < to; c++ {
			v.Of[c] = t.add(hashOf(l.trace(c)), c, 1)
		}
		parts[part] = t
	})
	all := parts[0]
	renumbered := make([][]uint32, len(parts)) // by part: from its numbers to those of all
	for p, t := range parts {
		renumbered[p] = make([]uint32, len(t.list))
		for i, one := range t.list {
			renumbered[p][i] = uint32(i)
			if p > 0 {
				renumbered[p][i] = all.add(one.hash, one.first, one.cases)
			}
		}
	}
	order := make([]uint32, len(all.list))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		x, y := all.list[a], all.list[b]
		return cmp.Or(cmp.Compare(y.cases, x.cases), cmp.Compare(x.first, y.first))
	})
	place := make([]uint32, len(order))
	v.List = make([]Variant, len(order))
	for i, k := range order {
		place[k] = uint32(i)
		one := all.list[k]
		v.List[i] = Variant{Activities: l.trace(one.first), Cases: one.cases, First: one.first}
	}
	l.Shares(func(part, from, to int) {
		for c := from; c < to; c++ {
			v.Of[c] = place[renumbered[part][v.Of[c]]]
		}
	})
	return v
}

// trace returns the activities of a case.
func (l *Log) trace(c int) []uint16 { return l.Activity[l.First[c]:l.First[c+1]] }

// hashOf mixes activities by multiplication with the golden ratio (Knuth 1973,
// section 6.4).
func hashOf(activities []uint16) uint64 {
	h := uint64(len(activities))
	for _, a := range activities {
		h = (h ^ uint64(a)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h
}

// variantTable numbers different traces: an open hash table of places in list.
type variantTable struct {
	log   *Log
	slots []uint32 // place in list plus one; 0: free
	list  []counted
}

type counted struct {
	hash         uint64
	first, cases int
}

func newVariantTable(l *Log) *variantTable {
	return &variantTable{log: l, slots: make([]uint32, 1<<10)}
}

// add counts cases lived as the case first, whose trace hashes to hash, and
// returns the number of their variant.
func (t *variantTable) add(hash uint64, first, cases int) uint32 {
	if 2*len(t.list) >= len(t.slots) {
		t.grow()
	}
	mask := uint64(len(t.slots) - 1)
	at := hash & mask
	for ; t.slots[at] != 0; at = (at + 1) & mask {
		one := &t.list[t.slots[at]-1]
		if one.hash == hash && slices.Equal(t.log.trace(one.first), t.log.trace(first)) {
			one.cases += cases
			return t.slots[at] - 1
		}
	}
	t.list = append(t.list, counted{hash, first, cases})
	t.slots[at] = uint32(len(t.list))
	return t.slots[at] - 1
}

func (t *variantTable) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for i, one := range t.list {
		at := one.hash & mask
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = uint32(i + 1)
	}
}
