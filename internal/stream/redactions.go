package stream

import (
	"cmp"
	"slices"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// redaction says where the frame is that stands in the place of erased ones.
type redaction struct {
	first, last cx.Seq
	id          uint64 // its NATS sequence in the stream redacted
}

// redactions knows every redaction, in the order of the log; they never
// overlap. It is safe for concurrent use.
type redactions struct {
	mu      sync.RWMutex
	in      []redaction
	changes uint64
}

// find returns where the redacted frame is that holds seq, and what it holds.
func (r *redactions) find(seq cx.Seq) (id uint64, last cx.Seq, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	i, found := r.index(seq)
	if !found && (i == 0 || r.in[i-1].last < seq) {
		return 0, 0, false
	}
	if !found {
		i--
	}
	return r.in[i].id, r.in[i].last, true
}

func (r *redactions) index(first cx.Seq) (int, bool) {
	return slices.BinarySearchFunc(r.in, first, func(r redaction, first cx.Seq) int { return cmp.Compare(r.first, first) })
}

// put adds a redaction, or replaces an earlier one of the same frame, whose id
// it returns (0: there was none).
func (r *redactions) put(n redaction) (old uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	i, found := r.index(n.first)
	if found {
		old, r.in[i] = r.in[i].id, n
		return old
	}
	r.in = slices.Insert(r.in, i, n)
	return 0
}

// become takes what n knows.
func (r *redactions) become(n *redactions) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	r.in = n.in
}

// made returns a number that rises with every redaction.
func (r *redactions) made() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.changes
}

// last returns the last seq of the last redacted frame; 0 when there is none.
func (r *redactions) last() cx.Seq {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.in) == 0 {
		return 0
	}
	return r.in[len(r.in)-1].last
}
