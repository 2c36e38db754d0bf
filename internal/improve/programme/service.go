package programme

import (
	"context"
	"embed"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

//go:embed migrations
var migrations embed.FS

// Models tells the model in force; model.Service does.
type Models interface{ Current() model.Version }

// Accounts tells who works here, and keeps the audit log; account.Service does.
type Accounts interface {
	People(ctx context.Context, p cx.Principal) ([]account.Person, error)
	Record(ctx context.Context, p cx.Principal, action, object string) error
}

// Cycle tells how often improving moves; cycle.Service does.
type Cycle interface {
	Cadence(ctx context.Context, p cx.Principal, w cx.Window) (cycle.Cadence, error)
}

// Cases tells how cases go; cases.Service does.
type Cases interface {
	Figures(ctx context.Context, p cx.Principal, q cases.Query, by string) (cases.Figures, error)
}

// Facts tells how many lived anything, and how many answered; history.Store does.
type Facts interface {
	Totals(ctx context.Context, p cx.Principal, f history.Filter) (history.Totals, error)
	Breakdown(ctx context.Context, p cx.Principal, q history.Query) ([]history.Group, error)
}

// Voices tells what customers say, personal data masked; voice.Service does.
type Voices interface {
	Quotes(ctx context.Context, p cx.Principal, q voice.QuoteQuery) (voice.Quotes, error)
}

// Memory tells at which touchpoints a customer was before they said what an event says,
// the earliest first, within the days before: of whom is not told.
type Memory interface {
	Before(ctx context.Context, seq cx.Seq) (touchpoints []string, err error)
}

// Deeds tells what the product itself saw somebody do in a window: how many customers
// they wrote to in cases (Calls), how many contradictions they decided (Contradictions).
type Deeds interface {
	Did(ctx context.Context, who account.Person, kind Kind, w cx.Window) (int, error)
}

// Config wires a Service. All fields are required.
type Config struct {
	DB       *sqldb.DB // state.db
	Models   Models
	Accounts Accounts
	Cycle    Cycle
	Cases    Cases
	Facts    Facts
	Voices   Voices
	Memory   Memory
	Deeds    Deeds
	Salt     []byte // of the instance: keys the hashes of who said how mature we are
	Clock    cx.Clock
}

// Service keeps the programme. It is safe for concurrent use.
type Service struct{ c Config }

// Open opens the programme in c.DB.
func Open(ctx context.Context, c Config) (*Service, error) {
	return &Service{c}, cx.Wrap("programme.Open", c.DB.Migrate(ctx, "programme", migrations))
}

// WithClock returns the same service with another clock, which dates what is done
// through it: a demo's past.
func (s *Service) WithClock(clock cx.Clock) *Service {
	c := s.c
	c.Clock = clock
	return &Service{c}
}

// areas are the areas that somebody sees, in the order of the model.
func (s *Service) areas(p cx.Principal) (all []model.Area) {
	for _, a := range s.c.Models.Current().Model.Areas {
		if p.Areas == nil || slices.Contains(p.Areas, a.Slug) {
			all = append(all, a)
		}
	}
	return all
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

// person refuses what only somebody who works here may do.
func (s *Service) person(ctx context.Context, p cx.Principal) (account.Person, error) {
	if err := account.Check(p, account.JoinImprovement); err != nil {
		return account.Person{}, err
	}
	people, err := s.people(ctx)
	if err != nil {
		return account.Person{}, err
	}
	who, known := people[p.ID]
	if !known {
		return who, cx.Errorf(cx.Forbidden, "programme.person", "only people who sign in take part in the programme: sign in with your account")
	}
	return who, nil
}
