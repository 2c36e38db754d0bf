package cases

import (
	"context"
	"embed"
	"log/slog"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
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

// Log takes decisions; stream.Log does.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// Models tells the model in force; model.Service does.
type Models interface{ Current() model.Version }

// Memory tells who customers are; remember.Memory does.
type Memory interface {
	Aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
	Lookup(ctx context.Context, p cx.Principal, kind, value string) (cx.CustomerID, error)
	Search(ctx context.Context, p cx.Principal, query, cursor string, limit int) (remember.CustomerPage, error)
}

// Promises tells how far a customer can trust the next promise; promise.Service
// does.
type Promises interface {
	Trust(ctx context.Context, p cx.Principal, id cx.CustomerID) (promise.Trust, error)
	Instance(ctx context.Context, p cx.Principal, id promise.InstanceID) (promise.Instance, error)
}

// Accounts tells who works here; account.Service does.
type Accounts interface {
	People(ctx context.Context, p cx.Principal) ([]account.Person, error)
}

// Notices tells people of the company; notify.Service does.
type Notices interface {
	Tell(ctx context.Context, n notify.Notice) error
}

// Config wires a Service. All fields but Promises are required.
type Config struct {
	DB       *sqldb.DB // state.db
	Jobs     *jobs.Queue
	Dialogue *dialogue.Service
	Log      Log
	Models   Models
	Memory   Memory
	Facts    history.Teller
	Promises Promises // nil: nothing is known of them
	Accounts Accounts
	Notices  Notices
	Key      []byte // secret: it names cases
	Clock    cx.Clock
	Logger   *slog.Logger
}

// Service keeps the cases. It is safe for concurrent use.
type Service struct {
	c       Config
	typical *typical
	watch   *watchers
}

// Open opens the cases in c.DB, and has the conversation tell of what customers
// do about them.
func Open(ctx context.Context, c Config) (*Service, error) {
	if err := c.DB.Migrate(ctx, "cases", migrations); err != nil {
		return nil, cx.Wrap("cases.Open", err)
	}
	s := &Service{c: c, typical: &typical{}, watch: &watchers{}}
	c.Jobs.Handle(jobs.Lane{Kind: afterKind, Work: s.after, Workers: 8, Retry: jobs.Retry{First: time.Second, For: 30 * 24 * time.Hour}})
	c.Jobs.Handle(jobs.Lane{Kind: timerKind, Work: s.timer})
	c.Dialogue.OnCase(s.did)
	return s, nil
}

// reaches tells whether somebody limited to areas may see a case: it is of their
// areas, theirs, or they opened it.
func reaches(p cx.Principal, c *Case) bool {
	return p.Areas == nil || slices.Contains(p.Areas, c.Area) || c.Owner == p.ID || c.By == p.ID
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

// Colleagues lists who may be given cases of an area ("": of any), by name, with
// how many are theirs. Needs account.ViewCases.
func (s *Service) Colleagues(ctx context.Context, p cx.Principal, area string) ([]Colleague, error) {
	const op = "cases.Colleagues"
	if err := account.Check(p, account.ViewCases); err != nil {
		return nil, cx.Wrap(op, err)
	}
	all, err := s.c.Accounts.People(ctx, cx.System())
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	open, err := s.counts(ctx, `SELECT owner, COUNT(*) FROM cases_cases WHERE state = 'open' AND owner <> '' GROUP BY owner`)
	out := []Colleague{}
	for _, person := range all {
		who := person.Principal()
		if person.DisabledAt != 0 || account.Check(who, account.WorkCases) != nil || area != "" && who.Areas != nil && !slices.Contains(who.Areas, area) {
			continue
		}
		out = append(out, Colleague{ID: who.ID, Name: who.Name, Handle: handleOf(who.Name), Role: who.Role, Areas: who.Areas, Open: open[who.ID]})
	}
	return out, cx.Wrap(op, err)
}
