package promise

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func scanReading(rows *sql.Rows) (d reading, err error) {
	return d, rows.Scan(&d.no, &d.promise.Slug, &d.digest, &d.done)
}

// adopt takes the model in force: what a promise that is read otherwise has is
// thrown away, and read again from the beginning of the log by Settle. The caller
// holds applying.
func (s *Service) adopt(ctx context.Context) error {
	v := s.c.Models.Current()
	if v.Number == s.reads.model {
		return nil
	}
	r := newReads(v)
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT no, slug, reading, done FROM promise_promises ORDER BY no`)
		if err != nil {
			return err
		}
		known, err := sqldb.Collect(rows, scanReading)
		if err != nil {
			return err
		}
		last := 0
		for _, was := range known {
			last = max(last, was.no)
			if d := r.bySlug[was.promise.Slug]; d != nil && d.digest == was.digest {
				d.no, d.done = was.no, was.done
				continue
			}
			for _, table := range []string{"promise_instances", "promise_marks"} {
				if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE promise_no = $1`, was.no); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, `DELETE FROM promise_promises WHERE no = $1`, was.no); err != nil {
				return err
			}
		}
		for _, d := range r.promises {
			if d.no == 0 {
				last++
				d.no = last
				if _, err := tx.Exec(ctx, `INSERT INTO promise_promises (no, slug, reading, done) VALUES ($1, $2, $3, 0)`, d.no, d.promise.Slug, d.digest); err != nil {
					return err
				}
			}
			r.byNo[d.no] = d
		}
		_, err = tx.Exec(ctx, `UPDATE promise_state SET model = $1`, v.Number)
		return err
	})
	if err != nil {
		s.doubt = true
		return err
	}
	s.mu.Lock()
	s.reads = r
	s.mu.Unlock()
	s.signal()
	return nil
}

// work is the background work.
type work struct {
	wake chan struct{} // holds one: there may be something to read again
	mu   sync.Mutex
	stop []func()
}

// beat is how often the clock is looked at.
const beat = 250 * time.Millisecond

// Start begins to read the log again whenever promises are measured otherwise. It
// returns at once; Close ends it.
func (s *Service) Start() {
	unsubscribe := s.c.Models.Subscribe(func(model.Version) { s.signal() })
	s.signal()
	s.work.start(s.settling, unsubscribe)
}

// StartClock begins to let the clock change what is due, and to tell what
// changed. It returns at once; Close ends it.
func (s *Service) StartClock() { s.work.start(s.ticking, func() {}) }

// start runs fn until stop, which calls after.
func (w *work) start(fn func(context.Context), after func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { fn(ctx) })
	w.stop = append(w.stop, func() {
		after()
		cancel()
		ended.Wait()
	})
}

// Close stops the background work and waits for it. It may be called again.
func (s *Service) Close() error {
	s.work.mu.Lock()
	defer s.work.mu.Unlock()
	for _, stop := range s.work.stop {
		stop()
	}
	s.work.stop = nil
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
		if err := s.Settle(ctx); err != nil && ctx.Err() == nil {
			s.c.Logger.ErrorContext(ctx, "promises could not be read again", slog.Any("error", err))
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
				s.signal()
			}
		}
	}
}

// ticking looks at the clock, and whenever something was applied.
func (s *Service) ticking(ctx context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		s.mu.RLock()
		changed := s.changed
		s.mu.RUnlock()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-changed:
		}
		if err := s.Tick(ctx); err != nil && ctx.Err() == nil {
			s.c.Logger.ErrorContext(ctx, "what is due of promises could not be changed", slog.Any("error", err))
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

var errEnough = errors.New("enough") // ends a reading of the log before its end

// Settle reads the log again until every promise is read as the model in force
// says, up to where the log is followed. It goes on where an earlier one stopped.
// Start calls it when it is time.
func (s *Service) Settle(ctx context.Context) error {
	const op = "promise.Settle"
	for {
		s.applying.Lock()
		err := s.certain(ctx)
		if err == nil {
			err = s.adopt(ctx)
		}
		from, settled := s.behind()
		s.applying.Unlock()
		if err != nil || settled {
			return cx.Wrap(op, err)
		}
		after := from
		if err := s.c.Log.Read(ctx, from, func(b stream.Batch) error {
			err := s.again(ctx, after, b)
			after = b.Last
			return err
		}); err != nil && !errors.Is(err, errEnough) {
			return cx.Wrap(op, err)
		}
	}
}

// behind returns the least position of the promises that are not read up to where
// the log is followed.
func (s *Service) behind() (from cx.Seq, settled bool) {
	from, settled = s.position, true
	for _, d := range s.reads.promises {
		if d.done < s.position {
			from, settled = min(from, d.done), false
		}
	}
	return from, settled
}

// again reads a batch, which begins after a position, for the promises that have
// come so far.
func (s *Service) again(ctx context.Context, after cx.Seq, b stream.Batch) error {
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := s.certain(ctx); err != nil {
		return err
	}
	last := min(b.Last, s.position)
	var behind []*reading
	for _, d := range s.reads.promises {
		if after <= d.done && d.done < last {
			behind = append(behind, d)
		}
	}
	if len(behind) == 0 || s.reads.model != s.c.Models.Current().Number {
		return errEnough
	}
	events := b.Events
	for len(events) > 0 && events[len(events)-1].Seq > last {
		events = events[:len(events)-1]
	}
	st, err := s.read(ctx, events, after, last, behind)
	if err != nil {
		return err
	}
	st.marks = notYet(st.marks)
	st.clusters = nil // they are as the position says
	if err := s.write(ctx, func(w *writer) error { return w.stretch(st, behind, last) }, s.now()); err != nil {
		return err
	}
	s.reached(behind, last, s.position, 0)
	return nil
}

// notYet leaves out the marks that were read already.
func notYet(marks []found) []found {
	out := marks[:0]
	for _, m := range marks {
		if m.seq > m.d.done {
			out = append(out, m)
		}
	}
	return out
}
