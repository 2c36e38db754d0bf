package ask

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

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// jobKind is of the jobs that ask when it is due; their key is the ask's id.
const jobKind = "ask"

// Log takes decisions; stream.Log does.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
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

// Surveys makes links and shows what they lead to; survey.Service does.
type Surveys interface {
	LinkTx(ctx context.Context, tx *sqldb.Tx, r survey.LinkRequest) (survey.Link, error)
	Page(ctx context.Context, ref survey.Ref, lang string) (survey.Form, error)
}

// Config wires a Service. All fields are required.
type Config struct {
	DB       *sqldb.DB // state.db
	Jobs     *jobs.Queue
	Deliver  *deliver.Service
	Surveys  Surveys
	Log      Log
	Models   Models
	Memory   Memory
	Facts    Facts
	Segments Segments
	LinkURL  func(token string) string // the address of a personal link
	Key      []byte                    // secret: it draws samples and names asks
	Clock    cx.Clock
	Logger   *slog.Logger
}

// Service decides whom to ask. It is a stream.View: Apply is called by one
// goroutine. The rest is safe for concurrent use.
type Service struct {
	c Config

	deciding sync.Mutex // one stretch of decisions at a time: they count each other

	mu       sync.Mutex // guards what follows
	position cx.Seq     // up to here the log is decided …
	kept     cx.Seq     // … and up to here state.db knows it
	keptAt   cx.Time
	effects  cx.Seq
}

// Open opens the asks in c.DB. A database without any begins at the present end
// of the log: whoever lived something before is not asked about it.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "ask.Open"
	if err := c.DB.Migrate(ctx, "ask", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Service{c: c}
	err := c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		end := int64(c.Log.LastSeq())
		if _, err := tx.Exec(ctx, `INSERT INTO ask_state (position, effects) SELECT $1, $1 WHERE NOT EXISTS (SELECT 1 FROM ask_state)`, end); err != nil {
			return err
		}
		// A log that is shorter than what was decided is another one.
		if _, err := tx.Exec(ctx, `UPDATE ask_state SET position = $1, effects = $1 WHERE position > $1`, end); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT position, effects FROM ask_state`).Scan(&s.position, &s.effects)
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	s.kept = s.position
	c.Jobs.Handle(jobs.Lane{Kind: jobKind, Work: s.work, Workers: 8, Retry: jobs.Retry{For: lateness}})
	c.Deliver.Before(deliver.Survey, s.mayGo)
	c.Deliver.OnEnd(deliver.Survey, s.delivered)
	return s, nil
}

// Restored lets nothing of a restored log be decided again, and takes back what
// was due by now: nobody knows whether it went out after the backup.
func (s *Service) Restored(ctx context.Context) error {
	const op = "ask.Restored"
	end, now := s.c.Log.LastSeq(), s.c.Clock.Now()
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE ask_state SET effects = $1`, int64(end)); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `UPDATE ask_asks SET state = $1, reason = $2 WHERE state = $3 AND due_at <= $4 RETURNING id`,
			string(Not), string(TooLate), string(Scheduled), int64(now))
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
	_, err = s.c.Deliver.Drop(ctx)
	return cx.Wrap(op, err)
}

// hash draws a number in [0, 1) for a purpose, the same for the same text.
func (s *Service) hash(purpose, text string) float64 {
	sum := s.sum(purpose, text)
	return float64(binary.BigEndian.Uint64(sum)>>11) / (1 << 53)
}

// name gives what text tells an opaque name.
func (s *Service) name(text string) string { return hex.EncodeToString(s.sum("name", text)[:10]) }

func (s *Service) sum(purpose, text string) []byte {
	h := hmac.New(sha256.New, s.c.Key)
	h.Write([]byte("ask " + purpose + "\x00" + text))
	return h.Sum(nil)
}

// lateness is how long after it was due somebody is still asked.
const lateness = 2 * 24 * time.Hour
