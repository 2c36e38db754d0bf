package stream

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The streams of the log; each is its own only subject.
const (
	facts    = "facts"    // the frames as they were appended
	redacted = "redacted" // the frames that stand in the place of erased ones
)

// session is one life of the engine, with what is connected to it.
type session struct {
	engine   *engine
	nc       *nats.Conn // for everything but commits and readers
	js       jetstream.JetStream
	facts    jetstream.Stream
	redacted jetstream.Stream
}

// openSession starts the engine on the log's folder and opens its streams.
func openSession(ctx context.Context, c Config) (_ *session, err error) {
	e, err := startEngine(c.Dir, c.Logger)
	if err != nil {
		return nil, err
	}
	s := &session{engine: e}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.nc, s.js, err = e.connect("log"); err != nil {
		return nil, err
	}
	if s.facts, err = s.stream(ctx, factsConfig(roomForAll)); err != nil {
		return nil, err
	}
	s.redacted, err = s.stream(ctx, jetstream.StreamConfig{
		Name:        redacted,
		Description: "frames in the place of erased ones",
		Subjects:    []string{redacted},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Replicas:    1,
		AllowDirect: true,
	})
	return s, err
}

// stream opens a stream, or makes it as c says.
func (s *session) stream(ctx context.Context, c jetstream.StreamConfig) (jetstream.Stream, error) {
	stream, err := s.js.Stream(ctx, c.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = s.js.CreateStream(ctx, c)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return stream, nil
}

func (s *session) close() {
	if s.nc != nil {
		s.nc.Close()
	}
	s.engine.stop()
}

// lastFrame returns the header of the last frame appended that is not erased;
// its first is 0 when there is none.
func (s *session) lastFrame(ctx context.Context) (frameHeader, error) {
	m, err := s.facts.GetLastMsgForSubject(ctx, facts)
	if missing(err) {
		return frameHeader{}, nil
	}
	if err != nil {
		return frameHeader{}, unavailable(err)
	}
	return readHeader(m.Data)
}
