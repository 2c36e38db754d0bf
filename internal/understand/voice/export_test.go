package voice

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Hurry lets the service learn by itself as soon as there is enough.
func (s *Service) Hurry() { s.learner.quiet, s.learner.pause = time.Millisecond, 0 }

// Corrected returns the decision that Correct puts in the log.
func Corrected(ref Ref, l Label, at cx.Time) cx.Event {
	s := &Service{c: Config{Clock: fixed(at)}}
	e, err := s.decision(correctedEvent, corrected{ref.String(), l, "person:1"})
	if err != nil {
		panic(err)
	}
	return e
}

type fixed cx.Time

// Now implements cx.Clock.
func (f fixed) Now() cx.Time { return cx.Time(f) }
