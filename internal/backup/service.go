package backup

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Schedule says where to, how often and how many; the zero value is: never by
// itself.
type Schedule struct {
	Target string
	Every  time.Duration
	Keep   int // 0: all
}

// State is how the backups are.
type State struct {
	Schedule
	Last    Manifest // the newest whole one in the schedule's target; zero when there is none
	Running bool
	Failed  error // of the last try; nil when it went well
}

// retryAfter is how soon a backup that failed is tried again.
const retryAfter = 10 * time.Minute

// Service makes backups, on request and by the schedule. It is safe for
// concurrent use; one backup runs at a time.
type Service struct {
	source   Source
	schedule Schedule
	logger   *slog.Logger

	running sync.Mutex
	mu      sync.Mutex
	state   State

	life  context.Context // until Close
	stop  context.CancelFunc
	ended sync.WaitGroup
}

// New returns the service. What the schedule's target holds is read; a target
// that cannot be reads as failed.
func New(source Source, schedule Schedule, logger *slog.Logger) *Service {
	s := &Service{source: source, schedule: schedule, logger: logger, state: State{Schedule: schedule}}
	s.life, s.stop = context.WithCancel(context.Background())
	if schedule.Target != "" {
		all, err := list(schedule.Target)
		if len(all) > 0 {
			s.state.Last = all[len(all)-1]
		}
		s.state.Failed = err
	}
	return s
}

// State returns how the backups are.
func (s *Service) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Run makes one backup now and waits for it: to target, or to the schedule's
// when that is empty. Only the system itself may name a target (any folder of
// this machine). Needs account.Operate. The error is Conflict when one is under
// way.
func (s *Service) Run(ctx context.Context, p cx.Principal, target string) (Manifest, error) {
	const op = "backup.Run"
	target, err := s.admit(p, target)
	if err != nil {
		return Manifest{}, cx.Wrap(op, err)
	}
	m, err := s.run(ctx, target)
	return m, cx.Wrap(op, err)
}

// Begin begins a backup to the schedule's target and does not wait for it;
// State tells how it goes. Errors as Run's.
func (s *Service) Begin(p cx.Principal) error {
	target, err := s.admit(p, "")
	if err != nil {
		return cx.Wrap("backup.Begin", err)
	}
	s.ended.Go(func() { _, _ = s.run(s.life, target) }) // State tells
	return nil
}

// admit checks who asks, and takes the turn when it returns the target.
func (s *Service) admit(p cx.Principal, target string) (string, error) {
	const op = "backup.admit"
	if err := account.Check(p, account.Operate); err != nil {
		return "", err
	}
	switch {
	case target != "" && p.ID != cx.System().ID:
		return "", cx.Errorf(cx.Forbidden, op, "backups go to the folder of the setting backup-target; only a command on the server itself names another")
	case target == "" && s.schedule.Target == "":
		return "", cx.Errorf(cx.Invalid, op, "name a folder for the backup: vivencia backup FOLDER, or the setting backup-target")
	case target == "":
		target = s.schedule.Target
	}
	if !s.running.TryLock() {
		return "", cx.Errorf(cx.Conflict, op, "a backup is under way: wait until it is done")
	}
	return target, nil
}

// run makes a backup and gives the turn back.
func (s *Service) run(ctx context.Context, target string) (Manifest, error) {
	defer s.running.Unlock()
	scheduled := target == s.schedule.Target
	keep := 0
	if scheduled {
		keep = s.schedule.Keep
	}
	s.note(func(st *State) { st.Running = true })
	started := s.source.Clock.Now()
	m, err := take(ctx, s.source, target, keep)
	s.note(func(st *State) {
		st.Running = false
		if scheduled {
			st.Failed = err
			if m.sum != "" {
				st.Last = m
			}
		}
	})
	if err != nil {
		s.logger.Error("a backup failed", slog.Any("error", err))
		return Manifest{}, err
	}
	s.logger.Info("a backup was made", slog.String("id", m.ID), slog.Uint64("last_seq", uint64(m.LastSeq)),
		slog.Int64("bytes", m.Bytes()), slog.Duration("took", s.source.Clock.Now().Sub(started)))
	return m, nil
}

func (s *Service) note(fn func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn(&s.state)
}

// Receive puts the receipts of forgetting into the schedule's target at once:
// whoever is forgotten stays so, also when the next backup never comes.
func (s *Service) Receive(ctx context.Context) error {
	if s.schedule.Target == "" || s.source.Receipts == nil || s.State().Last.ID == "" {
		return nil
	}
	all, err := s.source.Receipts(ctx)
	if err != nil {
		return cx.Wrap("backup.Receive", err)
	}
	return WriteReceipts(s.schedule.Target, all)
}

// Start makes backups by the schedule until Close: the first as soon as one is
// due. One that failed is tried again after ten minutes.
func (s *Service) Start() {
	if s.schedule.Target == "" || s.schedule.Every <= 0 {
		return
	}
	s.ended.Go(func() {
		for {
			wait := s.due()
			select {
			case <-time.After(wait):
			case <-s.life.Done():
				return
			}
			if s.due() > 0 && wait < s.schedule.Every { // one was made by hand
				continue
			}
			if _, err := s.Run(s.life, cx.System(), ""); err != nil {
				select {
				case <-time.After(min(retryAfter, s.schedule.Every)):
				case <-s.life.Done():
					return
				}
			}
		}
	})
}

// due returns how long it is until the next backup: never longer than Every,
// also when the last was made before the clock was set back.
func (s *Service) due() time.Duration {
	last := s.State().Last
	if last.ID == "" {
		return 0
	}
	return min(s.schedule.Every, max(0, last.At.Add(s.schedule.Every).Sub(s.source.Clock.Now().Std())))
}

// Close ends a backup that is under way, which then does not count, and waits
// for it. It may be called again.
func (s *Service) Close() error {
	s.stop()
	s.ended.Wait()
	return nil
}

// List returns the whole backups in the schedule's target, newest first; none
// when there is no schedule. Needs account.Operate.
func (s *Service) List(p cx.Principal) ([]Manifest, error) {
	const op = "backup.Service.List"
	if err := account.Check(p, account.Operate); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if s.schedule.Target == "" {
		return nil, nil
	}
	all, err := list(s.schedule.Target)
	slices.Reverse(all)
	return all, cx.Wrap(op, err)
}
