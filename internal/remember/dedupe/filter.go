package dedupe

import (
	"encoding/binary"
	"math/bits"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

const (
	filterBits  = SegmentSize * 16 // 16 bits a hash and 8 probes: 0.06 % false positives
	filterShift = 64 - 21          // log2(filterBits) = 21
	probes      = 8
	groupWidth  = 64
)

// position returns where the probe i of h lies in a filter. The hash is as good
// as random, so its two halves serve for double hashing (Kirsch & Mitzenmacher
// 2006).
func position(h *cx.MessageHash, i uint64) uint64 {
	a, b := binary.LittleEndian.Uint64(h[:8]), binary.LittleEndian.Uint64(h[8:])
	return (a + i*(b|1)) * 0x9e3779b97f4a7c15 >> filterShift
}

// buildFilter returns the filter of one segment as it is stored.
func buildFilter(hashes []cx.MessageHash) []byte {
	filter := make([]byte, filterBits/8)
	for i := range hashes {
		for p := range uint64(probes) {
			at := position(&hashes[i], p)
			filter[at/8] |= 1 << (at % 8)
		}
	}
	return filter
}

// group holds the filters of up to 64 segments: bit s of word p is bit p of
// segment s.
type group struct{ words []uint64 }

func newGroup() *group { return &group{make([]uint64, filterBits)} }

// add puts the stored filter of a segment into the group.
func (g *group) add(segment int, filter []byte) {
	bit := uint64(1) << (segment % groupWidth)
	for i, b := range filter {
		for ; b != 0; b &= b - 1 {
			g.words[i*8+bits.TrailingZeros8(b)] |= bit
		}
	}
}

// candidates returns which segments of the group may hold h, as a mask.
func (g *group) candidates(h *cx.MessageHash) uint64 {
	mask := ^uint64(0)
	for p := uint64(0); p < probes && mask != 0; p++ {
		mask &= g.words[position(h, p)]
	}
	return mask
}
