package health

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// View is a view of the log.
type View interface {
	Name() string
	Position(ctx context.Context) (cx.Seq, error)
}

// Damage is a part of the data directory that was found broken while it was in use.
type Damage struct {
	Store string // memory, history, voice, state or log
	File  string // its name
}

// Config says what there is to be observed. Every field is required.
type Config struct {
	Dir        string
	Reserve    int64 // free disk below which nothing more is accepted
	Version    string
	Clock      cx.Clock
	Logger     *slog.Logger
	LastSeq    func() cx.Seq
	LastAt     func(ctx context.Context) (cx.Time, error) // when the last event came; 0: never
	Views      []View
	Review     func(ctx context.Context) (waiting int, err error)
	Backups    func() backup.State
	Forgetting func(ctx context.Context) (waiting int, failing string, err error)
	Sending    func(ctx context.Context) (Sending, error) // how mail goes out; nil: there is none
	Stopped    func(view string) bool                     // whether a view follows the log no more
	Recovered  []string                                   // files that were damaged and made anew at this start
	Damaged    func() []Damage                            // what was found since
}

// Sending is how mail goes out.
type Sending struct {
	Ready   bool    // a mail server is set
	Down    cx.Time // it does not answer, and is left alone until then; 0: it does
	Waiting int     // messages to be sent
	Sent    int
	Dead    int // timers that failed for good
}

// Service observes. It is safe for concurrent use.
type Service struct {
	Config
	started cx.Time
	first   cx.Seq // the log's last seq at the start
	refused atomic.Int64
	samples samples

	mu     sync.Mutex
	growth *growth
	sizes  map[string]int64
	free   int64

	stop  context.CancelFunc
	ended sync.WaitGroup
}

// New returns the service; it has observed once.
func New(c Config) *Service {
	s := &Service{Config: c, started: c.Clock.Now(), first: c.LastSeq(), growth: openGrowth(filepath.Join(c.Dir, "growth.json"))}
	s.observe()
	s.measure()
	return s
}

// How often is observed.
const (
	observeEvery = time.Second
	measureEvery = 15 // observations
)

// Start observes until Close.
func (s *Service) Start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.ended.Go(func() {
		tick := time.NewTicker(observeEvery)
		defer tick.Stop()
		for n := 1; ; n++ {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			s.observe()
			if n%measureEvery == 0 {
				s.measure()
			}
		}
	})
}

// Close ends the observing. It may be called again.
func (s *Service) Close() error {
	if s.stop != nil {
		s.stop()
	}
	s.ended.Wait()
	return nil
}

// Started returns when the service was made.
func (s *Service) Started() cx.Time { return s.started }

// Refused counts messages that were refused.
func (s *Service) Refused(n int) { s.refused.Add(int64(n)) }

func (s *Service) observe() {
	s.samples.add(moment{s.Clock.Now(), s.LastSeq(), s.refused.Load()})
}

// measure looks at the disk.
func (s *Service) measure() {
	sizes := map[string]int64{}
	_ = filepath.WalkDir(s.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil //nolint:nilerr // what is gone meanwhile has no size
		}
		if info, err := entry.Info(); err == nil {
			name, _ := filepath.Rel(s.Dir, path)
			sizes[store(name)] += info.Size()
		}
		return nil
	})
	free, err := freeBytes(s.Dir)
	if err != nil {
		s.Logger.Warn("the free disk is not known", slog.Any("error", err))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sizes, s.free = sizes, free
	if err := s.growth.note(s.Clock.Now(), free); err != nil {
		s.Logger.Warn("the disk's growth could not be kept", slog.Any("error", err))
	}
}

// store tells which store a file of the data directory belongs to.
func store(path string) string {
	switch {
	case strings.Contains(path, "/shelf-"):
		return "quarantine"
	case strings.HasPrefix(path, "log"+string(os.PathSeparator)):
		return "log"
	case strings.HasPrefix(path, "views.db"):
		return "memory"
	case strings.HasPrefix(path, "history.duckdb"):
		return "history"
	case strings.HasPrefix(path, "voice.db"):
		return "voice"
	case strings.HasPrefix(path, "promises.db"):
		return "promises"
	case strings.HasPrefix(path, "state.db"):
		return "state"
	}
	return "other"
}

func freeBytes(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * st.Bsize, nil
}

// Disk returns the bytes that each store takes, and what is free.
func (s *Service) Disk() (stores map[string]int64, free int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sizes, s.free
}

// Lag returns how far a view is behind the log, in events and in seconds.
func (s *Service) Lag(ctx context.Context, v View) (events int64, seconds float64, err error) {
	at, err := v.Position(ctx)
	if err != nil {
		return 0, 0, err
	}
	events = max(0, int64(s.LastSeq())-int64(at))
	if events == 0 {
		return 0, 0, nil
	}
	return events, s.samples.lag(at, s.Clock.Now()), nil
}

// Report tells how everything is. Needs account.ViewStatus.
func (s *Service) Report(ctx context.Context, p cx.Principal) (Report, error) {
	const op = "health.Report"
	if err := account.Check(p, account.ViewStatus); err != nil {
		return Report{}, cx.Wrap(op, err)
	}
	now, damaged := s.Clock.Now(), s.Damaged()
	r := Report{At: now, Started: s.started, Version: s.Version}
	for _, check := range []func(context.Context, cx.Time) (Check, error){
		s.listening, s.remembering, s.disk, s.backup, s.review, s.forgetting, s.sending,
	} {
		c, err := check(ctx, now)
		if err != nil && len(damaged) > 0 {
			continue // it cannot be told; why, is said below
		}
		if err != nil {
			return Report{}, cx.Wrap(op, err)
		}
		if c.Part != "" {
			r.Checks = append(r.Checks, c)
		}
	}
	for _, d := range damaged {
		r.Checks = append(r.Checks, Check{"damaged", Wrong, "damaged." + d.Store, []Figure{text("file", d.File)}})
	}
	for _, file := range s.Recovered {
		r.Checks = append(r.Checks, Check{"recovered", Watch, "recovered.anew", []Figure{text("file", file)}})
	}
	return r, nil
}
