package voice

import (
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// gone remembers what was erased since the service was opened, for batches that
// were read from the log before. The log itself knows nothing of it any more.
type gone struct {
	mu       sync.Mutex
	n        int
	profiles map[cx.ProfileNo]bool
	seqs     map[cx.Seq]bool // beyond what was heard
}

func (g *gone) add(s cx.Subject, heard cx.Seq) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.profiles == nil {
		g.profiles, g.seqs = map[cx.ProfileNo]bool{}, map[cx.Seq]bool{}
	}
	g.n++
	for _, p := range s.Profiles {
		g.profiles[p] = true
	}
	for _, seq := range s.Seqs {
		if seq > heard {
			g.seqs[seq] = true
		}
	}
}

func (g *gone) has(p cx.ProfileNo, seq cx.Seq) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return p != 0 && g.profiles[p] || g.seqs[seq]
}

// count tells how often something was erased.
func (g *gone) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}
