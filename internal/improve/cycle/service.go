package cycle

import (
	"context"
	"embed"
	"log/slog"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

//go:embed migrations
var migrations embed.FS

// Log takes decisions; stream.Log does.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// Models tells the model in force; model.Service does.
type Models interface{ Current() model.Version }

// Memory tells under which ids a customer was known; remember.Memory does.
type Memory interface {
	Aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error)
}

// Accounts tells who works here, and keeps the audit log; account.Service does.
type Accounts interface {
	People(ctx context.Context, p cx.Principal) ([]account.Person, error)
	Record(ctx context.Context, p cx.Principal, action, object string) error
}

// Notices tells people of the company; notify.Service does.
type Notices interface {
	Tell(ctx context.Context, n notify.Notice) error
}

// Impact tells whether a plan can be judged, and how far it is; impact.Service
// does.
type Impact interface {
	Check(ctx context.Context, plan impact.Plan) []cx.Fault
	Power(ctx context.Context, p cx.Principal, plan impact.Plan) (impact.Power, error)
}

// Finder finds what would be worth doing, all of one source: what it found before
// and does not find now is over.
type Finder interface {
	Source() Source
	Find(ctx context.Context) ([]Proposal, error)
}

// Worth tells what a point of score (0–100) that one customer gains is worth in a
// year, in minor units of the company's currency; N 0: not known.
type Worth interface {
	OfPoint(ctx context.Context) (outcome.Estimate, error)
}

// Words tells what was said, to whoever may read it, personal data masked.
type Words interface {
	Quotes(ctx context.Context, p cx.Principal, seqs []cx.Seq) ([]Quote, error)
}

// Config wires a Service. All fields but Finders, Worth and Words are required.
type Config struct {
	DB       *sqldb.DB // state.db
	Jobs     *jobs.Queue
	Log      Log
	Models   Models
	Memory   Memory
	Accounts Accounts
	Notices  Notices
	Impact   Impact
	Finders  []Finder
	Worth    Worth
	Words    Words
	Clock    cx.Clock
	Logger   *slog.Logger
}

// Service keeps the cycle. It is safe for concurrent use.
type Service struct{ c Config }

// The kinds of jobs: what follows from an entry (SLUG:N), the end of an initiative
// (SLUG), and looking for opportunities.
const (
	afterKind = "cycle.after"
	untilKind = "cycle.until"
	findKind  = "cycle.find"
)

// findEvery is how often the sources are asked.
const findEvery = 15 * time.Minute

// Open opens the cycle in c.DB. Its jobs wait until the queue starts.
func Open(ctx context.Context, c Config) (*Service, error) {
	const op = "cycle.Open"
	if err := c.DB.Migrate(ctx, "cycle", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Service{c}
	c.Jobs.Handle(jobs.Lane{Kind: afterKind, Work: s.after, Retry: jobs.Retry{First: time.Second, For: 30 * 24 * time.Hour}})
	c.Jobs.Handle(jobs.Lane{Kind: untilKind, Work: s.until})
	c.Jobs.Handle(jobs.Lane{Kind: findKind, Work: s.find, Workers: 1, Lease: 15 * time.Minute})
	if len(c.Finders) == 0 {
		return s, nil
	}
	return s, cx.Wrap(op, c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return c.Jobs.Put(ctx, tx, jobs.Job{Kind: findKind, Key: "all", Due: c.Clock.Now().Add(time.Minute)})
	}))
}

// WithClock returns the same service with another clock, which dates what is done
// through it: a demo's past.
func (s *Service) WithClock(clock cx.Clock) *Service {
	c := s.c
	c.Clock = clock
	return &Service{c}
}

// within tells whether somebody limited to areas may see what is of these areas;
// none is of the whole company.
func within(p cx.Principal, areas []string) bool {
	return p.Areas == nil || len(areas) == 0 || slices.ContainsFunc(areas, func(a string) bool { return slices.Contains(p.Areas, a) })
}

// reaches tells whether somebody may see an initiative.
func reaches(p cx.Principal, i *Initiative) bool {
	return within(p, i.Areas) || i.takesPart(p)
}

// takesPart tells whether somebody planned an initiative or works on it.
func (i *Initiative) takesPart(p cx.Principal) bool {
	return i.By == p.ID || i.Owner == p.ID || slices.Contains(i.People, p.ID)
}

// leads tells whether an initiative is somebody's to change: one of its areas is
// theirs, or they are limited to none.
func leads(p cx.Principal, areas []string) bool {
	return p.Areas == nil || slices.ContainsFunc(areas, func(a string) bool { return slices.Contains(p.Areas, a) })
}

// people are those who work here, by their principal's id.
func (s *Service) people(ctx context.Context) (map[string]account.Person, error) {
	all, err := s.c.Accounts.People(ctx, cx.System())
	out := make(map[string]account.Person, len(all))
	for _, person := range all {
		out[person.Principal().ID] = person
	}
	return out, err
}
