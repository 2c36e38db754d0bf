package intake

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
)

// Limits, the same for every way in.
const (
	MaxMessageBytes  = 32 << 10  // one message, and a batch's context
	MaxBatchBytes    = 500 << 10 // a request's body, unpacked
	MaxBatchMessages = 2500
	MaxMessageID     = 100 // characters
	MaxText          = 255 // characters of a name or a customer's id
)

// maxMergedBytes bounds what a batch may grow to by its context.
const maxMergedBytes = 8 << 20

// Appender makes events durable; stream.Log does.
type Appender interface {
	Append(ctx context.Context, events []cx.Event) (first cx.Seq, err error)
}

// Batch is what came in one request.
type Batch struct {
	Source     string
	Sources    []string       // one a message; nil: Source for all
	Way        string         // for the quarantine: "v1/track", "import csv"
	ReceivedAt cx.Time        // 0: now
	SentAt     cx.Time        // 0: unknown; a message's own sentAt wins
	Archive    bool           // the messages were kept before they came (an import): sentAt corrects no clock
	Context    []byte         // JSON object merged under each message's context; may be nil
	Messages   [][]byte       // each a JSON object
	Kind       cx.Kind        // 0: each message's "type"
	Own        bool           // of this product's own services, which tell what the team says and what is said in public too
	Refuse     map[int]string // reasons to refuse messages by index, found before they came here; may be nil
	File       string         // imports: where the messages stood
	Lines      []int          // imports: the line of each message, or nil
}

func (b *Batch) source(i int) string {
	if b.Sources != nil {
		return b.Sources[i]
	}
	return b.Source
}

// Refusal tells which message was refused and what to do about it.
type Refusal struct {
	Index     int    `json:"index"`
	MessageID string `json:"messageId"`
	Reason    string `json:"reason"`
}

// Receipt tells what became of a batch.
type Receipt struct {
	Accepted    int
	First, Last cx.Seq // of the accepted; 0 when there is none
	Refused     []Refusal
}

// Service is the gate. It is safe for concurrent use.
type Service struct {
	log        Appender
	quarantine *quarantine.Queue
	clock      cx.Clock
	logger     *slog.Logger
	works      sync.Pool // of *work
	observe    func(way string, accepted, refused int)
}

// work is what one Accept needs, kept for the next.
type work struct {
	decoder decoder
	events  []cx.Event
}

// New returns the gate to log.
func New(log Appender, q *quarantine.Queue, clock cx.Clock, logger *slog.Logger) *Service {
	return &Service{log: log, quarantine: q, clock: clock, logger: logger, works: sync.Pool{New: func() any { return new(work) }}}
}

// Observe has fn called with what became of each batch. It is set once, before
// the first Accept.
func (s *Service) Observe(fn func(way string, accepted, refused int)) { s.observe = fn }

// Accept validates each message, appends the good ones as one stretch of the
// log and sets the bad ones aside; both are durable when the error is nil. The
// messages may be used again when it returns. After an error the same batch
// can be sent again: messages with a messageId are not counted twice. Errors
// are of the kinds of stream.Log.Append; TooLarge also when the batch has too
// many messages.
func (s *Service) Accept(ctx context.Context, b Batch) (Receipt, error) {
	const op = "intake.Accept"
	if len(b.Messages) > MaxBatchMessages {
		return Receipt{}, cx.Errorf(cx.TooLarge, op, "the batch has %d messages: send at most %d at once", len(b.Messages), MaxBatchMessages)
	}
	if b.ReceivedAt == 0 {
		b.ReceivedAt = s.clock.Now()
	}
	d := b.defaults()
	w := s.works.Get().(*work)
	defer func() {
		clear(w.events)
		w.events = w.events[:0]
		s.works.Put(w)
	}()
	var r Receipt
	var aside []quarantine.Item
	size := 0
	for i, raw := range b.Messages {
		d.Source = b.source(i)
		e, err := w.decoder.decode(raw, d)
		reason, bad := b.Refuse[i]
		if err != nil || bad {
			if !bad {
				reason = cx.MessageOf(err)
			}
			r.Refused = append(r.Refused, Refusal{Index: i, MessageID: e.MessageID, Reason: reason})
			aside = append(aside, b.item(i, e.MessageID, reason))
			continue
		}
		w.events = append(w.events, e)
		if size += len(e.Body); size > maxMergedBytes {
			return Receipt{}, cx.Errorf(cx.TooLarge, op, "the messages and their shared context are larger than %d MB together: send fewer at once", maxMergedBytes>>20)
		}
	}
	if len(w.events) > 0 {
		first, err := s.log.Append(ctx, w.events)
		if err != nil {
			return Receipt{}, cx.Wrap(op, err)
		}
		r.Accepted, r.First, r.Last = len(w.events), first, first+cx.Seq(len(w.events))-1
	}
	if len(aside) > 0 {
		s.logger.Info("messages were set aside", slog.String("source", b.Source), slog.String("way", b.Way), slog.Int("count", len(aside)))
		if err := s.quarantine.Put(ctx, aside); err != nil {
			return Receipt{}, cx.Wrap(op, err)
		}
	}
	if s.observe != nil {
		s.observe(b.Way, r.Accepted, len(r.Refused))
	}
	return r, nil
}

// defaults returns what every message of the batch takes from it. A context
// that cannot be read is left for decode to say so of each message.
func (b *Batch) defaults() Defaults {
	d := Defaults{ReceivedAt: b.ReceivedAt, SentAt: b.SentAt, Archive: b.Archive, Kind: b.Kind, Own: b.Own, Context: b.Context}
	if parsed, err := parseContext(b.Context); b.Context != nil && err == nil {
		d.shared, d.Context = parsed, nil
	}
	return d
}

func (b *Batch) item(i int, messageID, reason string) quarantine.Item {
	item := quarantine.Item{
		Source: b.source(i), Way: b.Way, Kind: b.Kind, Reason: reason, File: b.File, ReceivedAt: b.ReceivedAt,
		SentAt: b.SentAt, Archive: b.Archive, MessageID: messageID, Raw: b.Messages[i],
	}
	if b.Lines != nil {
		item.Line = b.Lines[i]
	}
	if len(b.Context) <= MaxMessageBytes {
		item.Context = b.Context
	}
	return item
}

// Mend puts a quarantined message through the gate again, as raw or, when that
// is nil, as it is, with its source, messageId and times, and takes it out of
// quarantine when it is accepted. When it is refused again it stays, and the
// receipt says why. Needs account.MendQuarantine; NotFound when it is gone.
func (s *Service) Mend(ctx context.Context, p cx.Principal, id uint64, raw []byte) (Receipt, error) {
	const op = "intake.Mend"
	if err := account.Check(p, account.MendQuarantine); err != nil {
		return Receipt{}, cx.Wrap(op, err)
	}
	item, err := s.quarantine.Get(ctx, p, id)
	if err != nil {
		return Receipt{}, cx.Wrap(op, err)
	}
	if raw == nil {
		raw = item.Raw
	}
	d := Defaults{
		Source: item.Source, MessageID: item.MessageID, ReceivedAt: item.ReceivedAt, SentAt: item.SentAt,
		Archive: item.Archive, Context: item.Context, Kind: item.Kind,
	}
	if d.MessageID == "" {
		d.MessageID = fmt.Sprintf("quarantine:%d", id) // the same if this is tried again
	}
	e, err := Decode(raw, d)
	if err != nil {
		return Receipt{Refused: []Refusal{{MessageID: e.MessageID, Reason: cx.MessageOf(err)}}}, nil
	}
	first, err := s.log.Append(ctx, []cx.Event{e})
	if err != nil {
		return Receipt{}, cx.Wrap(op, err)
	}
	if err := s.quarantine.Discard(ctx, p, id); err != nil {
		return Receipt{}, cx.Wrap(op, err)
	}
	return Receipt{Accepted: 1, First: first, Last: first}, nil
}
