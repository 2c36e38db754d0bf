package stream

import (
	"context"
	"slices"
	"sort"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// denseSeqs is how many events of one block are redacted faster by moving all
// its frames: to overwrite one frame, NATS writes the whole block anew.
const denseSeqs = 48

// dense tells whether so many of seqs lie in the block of the first that all
// of it should be moved.
func (r *redactor) dense(seqs []cx.Seq) (m move, ok bool) {
	if len(seqs) < denseSeqs {
		return m, false
	}
	m, ok = r.blockOf(func(b block) bool { return b.first <= seqs[0] })
	return m, ok && seqs[denseSeqs-1] <= m.last
}

// blockOf returns the last block that begins before something, as begins tells;
// the one that is still written is none.
func (r *redactor) blockOf(begins func(block) bool) (m move, ok bool) {
	if !r.looked {
		r.looked = true
		r.blocks, _ = factBlocks(r.log.config.Dir) // without them it takes longer
	}
	next := sort.Search(len(r.blocks), func(i int) bool { return !begins(r.blocks[i]) })
	if next == 0 || next == len(r.blocks) {
		return m, false
	}
	b, end := r.blocks[next-1], r.blocks[next]
	return move{from: b.sequence, to: end.sequence - 1, last: end.first - 1}, true
}

// move is a block whose frames go, joined, to the redacted ones: all that is
// in it is then deleted together.
type move struct {
	from, to uint64 // NATS sequences
	last     cx.Seq
}

// joined is a run of frames that become one.
type joined struct {
	raw      []byte
	first    cx.Seq
	count    int
	from, to uint64
}

// moveBlock redacts what is in the block and moves the rest with it. It returns
// the seqs behind it, and those whose frames had been moved before.
func (r *redactor) moveBlock(ctx context.Context, b move, seqs []cx.Seq) (rest []cx.Seq, changed int, err error) {
	mine, rest := split(seqs, b.last)
	var run joined
	var moved []cx.Seq
	flush := func() error {
		if run.count == 0 {
			return nil
		}
		err := r.replace(ctx, run.raw, run.first, run.count, run.from, run.to)
		run = joined{raw: run.raw[:0]}
		return err
	}
	for next := b.from; next <= b.to; {
		messages, err := fetch(ctx, r.nc, r.inbox, facts, next)
		if err != nil {
			return seqs, changed, err
		}
		if len(messages) == 0 {
			break
		}
		for _, m := range messages {
			next = m.sequence + 1
			if next > b.to+1 {
				break
			}
			h, err := readHeader(m.data)
			if err != nil {
				return seqs, changed, err
			}
			if _, _, done := r.log.redactions.find(h.first); done {
				continue
			}
			if h.first != run.first+cx.Seq(run.count) || run.count+int(h.count) > joinEvents || len(run.raw)+len(m.data) > joinBytes {
				if err := flush(); err != nil {
					return seqs, changed, err
				}
			}
			if run.count == 0 {
				run = joined{raw: append(run.raw[:0], make([]byte, headerSize)...), first: h.first, from: m.sequence}
			}
			var here []cx.Seq
			n, _ := slices.BinarySearch(mine, h.first)
			moved = append(moved, mine[:n]...)
			here, mine = split(mine[n:], h.last())
			var n2 int
			if run.raw, n2, err = r.rewrite(run.raw, m.data, h, here); err != nil {
				return seqs, changed, err
			}
			changed += n2
			run.count += int(h.count)
			run.to = m.sequence
		}
	}
	if err := flush(); err != nil {
		return seqs, changed, err
	}
	if moved = append(moved, mine...); len(moved) > 0 {
		rest = append(moved, rest...)
	}
	return rest, changed, r.eraseBlock(ctx, b)
}

// eraseBlock deletes all that is in a block, with its file.
func (r *redactor) eraseBlock(ctx context.Context, b move) error {
	info, err := r.facts.Info(ctx)
	if err != nil {
		return unavailable(err)
	}
	if info.State.FirstSeq >= b.from {
		if err := r.facts.Purge(ctx, jetstream.WithPurgeSequence(b.to+1)); err != nil {
			return unavailable(err)
		}
		return nil
	}
	for next := b.from; ; next++ {
		m, err := r.facts.GetMsg(ctx, next, jetstream.WithGetMsgSubject(facts))
		if missing(err) || err == nil && m.Sequence > b.to {
			return nil
		}
		if err == nil {
			next = m.Sequence
			err = r.facts.DeleteMsg(ctx, next)
		}
		if err != nil {
			return unavailable(err)
		}
	}
}
