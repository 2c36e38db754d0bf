package eventlog

// denseActivities is up to how many activities a table has a place for each
// pair: 4 MB. Beyond, pairs are hashed, since few of them occur.
const denseActivities = 1024

// edgeTable numbers pairs of activities from 0 on, in the order in which they
// come.
type edgeTable struct {
	n      int
	width  int
	dense  []uint32 // by from×width+to: number plus one; nil: hashed
	keys   []uint32 // hashed: from<<16 | to
	number []uint32 // hashed: number plus one; 0: free
}

func newEdgeTable(activities int) *edgeTable {
	if activities <= denseActivities {
		return &edgeTable{width: activities, dense: make([]uint32, activities*activities)}
	}
	return &edgeTable{keys: make([]uint32, 1<<12), number: make([]uint32, 1<<12)}
}

// of returns the number of a pair; that of a pair not seen before is how many
// were.
func (t *edgeTable) of(from, to uint16) int {
	var place *uint32
	if t.dense != nil {
		place = &t.dense[int(from)*t.width+int(to)]
	} else {
		if 2*t.n >= len(t.keys) {
			t.grow()
		}
		at := t.slot(from, to)
		t.keys[at] = uint32(from)<<16 | uint32(to)
		place = &t.number[at]
	}
	if *place == 0 {
		t.n++
		*place = uint32(t.n)
	}
	return int(*place) - 1
}

// find returns the number of a pair that was seen before. Unlike of, it may be
// called by many at once.
func (t *edgeTable) find(from, to uint16) int {
	if t.dense != nil {
		return int(t.dense[int(from)*t.width+int(to)]) - 1
	}
	return int(t.number[t.slot(from, to)]) - 1
}

// slot returns where a pair is, or is to be put.
func (t *edgeTable) slot(from, to uint16) uint32 {
	key := uint32(from)<<16 | uint32(to)
	mask := uint32(len(t.keys) - 1)
	at := uint32(uint64(key)*0x9E3779B97F4A7C15>>32) & mask
	for t.number[at] != 0 && t.keys[at] != key {
		at = (at + 1) & mask
	}
	return at
}

func (t *edgeTable) grow() {
	keys, number := t.keys, t.number
	t.keys, t.number = make([]uint32, 2*len(keys)), make([]uint32, 2*len(keys))
	for i, n := range number {
		if n != 0 {
			at := t.slot(uint16(keys[i]>>16), uint16(keys[i]))
			t.keys[at], t.number[at] = keys[i], n
		}
	}
}
