package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// A batch has as many events as there are, up to so many and about so many bytes:
// the more, the fewer pages a view writes for each.
const (
	batchEvents = 4000
	batchBytes  = 8 << 20
)

// One fetch brings at most so much.
const (
	fetchFrames = 256
	fetchBytes  = 4 << 20
)

const fetchTimeout = 10 * time.Second

// reader reads the log in order, each erased frame's successor in its place, on
// a connection of its own. It is not safe for concurrent use.
type reader struct {
	log     *Log
	nc      *nats.Conn
	js      jetstream.JetStream
	facts   jetstream.Stream
	erased  jetstream.Stream // where the redacted frames are
	inbox   *nats.Subscription
	next    uint64     // NATS sequence to fetch from
	seen    uint64     // how many redactions what follows has seen
	fetched [][]byte   // frames, not given out yet
	have    cx.Seq     // the end of the last frame given out
	events  []cx.Event // decoded, not given out yet
	buffer  []cx.Event // behind events
	after   cx.Seq     // the last event given out, or skipped
}

// newReader returns a reader that begins with after+1.
func (l *Log) newReader(ctx context.Context, after cx.Seq) (*reader, error) {
	nc, js, err := l.session.Load().engine.connect("reader")
	if err != nil {
		return nil, err
	}
	r := &reader{log: l, nc: nc, js: js, after: after}
	if r.facts, err = r.js.Stream(ctx, facts); err == nil {
		r.erased, err = r.js.Stream(ctx, redacted)
	}
	if err != nil {
		err = unavailable(err)
	} else if r.inbox, err = r.nc.SubscribeSync(r.nc.NewInbox()); err == nil {
		err = r.seek(ctx)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *reader) close() { r.nc.Close() }

// seek goes to the frame that holds after+1.
func (r *reader) seek(ctx context.Context) error {
	r.seen = r.log.redactions.made()
	r.fetched, r.events, r.have = nil, nil, r.after
	info, err := r.facts.Info(ctx)
	if err != nil {
		return unavailable(err)
	}
	r.next, err = r.find(ctx, r.after+1, info.State.FirstSeq, info.State.LastSeq)
	return err
}

// find returns the NATS sequence of the last frame there that begins at or
// before seq, by halving; that of the first one when all begin later.
func (r *reader) find(ctx context.Context, seq cx.Seq, low, high uint64) (uint64, error) {
	for seq > 1 && low < high {
		middle := low + (high-low+1)/2
		m, err := r.facts.GetMsg(ctx, middle, jetstream.WithGetMsgSubject(facts))
		if missing(err) {
			high = middle - 1
			continue
		}
		if err != nil {
			return 0, unavailable(err)
		}
		h, err := parseHeader(m.Data)
		if err != nil {
			return 0, err
		}
		if h.first > seq {
			high = middle - 1
		} else {
			low = m.Sequence
		}
	}
	return max(low, 1), nil
}

// batch returns what comes next of the events that are there, none at the end of
// the log.
func (r *reader) batch(ctx context.Context) (Batch, error) {
	if r.seen != r.log.redactions.made() { // what was fetched may be erased
		if err := r.seek(ctx); err != nil {
			return Batch{}, err
		}
	}
	r.events = append(r.buffer[:0], r.events...)
	for size := 0; len(r.events) < batchEvents && size < batchBytes; {
		frame, h, err := r.frame(ctx)
		if err != nil {
			return Batch{}, err
		}
		if frame == nil {
			break
		}
		at := len(r.events)
		if r.events, err = decodeEvents(r.events, frame, h); err != nil {
			return Batch{}, err
		}
		if h.first <= r.after {
			skip := int(r.after - h.first + 1)
			r.events = append(r.events[:at], r.events[at+skip:]...)
		}
		r.buffer = r.events[:0]
		for i := range r.events[at:] {
			size += len(r.events[at+i].Body)
		}
	}
	n := min(len(r.events), batchEvents)
	if n == 0 {
		return Batch{}, nil
	}
	b := Batch{Events: r.events[:n:n], Last: r.events[n-1].Seq}
	r.events = r.events[n:]
	r.after = b.Last
	return b, nil
}

// frame returns the frame that holds have+1, its checksum checked; nil at the
// end of the log.
func (r *reader) frame(ctx context.Context) ([]byte, frameHeader, error) {
	for r.have < r.log.LastSeq() {
		frame, h, err := r.redacted(ctx, r.have+1)
		if err != nil || frame != nil {
			r.have = max(r.have, h.last())
			return frame, h, err
		}
		if len(r.fetched) == 0 {
			if err := r.fetch(ctx); err != nil {
				return nil, h, err
			}
			if len(r.fetched) == 0 {
				return nil, h, corrupt(r.have+1, "the log ends here, though seq %d was written", r.log.LastSeq())
			}
		}
		frame, r.fetched = r.fetched[0], r.fetched[1:]
		if h, err = readHeader(frame); err != nil {
			return nil, h, err
		}
		if h.last() <= r.have {
			continue // what stands in its place was given out already
		}
		if h.first > r.have+1 {
			// Erased since we looked; else it is missing.
			if _, _, again := r.log.redactions.find(r.have + 1); again {
				r.fetched = append([][]byte{frame}, r.fetched...)
				continue
			}
			return nil, h, corrupt(r.have+1, "the log goes on with seq %d", h.first)
		}
		r.have = h.last()
		return frame, h, nil
	}
	return nil, frameHeader{}, nil
}

// redacted returns the frame that stands in the place of the erased one that
// held seq; nil when none was erased there.
func (r *reader) redacted(ctx context.Context, seq cx.Seq) ([]byte, frameHeader, error) {
	for {
		id, _, ok := r.log.redactions.find(seq)
		if !ok {
			return nil, frameHeader{}, nil
		}
		m, err := r.erased.GetMsg(ctx, id)
		if missing(err) {
			if now, _, _ := r.log.redactions.find(seq); now != id {
				continue // it was redacted again
			}
			return nil, frameHeader{}, corrupt(seq, "the erased frame's successor is missing")
		}
		if err != nil {
			return nil, frameHeader{}, unavailable(err)
		}
		h, err := readHeader(m.Data)
		return m.Data, h, err
	}
}

// fetch asks for the next frames, if there are any.
func (r *reader) fetch(ctx context.Context) error {
	messages, err := fetch(ctx, r.nc, r.inbox, facts, r.next)
	for _, m := range messages {
		r.fetched = append(r.fetched, m.data)
		r.next = m.sequence + 1
	}
	return err
}

// message is one message of a stream.
type message struct {
	sequence uint64
	data     []byte
	header   nats.Header
}

// fetch returns the next messages of a stream from a NATS sequence on; none at
// its end.
func fetch(ctx context.Context, nc *nats.Conn, inbox *nats.Subscription, stream string, next uint64) ([]message, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := json.Marshal(map[string]uint64{"seq": next, "batch": fetchFrames, "max_bytes": fetchBytes})
	if err != nil {
		return nil, cx.Wrap("stream.fetch", err)
	}
	if err := nc.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox.Subject, request); err != nil {
		return nil, unavailable(err)
	}
	for messages := []message(nil); ; {
		m, err := inbox.NextMsgWithContext(ctx)
		if err != nil {
			return nil, unavailable(err)
		}
		switch status := m.Header.Get("Status"); status {
		case "":
		case "204", "404": // the end of the batch; nothing there
			return messages, nil
		default:
			return nil, unavailable(fmt.Errorf("direct get: %s %s", status, m.Header.Get("Description")))
		}
		sequence, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
		if err != nil || sequence < next {
			return nil, unavailable(errors.New("direct get: an answer to an earlier request"))
		}
		messages = append(messages, message{sequence, m.Data, m.Header})
		next = sequence + 1
	}
}
