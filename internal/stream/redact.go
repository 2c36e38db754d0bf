package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Redact replaces each of these events (seqs ascend; those that are not there
// are left out) by what with makes of it, for ever and in its place: whoever
// reads the log from then on reads the new event under the old seq, and no byte
// of the old one is left in the log's files. It returns how many were changed.
//
// with is given what stands there now, which may be redacted already, and may
// be asked again after an error or a crash: what needs no change it returns as
// it is. The event it is given shares the log's memory.
//
// The new frame is durable before the old one is overwritten and deleted. What
// a crash leaves undone, the next Open or Redact completes.
func (l *Log) Redact(ctx context.Context, seqs []cx.Seq, with func(cx.Event) cx.Event) (changed int, err error) {
	l.redacting.Lock()
	defer l.redacting.Unlock()
	reader, err := l.newReader(ctx, 0)
	if err != nil {
		return 0, cx.Wrap("stream.Redact", err)
	}
	defer reader.close()
	changed, err = l.redact(ctx, reader, seqs, with)
	return changed, cx.Wrap("stream.Redact", err)
}

func (l *Log) redact(ctx context.Context, reader *reader, seqs []cx.Seq, with func(cx.Event) cx.Event) (changed int, err error) {
	if l.unfinished {
		if err := l.openRedactions(ctx); err != nil {
			return 0, err
		}
	}
	r := &redactor{reader: reader, with: with}
	for err == nil && len(seqs) > 0 && seqs[0] <= l.LastSeq() {
		var n int
		seqs, n, err = r.next(ctx, seqs)
		changed += n
	}
	l.unfinished = err != nil
	return changed, err
}

// redactor redacts frame by frame, or a whole block of frames at once.
type redactor struct {
	*reader
	with   func(cx.Event) cx.Event
	low    uint64 // where to look for the next frame from
	blocks []block
	looked bool // for the blocks
}

// originals is the header of a redacted frame that names the NATS sequences of
// those in whose place it stands.
const originals = "Originals"

// next redacts the frame that holds the first of seqs, or its block when that
// is cheaper, and returns the seqs behind.
func (r *redactor) next(ctx context.Context, seqs []cx.Seq) (rest []cx.Seq, changed int, err error) {
	frame, h, err := r.redacted(ctx, seqs[0])
	if err != nil {
		return seqs, 0, err
	}
	var from uint64
	if frame == nil {
		if b, ok := r.dense(seqs); ok {
			return r.moveBlock(ctx, b, seqs)
		}
		if frame, from, err = r.original(ctx, seqs[0]); err != nil {
			return seqs, 0, err
		}
		if h, err = readHeader(frame); err != nil {
			return seqs, 0, err
		}
		if seqs[0] < h.first || seqs[0] > h.last() {
			return seqs, 0, corrupt(seqs[0], "no frame holds it")
		}
	}
	mine, rest := split(seqs, h.last())
	raw, changed, err := r.rewrite(make([]byte, headerSize), frame, h, mine)
	if err != nil || changed == 0 {
		return rest, 0, err
	}
	if err := r.replace(ctx, raw, h.first, int(h.count), from, from); err != nil {
		return seqs, 0, err
	}
	if from > 0 {
		err = erase(ctx, r.facts, from)
	}
	return rest, changed, err
}

// split cuts seqs behind last.
func split(seqs []cx.Seq, last cx.Seq) (mine, rest []cx.Seq) {
	n, _ := slices.BinarySearch(seqs, last+1)
	return seqs[:n], seqs[n:]
}

// original returns the frame that holds seq as it was appended, and its NATS
// sequence.
func (r *redactor) original(ctx context.Context, seq cx.Seq) ([]byte, uint64, error) {
	info, err := r.facts.Info(ctx)
	if err != nil {
		return nil, 0, unavailable(err)
	}
	at, err := r.find(ctx, seq, max(r.low, info.State.FirstSeq), info.State.LastSeq)
	if err != nil {
		return nil, 0, err
	}
	m, err := r.facts.GetMsg(ctx, at, jetstream.WithGetMsgSubject(facts))
	if missing(err) {
		return nil, 0, corrupt(seq, "no frame holds it")
	}
	if err != nil {
		return nil, 0, unavailable(err)
	}
	r.low = m.Sequence
	return m.Data, m.Sequence, nil
}

// rewrite appends the frame's envelopes to dst, those of seqs as with makes
// them.
func (r *redactor) rewrite(dst, frame []byte, h frameHeader, seqs []cx.Seq) (out []byte, changed int, err error) {
	err = eachEnvelope(frame, h, func(seq cx.Seq, envelope []byte) error {
		for len(seqs) > 0 && seqs[0] < seq {
			seqs = seqs[1:]
		}
		if len(seqs) == 0 || seqs[0] != seq {
			dst = append(dst, envelope...)
			return nil
		}
		e, err := decodeEnvelope(seq, envelope)
		if err != nil {
			return err
		}
		e = r.with(e)
		at := len(dst)
		if dst, err = appendEnvelope(dst, &e); err == nil && !bytes.Equal(dst[at:], envelope) {
			changed++
		}
		return err
	})
	return dst, changed, err
}

// replace makes a redacted frame durable, puts it in the place of what is there
// (the originals from…to, unless 0) and deletes its own earlier version.
func (r *redactor) replace(ctx context.Context, raw []byte, first cx.Seq, count int, from, to uint64) error {
	frame, h := sealFrame(raw, nil, first, count)
	m := &nats.Msg{Subject: redacted, Data: frame, Header: nats.Header{}}
	if from > 0 {
		m.Header.Set(originals, fmt.Sprintf("%d-%d", from, to))
	}
	ack, _, err := r.log.session.Load().engine.publish(ctx, r.js, m)
	if err != nil {
		r.log.ails(err)
		return err
	}
	if old := r.log.redactions.put(redaction{first: first, last: h.last(), id: ack.Sequence}); old > 0 {
		return erase(ctx, r.erased, old)
	}
	return nil
}

// erase overwrites a message and deletes it, if it is there.
func erase(ctx context.Context, stream jetstream.Stream, sequence uint64) error {
	err := stream.SecureDeleteMsg(ctx, sequence)
	var api *jetstream.APIError
	if errors.As(err, &api) {
		if _, gone := stream.GetMsg(ctx, sequence); missing(gone) {
			return nil
		}
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}
