package importer

import (
	"context"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// run is one import: the reader fills batches, a second goroutine writes them,
// so that reading and writing overlap and no more than three batches are held.
type run struct {
	opts   Options
	way    string
	source string
	file   string
	input  *meter // the bytes read of all files

	ctx     context.Context
	cancel  context.CancelCauseFunc
	full    chan *batch
	free    chan *batch
	done    chan struct{}
	cur     *batch
	scratch []byte // of the message being built

	started cx.Time
	report  Report // Result is the writer's until done is closed
}

type batch struct {
	arena   []byte
	records []Record
	rows    int
	file    string
	bytes   int64
}

const tooLarge = "the message is larger than 32 KB: leave properties out"

func start(ctx context.Context, o Options, way, source string, input *meter) *run {
	r := &run{
		opts: o, way: way, source: source, input: input,
		full: make(chan *batch, 1), free: make(chan *batch, 3), done: make(chan struct{}),
		started: o.Clock.Now(),
	}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	for range cap(r.free) {
		r.free <- &batch{arena: make([]byte, 0, BatchBytes+intake.MaxMessageBytes), records: make([]Record, 0, BatchRecords)}
	}
	r.cur = <-r.free
	go r.write()
	return r
}

// eachFile reads files one after another.
func eachFile(ctx context.Context, way string, files []string, source string, o Options, read func(r *run, path string, in io.Reader) error) (Report, error) {
	if len(files) == 0 {
		return Report{}, cx.Errorf(cx.Invalid, "", "no file: give the FILE to read")
	}
	if !slug.MatchString(source) {
		return Report{}, badSource(source)
	}
	input := &meter{}
	for _, path := range files {
		if err := input.size(path); err != nil {
			return Report{}, err
		}
	}
	r := start(ctx, o, way, source, input)
	var err error
	for _, path := range files {
		var in *opened
		if in, err = open(path, "", input); err != nil {
			break
		}
		r.file = base(path)
		err = read(r, path, in)
		in.Close()
		if err != nil {
			err = fileError(path, err)
			break
		}
	}
	return r.finish(err)
}

// source is the one asked for, else the map's, else one made of the first
// file's name.
func (o Options) source(ofMap string, files []string) string {
	switch {
	case o.Source != "":
		return o.Source
	case ofMap != "" || len(files) == 0:
		return ofMap
	}
	name, _, _ := strings.Cut(strings.ToLower(base(files[0])), ".")
	return strings.Trim(unslug.ReplaceAllString(name, "-"), "-_")
}

var unslug = regexp.MustCompile(`[^a-z0-9_-]+`)

func badSource(source string) error {
	return cx.Errorf(cx.Invalid, "", "the source %q is no slug: lower-case letters, digits, - and _", source)
}

// finish writes what is left and returns the report, also when reading ended
// with err: what was read before it stays.
func (r *run) finish(err error) (Report, error) {
	if flushErr := r.flush(); err == nil {
		err = flushErr
	}
	close(r.full)
	<-r.done
	cause := context.Cause(r.ctx)
	r.cancel(nil)
	if cause != nil {
		err = cause
	}
	if r.report.Reasons == nil {
		r.report.Reasons = map[string]int{}
	}
	return r.report, err
}

// message emits one message that build appends. Ends with the cause once
// writing cannot go on.
func (r *run) message(line int, messageID string, raw []byte, build func(dst []byte) []byte) error {
	b := r.cur
	from := len(b.arena)
	b.arena = build(b.arena)
	message := b.arena[from:len(b.arena):len(b.arena)]
	if len(message) > intake.MaxMessageBytes {
		b.arena = b.arena[:from]
		return r.refuse(line, messageID, raw, tooLarge)
	}
	r.report.Read++
	return r.emit(Record{MessageID: messageID, Message: message, Line: line})
}

// track emits the message of one event: body is its other fields, each after a
// comma.
func (r *run) track(line int, messageID string, raw []byte, at time.Time, body []byte) error {
	return r.message(line, messageID, raw, func(dst []byte) []byte {
		dst = append(dst, `{"type":"track","messageId":`...)
		dst = appendString(dst, messageID)
		dst = append(dst, `,"timestamp":"`...)
		dst = at.UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, '"')
		dst = append(dst, body...)
		return append(dst, '}')
	})
}

// refuse emits a line that could not be mapped.
func (r *run) refuse(line int, messageID string, raw []byte, reason string) error {
	b := r.cur
	from := len(b.arena)
	b.arena = append(b.arena, raw[:min(len(raw), MaxRaw)]...)
	r.report.Read++
	return r.emit(Record{MessageID: messageID, Line: line, Reason: reason, Raw: b.arena[from:len(b.arena):len(b.arena)]})
}

func (r *run) emit(rec Record) error {
	rec.Source, rec.Way, rec.File = r.source, r.way, r.file
	b := r.cur
	b.records = append(b.records, rec)
	if len(b.records) < BatchRecords && len(b.arena) < BatchBytes-intake.MaxMessageBytes {
		return nil
	}
	return r.flush()
}

func (r *run) empty()   { r.report.Read++; r.report.Empty++ }
func (r *run) skipped() { r.report.Read++; r.report.Skipped++ }

func (r *run) flush() error {
	if r.cur == nil {
		return context.Cause(r.ctx)
	}
	r.cur.rows, r.cur.file, r.cur.bytes = r.report.Read, r.file, r.input.read
	select {
	case r.full <- r.cur:
		r.cur = nil
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
	select {
	case r.cur = <-r.free:
		r.cur.arena, r.cur.records = r.cur.arena[:0], r.cur.records[:0]
		return nil
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
}

func (r *run) write() {
	defer close(r.done)
	for b := range r.full {
		if r.ctx.Err() != nil {
			continue
		}
		res, err := r.deliver(b.records)
		if err != nil {
			r.cancel(cx.Wrap("importer.Write", err))
			continue
		}
		r.report.Result.Add(res)
		if r.opts.Progress != nil {
			r.opts.Progress(r.progress(b))
		}
		r.free <- b
	}
}

// How long deliver waits before its last try, of doubling waits: a busy log
// drains, a server that is away rarely comes back soon.
var patience = map[cx.ErrorKind]time.Duration{cx.Busy: time.Minute, cx.Unavailable: 2 * time.Second}

// deliver writes a batch, trying again what is worth it.
func (r *run) deliver(records []Record) (Result, error) {
	if len(records) == 0 {
		return Result{}, nil
	}
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		res, err := r.opts.Sink.Write(r.ctx, records)
		if err == nil || wait > patience[cx.KindOf(err)] {
			return res, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-r.ctx.Done():
			timer.Stop()
			return Result{}, context.Cause(r.ctx)
		}
	}
}

func (r *run) progress(b *batch) Progress {
	p := Progress{File: b.file, Rows: b.rows, BytesRead: b.bytes, BytesTotal: r.input.total}
	if elapsed := r.opts.Clock.Now().Sub(r.started).Seconds(); elapsed > 0 {
		p.Rate = float64(p.Rows) / elapsed
		if p.BytesRead > 0 && p.BytesTotal >= p.BytesRead {
			p.Remaining = elapsed * float64(p.BytesTotal-p.BytesRead) / float64(p.BytesRead)
		}
	}
	return p
}
