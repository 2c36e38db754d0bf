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

// batchEvents is how many events a batch has when there are enough of them.
const batchEvents = 1000

// One fetch brings at most so much.
const (
	fetchFrames = 256
	fetchBytes  = 4 << 20
)

const fetchTimeout = 10 * time.Second

// reader reads the log in order, on a connection of its own. It is not safe
// for concurrent use.
type reader struct {
	log    *Log
	nc     *nats.Conn
	inbox  *nats.Subscription
	next   uint64     // NATS sequence to fetch from
	after  cx.Seq     // what was given out, or skipped
	frames [][]byte   // fetched, not decoded yet
	events []cx.Event // decoded, not given out yet
	buffer []cx.Event // behind events
}

// newReader returns a reader that begins with after+1.
func (l *Log) newReader(ctx context.Context, after cx.Seq) (*reader, error) {
	nc, js, err := l.engine.connect("reader")
	if err != nil {
		return nil, err
	}
	r := &reader{log: l, nc: nc, after: after}
	if r.inbox, err = nc.SubscribeSync(nc.NewInbox()); err == nil {
		err = r.seek(ctx, js)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *reader) close() { r.nc.Close() }

// seek finds the frame that holds after+1 by halving.
func (r *reader) seek(ctx context.Context, js jetstream.JetStream) error {
	stream, err := js.Stream(ctx, facts)
	if err != nil {
		return unavailable(err)
	}
	state := stream.CachedInfo().State
	low, high := state.FirstSeq, state.LastSeq
	for r.after > 0 && low < high {
		middle := low + (high-low+1)/2
		m, err := stream.GetMsg(ctx, middle, jetstream.WithGetMsgSubject(facts))
		if missing(err) {
			high = middle - 1
			continue
		}
		if err != nil {
			return unavailable(err)
		}
		h, err := readHeader(m.Data)
		if err != nil {
			return err
		}
		if h.first > r.after+1 {
			high = middle - 1
		} else {
			low = m.Sequence
		}
	}
	r.next = max(low, 1)
	return nil
}

// batch returns what comes next: up to about a thousand events of those that
// are there, none at the end of the log.
func (r *reader) batch(ctx context.Context) (Batch, error) {
	r.events = append(r.buffer[:0], r.events...)
	for len(r.events) < batchEvents {
		if len(r.frames) == 0 {
			if err := r.fetch(ctx); err != nil {
				return Batch{}, err
			}
			if len(r.frames) == 0 {
				break
			}
		}
		if err := r.decode(); err != nil {
			return Batch{}, err
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

// decode adds the first of the fetched frames to events.
func (r *reader) decode() error {
	at := len(r.events)
	expected := r.after + 1
	if at > 0 {
		expected = r.events[at-1].Seq + 1
	}
	events, h, err := decodeFrame(r.events, r.frames[0])
	if err != nil {
		return err
	}
	if h.first > expected {
		return corrupt(expected, "the log goes on with seq %d", h.first)
	}
	if skip := min(expected-h.first, cx.Seq(h.count)); skip > 0 {
		events = append(events[:at], events[at+int(skip):]...)
	}
	r.events, r.frames = events, r.frames[1:]
	r.buffer = events[:0]
	return nil
}

// fetch asks for the next frames, if there are any.
func (r *reader) fetch(ctx context.Context) error {
	have := r.after + cx.Seq(len(r.events))
	if r.log.LastSeq() <= have {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := json.Marshal(map[string]uint64{"seq": r.next, "batch": fetchFrames, "max_bytes": fetchBytes})
	if err != nil {
		return cx.Wrap("stream.fetch", err)
	}
	if err := r.nc.PublishRequest("$JS.API.DIRECT.GET."+facts, r.inbox.Subject, request); err != nil {
		return unavailable(err)
	}
	for {
		m, err := r.inbox.NextMsgWithContext(ctx)
		if err != nil {
			return unavailable(err)
		}
		switch status := m.Header.Get("Status"); status {
		case "":
		case "204", "404": // the end of the batch; nothing there
			if len(r.frames) == 0 {
				return corrupt(have+1, "the log ends here, though seq %d was written", r.log.LastSeq())
			}
			return nil
		default:
			return unavailable(fmt.Errorf("direct get: %s %s", status, m.Header.Get("Description")))
		}
		sequence, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
		if err != nil || sequence < r.next {
			return unavailable(errors.New("direct get: an answer to an earlier request"))
		}
		r.frames = append(r.frames, m.Data)
		r.next = sequence + 1
	}
}
