package duckdb

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/history"
)

// bitmap is a set of profiles, as DuckDB writes a BIT: the first bit is the
// highest of the first byte.
type bitmap []byte

// add adds the profiles of a BLOB made from a BIT of whole bytes.
func (b *bitmap) add(from []byte) {
	if len(*b) < len(from) {
		longer := make(bitmap, len(from))
		copy(longer, *b)
		*b = longer
	}
	to := *b
	i := 0
	for ; i+8 <= len(from); i += 8 {
		binary.NativeEndian.PutUint64(to[i:], binary.NativeEndian.Uint64(to[i:])|binary.NativeEndian.Uint64(from[i:]))
	}
	for ; i < len(from); i++ {
		to[i] |= from[i]
	}
}

// customers counts the customers whom the profiles are of.
func (b bitmap) customers(merged []history.Cluster) (n int64) {
	if len(b) == 0 {
		return 0
	}
	all := make(bitmap, len(b))
	copy(all, b)
	for _, c := range merged {
		if at, bit := c.Profile/8, byte(0x80)>>(c.Profile%8); int(at) < len(all) && b[at]&bit != 0 {
			all[at] &^= bit
		}
	}
	for _, c := range merged {
		if at, bit := c.Profile/8, byte(0x80)>>(c.Profile%8); int(at) >= len(b) || b[at]&bit == 0 {
			continue
		}
		for int(c.Customer/8) >= len(all) {
			all = append(all, 0)
		}
		all[c.Customer/8] |= 0x80 >> (c.Customer % 8)
	}
	for ; len(all) >= 8; all = all[8:] {
		n += int64(bits.OnesCount64(binary.NativeEndian.Uint64(all)))
	}
	for _, rest := range all {
		n += int64(bits.OnesCount8(rest))
	}
	return n
}

// mostKept bounds the bitmaps of summaries that are kept in memory, in bytes:
// those of 10 million facts of 400,000 customers take 36 MB.
const mostKept = 64 << 20

// keptBitmaps are bitmaps of summaries in memory, by id: no summary of an open
// file has the id of another. Reading one from the file costs ten times as much
// as adding it.
type keptBitmaps struct {
	mu    sync.RWMutex
	byID  map[uint64]bitmap
	bytes int
}

// get returns a bitmap; nil when it is not kept.
func (k *keptBitmaps) get(id uint64) bitmap {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.byID[id]
}

// put keeps a copy of a bitmap while there is room.
func (k *keptBitmaps) put(id uint64, b []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byID[id] != nil || k.bytes+len(b) > mostKept {
		return
	}
	if k.byID == nil {
		k.byID = map[uint64]bitmap{}
	}
	k.byID[id] = bytes.Clone(b)
	k.bytes += len(b)
}

// clear makes room for the summaries that took the place of others.
func (k *keptBitmaps) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byID, k.bytes = nil, 0
}
