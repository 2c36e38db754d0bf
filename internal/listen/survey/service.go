package survey

import (
	"context"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Appender makes events durable; stream.Log does.
type Appender interface {
	Append(ctx context.Context, events []cx.Event) (first cx.Seq, err error)
}

// Models tells the model in force; model.Service does.
type Models interface {
	Current() model.Version
}

// Customers tells who a link's customer is; the app asks memory.
type Customers interface {
	// Person returns how events name the customer, and what a text may say of
	// them. NotFound when there is none (any more), or none that p reaches.
	Person(ctx context.Context, p cx.Principal, id cx.CustomerID) (Person, error)
}

// Person is what a response needs to know of a customer.
type Person struct {
	UserID, AnonymousID string // as events name them; at least one
	FirstName, Name     string
	Traits              []byte // JSON object
}

// Team knows what an answer of the team may say of who gives it: nothing that
// names them. understand/team does.
type Team interface {
	Standing(ctx context.Context, survey, touchpoint, place string, p cx.Principal) (properties map[string]any, err error)
}

// Config is what a Service stands on.
type Config struct {
	DB        *sqldb.DB // state.db
	Log       Appender
	Models    Models
	Customers Customers
	Team      Team   // nil: nothing is said of who answers for the team
	Secret    []byte // signs links and responses; 32 bytes
	BaseURL   string // where customers reach the product: https://cx.candil.example
	Clock     cx.Clock
	Logger    *slog.Logger
}

// Source is the source of every answer that came through this package. Nobody
// else can have it.
const Source = "vivencia"

// CorrectWithin is how long after its end a response may be corrected.
const CorrectWithin = time.Hour

// Service opens and receives responses. It is safe for concurrent use.
type Service struct {
	Config
	seals  seals
	limits *limits
	posts  [64]sync.Mutex // one post at a time a response

	mu     sync.Mutex
	opened map[string]cx.Time // links shown since they were last noted in the database
}

// Open opens the links and responses in the database.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "survey.Open"
	if err := c.DB.Migrate(ctx, "survey", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	keys, err := newSeals(c.Secret)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	return &Service{Config: c, seals: keys, limits: newLimits(), opened: map[string]cx.Time{}}, nil
}

// Close notes which links were opened. It may be called again.
func (s *Service) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return cx.Wrap("survey.Close", s.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.noteOpened(ctx, tx) }))
}

// maxOpened bounds what is kept in memory of who opened a link.
const maxOpened = 20_000

// seen remembers that a link was opened: a look at a page writes nothing.
func (s *Service) seen(l *link, now cx.Time) {
	if !l.way.Personal() || l.openedAt != 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.opened[l.id]; !known && len(s.opened) < maxOpened {
		s.opened[l.id] = now
	}
}

// noteOpened writes what seen remembers, with the next thing that is written
// anyway.
func (s *Service) noteOpened(ctx context.Context, tx *sqldb.Tx) error {
	s.mu.Lock()
	opened := s.opened
	s.opened = map[string]cx.Time{}
	s.mu.Unlock()
	for id, at := range opened {
		if _, err := tx.Exec(ctx, `UPDATE survey_links SET opened_at = $1 WHERE id = $2 AND opened_at = 0`, int64(at), id); err != nil {
			return err
		}
	}
	return nil
}

// hold lets one post of a response pass at a time.
func (s *Service) hold(id string) (release func()) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	m := &s.posts[h.Sum32()%uint32(len(s.posts))]
	m.Lock()
	return m.Unlock
}
