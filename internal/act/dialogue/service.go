package dialogue

import (
	"context"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Source is the source of the events that this package makes.
const Source = "vivencia"

// jobKind is of the jobs that append an event; their key says which.
const jobKind = "dialogue"

// Recent is how long after a customer wrote a message answers them.
const Recent = 30 * 24 * time.Hour

// Log makes events durable; stream.Log does.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// Models tells the model in force; model.Service does.
type Models interface{ Current() model.Version }

// People tells who customers are; the app asks memory.
type People interface {
	// Person returns who a customer is. NotFound when there is none (any more),
	// or none that p reaches.
	Person(ctx context.Context, p cx.Principal, id cx.CustomerID) (Person, error)
	// Aliases returns every id that leads, or led, to the same customer.
	Aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error)
}

// Person is what a conversation needs to know of a customer.
type Person struct {
	ID                     cx.CustomerID // as it is now
	UserID, AnonymousID    string        // as events name them; at least one
	FirstName, Name, Email string
	Traits                 []byte // JSON object
}

// Language is the language that the person reads, of the product's; otherwise
// when they did not tell.
func (p Person) Language(otherwise string) string {
	var traits map[string]any
	_ = json.Unmarshal(p.Traits, &traits) // of none, none is known
	for _, name := range []string{"language", "locale", "lang"} {
		text, _ := traits[name].(string)
		base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(text), "_", "-"), "-")
		if slices.Contains([]string{"es", "en", "pt"}, base) {
			return base
		}
	}
	return otherwise
}

// Config wires a Service. All fields are required.
type Config struct {
	DB      *sqldb.DB // state.db
	Jobs    *jobs.Queue
	Deliver *deliver.Service
	Log     Log
	Models  Models
	People  People
	Base    string // where customers reach the product: https://cx.candil.example
	Key     []byte // secret: it signs links
	Clock   cx.Clock
	Logger  *slog.Logger
}

// Service keeps conversations. It is safe for concurrent use.
type Service struct {
	c      Config
	seals  seals
	onCase func(ctx context.Context, tx *sqldb.Tx, d Done) error
}

// Done is what a customer did in a conversation about a case.
type Done struct {
	Case string
	Did  Did
	Text string // what they wrote; the option that they chose
	At   cx.Time
}

// Did says what a customer did.
type Did string

// What customers do.
const (
	DidWrite  Did = "wrote"
	DidChoose Did = "chose"
)

// OnCase has fn told of what customers do about a case, in the transaction that
// keeps it. Call it before the service is used.
func (s *Service) OnCase(fn func(ctx context.Context, tx *sqldb.Tx, d Done) error) { s.onCase = fn }

// Open opens the conversations in c.DB.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "dialogue.Open"
	if err := c.DB.Migrate(ctx, "dialogue", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	keys, err := newSeals(c.Key)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	c.Base = strings.TrimSuffix(c.Base, "/")
	s := &Service{c: c, seals: keys, onCase: func(context.Context, *sqldb.Tx, Done) error { return nil }}
	c.Jobs.Handle(jobs.Lane{Kind: jobKind, Work: s.work, Workers: 8, Retry: jobs.Retry{First: time.Second, For: 30 * 24 * time.Hour}})
	c.Deliver.OnEnd(deliver.Care, s.delivered)
	c.Deliver.OnEnd(deliver.Reply, s.delivered)
	return s, nil
}

// Reader returns who reads a page of theirs.
func (s *Service) Reader(ctx context.Context, id cx.CustomerID) (Person, error) {
	who, err := s.c.People.Person(ctx, cx.System(), id)
	return who, cx.Wrap("dialogue.Reader", err)
}

// nameOf gives what a key tells an opaque name, another for each purpose; "" a
// name that nobody had.
func (s *Service) nameOf(purpose, key string) string {
	number := newNumber()
	if key != "" {
		number = s.seals.tag(purpose, []byte(key))[:numberBytes]
	}
	return purpose[:1] + "_" + hex.EncodeToString(number)
}

// conversationOf names the conversation with a customer.
func (s *Service) conversationOf(id cx.CustomerID) string {
	return s.nameOf("dialogue", string(id))
}

// aliases are all ids of a customer; the one given when nobody is known by it.
func (s *Service) aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error) {
	all, err := s.c.People.Aliases(ctx, id)
	if cx.KindOf(err) == cx.NotFound {
		return []cx.CustomerID{id}, nil
	}
	return all, err
}

// gone tells whether an error says that there is no such customer any more.
func gone(err error) bool {
	return err != nil && (cx.KindOf(err) == cx.NotFound || cx.KindOf(err) == cx.Gone)
}

// known tells a text what is known of the customer and of what it is about.
func known(m *model.Model, who Person, about map[string]string) model.Known {
	var traits map[string]any
	_ = json.Unmarshal(who.Traits, &traits) // of none, none is known
	return func(path string) (any, bool) {
		root, rest, _ := strings.Cut(path, ".")
		switch {
		case path == "customer.first_name":
			return who.FirstName, who.FirstName != ""
		case path == "customer.name":
			return who.Name, who.Name != ""
		case path == "company":
			return m.Company.Name, true
		case root == "traits":
			v, ok := traits[rest]
			return v, ok
		case root == "properties":
			v, ok := about[rest]
			return v, ok
		}
		return nil, false
	}
}

var errNoCustomer = errors.New("it is of no customer")
