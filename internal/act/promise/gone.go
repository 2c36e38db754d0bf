package promise

import "github.com/vivencia-cx/vivencia/internal/cx"

// gone remembers what was erased since the store was opened, for batches that
// were read from the log before. The log itself knows nothing of it any more. It
// is guarded by applying.
type gone struct {
	profiles map[cx.ProfileNo]bool
	seqs     map[cx.Seq]bool
}

func (g *gone) add(s cx.Subject) {
	if g.profiles == nil {
		g.profiles, g.seqs = map[cx.ProfileNo]bool{}, map[cx.Seq]bool{}
	}
	for _, p := range s.Profiles {
		g.profiles[p] = true
	}
	for _, seq := range s.Seqs {
		g.seqs[seq] = true
	}
}

func (g *gone) has(p cx.ProfileNo, seq cx.Seq) bool { return g.profiles[p] || g.seqs[seq] }
