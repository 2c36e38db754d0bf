package voice

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// chunkTexts is how many texts are read again in one transaction.
const chunkTexts = 500

// work is the background work.
type work struct {
	wake chan struct{} // holds one: there may be something to read again
	mu   sync.Mutex
	stop func() // nil while there is none
}

// Start begins to classify and read again whenever another model or text model
// applies, going on where it stopped, and to learn when there is enough to learn
// from. It returns at once; Close ends it.
func (s *Service) Start() {
	s.work.mu.Lock()
	defer s.work.mu.Unlock()
	if s.work.stop != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	unsubscribe := s.c.Models.Subscribe(func(model.Version) { s.signal() })
	var ended sync.WaitGroup
	s.work.stop = func() {
		unsubscribe()
		cancel()
		ended.Wait()
	}
	s.signal()
	ended.Go(func() { s.settling(ctx) })
	ended.Go(func() { s.learning(ctx) })
	if s.c.Elsewhere != nil {
		ended.Go(func() { s.consulting(ctx) })
	}
}

// Close stops the background work and waits for it. It may be called again.
func (s *Service) Close() error {
	s.work.mu.Lock()
	defer s.work.mu.Unlock()
	if s.work.stop != nil {
		s.work.stop()
		s.work.stop = nil
	}
	return nil
}

func (s *Service) signal() {
	select {
	case s.work.wake <- struct{}{}:
	default:
	}
}

func (s *Service) settling(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.work.wake:
		}
		for {
			err := s.Settle(ctx)
			if err == nil || ctx.Err() != nil {
				break
			}
			s.c.Logger.ErrorContext(ctx, "what is said could not be read again", slog.Any("error", err))
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

var (
	errEnough = errors.New("enough")           // ends a reading of the log before its end
	errOther  = errors.New("versions changed") // or something was erased: begin again
)

// Settle classifies and reads again until every text is as the model and the
// text model in force say. It goes on where an earlier one stopped. Start calls
// it when it is time.
func (s *Service) Settle(ctx context.Context) error {
	for {
		s.mu.RLock()
		st := s.state
		s.mu.RUnlock()
		want := s.now()
		if want.model < st.model || st.position == 0 || want == st.versions && st.settled() {
			return nil
		}
		if want != st.versions {
			st.versions, st.done, st.upto = want, 0, st.position
		}
		started := time.Now()
		err := s.settle(ctx, st)
		if errors.Is(err, errOther) {
			continue
		}
		if err != nil {
			return cx.Wrap("voice.Settle", err)
		}
		s.c.Logger.InfoContext(ctx, "what is said is read again", slog.Int("model", want.model), slog.String("text_model", want.reader),
			slog.Uint64("upto", uint64(st.upto)), slog.Duration("took", time.Since(started)))
	}
}

func (s *Service) settle(ctx context.Context, st state) error {
	m, reader := s.c.Models.Current(), s.readers.Current()
	if (versions{m.Number, reader.Hash}) != st.versions {
		return errOther
	}
	chunk := newBatch(m.Model, reader.Model)
	at := stretch{st.done, st.done}
	erased := s.gone.count()
	flush := func() error {
		err := s.replace(ctx, chunk, at, st, erased)
		chunk, erased = newBatch(m.Model, reader.Model), s.gone.count()
		at.after = at.through
		return err
	}
	err := s.c.Log.Read(ctx, st.done, func(b stream.Batch) error {
		if s.now() != st.versions {
			return errOther
		}
		through := min(b.Last, st.upto)
		says := slices.DeleteFunc(b.Events, func(e cx.Event) bool {
			return e.Seq > st.upto || !e.Kind.OfCustomer() && e.Kind != cx.Mention
		})
		if len(says) > 0 {
			resolved, err := s.c.Resolver.Resolve(ctx, at.through, through)
			if err != nil {
				return err
			}
			heard := s.hear(says, resolved.Facts, m.Model, reader.Model)
			chunk.texts = append(chunk.texts, heard.texts...)
			for r := range heard.responses {
				chunk.responses[r] = true
			}
		}
		at.through = through
		if len(chunk.texts) < chunkTexts && through < st.upto {
			return nil
		}
		if err := flush(); err != nil {
			return err
		}
		if through == st.upto {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	if err == nil && at.through < st.upto {
		// The log ends before what the store has: nothing is left to read again.
		at.through = st.upto
		return flush()
	}
	return err
}

// replace stores one chunk of texts that were read again.
func (s *Service) replace(ctx context.Context, b *batch, at stretch, st state, erased int) error {
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := s.certain(ctx); err != nil {
		return err
	}
	next := s.state
	switch {
	case s.gone.count() != erased: // what was read may be of who is forgotten now
		return errOther
	case next.versions != st.versions && at.after == 0:
		// What came meanwhile may have been read under the versions before.
		next.versions, next.upto = st.versions, next.position
	case next.versions != st.versions || next.done != at.after:
		return errOther
	}
	next.done = at.through
	return s.write(ctx, b, next, &at)
}
