package stream

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Config says where the log lives.
type Config struct {
	Dir     string       // the log's own folder
	Reserve int64        // bytes of the disk to leave free; the log is Full before it takes them
	Logger  *slog.Logger // required

	// OnPoison takes an event that the named view can never apply. When it
	// fails, Follow tries again later; nil only logs the event's seq.
	OnPoison func(ctx context.Context, view string, e cx.Event, reason string) error
}

// Log is the durable log. It is safe for concurrent use.
type Log struct {
	config     Config
	session    atomic.Pointer[session] // the engine's present life
	commit     *committer
	mark       *markFile
	redactions redactions
	redacting  sync.Mutex // one Redact at a time
	unfinished bool       // the last Redact failed in the middle

	last    atomic.Uint64 // seq of the last durable event
	mu      sync.Mutex
	changed chan struct{} // closed and replaced when last rises

	closing chan struct{} // closed by Close, first thing
	once    sync.Once
}

// Open opens the log in c.Dir, or makes it.
func Open(ctx context.Context, c Config) (*Log, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, cx.Wrap("stream.Open", err)
	}
	l := &Log{config: c, changed: make(chan struct{}), closing: make(chan struct{})}
	if err := l.open(ctx); err != nil {
		return nil, errors.Join(cx.Wrap("stream.Open", err), l.Close())
	}
	return l, nil
}

func (l *Log) open(ctx context.Context) error {
	m, said, err := openMark(l.config.Dir)
	if err != nil {
		return err
	}
	l.mark = m
	if err := sweep(l.config.Dir); err != nil {
		return err
	}
	if err := inspect(l.config.Dir, said, l.config.Logger); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	s, err := openSession(ctx, l.config)
	if err != nil {
		return err
	}
	l.session.Store(s)
	if err := l.openRedactions(ctx); err != nil {
		return err
	}
	last, err := s.lastFrame(ctx)
	if err != nil {
		return err
	}
	end := l.redactions.last()
	if last.first != 0 {
		end = max(end, last.last())
	}
	l.last.Store(uint64(end))
	if end < said.last {
		return damaged(end+1, "the log ends there, though seq %d was acknowledged", said.last)
	}
	if err := m.write(mark{last: end}); err != nil {
		return cx.Wrap("stream.openMark", err)
	}
	l.commit, err = startCommitter(ctx, l)
	return err
}

// openTimeout is how long the engine may take to open its streams.
const openTimeout = 30 * time.Second

// roomForAll is the bound of a new log until the disk is looked at: NATS sizes
// its blocks by it.
const roomForAll = 1 << 40

func factsConfig(maxBytes int64) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        facts,
		Description: "what customers lived, and what was decided about them",
		Subjects:    []string{facts},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		MaxBytes:    maxBytes,
		Duplicates:  30 * time.Second, // longer than a publish can be on its way
		AllowDirect: true,
		Replicas:    1,
	}
}

// Append makes events durable, in order and next to each other, and sets the
// Seq of each. When it returns nil they survive a power cut. Errors are of
// kind Busy (the queue is full), Unavailable (the log does not answer, or ctx
// ended: the events may yet be in it), Full (no room on the disk) or TooLarge.
func (l *Log) Append(ctx context.Context, events []cx.Event) (first cx.Seq, err error) {
	if len(events) == 0 {
		return 0, nil
	}
	first, err = l.commit.append(ctx, events)
	if err != nil {
		return 0, err
	}
	for i := range events {
		events[i].Seq = first + cx.Seq(i)
	}
	return first, nil
}

// LastSeq returns the seq of the last durable event; 0 when there is none.
func (l *Log) LastSeq() cx.Seq { return cx.Seq(l.last.Load()) }

// advance publishes that everything up to last is durable.
func (l *Log) advance(last cx.Seq) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last.Store(uint64(last))
	close(l.changed)
	l.changed = make(chan struct{})
}

// wait returns when there is something after seq.
func (l *Log) wait(ctx context.Context, after cx.Seq) error {
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		if l.LastSeq() > after {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func errClosed() error {
	return cx.Errorf(cx.Unavailable, "stream", "the log is closed: the program is stopping; send the same messages again in a while")
}

// Close commits what is queued and stops the log. What was appended stays. It
// can be called again.
func (l *Log) Close() error {
	l.once.Do(func() {
		close(l.closing)
		if l.commit != nil {
			l.commit.stop()
		}
		if s := l.session.Load(); s != nil {
			s.close()
		}
		l.closeMark()
	})
	return nil
}

// closeMark notes that the log ended well, if it did.
func (l *Log) closeMark() {
	switch {
	case l.mark == nil:
		return
	case l.commit == nil: // it did not open: what the mark says stays
		_ = l.mark.file.Close()
		return
	}
	if err := l.mark.close(mark{last: l.LastSeq(), clean: !l.commit.lost}); err != nil {
		l.config.Logger.Warn("the log's mark could not be written", slog.Any("error", err))
	}
}
