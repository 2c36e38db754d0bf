package timeline

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Cursor is a place in a list that is sorted by two integers.
type Cursor [2]int64

// String returns the cursor as others hold it: opaque.
func (c Cursor) String() string {
	b := binary.BigEndian.AppendUint64(nil, uint64(c[0]))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(b, uint64(c[1])))
}

// ParseCursor reads a cursor; ok is false for "", the beginning. Errors are
// Invalid.
func ParseCursor(s string) (c Cursor, ok bool, err error) {
	if s == "" {
		return c, false, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 16 {
		return c, false, cx.Errorf(cx.Invalid, "timeline.ParseCursor", "the cursor is not one of ours: take it from the answer before, or leave it out")
	}
	return Cursor{int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:]))}, true, nil
}

// Limit returns a page's size: 50 for 0, at most 500.
func Limit(n int) (int, error) {
	switch {
	case n == 0:
		return 50, nil
	case n < 0 || n > 500:
		return 0, cx.Errorf(cx.Invalid, "timeline.Limit", "the limit is %d: ask for 1 to 500", n)
	}
	return n, nil
}
