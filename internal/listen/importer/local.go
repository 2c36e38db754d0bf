package importer

import (
	"context"
	"crypto/sha256"
	"strconv"
	"strings"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
)

// Intake is the gate to the log; intake.Service is one.
type Intake interface {
	Accept(ctx context.Context, b intake.Batch) (intake.Receipt, error)
}

// Quarantine keeps what could not be mapped; quarantine.Queue is one.
type Quarantine interface {
	Put(ctx context.Context, items []quarantine.Item) error
	List(ctx context.Context, p cx.Principal, before uint64, limit int) ([]quarantine.Item, error)
}

// Memory tells what the log has; remember.Memory is one.
type Memory interface {
	Seen(ctx context.Context, source string, messageIDs []string) ([]bool, error)
	Position(ctx context.Context) (cx.Seq, error)
	WaitFor(ctx context.Context, seq cx.Seq) error
}

// Log tells where the log ends; stream.Log does.
type Log interface{ LastSeq() cx.Seq }

// LocalConfig is what Local needs.
type LocalConfig struct {
	Intake     Intake
	Quarantine Quarantine
	Memory     Memory
	Log        Log
	Clock      cx.Clock
}

// maxFlying bounds what was accepted and is not remembered yet: past it, Write
// waits for memory.
const maxFlying = 500_000

// Local is the Sink of this instance: it leaves out what the log or the
// quarantine has and gives the rest to intake. One Local serves the whole
// process, so that two imports of one file at once append nothing twice either.
// It is safe for concurrent use; batches are written one after another.
type Local struct {
	c LocalConfig

	mu     sync.Mutex
	ready  bool
	flying []flight // in log order
	here   map[cx.MessageHash]struct{}
	aside  map[cx.MessageHash]string // what imports have in quarantine → reason
}

// flight is a batch that memory has not applied yet.
type flight struct {
	last cx.Seq
	ids  []cx.MessageHash
}

// NewLocal returns the sink of this instance.
func NewLocal(c LocalConfig) *Local {
	return &Local{c: c, here: map[cx.MessageHash]struct{}{}, aside: map[cx.MessageHash]string{}}
}

// Write implements Sink.
func (l *Local) Write(ctx context.Context, records []Record) (Result, error) {
	const op = "importer.Local.Write"
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ready {
		if err := l.prepare(ctx); err != nil {
			return Result{}, cx.Wrap(op, err)
		}
		l.ready = true
	}
	var total Result
	for len(records) > 0 {
		first, n := &records[0], 1
		for n < len(records) && n < intake.MaxBatchMessages && records[n].sameOrigin(first) {
			n++
		}
		res, err := l.write(ctx, records[:n])
		if err != nil {
			return Result{}, cx.Wrap(op, err)
		}
		total.Add(res)
		records = records[n:]
	}
	return total, nil
}

func (r *Record) sameOrigin(o *Record) bool {
	return r.Source == o.Source && r.Way == o.Way && r.File == o.File
}

// prepare waits until memory has what the log had before this process, and
// reads what earlier imports set aside.
func (l *Local) prepare(ctx context.Context) error {
	if err := l.c.Memory.WaitFor(ctx, l.c.Log.LastSeq()); err != nil {
		return err
	}
	for before := uint64(0); ; {
		items, err := l.c.Quarantine.List(ctx, cx.System(), before, 500)
		if err != nil || len(items) == 0 {
			return err
		}
		for _, it := range items {
			if strings.HasPrefix(it.Way, "import") {
				l.aside[keyOf(it.Source, it.File, it.Line, it.MessageID, it.Reason, it.Raw)] = it.Reason
			}
			before = it.ID
		}
	}
}

// write takes records of one origin.
func (l *Local) write(ctx context.Context, records []Record) (Result, error) {
	var res Result
	seen, err := l.seen(ctx, records)
	if err != nil {
		return res, err
	}
	now := l.c.Clock.Now()
	first := &records[0]
	b := intake.Batch{Source: first.Source, Way: first.Way, File: first.File, ReceivedAt: now, Archive: true}
	var (
		items []quarantine.Item
		keys  []cx.MessageHash // of items
		ids   []cx.MessageHash // of b.Messages
	)
	for i := range records {
		r := &records[i]
		key := r.key()
		_, inBatch := l.here[key]
		reason, waits := l.aside[key]
		switch {
		case seen[i] || inBatch:
			res.Duplicates++
		case r.Message == nil:
			if !waits {
				l.aside[key] = r.Reason
				keys = append(keys, key)
				items = append(items, quarantine.Item{
					Source: r.Source, Way: r.Way, Reason: r.Reason, File: r.File, Line: r.Line,
					ReceivedAt: now, MessageID: r.MessageID, Raw: r.Raw,
				})
			}
			res.refused(r.Reason)
		case waits && stillRefused(r, now):
			res.refused(reason)
		default:
			l.here[key] = struct{}{}
			ids = append(ids, key)
			b.Messages, b.Lines = append(b.Messages, r.Message), append(b.Lines, r.Line)
		}
	}
	if len(items) > 0 {
		if err = l.c.Quarantine.Put(ctx, items); err != nil {
			l.forget(keys, ids)
			return Result{}, err
		}
	}
	if len(b.Messages) > 0 {
		receipt, err := l.c.Intake.Accept(ctx, b)
		if err != nil {
			l.forget(nil, ids)
			return Result{}, err
		}
		l.settle(receipt, ids, &res)
	}
	return res, nil
}

// forget takes back what a write that could not be done noted.
func (l *Local) forget(aside, here []cx.MessageHash) {
	for _, k := range aside {
		delete(l.aside, k)
	}
	for _, k := range here {
		delete(l.here, k)
	}
}

// settle notes what intake accepted and refused.
func (l *Local) settle(receipt intake.Receipt, ids []cx.MessageHash, res *Result) {
	res.Accepted += receipt.Accepted
	res.LastSeq = max(res.LastSeq, receipt.Last)
	refused := make(map[int]bool, len(receipt.Refused))
	for _, f := range receipt.Refused {
		refused[f.Index] = true
		l.aside[ids[f.Index]] = f.Reason
		delete(l.here, ids[f.Index])
		res.refused(f.Reason)
	}
	if receipt.Accepted == 0 {
		return
	}
	flying := make([]cx.MessageHash, 0, receipt.Accepted)
	for i, id := range ids {
		if !refused[i] {
			flying = append(flying, id)
		}
	}
	l.flying = append(l.flying, flight{receipt.Last, flying})
}

// stillRefused tells whether a message that stands in quarantine would be
// refused again; limits may have changed since.
func stillRefused(r *Record, now cx.Time) bool {
	_, err := intake.Decode(r.Message, intake.Defaults{Source: r.Source, ReceivedAt: now, Archive: true})
	return err != nil
}

// seen tells which records the log has, as far as memory applied it; what is
// newer stands in here. It forgets of here what memory has by now.
func (l *Local) seen(ctx context.Context, records []Record) ([]bool, error) {
	if len(l.here) > maxFlying {
		if err := l.c.Memory.WaitFor(ctx, l.flying[len(l.flying)/2].last); err != nil {
			return nil, err
		}
	}
	position, err := l.c.Memory.Position(ctx)
	if err != nil {
		return nil, err
	}
	for len(l.flying) > 0 && l.flying[0].last <= position {
		l.forget(nil, l.flying[0].ids)
		l.flying = l.flying[1:]
	}
	found := make([]bool, len(records))
	var ids []string
	var at []int
	for i := range records {
		if records[i].MessageID != "" {
			ids, at = append(ids, records[i].MessageID), append(at, i)
		}
	}
	if len(ids) == 0 {
		return found, nil
	}
	seen, err := l.c.Memory.Seen(ctx, records[0].Source, ids)
	if err != nil {
		return nil, err
	}
	for i, s := range seen {
		found[at[i]] = s
	}
	return found, nil
}

// key identifies a record: by its messageId, else by where it stood and why it
// was refused.
func (r *Record) key() cx.MessageHash {
	return keyOf(r.Source, r.File, r.Line, r.MessageID, r.Reason, r.Raw)
}

func keyOf(source, file string, line int, messageID, reason string, raw []byte) cx.MessageHash {
	if messageID != "" {
		return cx.HashMessage([]byte("id"), source, messageID)
	}
	sum := sha256.Sum256(raw)
	return cx.HashMessage([]byte("line"), source, strings.Join([]string{file, strconv.Itoa(line), reason, string(sum[:])}, "\x00"))
}
