package voice

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

//go:embed migrations
var migrations embed.FS

//go:embed statemigrations
var stateMigrations embed.FS

// version counts the rules by which the store is made, beside the text of its
// tables. Raise it when the same log would give another store.
const version = 3

// ErrSchema tells that a store was left by another version of the program. It is
// derived: remove it, and the log makes it again.
var ErrSchema = errors.New("the store of what is said has another schema: make it again from the log")

// Models is where the model in force comes from, and takes its next version.
type Models interface {
	Current() model.Version
	Apply(ctx context.Context, p cx.Principal, yaml []byte, note string) (model.Version, error)
	Subscribe(fn func(model.Version)) (cancel func())
}

// Memory names customers. remember.Memory does.
type Memory interface {
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
}

// Segments tells who is in a segment.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
}

// Log is read again when another model applies, and takes decisions.
type Log interface {
	Read(ctx context.Context, after cx.Seq, fn func(stream.Batch) error) error
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// Config wires a Service.
type Config struct {
	DB        *sqldb.DB // voice.db: nothing else lives there but what can be derived again
	State     *sqldb.DB // state.db, for the text models that were learned
	Resolver  history.Resolver
	Memory    Memory
	Models    Models
	Log       Log
	Salt      []byte     // of the instance, for cx.HashMessage
	Elsewhere *Elsewhere // nil: no language model elsewhere is asked
	Clock     cx.Clock   // only for the time of decisions made through this service
	Logger    *slog.Logger
}

// Service hears what is said and answers questions on it. It is a stream.View,
// safe for concurrent use; Apply is called by one goroutine at a time.
type Service struct {
	c         Config
	readers   *readers
	learner   learner
	proposals proposals
	names     names
	gone      gone
	segments  Segments // nil until SetSegments

	applying sync.Mutex // held by whoever writes
	doubt    bool       // whether the last transaction was committed

	mu      sync.RWMutex // guards what follows
	index   *index       // written by whoever holds applying, too
	state   state
	edition int           // counts the writes by which texts came, went or read otherwise
	changed chan struct{} // closed and replaced by every write

	work work
}

// versions are those of the model that classifies and the text model that reads.
type versions struct {
	model  int
	reader string
}

// state is how far the store is.
type state struct {
	position cx.Seq
	versions        // under which new texts are classified and read
	done     cx.Seq // texts up to here are, too …
	upto     cx.Seq // … and those after here; done ≥ upto: all of them
}

func (s state) settled() bool { return s.done >= s.upto }

// Open opens the store in c.DB, or makes an empty one. The error is ErrSchema
// when another version of this package wrote it. Start begins its background
// work.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "voice.Open"
	s := &Service{c: c, index: newIndex(), changed: make(chan struct{})}
	s.work.wake = make(chan struct{}, 1)
	s.learner.ask, s.learner.quiet, s.learner.pause = make(chan cx.Principal, 1), quiet, pause
	if err := c.State.Migrate(ctx, "voice-models", sub(stateMigrations, "statemigrations")); err != nil {
		return nil, cx.Wrap(op, err)
	}
	var err error
	if s.readers, err = openReaders(ctx, c.State, c.Logger); err != nil {
		return nil, cx.Wrap(op, err)
	}
	switch err := c.DB.Migrate(ctx, "voice", migrations); {
	case cx.KindOf(err) == cx.Conflict:
		return nil, ErrSchema
	case err != nil:
		return nil, cx.Wrap(op, err)
	}
	if err := s.load(ctx); err != nil {
		if errors.Is(err, ErrSchema) {
			return nil, ErrSchema
		}
		return nil, cx.Wrap(op, err)
	}
	return s, nil
}

func sub(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // dir is a constant
	}
	return f
}

// SetSegments tells who knows the segments, before anything is asked.
func (s *Service) SetSegments(segments Segments) { s.segments = segments }

// now returns the versions in force.
func (s *Service) now() versions {
	return versions{s.c.Models.Current().Number, s.readers.Current().Hash}
}
