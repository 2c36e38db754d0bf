package notify

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

const (
	// news is how long after it was lived something is still told.
	news = 24 * time.Hour
	// keepEvery is how often the position is kept when nothing else is written:
	// what is read again after a crash is told nobody twice.
	keepEvery = time.Second
)

// The records of others that are followed.
const (
	promiseBurning = "vivencia.promise.burning"
	caseChanged    = "vivencia.case.changed"
)

var _ stream.View = (*Service)(nil)

// Name returns "notify".
func (s *Service) Name() string { return "notify" }

// Position returns the seq up to which the log is read.
func (s *Service) Position(context.Context) (cx.Seq, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position, nil
}

// found is what a batch holds that somebody may have to be told of. It lives
// longer than the batch's memory.
type found struct {
	notices []Notice
	said    cx.Seq // the last of what may hold words; 0: nothing does
}

func (s *Service) find(b stream.Batch, after, effects cx.Seq, now cx.Time) (f found) {
	for i := range b.Events {
		e := &b.Events[i]
		if e.Seq <= after || e.Seq <= effects || now.Sub(e.At) > news {
			continue
		}
		switch {
		case e.Kind == cx.Answer, e.Kind == cx.Mention, e.Kind == cx.Track && s.says(e):
			f.said = e.Seq
		case e.Kind == cx.Decision && e.Name == promiseBurning:
			if n, ok := s.burning(e); ok {
				f.notices = append(f.notices, n)
			}
		case e.Kind == cx.Decision && e.Name == caseChanged:
			if n, ok := escalated(e); ok {
				f.notices = append(f.notices, n)
			}
		}
	}
	return f
}

// says tells whether an event may hold words: it has one of the properties in
// which the model says that they stand.
func (s *Service) says(e *cx.Event) bool {
	return slices.ContainsFunc(s.c.Models.Current().Model.Facts.Text, func(name string) bool {
		return bytes.Contains(e.Properties, []byte(`"`+name+`"`))
	})
}

// Apply reads a batch: of a promise that burns and of an escalated case it tells at
// once; that somebody said something becomes a job, one for all that is said within
// a second.
func (s *Service) Apply(ctx context.Context, b stream.Batch) error {
	const op = "notify.Apply"
	s.mu.Lock()
	position, effects, keptTo, keptAt := s.position, s.effects, s.kept, s.keptAt
	s.mu.Unlock()
	if b.Last <= position {
		return nil
	}
	now := s.c.Clock.Now()
	f := s.find(b, position, effects, now)
	nothing := len(f.notices) == 0 && f.said == 0
	if nothing && now.Sub(keptAt) < keepEvery {
		s.reached(b.Last, keptTo, keptAt)
		return nil
	}
	for _, n := range f.notices {
		if err := s.Tell(ctx, n); err != nil {
			return cx.Wrap(op, err)
		}
	}
	if err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if f.said != 0 {
			if err := s.look(ctx, tx, f.said, now); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE notify_state SET position = $1`, int64(b.Last))
		return err
	}); err != nil {
		return cx.Wrap(op, err)
	}
	if !nothing {
		s.c.Jobs.Wake()
	}
	s.reached(b.Last, b.Last, now)
	return nil
}

// look has what is said looked at when the second is over.
func (s *Service) look(ctx context.Context, tx *sqldb.Tx, said cx.Seq, now cx.Time) error {
	const second = cx.Time(1e6)
	return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: spreadKind, Key: spreadKey, Due: now - now%second + second, Payload: strconv.FormatUint(uint64(said), 10)})
}

func (s *Service) reached(position, keptTo cx.Seq, at cx.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.position, s.kept, s.keptAt = position, keptTo, at
}
