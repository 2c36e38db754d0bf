package impact

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// version is of the method of evaluations: another one may find other digits.
const version = 1

// Initiative is what this package needs to know of one that was started: its plan
// is frozen.
type Initiative struct {
	Slug    string
	Hash    string // of the plan and what stands around it; cycle's
	Title   model.Text
	Plan    Plan
	Areas   []string
	From    cx.Time
	Until   cx.Time // 0: open
	Cost    cx.Money
	Running bool // customers are still drawn: neither stopped nor ended
}

// Initiatives tells what was started, and is told what became of it.
// cycle.Service does.
type Initiatives interface {
	// Initiatives lists those that were started, the newest first.
	Initiatives(ctx context.Context) ([]Initiative, error)
	// Initiative returns one within p's reach, else cx.NotFound.
	Initiative(ctx context.Context, p cx.Principal, slug string) (Initiative, error)
	// Evaluated is told of each evaluation that was kept; it may be told twice.
	Evaluated(ctx context.Context, slug string, e Evaluation) error
	// Breached is told that a guardrail was, by the name of its metric: what is
	// rolled out ends. It may be told twice.
	Breached(ctx context.Context, slug, guardrail string, e Evaluation) error
}

// Facts answers what is compared; history.Store does.
type Facts interface {
	history.Teller
	history.Asker
	Breakdown(ctx context.Context, p cx.Principal, q history.Query) ([]history.Group, error)
}

// Promises tells which promises were kept; promise.Service does.
type Promises interface {
	Outcomes(ctx context.Context, p cx.Principal, slug string, w cx.Window, fn func(profile cx.ProfileNo, at cx.Time, place string, kept bool)) error
}

// Models tells the model in force; model.Service does.
type Models interface{ Current() model.Version }

// Memory tells who customers are; remember.Memory does.
type Memory interface {
	Aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
}

// Segments tells who may take part; segment.Service does.
type Segments interface {
	Eligible(ctx context.Context, slug, when string) ([]cx.CustomerNo, error)
	Is(ctx context.Context, id cx.CustomerID, slug, when string) (bool, error)
	Compile(when string) (*expr.Program, error)
}

// Lives lets customers live events; dialogue.Service does.
type Lives interface {
	Live(ctx context.Context, l dialogue.Lived) (cx.Seq, error)
}

// Config wires a Service. All fields are required.
type Config struct {
	DB       *sqldb.DB // state.db
	Jobs     *jobs.Queue
	Facts    Facts
	Promises Promises
	Models   Models
	Memory   Memory
	Segments Segments
	Lives    Lives
	Clock    cx.Clock
	Logger   *slog.Logger
}

// Service draws arms and evaluates. It is safe for concurrent use. Until Serve there
// are no initiatives.
type Service struct {
	c          Config
	initiative Initiatives
	evaluating sync.Mutex // one reading of history at a time

	mu     sync.Mutex
	looked map[string]cx.Seq // by initiative: how far the log was when the jobs last looked
}

// The kinds of jobs: one that notes an exposure, one that evaluates what runs.
const (
	exposeKind   = "impact.expose"
	evaluateKind = "impact.evaluate"
)

// Period is how long an evaluation waits for more facts at most: what does harm is
// stopped within it.
const Period = 5 * time.Minute

// Open opens what was drawn and found in c.DB.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "impact.Open"
	if err := c.DB.Migrate(ctx, "impact", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Service{c: c, initiative: none{}, looked: map[string]cx.Seq{}}
	if err := c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return c.Jobs.Put(ctx, tx, jobs.Job{Kind: evaluateKind, Due: c.Clock.Now().Add(time.Minute)})
	}); err != nil {
		return nil, cx.Wrap(op, err)
	}
	c.Jobs.Handle(jobs.Lane{Kind: exposeKind, Work: s.noteExposure, Workers: 8, Retry: jobs.Retry{First: time.Second, For: 30 * 24 * time.Hour}})
	c.Jobs.Handle(jobs.Lane{Kind: evaluateKind, Work: s.evaluateRunning, Workers: 1, Lease: 30 * time.Minute, Retry: jobs.Retry{First: time.Minute, Most: Period, For: 10 * 365 * 24 * time.Hour}})
	return s, nil
}

// Serve says whose initiatives they are. It is called once, before jobs start.
func (s *Service) Serve(i Initiatives) { s.initiative = i }

// none is before there are any.
type none struct{}

func (none) Initiatives(context.Context) ([]Initiative, error) { return nil, nil }

func (none) Initiative(_ context.Context, _ cx.Principal, slug string) (Initiative, error) {
	return Initiative{}, cx.Errorf(cx.NotFound, "impact.Initiative", "there is no initiative %q that was started", slug)
}

func (none) Evaluated(context.Context, string, Evaluation) error { return nil }

func (none) Breached(context.Context, string, string, Evaluation) error { return nil }
