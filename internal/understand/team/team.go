package team

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// What people report without a survey: the "survey" of such an event.
const (
	Obstacle = "obstacle" // keeps them from serving well; its questions: what, words
	Idea     = "idea"     // its question: words
)

// The kinds of obstacles.
const (
	Tool     = "tool"
	Policy   = "policy"
	Roster   = "roster"
	Training = "training"
	Stock    = "stock"
	Other    = "other"
)

// Whats lists the kinds of obstacles in the order in which they are offered.
func Whats() []string { return []string{Roster, Tool, Stock, Policy, Training, Other} }

//go:embed migrations
var migrations embed.FS

//go:embed statemigrations
var stateMigrations embed.FS

// ErrSchema tells that a store was left by another version of the program. It is
// derived: remove it, and the log makes it again.
var ErrSchema = errors.New("the store of what the team says has another schema: make it again from the log")

// Models tells the model in force.
type Models interface{ Current() model.Version }

// Log takes what is said and decided.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// Config wires a Service.
type Config struct {
	DB     *sqldb.DB // derived: understand/voice's is good for it
	State  *sqldb.DB // state.db, for who has spoken
	Models Models
	Facts  history.Questions // customers' scores
	Log    Log
	Key    []byte // for the roll's hashes
	Salt   []byte // of the instance, for cx.HashMessage
	Clock  cx.Clock
}

// Service hears the team. It is a stream.View, safe for concurrent use; Apply is
// called by one goroutine at a time.
type Service struct {
	c Config

	mu       sync.RWMutex // guards what follows
	position cx.Seq
	release  *release
	ideas    map[string]answer // by the idea's id, to those that were answered
	changed  chan struct{}     // closed and replaced by every write
}

// Open opens the store in c.DB, or makes an empty one. The error is ErrSchema
// when another version of this package wrote it.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "team.Open"
	if err := c.State.Migrate(ctx, "team", sub(stateMigrations, "statemigrations")); err != nil {
		return nil, cx.Wrap(op, err)
	}
	switch err := c.DB.Migrate(ctx, "team-said", sub(migrations, "migrations")); {
	case cx.KindOf(err) == cx.Conflict:
		return nil, ErrSchema
	case err != nil:
		return nil, cx.Wrap(op, err)
	}
	s := &Service{c: c, changed: make(chan struct{})}
	return s, cx.Wrap(op, s.load(ctx))
}

func sub(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // dir is a constant
	}
	return f
}
