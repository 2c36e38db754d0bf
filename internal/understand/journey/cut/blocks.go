package cut

// blocks is a column that grows without being copied: it is joined once it is
// known how long it is.
type blocks[T any] struct{ all [][]T }

const blockSize = 1 << 16

func (b *blocks[T]) add(v T) {
	n := len(b.all)
	if n == 0 || len(b.all[n-1]) == blockSize {
		// The first one grows, as most columns are short.
		var block []T
		if n > 0 {
			block = make([]T, 0, blockSize)
		}
		b.all, n = append(b.all, block), n+1
	}
	b.all[n-1] = append(b.all[n-1], v)
}

// join returns the column, and leaves nothing.
func (b *blocks[T]) join() []T {
	if len(b.all) == 0 {
		return nil
	}
	last := len(b.all) - 1
	out := make([]T, 0, last*blockSize+len(b.all[last]))
	for i, block := range b.all {
		out = append(out, block...)
		b.all[i] = nil
	}
	b.all = nil
	return out
}
