package rule

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

//go:embed migrations
var migrations embed.FS

// The kinds of jobs: those that go on with a run, whose id is their key, and the
// one that sweeps.
const (
	jobKind   = "rule"
	sweepKind = "rule.sweep"
)

// Log takes decisions, and is read; stream.Log does.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
	Read(ctx context.Context, after cx.Seq, fn func(stream.Batch) error) error
	LastSeq() cx.Seq
}

// Models tells the model in force; model.Service does.
type Models interface{ Current() model.Version }

// Memory tells who customers are; remember.Memory does.
type Memory interface {
	Resolve(ctx context.Context, after, last cx.Seq) (history.Resolved, error)
	Owners(ctx context.Context, profiles []cx.ProfileNo) ([]cx.CustomerID, error)
	Aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
}

// Facts answers what conditions ask; history.Store does.
type Facts interface {
	history.Asker
	history.Teller
	State(ctx context.Context) (history.State, error)
}

// Segments tells who is in a segment; segment.Service does.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
}

// Journeys tells how far runs of journeys are; journey.Service does.
type Journeys interface {
	Runs(ctx context.Context, p cx.Principal, slug string, q journey.RunsQuery) (journey.RunsPage, error)
}

// Voices tells what customers wrote; voice.Service does.
type Voices interface {
	Tell(ctx context.Context, p cx.Principal, f voice.Filter, fn func(*voice.Text) error) error
}

// Cases opens cases; cases.Service does.
type Cases interface {
	Open(ctx context.Context, p cx.Principal, n cases.New) (cases.Case, error)
}

// Dialogue writes to customers; dialogue.Service does.
type Dialogue interface {
	Send(ctx context.Context, p cx.Principal, n dialogue.Note) (dialogue.Message, error)
	Offer(ctx context.Context, p cx.Principal, n dialogue.NewOffer) (dialogue.Offer, error)
}

// Asks puts surveys to customers; ask.Service does.
type Asks interface {
	AskOne(ctx context.Context, p cx.Principal, r ask.OneRequest) (ask.Reason, error)
}

// Notices tells people of the company; notify.Service does.
type Notices interface {
	Tell(ctx context.Context, n notify.Notice) error
}

// Outbox calls other programs, and knows who was written to; deliver.Service does.
type Outbox interface {
	PutHook(ctx context.Context, tx *sqldb.Tx, hooks ...deliver.Hook) error
	Unsubscribed(ctx context.Context, customer cx.CustomerID) (bool, error)
	Contacted(ctx context.Context, customers []cx.CustomerID, since cx.Time) (int, error)
}

// Arms draws customers for initiatives, and notes that they live them;
// impact.Service does.
type Arms interface {
	Arm(ctx context.Context, initiative string, customer cx.CustomerID, at cx.Time) (acts, part bool, err error)
}

// Config wires a Service. All fields are required.
type Config struct {
	DB       *sqldb.DB // state.db
	Jobs     *jobs.Queue
	Log      Log
	Models   Models
	Memory   Memory
	Facts    Facts
	Segments Segments
	Journeys Journeys
	Voices   Voices
	Cases    Cases
	Dialogue Dialogue
	Asks     Asks
	Notices  Notices
	Outbox   Outbox
	Arms     Arms
	Key      []byte // secret: it draws holdouts and names runs
	Clock    cx.Clock
	Logger   *slog.Logger
}

// Service runs the rules. It is a stream.View: Apply is called by one goroutine.
// The rest is safe for concurrent use.
type Service struct {
	c Config

	deciding sync.Mutex // one stretch of decisions at a time: they count each other

	mu       sync.Mutex // guards what follows
	position cx.Seq     // up to here the log is decided …
	kept     cx.Seq     // … and up to here state.db knows it
	keptAt   cx.Time
	effects  cx.Seq
	plan     *plan
	trials   map[string]*trial
}

// Open opens the runs in c.DB. A database without any begins at the present end
// of the log: what was lived before begins nothing.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "rule.Open"
	if err := c.DB.Migrate(ctx, "rule", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Service{c: c, trials: map[string]*trial{}}
	err := c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		end := int64(c.Log.LastSeq())
		if _, err := tx.Exec(ctx, `INSERT INTO rule_state (position, effects) SELECT $1, $1 WHERE NOT EXISTS (SELECT 1 FROM rule_state)`, end); err != nil {
			return err
		}
		// A log that is shorter than what was decided is another one.
		if _, err := tx.Exec(ctx, `UPDATE rule_state SET position = $1, effects = $1 WHERE position > $1`, end); err != nil {
			return err
		}
		if err := c.Jobs.Put(ctx, tx, jobs.Job{Kind: sweepKind, Due: c.Clock.Now().Add(sweepEvery)}); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT position, effects FROM rule_state`).Scan(&s.position, &s.effects)
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	s.kept = s.position
	c.Jobs.Handle(jobs.Lane{Kind: jobKind, Work: s.work, Workers: 16, Retry: jobs.Retry{First: 2 * time.Second, Most: time.Hour, For: lateness}})
	c.Jobs.Handle(jobs.Lane{Kind: sweepKind, Work: s.sweep, Workers: 1, Lease: 5 * time.Minute, Retry: jobs.Retry{First: sweepEvery, Most: sweepEvery, For: 365 * 24 * time.Hour}})
	return s, nil
}

// Restored lets nothing of a restored log be decided again, and ends the runs
// that were due by now: nobody knows what they did after the backup.
func (s *Service) Restored(ctx context.Context) error {
	const op = "rule.Restored"
	end, now := s.c.Log.LastSeq(), s.c.Clock.Now()
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE rule_state SET effects = $1`, int64(end)); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `UPDATE rule_runs SET state = $1, reason = $2, moment = '', waits = '', ended_at = $3 WHERE state = $4 AND due_at <= $3 RETURNING id`,
			string(Ended), string(Expired), int64(now), string(Going))
		if err != nil {
			return err
		}
		ids, err := sqldb.Collect(rows, sqldb.Scan[string])
		for _, id := range ids {
			if err == nil {
				_, err = s.c.Jobs.Cancel(ctx, tx, jobKind, id)
			}
		}
		return err
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	s.mu.Lock()
	s.effects = end
	s.mu.Unlock()
	return nil
}

// lateness is how long after it was due a step is still done.
const lateness = 2 * 24 * time.Hour

// heldOut tells whether a rule never acts for a customer, to compare with: the
// same whenever it is asked. Of who was merged, the first id draws.
func (s *Service) heldOut(rule string, share float64, customer cx.CustomerID) bool {
	if share == 0 {
		return false
	}
	sum := s.sum("holdout", rule+" "+string(customer))
	return float64(binary.BigEndian.Uint64(sum)>>11)/(1<<53) < share
}

// name gives what text tells an opaque name.
func (s *Service) name(text string) string { return hex.EncodeToString(s.sum("name", text)[:10]) }

func (s *Service) sum(purpose, text string) []byte {
	h := hmac.New(sha256.New, s.c.Key)
	h.Write([]byte("rule " + purpose + "\x00" + text))
	return h.Sum(nil)
}
