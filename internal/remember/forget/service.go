package forget

import (
	"context"
	"embed"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

//go:embed migrations
var migrations embed.FS

// Log is what is asked of stream.Log.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
	Redact(ctx context.Context, seqs []cx.Seq, with func(cx.Event) cx.Event) (int, error)
	Read(ctx context.Context, after cx.Seq, fn func(stream.Batch) error) error
	LastSeq() cx.Seq
}

// Memory is what is asked of remember.Memory: it knows what is whose.
type Memory interface {
	cx.Holder
	WaitFor(ctx context.Context, seq cx.Seq) error
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	Graph(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Graph, error)
	LetGo(ctx context.Context, p cx.Principal, id cx.CustomerID) error
	Subject(ctx context.Context, p cx.Principal, id cx.CustomerID) (cx.Subject, error)
	Redaction(ctx context.Context, s cx.Subject) (remember.Redaction, error)
	Stragglers(ctx context.Context, limit int) ([]cx.Seq, error)
	scrubber
}

// scrubber leaves no byte of what it erased of stretches of events: once after
// many.
type scrubber interface {
	Scrub(ctx context.Context) error
}

// Quarantine is what is asked of quarantine.Queue.
type Quarantine interface {
	cx.Holder
	Behind(ctx context.Context, s cx.Subject) ([]cx.Seq, error)
}

// Models tells which retention is in force.
type Models interface {
	Current() model.Version
	Subscribe(fn func(model.Version)) (cancel func())
}

// Audit puts on record who forgot and exported whom; account.Service does.
type Audit interface {
	Record(ctx context.Context, p cx.Principal, action, object string) error
}

// Config wires a Service. All but Others, OnReceipt and Refuse are required.
type Config struct {
	DB         *sqldb.DB // state.db
	Log        Log
	Memory     Memory
	History    cx.Holder
	Quarantine Quarantine
	Others     []Named // asked after the quarantine
	Models     Models
	Audit      Audit
	Clock      cx.Clock
	Logger     *slog.Logger
	OnReceipt  func(Receipt) // called when one is sealed
	Refuse     func() error  // tells why nobody can be forgotten as things are
}

// Named is a holder and what it is called in receipts.
type Named struct {
	Name string
	cx.Holder
}

// Service forgets. It is safe for concurrent use. What is asked of it is done
// by one goroutine, between Start and Close.
type Service struct {
	c       Config
	wake    chan struct{} // holds one: there is something to do
	expire  chan struct{} // holds one: another retention is in force
	working sync.Mutex    // one thing is erased at a time
	before  atomic.Pointer[func(step string) error]

	mu      sync.Mutex // guards what follows
	changed chan struct{}
	failing cx.ErrorKind
	failed  bool
	stop    func()
}

// Open opens the receipts in c.DB.
func Open(ctx context.Context, c Config) (*Service, error) {
	if err := c.DB.Migrate(ctx, "forget", migrations); err != nil {
		return nil, cx.Wrap("forget.Open", err)
	}
	return &Service{c: c, wake: make(chan struct{}, 1), expire: make(chan struct{}, 1), changed: make(chan struct{})}, nil
}

// holders are asked in this order; memory is the last.
func (s *Service) holders() []Named {
	return slices.Concat(
		[]Named{{"quarantine", s.c.Quarantine}}, s.c.Others,
		[]Named{{"history", s.c.History}, {"memory", s.c.Memory}})
}

// Holds names everything that holds personal data: what the holders name, and
// the log itself.
func (s *Service) Holds() []string {
	all := []string{"facts", "redacted"}
	for _, h := range s.holders() {
		all = append(all, h.Holds()...)
	}
	return all
}

// Waits between tries, and between looks at what has expired.
const (
	firstRetry  = time.Second
	lastRetry   = time.Minute
	firstExpire = time.Minute
	expireEvery = 24 * time.Hour
	sweepEvery  = 30 * time.Second
)

// Start resumes what a crash interrupted and begins the work, until Close.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	unsubscribe := s.c.Models.Subscribe(func(model.Version) { signal(s.expire) })
	var ended sync.WaitGroup
	ended.Go(func() { s.run(ctx) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop = func() {
		unsubscribe()
		cancel()
		ended.Wait()
	}
}

// Close ends the work; what is half done is resumed by the next Start. It can
// be called again.
func (s *Service) Close() error {
	s.mu.Lock()
	stop := s.stop
	s.stop = nil
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
	return nil
}

func (s *Service) run(ctx context.Context) {
	expire := time.NewTimer(firstExpire)
	defer expire.Stop()
	retry, again := time.NewTimer(0), firstRetry
	defer retry.Stop()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			err = s.settle(ctx)
		case <-retry.C:
			err = s.settle(ctx)
		case <-s.expire:
			_, err = s.expireNow(ctx, cx.System())
		case <-expire.C:
			expire.Reset(expireEvery)
			_, err = s.expireNow(ctx, cx.System())
		case <-sweep.C:
			err = s.Sweep(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		s.tellOf(err)
		if err == nil {
			again = firstRetry
			continue
		}
		s.c.Logger.Error("what is to be forgotten is not yet; it is tried again", slog.Any("error", err))
		retry.Reset(again)
		again = min(2*again, lastRetry)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// tell wakes who waits for a receipt.
func (s *Service) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Service) tellOf(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed, s.failing = err != nil, cx.KindOf(err)
}

// Before lets a test stop, as a crash would, before a step of a forgetting.
func (s *Service) Before(step func(name string) error) { s.before.Store(&step) }

// State is how far the work is.
type State struct {
	Waiting int    // receipts under way
	Failing string // the kind of error of the last try; "" when it went well
}

// State tells how far the work is.
func (s *Service) State(ctx context.Context) (State, error) {
	var st State
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM forget_receipts WHERE done_at = 0`).Scan(&st.Waiting)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed {
		st.Failing = s.failing.String()
	}
	return st, cx.Wrap("forget.State", err)
}

// Forget begins to forget a customer, whom any of their ids names, with all
// their profiles. The intent is durable when it returns: whatever happens then,
// it is carried out; Wait waits for it. Asked again it returns the same
// receipt. Needs account.ForgetCustomers; NotFound when there is no such
// customer, Conflict when a copy lies about that would still know them.
func (s *Service) Forget(ctx context.Context, p cx.Principal, id cx.CustomerID) (Receipt, error) {
	const op = "forget.Forget"
	if err := account.Check(p, account.ForgetCustomers); err != nil {
		return Receipt{}, cx.Wrap(op, err)
	}
	if r, ok, err := s.Forgotten(ctx, id); ok || err != nil {
		return r, cx.Wrap(op, err)
	}
	c, err := s.c.Memory.Customer(ctx, p, id)
	if err != nil {
		return Receipt{}, cx.Wrap(op, err)
	}
	graph, err := s.c.Memory.Graph(ctx, p, c.ID)
	if err != nil {
		return Receipt{}, cx.Wrap(op, err)
	}
	if s.c.Refuse != nil {
		if err := s.c.Refuse(); err != nil {
			return Receipt{}, cx.Wrap(op, err)
		}
	}
	r := Receipt{Customer: c.ID, IDs: []cx.CustomerID{c.ID}, AskedAt: s.c.Clock.Now().Std(), AskedBy: p.ID}
	for _, profile := range graph.Profiles {
		if profile.Customer == c.ID && profile.ID != c.ID {
			r.IDs = append(r.IDs, profile.ID)
		}
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		same, err := readReceipts(ctx, tx, `WHERE id = (SELECT receipt FROM forget_ids WHERE customer = $1)`, string(c.ID))
		if err == nil && len(same) > 0 { // asked twice at once
			r = same[0]
			return nil
		}
		if err != nil {
			return err
		}
		return s.begin(ctx, tx, &r)
	})
	if err != nil {
		return Receipt{}, cx.Wrap(op, err)
	}
	signal(s.wake)
	return r, cx.Wrap(op, s.c.Audit.Record(ctx, p, "customers.forgotten", "customer:"+string(c.ID)))
}

// Wait returns a receipt when it is done, or as it is when ctx ends.
func (s *Service) Wait(ctx context.Context, id int64) (Receipt, error) {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		r, err := s.receipt(context.WithoutCancel(ctx), id)
		if err != nil || r.Done() {
			return r, cx.Wrap("forget.Wait", err)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return r, nil
		}
	}
}
