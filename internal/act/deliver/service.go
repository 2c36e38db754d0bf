package deliver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// The kinds of jobs: those that send, and those that tell how it ended. Their
// key is the message's ID.
const (
	jobKind   = "deliver"
	endedKind = "deliver.ended"
	goneKind  = "deliver.gone"  // an endpoint's slug
	sweepKind = "deliver.sweep" // what is swept
)

// defaultLife is how long a message is worth sending when it does not say.
const defaultLife = 4 * 24 * time.Hour

// Log takes decisions; stream.Log is one.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// People tells who is who; remember.Memory does.
type People interface {
	// Aliases returns every id that leads, or led, to the same customer.
	Aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error)
}

// Config wires a Service. All fields but SMTP, Outside and Endpoints are required.
type Config struct {
	DB     *sqldb.DB // state.db
	Jobs   *jobs.Queue
	Log    Log
	People People
	SMTP   SMTP
	Outside
	Endpoints func() []Endpoint // the model's webhooks; nil: there are none
	Base      string            // where customers reach the product: https://cx.candil.example
	Key       []byte            // secret, for the tokens of unsubscribing and the hashes of addresses
	Clock     cx.Clock
	Logger    *slog.Logger
}

// Service is the outbox. It is safe for concurrent use. The jobs' queue runs it;
// Close it after that.
type Service struct {
	c    Config
	mail *mailer
	web  *http.Client // for what others named

	lines  lines
	onGone func(ctx context.Context, slug, id string) error

	deciding sync.Mutex // one decision of customers at a time
	ended    map[Class]Ended
	gates    map[Class]Gate
}

// Gate is asked each time a message is about to go: not before at, which may be
// past; when ok is false, never.
type Gate func(ctx context.Context, m Message) (at cx.Time, ok bool, err error)

// Before has a gate stand before the messages of a class: a server that was down,
// or many messages, let hours pass since one was put in. Call it before the queue
// starts.
func (s *Service) Before(c Class, g Gate) { s.gates[c] = g }

// Ended is told how a message ended, of which only who, what class and what it is
// about are left. It may be told again, and is when it returns an error.
type Ended func(ctx context.Context, m Message, state State) error

// OnEnd has fn told of the messages of a class. Call it before the queue starts.
func (s *Service) OnEnd(c Class, fn Ended) { s.ended[c] = fn }

// Open opens the outbox in c.DB, and hands the queue the lane that sends.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "deliver.Open"
	if err := c.DB.Migrate(ctx, "deliver", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Service{c: c, ended: map[Class]Ended{}, gates: map[Class]Gate{}, lines: lines{of: map[string]*line{}}}
	var err error
	if s.web, err = c.client(); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if c.SMTP.Addr != "" {
		if s.mail, err = newMailer(c.SMTP, c.Clock); err != nil {
			return nil, cx.Wrap(op, err)
		}
	}
	c.Jobs.Handle(jobs.Lane{Kind: jobKind, Work: s.work, Workers: connections, Lease: 2 * time.Minute, Retry: jobs.Retry{First: 30 * time.Second, For: 365 * 24 * time.Hour}})
	c.Jobs.Handle(jobs.Lane{Kind: endedKind, Work: s.tell})
	c.Jobs.Handle(jobs.Lane{Kind: hookKind, Work: s.sendHook, Workers: hookWorkers})
	c.Jobs.Handle(jobs.Lane{Kind: goneKind, Work: s.tellGone})
	c.Jobs.Handle(jobs.Lane{Kind: pushKind, Work: s.sendPush, Retry: jobs.Retry{For: pushLife}})
	c.Jobs.Handle(jobs.Lane{Kind: sweepKind, Work: s.sweep, Workers: 1})
	err = c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return c.Jobs.Put(ctx, tx, jobs.Job{Kind: sweepKind, Key: "hooks", Due: c.Clock.Now()})
	})
	return s, cx.Wrap(op, err)
}

// Ready tells whether mail can go out at all.
func (s *Service) Ready() bool { return s.mail != nil }

// Put puts messages into the outbox, as part of tx; those that are there already
// stay as they are. Call the queue's Wake after the commit.
func (s *Service) Put(ctx context.Context, tx *sqldb.Tx, messages ...Message) error {
	for _, m := range messages {
		if err := s.put(ctx, tx, m); err != nil {
			return cx.Wrap("deliver.Put", err)
		}
	}
	return nil
}

func (s *Service) put(ctx context.Context, tx *sqldb.Tx, m Message) error {
	now := s.c.Clock.Now()
	if m.Expires == 0 {
		m.Expires = now.Add(defaultLife)
	}
	if m.Channel == "" {
		m.Channel = Mail
	}
	letter, err := encode(m.Letter)
	if err != nil {
		return err
	}
	added, err := tx.Exec(ctx, `INSERT INTO deliver_messages (id, customer, address, class, channel, about, language, letter, state, created_at, expires_at, ended_at, attempts, error)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, '') ON CONFLICT (id) DO NOTHING`,
		m.ID, string(m.Customer), m.To, string(m.Class), string(m.Channel), m.About, m.Letter.Language, letter, string(Waiting), int64(now), int64(m.Expires))
	if err != nil {
		return err
	}
	if n, err := added.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: jobKind, Key: m.ID, Due: now})
}

// Close closes the connections to the mail server and to others. It may be called again.
func (s *Service) Close() error {
	if s.mail != nil {
		s.mail.close()
	}
	s.web.CloseIdleConnections()
	return nil
}

// mac signs a text for a purpose, as 24 hexadecimal digits.
func (s *Service) mac(purpose, text string) string {
	h := hmac.New(sha256.New, s.c.Key)
	h.Write([]byte("deliver " + purpose + "\x00" + text))
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// addressKey names an address without telling it.
func (s *Service) addressKey(address string) string {
	return s.mac("address", strings.ToLower(strings.TrimSpace(address)))
}
