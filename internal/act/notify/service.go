package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

//go:embed migrations
var migrations embed.FS

const (
	// window is how long notices of one matter are one notice.
	window = time.Hour
	// keep is how long a notice is kept, read or not.
	keep = 90 * 24 * time.Hour
)

// The kinds of jobs, and what their keys are.
const (
	sendKind   = "notify.send"   // a notice's id
	spreadKind = "notify.spread" // spreadKey
	hourKind   = "notify.hour"   // hourKey
)

// Log is how far the log is; stream.Log does.
type Log interface{ LastSeq() cx.Seq }

// Accounts tells who there is; account.Service does.
type Accounts interface {
	People(ctx context.Context, p cx.Principal) ([]account.Person, error)
}

// Models tells the model in force; model.Service does.
type Models interface{ Current() model.Version }

// Voices tells what is said; voice.Service does.
type Voices interface {
	Tell(ctx context.Context, p cx.Principal, f voice.Filter, fn func(*voice.Text) error) error
	WaitFor(ctx context.Context, seq cx.Seq) error
}

// Day is what a morning's digest tells of the day before, as far as there is any.
type Day struct {
	Kept, Broken int    // promises
	Open, Late   int    // cases, now
	Best, Worst  string // words, masked
	Mend         model.Text
	MendHref     string
}

// Days tells how a day was, as somebody may see it.
type Days interface {
	Day(ctx context.Context, p cx.Principal, day cx.Window) (Day, error)
}

// Period is what a report tells of.
type Period string

// The periods: a week is told on Monday, a month on its first day after it.
const (
	Week  Period = "week"
	Month Period = "month"
)

// Told is a report as people read it.
type Told struct {
	Title, Text model.Text
	Href        string
}

// Reports tells how the company did, as somebody may see it; ok is false while that is
// not known yet.
type Reports interface {
	Report(ctx context.Context, p cx.Principal, of Period) (t Told, ok bool, err error)
}

// Config wires a Service. All fields are required but Days and Reports: without them
// nobody is told how yesterday, or the week, was.
type Config struct {
	DB       *sqldb.DB // state.db
	Jobs     *jobs.Queue
	Deliver  *deliver.Service
	Log      Log
	Accounts Accounts
	Models   Models
	Voices   Voices
	People   deliver.People
	Days     Days
	Reports  Reports
	Base     string // where the product is: https://cx.candil.example
	Key      []byte // secret: it names notices and signs the links of walls
	Clock    cx.Clock
	Logger   *slog.Logger
}

// Service tells people. It is a stream.View: Apply is called by one goroutine.
// The rest is safe for concurrent use. The jobs' queue runs it.
type Service struct {
	c   Config
	hub hub

	mu       sync.Mutex // guards what follows
	position cx.Seq     // up to here the log is read …
	kept     cx.Seq     // … and up to here state.db knows it
	keptAt   cx.Time
	effects  cx.Seq

	spreading sync.Mutex // guards baseline
	baseline  baseline
}

// Open opens the notices in c.DB. A database without any begins at the present
// end of the log: nobody is told of what was before.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "notify.Open"
	if err := c.DB.Migrate(ctx, "notify", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Service{c: c, hub: hub{of: map[string][]chan Item{}}}
	err := c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		end := int64(c.Log.LastSeq())
		if _, err := tx.Exec(ctx, `INSERT INTO notify_state (position, effects) SELECT $1, $1 WHERE NOT EXISTS (SELECT 1 FROM notify_state)`, end); err != nil {
			return err
		}
		// A log that is shorter than what was read is another one.
		if _, err := tx.Exec(ctx, `UPDATE notify_state SET position = $1, effects = $1 WHERE position > $1`, end); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT position, effects FROM notify_state`).Scan(&s.position, &s.effects); err != nil {
			return err
		}
		return c.Jobs.Put(ctx, tx, jobs.Job{Kind: hourKind, Key: hourKey, Due: c.Clock.Now()})
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	s.kept = s.position
	c.Jobs.Handle(jobs.Lane{Kind: sendKind, Work: s.send})
	c.Jobs.Handle(jobs.Lane{Kind: spreadKind, Work: s.spread, Workers: 1})
	c.Jobs.Handle(jobs.Lane{Kind: hourKind, Work: s.hour, Workers: 1, Lease: 10 * time.Minute})
	c.Deliver.OnGone(s.goneEndpoint)
	return s, nil
}

// Restored lets nobody be told of what stands in a restored log.
func (s *Service) Restored(ctx context.Context) error {
	end := s.c.Log.LastSeq()
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE notify_state SET effects = $1`, int64(end)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE notify_notices SET sent = count`)
		return err
	})
	if err != nil {
		return cx.Wrap("notify.Restored", err)
	}
	s.mu.Lock()
	s.effects = end
	s.mu.Unlock()
	return nil
}

// name gives a text an opaque name.
func (s *Service) name(purpose, text string) string {
	h := hmac.New(sha256.New, s.c.Key)
	h.Write([]byte("notify " + purpose + "\x00" + text))
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// zone is the company's.
func (s *Service) zone() *time.Location { return s.c.Models.Current().Model.Company.Zone() }
