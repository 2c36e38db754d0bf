package duckdb

import (
	"encoding/binary"
	"math/bits"

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
