package referral

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// jobKind is of the jobs that tell the log, or ask somebody; their key says which.
const jobKind = "referral"

// Log takes decisions; stream.Log does.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
	LastSeq() cx.Seq
}

// Models tells the model in force; model.Service does.
type Models interface{ Current() model.Version }

// Memory tells who customers are, and what they lived; remember.Memory does.
type Memory interface {
	Resolve(ctx context.Context, after, last cx.Seq) (history.Resolved, error)
	Origins(ctx context.Context, profiles []cx.ProfileNo) ([]cx.CustomerID, error)
	Aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error)
	Numbers(ctx context.Context, ids []cx.CustomerID) ([]cx.CustomerNo, error)
	Totals(ctx context.Context, p cx.Principal) (remember.Totals, error)
	Lookup(ctx context.Context, p cx.Principal, kind, value string) (cx.CustomerID, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	Graph(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Graph, error)
	Suggestions(ctx context.Context, p cx.Principal, id cx.CustomerID, cursor string, limit int) (remember.SuggestionPage, error)
	Timeline(ctx context.Context, p cx.Principal, id cx.CustomerID, q remember.TimelineQuery) (remember.TimelinePage, error)
}

// Dialogue writes to customers and lets them live something; dialogue.Service does.
type Dialogue interface {
	Send(ctx context.Context, p cx.Principal, n dialogue.Note) (dialogue.Message, error)
	Live(ctx context.Context, l dialogue.Lived) (cx.Seq, error)
}

// Outbox knows who may be written to; deliver.Service does.
type Outbox interface {
	Unsubscribed(ctx context.Context, id cx.CustomerID) (bool, error)
	Contacted(ctx context.Context, customers []cx.CustomerID, since cx.Time) (int, error)
	Bounced(ctx context.Context, address string) (bool, error)
}

// Promises tells how what was promised to a customer stands; promise.Service does.
type Promises interface {
	OfCustomer(ctx context.Context, p cx.Principal, id cx.CustomerID) ([]promise.Instance, error)
}

// Cases tells whether something is being made right for a customer; the app asks
// act/cases.
type Cases interface {
	AnyOpen(ctx context.Context, id cx.CustomerID) (bool, error)
}

// Config wires a Service. All fields are required.
type Config struct {
	DB       *sqldb.DB // state.db
	Jobs     *jobs.Queue
	Log      Log
	Models   Models
	Memory   Memory
	Facts    history.Teller
	Dialogue Dialogue
	Outbox   Outbox
	Promises Promises
	Cases    Cases
	Base     string // where customers reach the product: https://cx.candil.example
	Key      []byte // secret: it names claims
	Clock    cx.Clock
	Logger   *slog.Logger
}

// Service knows who brought whom. It is a stream.View: Apply is called by one
// goroutine. The rest is safe for concurrent use.
type Service struct {
	c Config

	deciding sync.Mutex // one judgement, or erasure, at a time

	mu       sync.Mutex // guards what follows
	position cx.Seq     // up to here the log is read …
	kept     cx.Seq     // … and up to here state.db knows it
	keptAt   cx.Time
	effects  cx.Seq
	any      bool // whether there is a claim

	// watched are the profiles of everybody in a claim, true for friends; nil: not
	// known yet. Apply alone uses it.
	watched map[cx.ProfileNo]bool

	figures struct {
		sync.Mutex
		at cx.Time
		o  *Overview
	}
}

// Open opens what is known in c.DB. A database without any begins at the start of
// the log: who brought whom is so, also of before. Nobody is asked about that.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "referral.Open"
	if err := c.DB.Migrate(ctx, "referral", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Service{c: c}
	err := c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		end := int64(c.Log.LastSeq())
		if _, err := tx.Exec(ctx, `INSERT INTO referral_state (position, effects) SELECT 0, $1 WHERE NOT EXISTS (SELECT 1 FROM referral_state)`, end); err != nil {
			return err
		}
		// A log that is shorter than what was read is another one.
		if _, err := tx.Exec(ctx, `UPDATE referral_state SET position = $1, effects = $1 WHERE position > $1`, end); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT position, effects FROM referral_state`).Scan(&s.position, &s.effects); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM referral_claims)`).Scan(&s.any)
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	s.kept = s.position
	c.Jobs.Handle(jobs.Lane{Kind: jobKind, Work: s.work, Workers: 2, Retry: jobs.Retry{For: 24 * time.Hour}})
	return s, nil
}

// Restored lets nobody be asked about a restored log, and takes back what was due.
func (s *Service) Restored(ctx context.Context) error {
	const op = "referral.Restored"
	end := s.c.Log.LastSeq()
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE referral_state SET effects = $1`, int64(end)); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `UPDATE referral_asks SET state = $1, reason = $2 WHERE state = $3 RETURNING id`, string(notAsked), string(TooLate), string(due))
		if err != nil {
			return err
		}
		ids, err := sqldb.Collect(rows, sqldb.Scan[string])
		for _, id := range ids {
			if _, err := s.c.Jobs.Cancel(ctx, tx, jobKind, doAsk+id); err != nil {
				return err
			}
		}
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.effects = end
	return cx.Wrap(op, err)
}

// name makes an opaque name of a text.
func (s *Service) name(text string) string {
	h := hmac.New(sha256.New, s.c.Key)
	h.Write([]byte("referral\x00" + text))
	return hex.EncodeToString(h.Sum(nil)[:10])
}

// put puts a job of ours, due now unless it says when.
func (s *Service) put(ctx context.Context, tx *sqldb.Tx, j jobs.Job) error {
	j.Kind = jobKind
	if j.Due == 0 {
		j.Due = s.c.Clock.Now()
	}
	return s.c.Jobs.Put(ctx, tx, j)
}

// day is the company's day at a time.
func (s *Service) day(at cx.Time) string {
	return at.Std().In(s.c.Models.Current().Model.Company.Zone()).Format(time.DateOnly)
}

// over tells whether the programme's last day has passed at a time.
func over(m *model.Model, at cx.Time) bool {
	until := m.Referrals.Until
	return until != "" && at.Std().In(m.Company.Zone()).Format(time.DateOnly) > until
}
