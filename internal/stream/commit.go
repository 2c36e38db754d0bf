package stream

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// What is queued is joined into one frame up to these bounds; a request of
// more is a frame of its own.
const (
	joinEvents = 512
	joinBytes  = 768 << 10
)

// The queue takes this much; beyond it the log is Busy.
const (
	queueRequests = 8192
	queueBytes    = 64 << 20
)

const (
	ackTimeout = 5 * time.Second  // for one publish
	roomPeriod = 10 * time.Second // between two looks at the free disk
	roomBytes  = 64 << 20         // or after so many bytes
)

// request is one Append in the queue. The envelopes are a copy, so the caller
// may go away.
type request struct {
	envelopes *[]byte
	count     int
	first     cx.Seq
	err       error
	done      chan struct{} // holds one when first or err is set
}

// committer is the only writer of the log. It takes what is queued, without
// waiting for more, as one frame, and answers when the frame is durable. It
// numbers a frame only when it knows what became of the one before.
type committer struct {
	log     *Log
	nc      *nats.Conn
	js      jetstream.JetStream
	queue   chan *request
	queued  atomic.Int64          // bytes
	trouble atomic.Pointer[error] // why nothing is taken at present; nil when it is
	ailing  chan struct{}         // holds one when a stream has seen the disk fail
	buffers sync.Pool             // of *[]byte
	stopped chan struct{}
	closing chan struct{}

	raw      []byte     // the envelopes that are joined, behind a frame's header
	small    []byte     // the same, compressed
	frame    []byte     // the one being committed: one of the two
	lost     bool       // the log was closed before the frame was settled
	joined   []*request // whose envelopes are in it, until they are answered
	roomAt   time.Time
	roomLeft int64 // bytes to write until the next look
}

func startCommitter(ctx context.Context, l *Log) (*committer, error) {
	c := &committer{
		log:     l,
		queue:   make(chan *request, queueRequests),
		ailing:  make(chan struct{}, 1),
		stopped: make(chan struct{}),
		closing: make(chan struct{}),
	}
	c.buffers.New = func() any { b := make([]byte, 0, 4<<10); return &b }
	var err error
	if c.nc, c.js, err = l.session.Load().engine.connect("committer"); err != nil {
		return nil, err
	}
	if err := c.makeRoom(ctx); err != nil {
		c.nc.Close()
		return nil, err
	}
	go c.run()
	return c, nil
}

// stop commits what is queued and ends the committer.
func (c *committer) stop() {
	close(c.closing)
	<-c.stopped
	c.nc.Close()
}

// append queues events and waits until they are durable.
func (c *committer) append(ctx context.Context, events []cx.Event) (cx.Seq, error) {
	if trouble := c.trouble.Load(); trouble != nil {
		return 0, *trouble
	}
	buf := c.buffers.Get().(*[]byte)
	b := (*buf)[:0]
	for i := range events {
		var err error
		if b, err = appendEnvelope(b, &events[i]); err == nil && len(b) > maxRequest-headerSize {
			err = tooLarge(len(b))
		}
		if err != nil {
			c.recycle(buf)
			return 0, err
		}
		*buf = b
	}
	return c.enqueue(ctx, buf, len(events))
}

// enqueue queues count envelopes and waits until they are durable. It keeps buf.
func (c *committer) enqueue(ctx context.Context, buf *[]byte, count int) (cx.Seq, error) {
	size := int64(len(*buf))
	r := &request{envelopes: buf, count: count, done: make(chan struct{}, 1)}
	if c.queued.Add(size) > queueBytes {
		return 0, c.busy(buf, size)
	}
	select {
	case <-c.closing:
		c.queued.Add(-size)
		return 0, errClosed()
	default:
	}
	select {
	case c.queue <- r:
	default:
		return 0, c.busy(buf, size)
	}
	select {
	case <-r.done:
		return r.first, r.err
	case <-ctx.Done():
		return 0, unavailable(ctx.Err())
	case <-c.stopped:
		select {
		case <-r.done:
			return r.first, r.err
		default:
			return 0, errClosed()
		}
	}
}

func (c *committer) busy(buf *[]byte, size int64) error {
	c.queued.Add(-size)
	c.recycle(buf)
	return cx.Errorf(cx.Busy, "stream.Append", "too many messages are waiting: send the same messages again in a few seconds")
}

// recycle keeps a buffer for later, unless it grew large.
func (c *committer) recycle(buf *[]byte) {
	if cap(*buf) <= joinBytes {
		c.buffers.Put(buf)
	}
}

// run joins and commits until the committer is stopped and the queue is empty.
func (c *committer) run() {
	defer close(c.stopped)
	var next *request
	for {
		if next == nil {
			select {
			case next = <-c.queue:
			case <-c.ailing:
				c.heal()
				continue
			case <-c.closing:
				select {
				case next = <-c.queue:
				default:
					return
				}
			}
		}
		var events int
		next, events = c.join(next)
		c.answer(c.commit(events))
		if c.lost { // the next number is not known
			return
		}
	}
}

// join copies first and what else is queued into the frame, up to the bounds.
// It returns the request that did not fit, if any, and the number of events.
func (c *committer) join(first *request) (next *request, events int) {
	c.raw = append(c.raw[:0], make([]byte, headerSize)...)
	for r := first; ; {
		c.raw = append(c.raw, *r.envelopes...)
		c.joined = append(c.joined, r)
		events += r.count
		c.queued.Add(-int64(len(*r.envelopes)))
		c.recycle(r.envelopes)
		r.envelopes = nil
		select {
		case r = <-c.queue:
			if events+r.count > joinEvents || len(c.raw)+len(*r.envelopes) > joinBytes {
				return r, events
			}
		default:
			return nil, events
		}
	}
}

// answer tells the requests of the frame where their events are, or the error.
// They are answered once only.
func (c *committer) answer(first cx.Seq, err error) {
	for _, r := range c.joined {
		r.first, r.err = first, err
		first += cx.Seq(r.count)
		r.done <- struct{}{}
	}
	clear(c.joined)
	c.joined = c.joined[:0]
}

// commit numbers the frame and makes it durable.
func (c *committer) commit(events int) (first cx.Seq, err error) {
	var h frameHeader
	if c.frame, h = sealFrame(c.raw, c.small, c.log.LastSeq()+1, events); h.version == smallFrame {
		c.small = c.frame
	}
	c.roomLeft -= int64(len(c.frame))
	if c.roomLeft < 0 || time.Since(c.roomAt) > roomPeriod {
		if err := c.makeRoom(context.Background()); err != nil {
			c.log.config.Logger.Warn("the log's room could not be set", slog.Any("error", err))
		}
	}
	settled, err := c.publish(h)
	if !settled {
		c.log.config.Logger.Error("a frame is in doubt", slog.Uint64("first_seq", uint64(h.first)), slog.Any("error", err))
		if settled, err = c.settle(h, err); settled {
			c.log.config.Logger.Info("the frame in doubt is settled", slog.Uint64("first_seq", uint64(h.first)), slog.Bool("stored", err == nil))
		}
	}
	if err != nil {
		c.roomAt = time.Time{} // look again before the next frame
		return 0, err
	}
	c.log.advance(h.last())
	_ = c.log.mark.write(mark{last: h.last()})
	return h.first, nil
}

// publish sends the frame once. settled is false when it may or may not be in.
func (c *committer) publish(h frameHeader) (settled bool, err error) {
	ctx := context.Background()
	ack, refused, err := c.log.session.Load().engine.publish(ctx, c.js, &nats.Msg{Subject: facts, Data: c.frame},
		jetstream.WithMsgID(strconv.FormatUint(uint64(h.first), 10)))
	if err != nil {
		return refused, err
	}
	if ack.Duplicate {
		ctx, cancel := context.WithTimeout(ctx, ackTimeout)
		defer cancel()
		return c.isIn(ctx, h)
	}
	return true, nil
}

// isIn looks whether the log's last frame is h. settled is false when it is
// not, or when the log does not answer.
func (c *committer) isIn(ctx context.Context, h frameHeader) (settled bool, err error) {
	last, err := c.log.session.Load().lastFrame(ctx)
	switch {
	case err != nil:
		return false, unavailable(err)
	case last == h:
		return true, nil
	case last.first != 0 && last.last() >= h.first:
		return false, cx.Errorf(cx.Internal, "stream.commit", "seq %d is taken by another writer: only one process may own the log", h.first)
	}
	return false, unavailable(errors.New("the frame is not in the log yet"))
}

// settle finds out what became of a frame in doubt: in, or refused. It asks and
// publishes the same frame again until it knows; meanwhile the frame's requests
// and all others are told so (they can be sent again: their messageIds are
// known). When the disk failed, the frame is cut off and counts as refused. It
// gives up only when the log is closed.
func (c *committer) settle(h frameHeader, err error) (settled bool, _ error) {
	defer c.trouble.Store(nil)
	for wait := firstPause; ; wait = min(2*wait, lastPause) {
		if errors.Is(err, errDisk) {
			failed := err
			c.refuse(failed)
			if err = c.reopen(); err == nil {
				return true, failed
			}
		} else {
			ctx, cancel := context.WithTimeout(context.Background(), ackTimeout)
			settled, err = c.isIn(ctx, h)
			cancel()
			if !settled && cx.KindOf(err) == cx.Unavailable {
				settled, err = c.publish(h)
			}
			if settled {
				return true, err
			}
		}
		c.refuse(err)
		select {
		case <-time.After(wait):
		case <-c.closing:
			c.lost = true
			return false, err
		}
	}
}

// refuse answers the frame's requests and all that is queued with err, and at
// once what comes until there is no trouble any more.
func (c *committer) refuse(err error) {
	c.trouble.Store(&err)
	c.answer(0, err)
	for {
		select {
		case r := <-c.queue:
			c.queued.Add(-int64(len(*r.envelopes)))
			r.err = err
			r.done <- struct{}{}
		default:
			return
		}
	}
}

// makeRoom lets the log grow to what the disk has free, less the reserve. What
// is in stays in.
func (c *committer) makeRoom(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	c.roomAt, c.roomLeft = time.Now(), roomBytes
	free, err := freeBytes(c.log.config.Dir)
	if err != nil {
		return err
	}
	info, err := c.log.session.Load().facts.Info(ctx)
	if err != nil {
		return unavailable(err)
	}
	used := int64(info.State.Bytes)
	maxBytes := max(used+free-c.log.config.Reserve, used, 1)
	moved := maxBytes - info.Config.MaxBytes
	ample := maxBytes-used > roomBytes && -roomBytes/4 < moved && moved < roomBytes/4
	if moved == 0 || ample {
		return nil
	}
	if _, err := c.js.UpdateStream(ctx, factsConfig(maxBytes)); err != nil {
		return unavailable(err)
	}
	return nil
}
